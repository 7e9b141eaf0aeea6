//! Submitting and withdrawing a proof of a bank transfer.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    NextAction, Payment, PaymentMethod, PaymentProof, ProofDecided, ProofError, ProofEvent,
    ProofSubmitted, settlement::stop_unheard,
};
use lms_kernel::machine::Step;
use lms_kernel::{Id, Link, Money};
use lms_people::authorization::{Permission, Subject, authorize_on};
use lms_store::Transaction;

/// Submits a proof of payment for review. A file or reference seen before in the tenant is flagged
/// for the reviewer, not refused.
///
/// # Permission
/// `orders.place` on the payer's own things.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`ProofError`]; none is taken after the order's deadline.
#[operation("commerce.submit_proof")]
#[derive(PartialEq)]
pub struct SubmitProof {
    /// The payment that it proves.
    pub payment: Id<Payment>,
    /// The link to the picture or PDF.
    pub proof_url: Link,
    /// The SHA-256 of the file in lower-case hexadecimal, if the host computed it.
    pub file_hash: Option<String>,
    /// The reference on the bank statement, if the payer gave it.
    pub bank_reference: Option<String>,
    /// The amount transferred; `None` means the amount of the payment.
    pub amount: Option<Money>,
}

impl SubmitProof {
    /// A proof that the whole amount was transferred.
    pub const fn of(payment: Id<Payment>, proof_url: Link) -> Self {
        Self { payment, proof_url, file_hash: None, bank_reference: None, amount: None }
    }
}

impl Operation for SubmitProof {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = PaymentProof;
    type Error = ProofError;

    async fn run(self, tx: &mut Transaction) -> Result<PaymentProof, ProofError> {
        let command = self;
        let payment = tx.require(command.payment).await?;
        let order = tx.lock(payment.order_id).await?;
        let permit =
            authorize_on(tx, Permission::ORDERS_PLACE, &Subject::of(payment.payer_id)).await?;
        if payment.method != PaymentMethod::BankTransfer {
            return Err(ProofError::NotATransfer { method: payment.method });
        }
        if !order.status.is_open() || order.deadline <= tx.now() {
            return Err(ProofError::OrderClosed { status: order.status });
        }
        let amount = command.amount.unwrap_or(payment.amount);
        if amount.currency() != payment.amount.currency() || !amount.is_positive() {
            return Err(ProofError::Amount { expected: payment.amount.currency() });
        }
        check_marks(command.file_hash.as_deref(), command.bank_reference.as_deref())?;
        let sender = permit.member().unwrap_or(payment.payer_id);
        let mut proof = PaymentProof::new(tx.cx(), payment.id, sender, command.proof_url, amount);
        proof.duplicate_of = earlier(tx, &command.file_hash, &command.bank_reference).await?;
        proof.file_hash = command.file_hash;
        proof.bank_reference = command.bank_reference;
        tx.insert(&proof).await?;
        tx.emit(&ProofSubmitted {
            proof_id: proof.id,
            payment_id: payment.id,
            order_id: order.id,
            payer_id: payment.payer_id,
            duplicate_of: proof.duplicate_of,
        });
        Ok(proof)
    }
}

async fn earlier(
    tx: &mut Transaction,
    file_hash: &Option<String>,
    bank_reference: &Option<String>,
) -> Result<Option<Id<PaymentProof>>, ProofError> {
    if file_hash.is_none() && bank_reference.is_none() {
        return Ok(None);
    }
    let alike = PaymentProof::alike(file_hash.as_deref(), bank_reference.as_deref());
    Ok(tx.first(alike).await?.map(|it| it.id))
}

fn check_marks(file_hash: Option<&str>, bank_reference: Option<&str>) -> Result<(), ProofError> {
    const HASH_LENGTH: usize = 64;
    let is_hash = |it: &str| {
        it.len() == HASH_LENGTH && it.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    };
    if !file_hash.is_none_or(is_hash) {
        let remedy = "write the SHA-256 as 64 lower-case hexadecimal digits";
        return Err(ProofError::Malformed { what: "file hash", remedy });
    }
    if !bank_reference.is_none_or(|it| matches!(it.chars().count(), 1..=100)) {
        let remedy = "write 1 to 100 characters";
        return Err(ProofError::Malformed { what: "bank reference", remedy });
    }
    Ok(())
}

/// Withdraws a proof that is not yet reviewed. The payment stays open for another proof.
///
/// # Permission
/// `orders.place` on the payer's own things.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`ProofError`].
#[operation("commerce.withdraw_proof")]
pub struct WithdrawProof {
    /// The proof to withdraw.
    pub proof: Id<PaymentProof>,
}

impl Operation for WithdrawProof {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_PLACE]);
    type Answer = PaymentProof;
    type Error = ProofError;

    async fn run(self, tx: &mut Transaction) -> Result<PaymentProof, ProofError> {
        let Self { proof } = self;
        let proof = tx.require(proof).await?;
        let payment = tx.require(proof.payment_id).await?;
        let mut order = tx.lock(payment.order_id).await?;
        authorize_on(tx, Permission::ORDERS_PLACE, &Subject::of(payment.payer_id)).await?;
        let mut proof = tx.require(proof.id).await?;
        let status = proof.status;
        let step = status.apply(ProofEvent::Withdraw);
        let step = step.map_err(|_| ProofError::AlreadyDecided { status })?;
        if let Step::Applied(status) = step {
            proof.status = status;
            proof.next_action_at = NextAction::NEVER;
            tx.update(&mut proof).await?;
            if !order.status.is_open() {
                stop_unheard(tx, &mut order).await?;
            }
            let (proof_id, payment_id) = (proof.id, payment.id);
            tx.emit(&ProofDecided { proof_id, payment_id, status, reviewer_id: None });
        }
        Ok(proof)
    }
}
