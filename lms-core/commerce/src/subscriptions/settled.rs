//! The effect of paid and refunded orders on subscriptions.
use crate::{
    Agreement, ItemKind, Order, OrderItem, OrderStatus, PaymentError, PeriodStatus, Plan,
    PlanChange, PlanChangeStatus, RefundAccess, Subscription, SubscriptionEvent,
    SubscriptionPeriod, SubscriptionStatus,
    subscriptions::{
        OrderWork,
        advance::{catch_up, save},
        bill::give_up_waiting,
        plan_change::{give_back_prepaid, make_change},
    },
};
use lms_kernel::machine::Step;
use lms_kernel::{Id, Money, TimeZone};
use lms_people::tenancy::TenantSettings;
use lms_store::Transaction;

/// Takes note that a line of an order is paid, where it is of a plan: it pays for a period or a
/// change of plan, or starts a subscription. What is to be done with other orders goes to `work`.
pub(crate) async fn line_paid(
    tx: &mut Transaction,
    (order, line): (&Order, &OrderItem),
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    if let Some(change) = tx.first(PlanChange::of_line(line.id)).await? {
        return change_paid(tx, change, work).await;
    }
    match row_of_line(tx, line.id).await? {
        // A period that costs nothing was paid when it was billed.
        Some(row) if row.status == PeriodStatus::Paid => Ok(()),
        Some(row) => period_paid(tx, (order, line), row, work).await,
        None => start(tx, order, line).await,
    }
}

async fn period_paid(
    tx: &mut Transaction,
    (order, line): (&Order, &OrderItem),
    row: SubscriptionPeriod,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    let mut subscription = tx.lock(row.subscription_id).await?;
    catch_up(tx, &mut subscription, work).await?;
    let from = subscription.status;
    let mut row = tx.require(row.id).await?;
    if row.status == PeriodStatus::Refunded
        && subscription.was_ended_by_refund(row.number, tx.now())
    {
        // Its money is there again: what the refund ended goes on.
        subscription.closed_at = None;
        subscription.on(SubscriptionEvent::Resubscribe, tx.now())?;
        row.status = PeriodStatus::Paid;
        tx.update(&mut row).await?;
        return save(tx, &mut subscription, Some(from)).await;
    }
    match subscription.paid(row.number, tx.now())? {
        Step::Applied(_) => {
            row.status = PeriodStatus::Paid;
            tx.update(&mut row).await?;
            save(tx, &mut subscription, Some(from)).await
        }
        Step::NoOp(_) => {
            row.status = PeriodStatus::Void;
            tx.update(&mut row).await?;
            start(tx, order, line).await
        }
    }
}

async fn change_paid(
    tx: &mut Transaction,
    mut change: PlanChange,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    let mut subscription = tx.lock(change.subscription_id).await?;
    catch_up(tx, &mut subscription, work).await?;
    if change.status == PlanChangeStatus::Made {
        return change_paid_again(tx, subscription, &change).await;
    }
    let fits = subscription.status == SubscriptionStatus::Active
        && subscription.period_number == change.period_number;
    if !fits {
        // The money is not lost: it is taken off the next bill.
        change.status = PlanChangeStatus::Void;
        tx.update(&mut change).await?;
        let paid = change.charge.sub(change.credit_used()?)?;
        subscription.credit = subscription.credit.add(paid)?;
        tx.update(&mut subscription).await?;
        return Ok(());
    }
    change.status = PlanChangeStatus::Made;
    tx.update(&mut change).await?;
    make_change(tx, &mut subscription, &change, work).await
}

/// Brings a subscription back whose change of plan was made, whose payment the bank reversed, and
/// which is paid again. Its period counts as paid when nothing else of it is open.
async fn change_paid_again(
    tx: &mut Transaction,
    mut subscription: Subscription,
    change: &PlanChange,
) -> Result<(), PaymentError> {
    let Some(mut row) = row_of_change(tx, change).await? else { return Ok(()) };
    let own = row.order_item_id == change.order_item_id;
    let paid = own || tx.require(row.order_id).await?.status == OrderStatus::Completed;
    if row.status != PeriodStatus::Reversed || !paid {
        return Ok(());
    }
    let from = subscription.status;
    if subscription.paid(row.number, tx.now())?.is_applied() {
        row.status = PeriodStatus::Paid;
        tx.update(&mut row).await?;
        save(tx, &mut subscription, Some(from)).await?;
    }
    Ok(())
}

/// Starts a subscription with the period that a line of an order paid for.
async fn start(tx: &mut Transaction, order: &Order, line: &OrderItem) -> Result<(), PaymentError> {
    let plan = tx.require(Id::<Plan>::from_uuid(line.item.id)).await?;
    let settings = tx.get(TenantSettings::id_of(tx.cx())).await?;
    let zone = settings.map_or(TimeZone::UTC, |it| it.time_zone);
    let agreement = Agreement::from(&plan);
    let mut subscription =
        Subscription::new(tx.cx(), line.learner_id, order.buyer_id, agreement, zone);
    if plan.terms.trial_days > 0 && line.price.is_zero() && plan.price.is_positive() {
        subscription.begin_trial(plan.terms.trial_days);
    }
    tx.insert(&subscription).await?;
    let mut first = SubscriptionPeriod::new(tx.cx(), &subscription, 0, line);
    first.status = PeriodStatus::Paid;
    first.price = line.price.sub(line.discount)?;
    tx.insert(&first).await?;
    save(tx, &mut subscription.clone(), None).await
}

/// Takes note that the bank reversed the payment of a line. What is to be done with other orders
/// goes to `work`.
pub(crate) async fn line_reversed(
    tx: &mut Transaction,
    line: &OrderItem,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    if line.item.kind != ItemKind::Plan || undo_change(tx, line, work).await? {
        return Ok(());
    }
    let Some(row) = latest_row(tx, line).await? else { return take_credit_back(tx, line).await };
    let mut subscription = tx.lock(row.subscription_id).await?;
    catch_up(tx, &mut subscription, work).await?;
    let mut row = tx.require(row.id).await?;
    if row.status == PeriodStatus::Void {
        return less_credit(tx, &mut subscription, row.price).await;
    }
    if row.status != PeriodStatus::Paid {
        return Ok(());
    }
    row.status = PeriodStatus::Reversed;
    tx.update(&mut row).await?;
    let from = subscription.status;
    if row.number > subscription.period_number {
        subscription.paid_number = row.number.saturating_sub(1);
    } else if row.number == subscription.period_number {
        if from.is_live() {
            give_back_prepaid(tx, &mut subscription).await?;
        }
        subscription.on(SubscriptionEvent::MoneyReversed, tx.now())?;
        if !from.is_live() {
            // What it could come back to is not paid any more.
            subscription.closed_at.get_or_insert(tx.now());
        }
    } else {
        return Ok(());
    }
    subscription.schedule();
    save(tx, &mut subscription, Some(from)).await
}

/// Records that the money of a line was refunded, and the decision about access. What is to be done
/// with other orders goes to `work`.
pub(crate) async fn line_refunded(
    tx: &mut Transaction,
    line: &OrderItem,
    access: RefundAccess,
    work: &mut Vec<OrderWork>,
) -> Result<(), PaymentError> {
    if line.item.kind != ItemKind::Plan || access == RefundAccess::Keep {
        return Ok(());
    }
    if access == RefundAccess::EndNow && undo_change(tx, line, work).await? {
        return Ok(());
    }
    let Some(row) = latest_row(tx, line).await? else { return take_credit_back(tx, line).await };
    let mut subscription = tx.lock(row.subscription_id).await?;
    catch_up(tx, &mut subscription, work).await?;
    let mut row = tx.require(row.id).await?;
    if row.status == PeriodStatus::Void {
        return less_credit(tx, &mut subscription, row.price).await;
    }
    if row.status != PeriodStatus::Paid {
        return Ok(());
    }
    let from = subscription.status;
    if row.number < subscription.period_number {
        return Ok(());
    }
    if access == RefundAccess::EndWithPeriod {
        if from == SubscriptionStatus::Active {
            give_up_waiting(tx, &mut subscription, work).await?;
            subscription.on(SubscriptionEvent::CancelAtPeriodEnd, tx.now())?;
            save(tx, &mut subscription, Some(from)).await?;
        }
        return Ok(());
    }
    row.status = PeriodStatus::Refunded;
    tx.update(&mut row).await?;
    if row.number > subscription.period_number {
        subscription.paid_number = row.number.saturating_sub(1);
        subscription.billed_number = subscription.paid_number;
    } else {
        give_up_waiting(tx, &mut subscription, work).await?;
        subscription.on(SubscriptionEvent::CancelNow, tx.now())?;
        subscription.closed_at.get_or_insert(tx.now());
    }
    subscription.schedule();
    save(tx, &mut subscription, Some(from)).await
}

/// Takes a change to a dearer plan back whose difference is gone, and tells whether it did: the
/// period that was paid before goes on under the plan that it was paid for. It is taken back while
/// its period runs and no later change was made in it; otherwise the whole period is unpaid.
async fn undo_change(
    tx: &mut Transaction,
    line: &OrderItem,
    work: &mut Vec<OrderWork>,
) -> Result<bool, PaymentError> {
    let Some(change) = tx.first(PlanChange::of_line(line.id)).await? else { return Ok(false) };
    if change.status != PlanChangeStatus::Made || row_of_line(tx, line.id).await?.is_some() {
        return Ok(false);
    }
    let mut subscription = tx.lock(change.subscription_id).await?;
    catch_up(tx, &mut subscription, work).await?;
    let mut made = tx.all(PlanChange::made_in(subscription.id, change.period_number)).await?;
    made.sort_by_key(|it| it.id);
    let is_last = made.pop().is_some_and(|it| it.id == change.id);
    let row = SubscriptionPeriod::numbered(subscription.id, change.period_number);
    let row = tx.first(row.and(SubscriptionPeriod::STATUS.eq(PeriodStatus::Paid))).await?;
    let runs = subscription.status == SubscriptionStatus::Active
        && subscription.period_number == change.period_number;
    let (true, true, Some(mut row)) = (is_last, runs, row) else { return Ok(false) };
    let (before, worth) = match made.pop() {
        Some(earlier) => (earlier.agreement.clone(), earlier.agreement.price),
        None => agreement_of(tx, &row).await?,
    };
    let mut change = tx.require(change.id).await?;
    change.status = PlanChangeStatus::Void;
    tx.update(&mut change).await?;
    let from = subscription.status;
    give_up_waiting(tx, &mut subscription, work).await?;
    give_back_prepaid(tx, &mut subscription).await?;
    row.price = worth;
    tx.update(&mut row).await?;
    subscription.change_plan(before, tx.now())?;
    save(tx, &mut subscription, Some(from)).await?;
    Ok(true)
}

/// The agreement under which a period was billed, and what the period is worth.
async fn agreement_of(
    tx: &mut Transaction,
    row: &SubscriptionPeriod,
) -> Result<(Agreement, Money), PaymentError> {
    let line = tx.require(row.order_item_id).await?;
    let plan = tx.require(Id::<Plan>::from_uuid(line.item.id)).await?;
    let agreed = Agreement { price: line.price, tax: line.tax_rate, ..Agreement::from(&plan) };
    // Credit paid a part of later periods; a voucher made the first one cheaper.
    let worth = if row.number == 0 { line.price.sub(line.discount)? } else { line.price };
    Ok((agreed, worth))
}

/// The period that a line pays for: its own, or the one in which it paid for a change of plan.
async fn latest_row(
    tx: &mut Transaction,
    line: &OrderItem,
) -> Result<Option<SubscriptionPeriod>, PaymentError> {
    if let Some(row) = row_of_line(tx, line.id).await? {
        return Ok(Some(row));
    }
    match tx.first(PlanChange::of_line(line.id)).await? {
        Some(change) if change.status == PlanChangeStatus::Made => row_of_change(tx, &change).await,
        _ => Ok(None),
    }
}

/// The period for which a line was placed. A payment that came too late for one subscription has
/// started another: then the other's.
async fn row_of_line(
    tx: &mut Transaction,
    line: Id<OrderItem>,
) -> Result<Option<SubscriptionPeriod>, PaymentError> {
    let mut rows = tx.all(SubscriptionPeriod::of_line(line)).await?;
    rows.sort_by_key(|it| (it.status == PeriodStatus::Void, it.id));
    Ok(rows.into_iter().next())
}

/// The period that a change of plan has paid for.
async fn row_of_change(
    tx: &mut Transaction,
    change: &PlanChange,
) -> Result<Option<SubscriptionPeriod>, PaymentError> {
    if let Some(own) = row_of_line(tx, change.order_item_id).await? {
        return Ok(Some(own));
    }
    let row = SubscriptionPeriod::numbered(change.subscription_id, change.period_number);
    Ok(tx.first(row).await?)
}

/// Takes back what a change of plan that was paid too late left as credit.
async fn take_credit_back(tx: &mut Transaction, line: &OrderItem) -> Result<(), PaymentError> {
    let Some(change) = tx.first(PlanChange::of_line(line.id)).await? else { return Ok(()) };
    let mut subscription = tx.lock(change.subscription_id).await?;
    let credit = change.charge.sub(change.credit_used()?)?;
    less_credit(tx, &mut subscription, credit).await
}

/// Money that was left as credit is gone: so is the credit, as far as it is not used.
async fn less_credit(
    tx: &mut Transaction,
    subscription: &mut Subscription,
    amount: Money,
) -> Result<(), PaymentError> {
    subscription.credit = subscription.credit.sub(amount.min(subscription.credit)?)?;
    Ok(tx.update(subscription).await?)
}
