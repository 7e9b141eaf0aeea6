//! Deciding pending refunds again: whether their reason still holds, and what is missing.
use crate::{
    NextAction, Order, OrderStatus, Payment, PaymentError, Refund, RefundChanged, RefundEvent,
    RefundReason, RefundStatus,
};
use lms_kernel::{Id, Money};
use lms_store::Transaction;

/// Decides anew on the refunds of an order that are not sent yet, after anything has changed.
///
/// A requested refund waits as long as its payment still has the money, and is withdrawn when it
/// has not. For the `surplus` of the order's money, refunds are opened, changed or withdrawn until
/// those that wait and those that are on their way sum to it; the latest payment is refunded first.
/// A withdrawn refund is reopened when its reason is back.
pub(crate) async fn decide_waiting_refunds(
    tx: &mut Transaction,
    order: &Order,
    payments: &[Payment],
    surplus: Money,
) -> Result<(), PaymentError> {
    // A refund is of money that came.
    let is_untouched = |it: &Payment| !it.captured.is_positive() && !it.refunded.is_positive();
    if payments.iter().all(is_untouched) && !surplus.is_positive() {
        return Ok(());
    }
    let mut refunds = tx.all(Refund::of_order(order.id)).await?;
    if refunds.is_empty() && !surplus.is_positive() {
        return Ok(());
    }
    refunds.sort_by_key(|it| it.id);
    for payment in payments {
        let own = refunds.iter_mut().filter(|it| it.payment_id == payment.id);
        hold_what_was_asked(tx, payment, own.collect()).await?;
    }
    let mut left = surplus.sub(spoken_for(order, &refunds, surplus)?)?;
    for payment in payments.iter().rev() {
        if payment.amount.currency() != left.currency() {
            continue;
        }
        let free = payment.kept()?.sub(on_its_way(&refunds, payment.id, surplus)?)?;
        let wanted = free.min(left)?.max(Money::zero(left.currency()))?;
        let own = refunds.iter_mut().filter(|it| it.payment_id == payment.id && it.is_of_surplus());
        send_back(tx, order, payment, own.collect(), wanted).await?;
        left = left.sub(wanted)?;
    }
    Ok(())
}

/// Withdraws what people asked back of a payment that has not so much any more, in the order of
/// the requests, and takes up again what it has.
async fn hold_what_was_asked(
    tx: &mut Transaction,
    payment: &Payment,
    refunds: Vec<&mut Refund>,
) -> Result<(), PaymentError> {
    let mut free = payment.kept()?;
    for refund in &refunds {
        if matches!(refund.status, RefundStatus::Processing | RefundStatus::Unknown) {
            free = free.sub(refund.amount)?;
        }
    }
    for refund in refunds {
        let waits = matches!(
            refund.status,
            RefundStatus::Requested | RefundStatus::Approved | RefundStatus::Withdrawn
        );
        if refund.is_of_surplus() || refund.was_made_elsewhere() || !waits {
            continue;
        }
        let holds = refund.amount.compare(free)?.is_le();
        if holds {
            free = free.sub(refund.amount)?;
        }
        set_waiting(tx, refund, holds).await?;
    }
    Ok(())
}

/// Makes the refunds of a payment's surplus that wait come to `wanted`: those that failed are kept
/// as far as they fit, the rest is one refund that was not sent yet.
async fn send_back(
    tx: &mut Transaction,
    order: &Order,
    payment: &Payment,
    refunds: Vec<&mut Refund>,
    wanted: Money,
) -> Result<(), PaymentError> {
    let mut left = wanted;
    let (tried, new): (Vec<_>, Vec<_>) = refunds
        .into_iter()
        .filter(|it| {
            let waits = [RefundStatus::Approved, RefundStatus::Failed, RefundStatus::Withdrawn];
            waits.contains(&it.status)
        })
        .partition(|it| it.attempt > 0);
    for refund in tried {
        let holds = left.is_positive() && refund.amount.compare(left)?.is_le();
        if holds {
            left = left.sub(refund.amount)?;
        }
        set_waiting(tx, refund, holds).await?;
    }
    let reason = reason_of(order);
    if new.is_empty() && left.is_positive() {
        let refund = Refund::new(tx.cx(), payment, left, reason).decided_by_rule(tx.cx());
        tx.insert(&refund).await?;
        announce(tx, &refund);
        return Ok(());
    }
    for (at, refund) in new.into_iter().enumerate() {
        let holds = at == 0 && left.is_positive();
        if holds && (refund.amount, refund.reason) != (left, reason) {
            refund.amount = left;
            refund.reason = reason;
            tx.update(refund).await?;
            if refund.status == RefundStatus::Approved {
                announce(tx, refund);
            }
        }
        set_waiting(tx, refund, holds).await?;
    }
    Ok(())
}

const fn reason_of(order: &Order) -> RefundReason {
    match order.status {
        OrderStatus::Expired | OrderStatus::Cancelled => RefundReason::TooLate,
        OrderStatus::Refunded => RefundReason::Orphaned,
        OrderStatus::Pending | OrderStatus::Completed | OrderStatus::Failed => {
            RefundReason::Overpaid
        }
    }
}

/// Withdraws a refund that waits, or takes it up again where it was withdrawn.
async fn set_waiting(
    tx: &mut Transaction,
    refund: &mut Refund,
    holds: bool,
) -> Result<(), PaymentError> {
    let event = match (holds, refund.status == RefundStatus::Withdrawn) {
        (true, false) | (false, true) => return Ok(()),
        (false, false) => RefundEvent::Withdraw,
        (true, true) if refund.attempt > 0 => RefundEvent::ReopenFailed,
        (true, true) if refund.decided_at.is_some() => RefundEvent::ReopenApproved,
        (true, true) => RefundEvent::ReopenRequested,
    };
    refund.status = refund.status.apply(event)?.after(refund.status);
    refund.next_action_at = if holds { NextAction::at(tx.now()) } else { NextAction::NEVER };
    tx.update(refund).await?;
    announce(tx, refund);
    Ok(())
}

/// What of a surplus refunds send back that are on their way, or that people asked of a closed
/// order. What they asked back of a completed order is no part of its surplus.
fn spoken_for(order: &Order, refunds: &[Refund], like: Money) -> Result<Money, PaymentError> {
    let open = refunds.iter().filter(|it| match it.is_of_surplus() {
        false => it.status.is_under_way() && order.status != OrderStatus::Completed,
        true => matches!(it.status, RefundStatus::Processing | RefundStatus::Unknown),
    });
    Ok(Money::sum(open.map(|it| it.amount), like.currency())?)
}

/// What is on its way back of a payment, or asked back of it, and does not show in it yet.
fn on_its_way(
    refunds: &[Refund],
    payment: Id<Payment>,
    like: Money,
) -> Result<Money, PaymentError> {
    let own = refunds.iter().filter(|it| it.payment_id == payment);
    let open = own.filter(|it| match it.is_of_surplus() {
        false => it.status.is_under_way(),
        true => matches!(it.status, RefundStatus::Processing | RefundStatus::Unknown),
    });
    Ok(Money::sum(open.map(|it| it.amount), like.currency())?)
}

pub(crate) fn announce(tx: &mut Transaction, refund: &Refund) {
    tx.emit(&RefundChanged {
        refund_id: refund.id,
        payment_id: refund.payment_id,
        amount: refund.amount,
        reason: refund.reason,
        status: refund.status,
    });
}
