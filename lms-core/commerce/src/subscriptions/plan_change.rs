//! What a change of plan costs, and making it.
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, PaymentError, PeriodStatus, PlanChange, Subscription, SubscriptionPeriod,
    subscriptions::{OrderWork, advance::save, bill::give_up_waiting},
    unused_credit,
};
use lms_kernel::{Money, MoneyError, Timestamp};
use lms_store::Transaction;

/// The price of a change of plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// Periods that are paid ahead are not had after all: their price is taken off what comes.
pub(crate) async fn give_back_prepaid(
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

/// Makes a change whose difference is paid.
pub(super) async fn make_change(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    change: &PlanChange,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    let now = tx.now();
    let from = subscription.status;
    give_up_waiting(tx, subscription, work).await?;
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
