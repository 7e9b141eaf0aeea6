//! Another plan, at once or with the next period.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, Order, PaymentError, PeriodStatus, Plan, PlanChange, PlanChangeStatus, Subscription,
    SubscriptionError, SubscriptionEvent, SubscriptionPeriod, SubscriptionStatus,
    subscriptions::{
        advance::{hold, manage_paid, save},
        bill::{PlanOrder, complete_free, give_up_waiting, place},
        subscribe::check_for_sale,
    },
    unused_credit,
};
use lms_kernel::Rejected;
use lms_kernel::{Id, Money, MoneyError, Timestamp};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::{Stamp, Transaction};

/// The price of a change of plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChangeQuote {
    /// What the unused part of the current period is worth.
    pub credit: Money,
    /// What the new plan costs for the rest of the period; for a whole new period when its
    /// interval is another one.
    pub charge: Money,
}

impl PlanChangeQuote {
    /// What is to be paid: above zero for a dearer plan; below, what is left for later bills.
    ///
    /// # Errors
    /// [`MoneyError`] for a plan in another currency.
    pub fn due(&self) -> Result<Money, MoneyError> {
        self.charge.sub(self.credit)
    }
}

/// What it costs to change a subscription at `at`, whose current period is worth `worth`.
///
/// With the same interval the rhythm stays and only the rest of the period changes its price;
/// with another one a new period begins. Parts are measured as the new plan says; by day, the day
/// of the change is the old plan's.
///
/// # Errors
/// [`MoneyError`].
pub fn plan_change_quote(
    subscription: &Subscription,
    worth: Money,
    new: &Agreement,
    at: Timestamp,
) -> Result<PlanChangeQuote, MoneyError> {
    let Some(period) = subscription.current_period() else {
        return Ok(PlanChangeQuote { credit: Money::zero(worth.currency()), charge: new.price });
    };
    let unused = |price| unused_credit(price, period, at, new.terms.proration, subscription.zone);
    let charge = match new.interval == subscription.interval {
        true => unused(new.price)?,
        false => new.price,
    };
    Ok(PlanChangeQuote { credit: unused(worth)?, charge })
}

/// When a subscription changes to another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanChangeTime {
    /// At once, or as soon as the difference is paid.
    Now,
    /// With the next period.
    PeriodEnd,
}

/// The outcome of the wish for another plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        let mut subscription = hold(tx, subscription).await?;
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
        give_up_waiting(tx, &mut subscription).await?;
        if time == PlanChangeTime::PeriodEnd {
            subscription.next = Some(Agreement::from(&plan));
            subscription.schedule();
            tx.update(&mut subscription).await?;
            return Ok(PlanChanged::NextPeriod(subscription));
        }
        if subscription.is_on_trial() {
            return Err(SubscriptionError::OnTrial);
        }
        give_back_prepaid(tx, &mut subscription).await?;
        tx.update(&mut subscription).await?;
        ask_for_change(tx, subscription, Agreement::from(&plan)).await
    }
}

/// Periods that are paid ahead are not had after all: their price is taken off what comes.
pub(super) async fn give_back_prepaid(
    tx: &mut Transaction,
    subscription: &mut Subscription,
) -> Result<(), PaymentError> {
    let ahead = SubscriptionPeriod::of(subscription.id)
        .and(SubscriptionPeriod::NUMBER.gt(subscription.period_number))
        .and(SubscriptionPeriod::STATUS.eq(PeriodStatus::Paid));
    for mut row in tx.all(ahead).await? {
        row.status = PeriodStatus::Void;
        tx.update(&mut row).await?;
        subscription.credit = subscription.credit.add(row.price)?;
    }
    subscription.paid_number = subscription.period_number;
    subscription.billed_number = subscription.period_number;
    subscription.schedule();
    Ok(())
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
    complete_free(tx, &mut order).await?;
    Ok(PlanChanged::Made(tx.require(subscription.id).await?))
}

/// Makes a change whose difference is paid.
pub(super) async fn make_change(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    change: &PlanChange,
) -> Result<(), PaymentError> {
    let now = tx.now();
    let from = subscription.status;
    give_up_waiting(tx, subscription).await?;
    let left = change.credit.sub(change.credit_used()?)?;
    subscription.credit = subscription.credit.add(left)?;
    let before = subscription.period_number;
    subscription.change_plan(change.agreement.clone(), now)?;
    let row = tx.first(SubscriptionPeriod::numbered(subscription.id, before)).await?;
    if let Some(mut row) = row {
        match subscription.period_number == before {
            true => row.price = change.agreement.price,
            false => row.ends_at = Some(now),
        }
        tx.update(&mut row).await?;
    }
    if subscription.period_number != before {
        new_period(tx, subscription, change).await?;
    }
    save(tx, subscription, Some(from)).await
}

async fn new_period(
    tx: &mut Transaction,
    subscription: &Subscription,
    change: &PlanChange,
) -> Result<(), PaymentError> {
    let number = subscription.period_number;
    let line = tx.require(change.order_item_id).await?;
    let mut period = SubscriptionPeriod::new(tx.cx(), subscription, number, &line);
    period.status = PeriodStatus::Paid;
    match tx.first(SubscriptionPeriod::numbered(subscription.id, number)).await? {
        None => tx.insert(&period).await?,
        Some(given_up) => {
            period.id = given_up.id;
            period.stamp = given_up.stamp;
            tx.update(&mut period).await?;
        }
    }
    Ok(())
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
        let mut subscription = manage_paid(tx, subscription).await?;
        if subscription.status != SubscriptionStatus::Active {
            let state = subscription.status.as_str();
            return Err(Rejected::new("subscription", state, "keep_plan").into());
        }
        if subscription.next.is_some() {
            give_up_waiting(tx, &mut subscription).await?;
            subscription.next = None;
            subscription.schedule();
            tx.update(&mut subscription).await?;
        }
        Ok(subscription)
    }
}
