//! Attempts to pay by hand of which nothing was heard.
use crate::{
    Order, Payment, PaymentError, PaymentFact, PaymentProof, PaymentStatus, ProofStatus,
    settlement::{Queue, facts::learn_into},
};
use lms_store::Transaction;

/// Stops an attempt that people record of which nothing was heard: no money, no approval, and no
/// proof that waits for a reviewer. True when it is stopped.
pub(crate) async fn stop_if_unheard(
    tx: &mut Transaction,
    order: &mut Order,
    payment: &Payment,
) -> Result<bool, PaymentError> {
    let mut queue = Queue::default();
    let stopped = stop_into(tx, (order, payment), &mut queue).await?;
    queue.run(tx).await?;
    Ok(stopped)
}

/// The same; what it calls for is put into the queue.
pub(super) async fn stop_into(
    tx: &mut Transaction,
    (order, payment): (&mut Order, &Payment),
    queue: &mut Queue,
) -> Result<bool, PaymentError> {
    if payment.status != PaymentStatus::Pending || !payment.method.is_recorded_by_hand() {
        return Ok(false);
    }
    let proofs = tx.all(PaymentProof::of_payment(payment.id)).await?;
    if proofs.iter().any(|it| it.status == ProofStatus::Submitted) {
        return Ok(false);
    }
    let fact = PaymentFact::Cancel { at: order.deadline.min(tx.now()) };
    learn_into(tx, (order, payment.id), (vec![fact], "deadline"), queue).await?;
    Ok(true)
}

/// Stops the attempts to pay an order by hand of which nothing was heard. A transfer with a proof
/// that waits for a reviewer goes on waiting.
pub(crate) async fn stop_unheard(
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), PaymentError> {
    for payment in tx.all(Payment::of_order(order.id)).await? {
        stop_if_unheard(tx, order, &payment).await?;
    }
    Ok(())
}
