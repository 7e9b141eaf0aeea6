//! Changing the plan, at once or with the next period.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, Order, Plan, PlanChange, PlanChangeStatus, Subscription, SubscriptionError,
    SubscriptionEvent, SubscriptionPeriod, SubscriptionStatus,
    checkout::subscribe::{check_for_sale, check_present},
    plan_change_quote,
    settlement::{carry_out, pay_nothing},
    subscriptions::{PlanOrder, give_back_prepaid, give_up_waiting, hold, manage_paid, place},
};
use lms_kernel::Id;
use lms_kernel::Rejected;
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::{Stamp, Transaction};

/// When a subscription changes to another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanChangeTime {
    /// At once, or as soon as the difference is paid.
    Now,
    /// With the next period.
    PeriodEnd,
}

/// The outcome of the wish for another plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanChanged {
    /// The subscription has it now.
    Made(Subscription),
    /// It has it as soon as this order is paid.
    Waiting(Order),
    /// It gets it with its next period.
    NextPeriod(Subscription),
}

/// Changes the plan of a subscription. An upgrade waits until the difference is paid; the credit of
/// a downgrade is deducted from the next invoices.
///
/// # Permission
/// `subscriptions.manage` on the payer's own things.
///
/// # Locks
/// The orders that wait and the subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.change_plan")]
pub struct ChangePlan {
    /// The subscription to change.
    pub subscription: Id<Subscription>,
    /// The new plan.
    pub plan: Id<Plan>,
    /// Whether it takes effect now or with the next period.
    pub time: PlanChangeTime,
}

impl Operation for ChangePlan {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = PlanChanged;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<PlanChanged, SubscriptionError> {
        let Self { subscription, plan, time } = self;
        let known = tx.require(subscription).await?;
        // What costs money is the payer's to say.
        authorize_on(tx, Permission::SUBSCRIPTIONS_MANAGE, &Subject::of(known.payer_id)).await?;
        require_feature(tx, Feature::Subscriptions).await?;
        let subscriber = tx.require(known.subscriber_id).await?;
        check_present(tx, known.payer_id, subscriber.id).await?;
        let mut work = Vec::new();
        let mut subscription = hold(tx, subscription, &mut work).await?;
        let plan = tx.require(plan).await?;
        check_for_sale(tx, &plan).await?;
        if plan.id == subscription.plan_id {
            return Err(SubscriptionError::SamePlan);
        }
        if plan.price.currency() != subscription.price.currency() {
            let expected = subscription.price.currency();
            return Err(SubscriptionError::OtherCurrency { expected });
        }
        // Refused unless it is active; nothing changes by it.
        subscription.status.apply(SubscriptionEvent::ChangePlan)?;
        give_up_waiting(tx, &mut subscription, &mut work).await?;
        if time == PlanChangeTime::PeriodEnd {
            subscription.next = Some(Agreement::from(&plan));
            subscription.schedule();
            tx.update(&mut subscription).await?;
            carry_out(tx, work).await?;
            return Ok(PlanChanged::NextPeriod(subscription));
        }
        if subscription.is_on_trial() {
            return Err(SubscriptionError::OnTrial);
        }
        give_back_prepaid(tx, &mut subscription).await?;
        tx.update(&mut subscription).await?;
        carry_out(tx, work).await?;
        ask_for_change(tx, subscription, Agreement::from(&plan)).await
    }
}

async fn ask_for_change(
    tx: &mut Transaction,
    subscription: Subscription,
    agreement: Agreement,
) -> Result<PlanChanged, SubscriptionError> {
    let row = SubscriptionPeriod::numbered(subscription.id, subscription.period_number);
    let worth = tx.first(row).await?.map_or(subscription.price, |it| it.price);
    let quote = plan_change_quote(&subscription, worth, &agreement, tx.now())?;
    let open = tx.now().saturating_add(chrono::TimeDelta::hours(Order::OPEN_HOURS));
    let wanted = PlanOrder {
        payer: subscription.payer_id,
        subscriber: subscription.subscriber_id,
        agreement: agreement.clone(),
        price: quote.charge,
        credit: quote.credit.min(quote.charge)?,
        deadline: subscription.current_period_end.map_or(open, |end| end.min(open)),
    };
    let (mut order, line) = place(tx, wanted).await?;
    let change = PlanChange {
        id: tx.id(),
        stamp: Stamp::new(tx.cx()),
        subscription_id: subscription.id,
        period_number: subscription.period_number,
        agreement,
        credit: quote.credit,
        charge: quote.charge,
        status: PlanChangeStatus::Waiting,
        order_id: order.id,
        order_item_id: line.id,
    };
    tx.insert(&change).await?;
    if !order.total.is_zero() {
        return Ok(PlanChanged::Waiting(order));
    }
    pay_nothing(tx, &mut order).await?;
    Ok(PlanChanged::Made(tx.require(subscription.id).await?))
}

/// Withdraws a change of plan that waits for the next period.
///
/// # Permission
/// `subscriptions.manage` on the payer's own things.
///
/// # Locks
/// The orders that wait and the subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.keep_plan")]
pub struct KeepPlan {
    /// The subscription to leave on its plan.
    pub subscription: Id<Subscription>,
}

impl Operation for KeepPlan {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = Subscription;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Subscription, SubscriptionError> {
        let Self { subscription } = self;
        let mut work = Vec::new();
        let mut subscription = manage_paid(tx, subscription, &mut work).await?;
        if subscription.status != SubscriptionStatus::Active {
            let state = subscription.status.as_str();
            return Err(Rejected::new("subscription", state, "keep_plan").into());
        }
        if subscription.next.is_some() {
            give_up_waiting(tx, &mut subscription, &mut work).await?;
            subscription.next = None;
            subscription.schedule();
            tx.update(&mut subscription).await?;
        }
        carry_out(tx, work).await?;
        Ok(subscription)
    }
}
