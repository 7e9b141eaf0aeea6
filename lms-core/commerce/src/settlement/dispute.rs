//! Fees that gateways keep, and disputes until they are decided.
use crate::{
    Account, AccountKind, DisputeChanged, LedgerEntry, LedgerKind, Order, Payment, PaymentError,
    PaymentFacts,
    ledger::{post, transfer},
    payments::facts_told,
    revenue::{hold_earnings, release_earnings},
};
use lms_store::Transaction;

/// Books the fees that a gateway keeps of a payment as far as they differ from those that `earlier`
/// facts named: they are an expense of the tenant and leave what the gateway owes it. Facts are
/// only added, so that `stored`, their number, names the entry.
pub(super) async fn book_fees(
    tx: &mut Transaction,
    payment: &Payment,
    (earlier, facts): (&PaymentFacts, &PaymentFacts),
    stored: usize,
) -> Result<(), PaymentError> {
    let fees = facts.fees()?;
    let change = fees.sub(earlier.fees()?)?;
    if change.is_zero() {
        return Ok(());
    }
    let source = format!("payment:{}:facts:{stored}:fees", payment.id);
    let entry = LedgerEntry {
        method: Some(payment.method),
        reference: payment.provider_ref.clone(),
        ..LedgerEntry::new(tx.cx(), LedgerKind::GatewayFee, change.abs()?, source)
    };
    let (clearing, own) =
        (Account::own(AccountKind::Clearing), Account::own(AccountKind::GatewayFees));
    post(tx, entry, transfer(clearing, own, change)?).await?;
    Ok(())
}

/// Announces disputes that were opened or decided, and keeps what the order has earned from being
/// paid out while the bank decides on one. The caller holds the order's row and has settled it.
pub(super) async fn follow_disputes(
    tx: &mut Transaction,
    (order, payment): (&Order, &Payment),
    (earlier, facts): (&PaymentFacts, &PaymentFacts),
) -> Result<(), PaymentError> {
    let known = earlier.disputes();
    for (key, status, amount) in facts.disputes() {
        if known.iter().all(|it| (&it.0, it.1) != (&key, status)) {
            let (payment_id, order_id) = (payment.id, order.id);
            tx.emit(&DisputeChanged { payment_id, order_id, key, status, amount });
        }
    }
    let (was_held, is_held) = (earlier.on_hold()?.is_positive(), facts.on_hold()?.is_positive());
    if !was_held && !is_held && !facts.moved_since(earlier) {
        return Ok(());
    }
    match (is_held || is_another_held(tx, payment).await?, was_held) {
        (true, _) => hold_earnings(tx, order.id).await,
        (false, true) => release_earnings(tx, order.id).await,
        (false, false) => Ok(()),
    }
}

/// Whether money of another payment of the order is in an open dispute. What this one brings is of
/// the same lines.
async fn is_another_held(tx: &mut Transaction, payment: &Payment) -> Result<bool, PaymentError> {
    for other in tx.all(Payment::of_order(payment.order_id)).await? {
        if other.id != payment.id
            && other.captured.is_positive()
            && facts_told(tx, &other).await?.on_hold()?.is_positive()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
