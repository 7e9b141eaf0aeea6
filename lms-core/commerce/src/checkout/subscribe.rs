//! Subscribing, and coming back.
use std::collections::BTreeSet;

use chrono::TimeDelta;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, Order, Plan, Subscription, SubscriptionError, SubscriptionEvent, SubscriptionStatus,
    orders::is_sellable,
    settlement::{carry_out, pay_nothing},
    subscriptions::{PlanOrder, bill_next, hold, place, save},
};
use lms_kernel::{Id, Money};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::{Membership, RequirePresent},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// Subscribes to a plan: places the order for its first period. The subscription starts when it is
/// paid, or at once where the plan is free.
///
/// A plan with a trial begins at once too, for nothing, the first time that a learner takes it. The
/// first paid period is billed before the trial ends; unpaid, access ends with the trial.
///
/// # Permission
/// `orders.place` on the payer's own things.
///
/// # Locks
/// The subscriber's row, so that no one subscribes twice to one plan.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.subscribe")]
#[derive(Copy, PartialEq, Eq)]
pub struct Subscribe {
    /// The membership of the person who gets access.
    pub subscriber: Id<Membership>,
    /// The membership of the person who pays.
    pub payer: Id<Membership>,
    /// The plan to subscribe to.
    pub plan: Id<Plan>,
}

impl Operation for Subscribe {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = Order;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Order, SubscriptionError> {
        let command = self;
        authorize_on(tx, Permission::ORDERS_PLACE, &Subject::of(command.payer)).await?;
        require_feature(tx, Feature::Subscriptions).await?;
        let subscriber = tx.lock(command.subscriber).await?;
        check_present(tx, command.payer, subscriber.id).await?;
        let plan = tx.require(command.plan).await?;
        check_for_sale(tx, &plan).await?;
        let had = tx.all(Subscription::of_subscriber(command.subscriber)).await?;
        // What time has brought is done first, whether a job did it yet or not.
        let mut work = Vec::new();
        for it in had.iter().filter(|it| it.plan_id == plan.id && it.status.is_live()) {
            if hold(tx, it.id, &mut work).await?.status.is_live() {
                return Err(SubscriptionError::AlreadySubscribed);
            }
        }
        carry_out(tx, work).await?;
        // Each learner tries a plan once.
        let tries = plan.terms.trial_days > 0 && had.iter().all(|it| it.plan_id != plan.id);
        let price = if tries { Money::zero(plan.price.currency()) } else { plan.price };
        let mut order = first_order(tx, command, &plan, price).await?;
        if order.total.is_zero() {
            pay_nothing(tx, &mut order).await?;
        }
        Ok(order)
    }
}

/// Refuses a subscription by or for a person who has left.
pub(super) async fn check_present(
    tx: &mut Transaction,
    payer: Id<Membership>,
    subscriber: Id<Membership>,
) -> Result<(), SubscriptionError> {
    for person in BTreeSet::from([payer, subscriber]) {
        tx.part(RequirePresent { member_id: person }).await??;
    }
    Ok(())
}

/// Refuses a plan that is archived, or of one thing that is not there for learners.
pub(super) async fn check_for_sale(
    tx: &mut Transaction,
    plan: &Plan,
) -> Result<(), SubscriptionError> {
    match is_sellable(tx, plan.item()).await? {
        true => Ok(()),
        false => Err(SubscriptionError::PlanArchived),
    }
}

async fn first_order(
    tx: &mut Transaction,
    command: Subscribe,
    plan: &Plan,
    price: Money,
) -> Result<Order, SubscriptionError> {
    let wanted = PlanOrder {
        payer: command.payer,
        subscriber: command.subscriber,
        agreement: Agreement::from(plan),
        price,
        credit: Money::zero(plan.price.currency()),
        deadline: tx.now().saturating_add(TimeDelta::hours(Order::OPEN_HOURS)),
    };
    let (order, _) = place(tx, wanted).await?;
    Ok(order)
}

/// The outcome of the wish to come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Returned {
    /// The same subscription goes on: its paid period still runs.
    Same(Box<Subscription>),
    /// It goes on, or a new one begins, when this order is paid.
    Waiting(Box<Order>),
}

/// Reactivates a subscription that was cancelled, has expired or is unpaid: the same one while its
/// paid period runs or a payment can still reactivate it, otherwise a new one.
///
/// # Permission
/// `subscriptions.manage` on the payer's own things.
///
/// # Locks
/// The orders that wait and the subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.resubscribe")]
pub struct Resubscribe {
    /// The subscription to reactivate.
    pub subscription: Id<Subscription>,
}

impl Operation for Resubscribe {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = Returned;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Returned, SubscriptionError> {
        let Self { subscription } = self;
        let known = tx.require(subscription).await?;
        // What costs money is the payer's to say.
        authorize_on(tx, Permission::SUBSCRIPTIONS_MANAGE, &Subject::of(known.payer_id)).await?;
        require_feature(tx, Feature::Subscriptions).await?;
        let subscriber = tx.require(known.subscriber_id).await?;
        check_present(tx, known.payer_id, subscriber.id).await?;
        let mut work = Vec::new();
        let mut subscription = hold(tx, subscription, &mut work).await?;
        carry_out(tx, std::mem::take(&mut work)).await?;
        let from = subscription.status;
        let within = subscription.can_return(tx.now());
        match from {
            SubscriptionStatus::Cancelled if within => {
                subscription.on(SubscriptionEvent::Resubscribe, tx.now())?;
                save(tx, &mut subscription, Some(from)).await?;
                return Ok(Returned::Same(Box::new(subscription)));
            }
            SubscriptionStatus::Expired if within => {}
            SubscriptionStatus::PastDue => {}
            SubscriptionStatus::Active | SubscriptionStatus::Paused => {
                return Ok(Returned::Same(Box::new(subscription)));
            }
            SubscriptionStatus::Cancelled | SubscriptionStatus::Expired => {
                let command = Subscribe {
                    subscriber: subscription.subscriber_id,
                    payer: subscription.payer_id,
                    plan: subscription.plan_id,
                };
                let plan = tx.require(command.plan).await?;
                check_for_sale(tx, &plan).await?;
                let mut order = first_order(tx, command, &plan, plan.price).await?;
                if order.total.is_zero() {
                    pay_nothing(tx, &mut order).await?;
                }
                return Ok(Returned::Waiting(Box::new(order)));
            }
        }
        let billed = bill_next(tx, &mut subscription, &mut work).await?;
        carry_out(tx, work).await?;
        match billed {
            Some(order) if !order.total.is_zero() => Ok(Returned::Waiting(Box::new(order))),
            _ => Ok(Returned::Same(Box::new(tx.require(subscription.id).await?))),
        }
    }
}
