//! Sending back money that belongs to nobody.
use crate::{
    Order, OrderStatus, Payment, PaymentError, Refund, RefundReason, RefundStatus,
    events::RefundChanged,
};
use lms_kernel::Money;
use lms_store::Transaction;

/// Opens refunds for what is `surplus` of an order's money, as far as none are open for it or wait
/// to be tried again. The latest payment gives first.
pub(crate) async fn return_surplus(
    tx: &mut Transaction,
    order: &Order,
    payments: &[Payment],
    surplus: Money,
) -> Result<(), PaymentError> {
    if !surplus.is_positive() {
        return Ok(());
    }
    let refunds = tx.all(Refund::of_order(order.id)).await?;
    let mut left = surplus.sub(spoken_for(order, &refunds, surplus)?)?;
    let reason = match order.status {
        OrderStatus::Expired | OrderStatus::Cancelled => RefundReason::TooLate,
        OrderStatus::Refunded => RefundReason::Orphaned,
        OrderStatus::Pending | OrderStatus::Completed | OrderStatus::Failed => {
            RefundReason::Overpaid
        }
    };
    for payment in payments.iter().rev() {
        if !left.is_positive() || payment.amount.currency() != left.currency() {
            continue;
        }
        let free = payment.kept()?.sub(under_way(&refunds, payment, surplus)?)?;
        let amount = free.min(left)?;
        if !amount.is_positive() {
            continue;
        }
        let refund = Refund::new(tx.cx(), payment, amount, reason).decided_by_rule(tx.cx());
        tx.insert(&refund).await?;
        announce(tx, &refund);
        left = left.sub(amount)?;
    }
    Ok(())
}

/// What of a surplus other refunds send back, or will when they are tried again. What somebody
/// asked back of a completed order is no part of its surplus.
fn spoken_for(order: &Order, refunds: &[Refund], like: Money) -> Result<Money, PaymentError> {
    let open = refunds.iter().filter(|it| match it.reason {
        RefundReason::Asked => it.status.is_under_way() && order.status != OrderStatus::Completed,
        RefundReason::Overpaid | RefundReason::TooLate | RefundReason::Orphaned => {
            it.status.is_under_way() || it.status == RefundStatus::Failed
        }
    });
    Ok(Money::sum(open.map(|it| it.amount), like.currency())?)
}

/// What is on its way back of a payment and does not show in it yet.
fn under_way(refunds: &[Refund], payment: &Payment, like: Money) -> Result<Money, PaymentError> {
    let open = refunds.iter().filter(|it| it.status.is_under_way() && it.payment_id == payment.id);
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
