//! Advancing a subscription in the store.
use crate::{
    PaymentError, PeriodStatus, Subscription, SubscriptionDue, SubscriptionError,
    SubscriptionPeriod, SubscriptionStatus,
    subscriptions::{
        OrderWork, SubscriptionChanged, SubscriptionReminder, access::sync_access, bill::bill_next,
    },
};
use lms_kernel::{Id, Timestamp};
use lms_people::authorization::{Permission, Subject, authorize_on, is_permitted_on};
use lms_store::Transaction;

/// Does all work that is due for a subscription up to and including `cx.now()`, each as
/// of its own time. What is due at an instant comes before what people do at it, so that it
/// does not matter whether a tick came between. What is to be done with orders goes to `work`.
pub(crate) async fn catch_up(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    while let Some((at, due)) = subscription.due()
        && at <= tx.now()
    {
        step(&mut tx.as_of(at), subscription, due, work).await?;
    }
    Ok(())
}

/// Does the next due step of a subscription up to `now`, as of its own time,
/// at which `cx` and `tx` are. Holds the subscription's row.
pub(crate) async fn subscription_due(
    tx: &mut Transaction,
    id: Id<Subscription>,
    now: Timestamp,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    let mut subscription = tx.lock(id).await?;
    if let Some((at, due)) = subscription.due()
        && at <= now
    {
        step(&mut tx.as_of(at), &mut subscription, due, work).await?;
    }
    Ok(())
}

async fn step(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    due: SubscriptionDue,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    if due == SubscriptionDue::Bill {
        bill_next(tx, subscription, work).await?;
        return Ok(());
    }
    let from = subscription.status;
    subscription.take(due, tx.now())?;
    if due == SubscriptionDue::Remind {
        tx.emit(&SubscriptionReminder {
            subscription_id: subscription.id,
            payer_id: subscription.payer_id,
            reminder: subscription.reminders,
            grace_until: subscription.grace_until,
        });
        tx.update(subscription).await?;
        return Ok(());
    }
    save(tx, subscription, Some(from)).await
}

/// Stores a changed subscription with its grants and its periods, and emits the event. `from` is
/// its earlier status; `None` for a new one, whose row is stored already.
pub(crate) async fn save(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    from: Option<SubscriptionStatus>,
) -> Result<(), PaymentError> {
    if from.is_some() {
        tx.update(subscription).await?;
    }
    sync_periods(tx, subscription).await?;
    sync_access(tx, subscription).await?;
    tx.emit(&SubscriptionChanged {
        subscription_id: subscription.id,
        subscriber_id: subscription.subscriber_id,
        plan_id: subscription.plan_id,
        from,
        to: subscription.status,
        current_period_end: subscription.current_period_end,
        cancel_at_period_end: subscription.cancel_at_period_end,
    });
    Ok(())
}

/// Writes on the rows of the current period and of those after it when they begin and end now.
async fn sync_periods(
    tx: &mut Transaction,
    subscription: &Subscription,
) -> Result<(), PaymentError> {
    let ahead = SubscriptionPeriod::of(subscription.id)
        .and(SubscriptionPeriod::NUMBER.ge(subscription.period_number));
    for mut row in tx.all(ahead).await? {
        let (starts_at, ends_at) = subscription.period(row.number);
        let kept = matches!(row.status, PeriodStatus::Void | PeriodStatus::Refunded);
        if !kept && (row.starts_at, row.ends_at) != (starts_at, ends_at) {
            row.starts_at = starts_at;
            row.ends_at = ends_at;
            tx.update(&mut row).await?;
        }
    }
    Ok(())
}

/// A subscription that its payer or the staff let go on, which costs money, [held](hold).
pub(crate) async fn manage_paid(
    tx: &mut Transaction,
    id: Id<Subscription>,
    work: &mut Vec<OrderWork>,
) -> Result<Subscription, SubscriptionError> {
    let known = tx.require(id).await?;
    let payer = Subject::of(known.payer_id);
    authorize_on(tx, Permission::SUBSCRIPTIONS_MANAGE, &payer).await?;
    Ok(hold(tx, id, work).await?)
}

/// A subscription that its payer, its subscriber or the staff stop, [held](hold).
pub(crate) async fn manage(
    tx: &mut Transaction,
    id: Id<Subscription>,
    work: &mut Vec<OrderWork>,
) -> Result<Subscription, SubscriptionError> {
    let known = tx.require(id).await?;
    let (payer, subscriber) = (Subject::of(known.payer_id), Subject::of(known.subscriber_id));
    if !is_permitted_on(tx, Permission::SUBSCRIPTIONS_MANAGE, &payer).await? {
        authorize_on(tx, Permission::SUBSCRIPTIONS_MANAGE, &subscriber).await?;
    }
    Ok(hold(tx, id, work).await?)
}

/// A subscription that someone changes: the orders that wait for money are held first, as by the
/// person who pays them, then its row; and due work is done.
pub(crate) async fn hold(
    tx: &mut Transaction,
    id: Id<Subscription>,
    work: &mut Vec<OrderWork>,
) -> Result<Subscription, PaymentError> {
    for row in tx.all(SubscriptionPeriod::waiting(id)).await? {
        tx.lock(row.order_id).await?;
    }
    for change in tx.all(crate::PlanChange::waiting(id)).await? {
        tx.lock(change.order_id).await?;
    }
    let mut subscription = tx.lock(id).await?;
    catch_up(tx, &mut subscription, work).await?;
    Ok(subscription)
}
