//! Cancelling a subscription.
use lms_kernel::Permission;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Order, OrderItem, PeriodStatus, PlanChange, PlanChangeStatus, RefundAccess, RefundLine,
    RequestRefund, Subscription, SubscriptionError, SubscriptionEvent, SubscriptionPeriod,
    checkout::subscribe::check_present,
    settlement::carry_out,
    subscriptions::{give_up_waiting, manage, manage_paid, save},
    unused_credit,
};
use lms_kernel::machine::Step;
use lms_kernel::{Context, Id, Money};
use lms_store::Transaction;

/// When and how a subscription ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// With the current period, up to which access goes on.
    AtPeriodEnd,
    /// At once; what is paid is kept, and the subscriber can come back while its period runs.
    Now,
    /// At once, and what is not used of the current period, and all of periods paid ahead, is
    /// asked back.
    NowWithRefund,
}

/// Cancels a subscription.
///
/// # Permission
/// `subscriptions.manage` on the subscriber's or the payer's own things; with a refund also for
/// what [`RequestRefund`] asks.
///
/// # Locks
/// The orders that wait and the subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.cancel_subscription")]
pub struct CancelSubscription {
    /// The subscription to cancel.
    pub subscription: Id<Subscription>,
    /// Whether it ends with its period, at once, or at once with a refund.
    pub how: Cancellation,
}

impl Operation for CancelSubscription {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = Subscription;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Subscription, SubscriptionError> {
        let Self { subscription, how } = self;
        let mut work = Vec::new();
        let mut subscription = manage(tx, subscription, &mut work).await?;
        let event = match how {
            Cancellation::AtPeriodEnd => SubscriptionEvent::CancelAtPeriodEnd,
            Cancellation::Now | Cancellation::NowWithRefund => SubscriptionEvent::CancelNow,
        };
        let from = subscription.status;
        if !from.apply(event)?.is_applied() {
            carry_out(tx, work).await?;
            return Ok(subscription);
        }
        give_up_waiting(tx, &mut subscription, &mut work).await?;
        let unused = match how {
            Cancellation::NowWithRefund => unused_money(tx, &subscription).await?,
            Cancellation::AtPeriodEnd | Cancellation::Now => Vec::new(),
        };
        if let Step::Applied(_) = subscription.on(event, tx.now())? {
            if how == Cancellation::NowWithRefund {
                // What is given back cannot be come back to.
                subscription.closed_at = Some(tx.now());
                subscription.schedule();
            }
            save(tx, &mut subscription, Some(from)).await?;
        }
        carry_out(tx, work).await?;
        for (order, line) in unused {
            let lines = vec![line];
            let note = Some("the subscription was cancelled".to_owned());
            tx.run(RequestRefund { order, lines, note }).await?;
        }
        Ok(subscription)
    }
}

/// What of the money for the current period and for those after it is not used: the latest money
/// first.
async fn unused_money(
    tx: &mut Transaction,
    subscription: &Subscription,
) -> Result<Vec<(Id<Order>, RefundLine)>, SubscriptionError> {
    let mut back = Vec::new();
    let number = subscription.period_number;
    let paid = SubscriptionPeriod::of(subscription.id)
        .and(SubscriptionPeriod::NUMBER.ge(number))
        .and(SubscriptionPeriod::STATUS.eq(PeriodStatus::Paid));
    for row in tx.all(paid).await?.into_iter().rev() {
        let mut left = match row.number > number {
            true => row.price,
            false => unused_of_current(tx.cx(), subscription, row.price)?,
        };
        if let Some(tax) = subscription.tax.filter(|it| !it.included) {
            let tax = tax.tax_on(left).map_err(crate::PaymentError::from)?;
            left = left.add(tax)?;
        }
        for line in paying_lines(tx, subscription, &row).await? {
            let part = left.min(line.gross()?.sub(line.refunded)?)?;
            if part.is_positive() {
                let amount = Some(part);
                let access = Some(RefundAccess::Keep);
                back.push((line.order_id, RefundLine { item: line.id, amount, access }));
                left = left.sub(part)?;
            }
        }
    }
    Ok(back)
}

fn unused_of_current(
    cx: &Context,
    subscription: &Subscription,
    worth: Money,
) -> Result<Money, SubscriptionError> {
    let Some(period) = subscription.current_period() else {
        return Ok(Money::zero(worth.currency()));
    };
    // A paused one has used what it had used when the pause began.
    let at = subscription.paused_at.unwrap_or(cx.now());
    Ok(unused_credit(worth, period, at, subscription.terms.proration, subscription.zone)?)
}

/// The lines that paid for a period: those of changes of plan in it, then its own.
async fn paying_lines(
    tx: &mut Transaction,
    subscription: &Subscription,
    row: &SubscriptionPeriod,
) -> Result<Vec<OrderItem>, SubscriptionError> {
    let changes = PlanChange::SUBSCRIPTION_ID
        .eq(subscription.id)
        .and(PlanChange::PERIOD_NUMBER.eq(row.number))
        .and(PlanChange::STATUS.eq(PlanChangeStatus::Made));
    let mut lines = Vec::new();
    for change in tx.all(lms_store::Query::filter(changes)).await?.into_iter().rev() {
        // A change to another interval pays for the period after.
        let line = tx.require(change.order_item_id).await?;
        if change.agreement.interval == subscription.interval {
            lines.push(line);
        }
    }
    lines.push(tx.require(row.order_item_id).await?);
    Ok(lines)
}

/// Undoes the cancellation of a subscription at the end of its period.
///
/// # Permission
/// `subscriptions.manage` on the payer's own things.
///
/// # Locks
/// The subscription's row.
///
/// # Errors
/// [`SubscriptionError`].
#[operation("commerce.undo_cancellation")]
pub struct UndoCancellation {
    /// The subscription to continue.
    pub subscription: Id<Subscription>,
}

impl Operation for UndoCancellation {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_MANAGE]);
    type Answer = Subscription;
    type Error = SubscriptionError;

    async fn run(self, tx: &mut Transaction) -> Result<Subscription, SubscriptionError> {
        let Self { subscription } = self;
        let mut work = Vec::new();
        let mut subscription = manage_paid(tx, subscription, &mut work).await?;
        check_present(tx, subscription.payer_id, subscription.subscriber_id).await?;
        let from = subscription.status;
        subscription.on(SubscriptionEvent::UndoCancel, tx.now())?;
        save(tx, &mut subscription, Some(from)).await?;
        carry_out(tx, work).await?;
        Ok(subscription)
    }
}
