//! Bringing refunds in line with what their payment was told.
use crate::{
    FactKey, NextAction, Order, OrderItem, OrderStatus, Payment, PaymentError, PaymentFacts,
    Refund, RefundAccess, RefundEvent, RefundItem, RefundReason, RefundRegister, RefundStatus,
    RevokeReason, earned_parts, orders::take_item_back, refunds::announce,
    subscriptions::line_refunded, tax_part,
};
use lms_kernel::Money;
use lms_kernel::machine::Step;
use lms_store::{Stamp, Transaction};

/// Moves the refunds of a payment on by what the payment was told about them. A refund that
/// somebody made at the provider, without asking us, becomes a refund here too.
///
/// `new_names` are those of which nothing was heard before. Such a name may be the provider's for a
/// refund that is on its way, because its news is faster than the answer to our call.
pub(crate) async fn sync_refunds(
    tx: &mut Transaction,
    order: &Order,
    payment: &Payment,
    (facts, new_names): (&PaymentFacts, &[FactKey]),
) -> Result<(), PaymentError> {
    let told = facts.refunds();
    if told.is_empty() {
        return Ok(());
    }
    let mut refunds = tx.all(Refund::of_payment(payment.id)).await?;
    for (key, register, amount) in told {
        if new_names.contains(&key)
            && refunds.iter().all(|it| !it.is_known_as(&key))
            && let Some(unnamed) = refunds.iter_mut().find(|it| it.waits_for_a_name(amount))
        {
            unnamed.provider_ref = Some(key.clone());
            tx.update(unnamed).await?;
        }
        match refunds.iter().find(|it| it.is_known_as(&key)) {
            Some(refund) => follow(tx, refund.clone(), register).await?,
            None if register == RefundRegister::Succeeded => {
                adopt(tx, order, payment, key, amount).await?;
            }
            None => {}
        }
    }
    Ok(())
}

async fn follow(
    tx: &mut Transaction,
    mut refund: Refund,
    register: RefundRegister,
) -> Result<(), PaymentError> {
    let event = match register {
        RefundRegister::Pending => return Ok(()),
        RefundRegister::Succeeded => RefundEvent::Succeed,
        RefundRegister::Failed => RefundEvent::Fail,
    };
    // The provider may know the outcome of what we had not noted as sent.
    if let (RefundStatus::Approved, Step::Applied(sent)) = (
        refund.status,
        refund.status.apply(RefundEvent::Send).unwrap_or(Step::Applied(refund.status)),
    ) {
        refund.status = sent;
    }
    let before = refund.status;
    let Ok(Step::Applied(status)) = refund.status.apply(event) else { return Ok(()) };
    refund.status = status;
    refund.completed_at = (status == RefundStatus::Completed).then_some(tx.now());
    refund.next_action_at = (status == RefundStatus::Failed).then_some(tx.now()).into();
    tx.update(&mut refund).await?;
    announce(tx, &refund);
    match (before, status) {
        (_, RefundStatus::Completed) => apply_to_lines(tx, &refund, true).await,
        (RefundStatus::Completed, _) => apply_to_lines(tx, &refund, false).await,
        _ => Ok(()),
    }
}

/// Notes on the lines what went back, or came back after all, and ends access where it is to end.
async fn apply_to_lines(
    tx: &mut Transaction,
    refund: &Refund,
    went_back: bool,
) -> Result<(), PaymentError> {
    for part in tx.all(RefundItem::of_refund(refund.id)).await? {
        let mut item = tx.require(part.order_item_id).await?;
        item.refunded = match went_back {
            true => item.refunded.add(part.amount)?,
            false => item.refunded.sub(part.amount)?,
        };
        tx.update(&mut item).await?;
        if went_back {
            line_refunded(tx, &item, part.access).await?;
        }
        let ends = match part.access {
            RefundAccess::EndNow => true,
            RefundAccess::EndWithPeriod => item.access_days.is_none(),
            RefundAccess::Keep => false,
        };
        if went_back && ends {
            take_item_back(tx, item.id, RevokeReason::Refunded).await?;
        }
    }
    Ok(())
}

/// Makes a refund of what somebody sent back at the provider. What is not surplus is spread over
/// the lines by what is left of each; access to a line ends when all that was left of it went back.
async fn adopt(
    tx: &mut Transaction,
    order: &Order,
    payment: &Payment,
    key: String,
    amount: Money,
) -> Result<(), PaymentError> {
    let mut refund =
        Refund::new(tx.cx(), payment, amount, RefundReason::Asked).decided_by_rule(tx.cx());
    refund.status = RefundStatus::Completed;
    refund.provider_ref = Some(key);
    refund.completed_at = Some(tx.now());
    refund.next_action_at = NextAction::NEVER;
    tx.insert(&refund).await?;
    announce(tx, &refund);
    if order.status != OrderStatus::Completed {
        return Ok(());
    }
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    let mut left = Vec::with_capacity(items.len());
    for item in &items {
        left.push(item.gross()?.sub(item.refunded)?);
    }
    let payments = tx.all(Payment::of_order(order.id)).await?;
    let mut kept = Money::zero(order.currency());
    for it in payments.iter().filter(|it| it.amount.currency() == order.currency()) {
        kept = kept.add(it.kept()?)?;
    }
    // What is kept already shows the refund; what stood above the lines before it was surplus.
    let sold = Money::sum(left.iter().copied(), order.currency())?;
    let of_lines = sold.sub(kept)?.max(Money::zero(order.currency()))?.min(amount)?;
    let parts = earned_parts(&left, of_lines.min(sold)?)?;
    for ((item, left), part) in items.into_iter().zip(left).zip(parts) {
        if part.is_positive() {
            let line = RefundItem {
                id: tx.id(),
                stamp: Stamp::new(tx.cx()),
                refund_id: refund.id,
                order_item_id: item.id,
                amount: part,
                tax: tax_part(&item, item.refunded, part)?,
                access: if part == left { RefundAccess::EndNow } else { RefundAccess::Keep },
            };
            tx.insert(&line).await?;
        }
    }
    apply_to_lines(tx, &refund, true).await
}
