//! Payments without a final answer, and proofs without a review.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    DueRows, NextAction, Order, Payment, PaymentError, PaymentFact, PaymentMethod, PaymentProof,
    PaymentQuestionDue, PaymentStatus, PaymentUnreconciled, ProofWaiting,
    payments::{ASK_EVERY, GIVE_UP_AFTER, LOOK_EVERY, facts_told},
    settlement::{learn, stop_if_unheard},
};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;

/// Requests reconciliation of gateway payments without a final answer, as many as `due` takes, and
/// answers how many; after ten days without an answer they count as stopped. Manual payments not
/// received by the order's deadline are stopped, and approved ones not yet found on a statement are
/// announced once a day. Run it from a job until it answers zero.
///
/// # Permission
/// `payments.record`.
///
/// # Locks
/// The rows of the orders.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.ask_payments_due")]
pub struct AskPaymentsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for AskPaymentsDue {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = usize;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PaymentError> {
        let Self { due } = self;
        authorize_on(tx, Permission::PAYMENTS_RECORD, &TheTenant).await?;
        let due = tx.page(due.of(Payment::due(tx.now()))).await?.items;
        for payment in &due {
            let mut order = tx.lock(payment.order_id).await?;
            let payment = tx.require(payment.id).await?;
            if !payment.next_action_at.is_due(tx.now()) {
                continue;
            }
            if payment.method == PaymentMethod::Gateway {
                ask(tx, &mut order, payment).await?;
            } else {
                look(tx, &mut order, payment).await?;
            }
        }
        Ok(due.len())
    }
}

async fn ask(
    tx: &mut Transaction,
    order: &mut Order,
    mut payment: Payment,
) -> Result<(), PaymentError> {
    let started = payment.stamp.created_at;
    let told = facts_told(tx, &payment).await?;
    let heard = told.last_word_at().map_or(started, |at| at.max(started));
    let give_up = heard.saturating_add(GIVE_UP_AFTER);
    let gone = give_up <= tx.now();
    payment.next_action_at = if gone || !payment.is_open() {
        NextAction::NEVER
    } else {
        NextAction::in_series(started, ASK_EVERY, tx.now()).or_before(Some(give_up))
    };
    tx.update(&mut payment).await?;
    if !payment.is_open() {
        return Ok(());
    }
    if gone {
        let fact = PaymentFact::Cancel { at: give_up };
        learn(tx, order, payment.id, vec![fact], "deadline").await?;
    } else {
        tx.emit(&PaymentQuestionDue {
            payment_id: payment.id,
            gateway: payment.gateway.unwrap_or_default(),
            provider_ref: payment.provider_ref,
        });
    }
    Ok(())
}

/// Looks at an attempt that people record.
async fn look(
    tx: &mut Transaction,
    order: &mut Order,
    mut payment: Payment,
) -> Result<(), PaymentError> {
    let over = !order.status.is_open() || order.deadline <= tx.now();
    if over && stop_if_unheard(tx, order, &payment).await? {
        return Ok(());
    }
    payment.next_action_at = match payment.next_action_at.time() {
        Some(since) if payment.is_open() => NextAction::in_series(since, LOOK_EVERY, tx.now()),
        _ => NextAction::NEVER,
    };
    tx.update(&mut payment).await?;
    if payment.status == PaymentStatus::Confirmed {
        let (payment_id, method, amount) = (payment.id, payment.method, payment.amount);
        tx.emit(&PaymentUnreconciled { payment_id, method, amount });
    }
    Ok(())
}

/// Reminds reviewers of proofs of payment that wait for them, once a day, as many as `due` takes.
/// Answers how many; run it from a job until it answers zero.
///
/// # Permission
/// `orders.review_proof`.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.remind_proofs_due")]
pub struct RemindProofsDue {
    /// The most rows to handle in this call, and the rows to skip.
    pub due: DueRows,
}

impl Operation for RemindProofsDue {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_REVIEW_PROOF]);
    type Answer = usize;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PaymentError> {
        let Self { due } = self;
        authorize_on(tx, Permission::ORDERS_REVIEW_PROOF, &TheTenant).await?;
        let mut due = tx.page(due.of(PaymentProof::due(tx.now()))).await?.items;
        for proof in &mut due {
            let start = proof.uploaded_at;
            proof.next_action_at =
                NextAction::in_series(start, PaymentProof::REMIND_EVERY, tx.now());
            let (proof_id, payment_id) = (proof.id, proof.payment_id);
            tx.emit(&ProofWaiting { proof_id, payment_id, since: start });
        }
        tx.update_all(&mut due).await?;
        Ok(due.len())
    }
}
