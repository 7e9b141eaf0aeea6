//! Reviewing a proof of payment.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use lms_derive::TextEnum;

use crate::{
    NextAction, Order, Payment, PaymentFact, PaymentProof, ProofDecided, ProofError, ProofEvent,
    ProofStatus,
    payments::facts_told,
    settlement::{learn, stop_unheard},
};
use lms_kernel::machine::Step;
use lms_kernel::{Id, Money, Timestamp, Version};
use lms_people::{
    authorization::{Permission, Permit, TheTenant, authorize_on},
    identity::Membership,
};
use lms_store::{
    audit::Denial,
    {Record as _, Transaction},
};

/// The decision of a reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum ProofDecision {
    /// The transfer is believed.
    Approve,
    /// It is not. The payer may send another proof until the deadline.
    Reject,
}

/// When approved money counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// The money counts when finance finds it on the bank statement.
    WhenReconciled,
    /// This much counts at once; finding it on the statement comes later.
    AtOnce(Money),
}

/// Approves or rejects a proof of payment. Approving one supersedes the order's other proofs.
///
/// The same decision twice changes nothing.
///
/// # Permission
/// `orders.review_proof`; anyone who paid or sent the proof cannot review it.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`ProofError`].
#[operation("commerce.review_proof")]
#[derive(PartialEq)]
pub struct ReviewProof {
    /// The proof to review.
    pub proof: Id<PaymentProof>,
    /// The version that the reviewer saw; the review is refused if the proof has changed since.
    pub expected_version: Version,
    /// Whether to approve or reject it.
    pub decision: ProofDecision,
    /// Whether approved money counts at once or when it is found on the bank statement.
    pub counting: Counting,
    /// A note to the payer, at most 2,000 characters.
    pub note: Option<String>,
}

impl Operation for ReviewProof {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_REVIEW_PROOF]);
    type Answer = PaymentProof;
    type Error = ProofError;

    async fn run(self, tx: &mut Transaction) -> Result<PaymentProof, ProofError> {
        let command = self;
        check_note(command.note.as_deref())?;
        let permit = authorize_on(tx, Permission::ORDERS_REVIEW_PROOF, &TheTenant).await?;
        let (mut proof, payment, mut order) = held(tx, command.proof).await?;
        let reviewer = reviewer(tx, &permit, &proof, &payment, &order)?;
        let event = match command.decision {
            ProofDecision::Approve => ProofEvent::Approve,
            ProofDecision::Reject => ProofEvent::Reject,
        };
        let status = proof.status;
        let step = status.apply(event).map_err(|_| ProofError::AlreadyDecided { status })?;
        let Step::Applied(status) = step else { return Ok(proof) };
        if proof.stamp().version != command.expected_version {
            return Err(ProofError::Changed);
        }
        decide(tx, &mut proof, status, reviewer, command.note).await?;
        if status == ProofStatus::Approved {
            supersede_others(tx, &order, &proof).await?;
            let at = facts_told(tx, &payment).await?.time_of_decision(tx.now());
            let facts = approval(at, &proof, command.counting);
            learn(tx, &mut order, payment.id, facts, &format!("proof:{}", proof.id)).await?;
        } else if !order.status.is_open() {
            // No other proof can follow.
            stop_unheard(tx, &mut order).await?;
        }
        Ok(proof)
    }
}

/// Revokes the approval of a proof before the money is found on the bank statement. It takes a
/// second reviewer. Money that counted at once is reversed, and a payment without another approved
/// proof fails; the payer may start another one.
///
/// # Permission
/// `orders.review_proof`.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`ProofError`].
#[operation("commerce.revoke_approval")]
pub struct RevokeApproval {
    /// The approved proof.
    pub proof: Id<PaymentProof>,
    /// The reason, for later readers.
    pub note: Option<String>,
}

impl Operation for RevokeApproval {
    const ACCESS: Access = Access::Asks(&[Permission::ORDERS_REVIEW_PROOF]);
    type Answer = PaymentProof;
    type Error = ProofError;

    async fn run(self, tx: &mut Transaction) -> Result<PaymentProof, ProofError> {
        let Self { proof, note } = self;
        check_note(note.as_deref())?;
        let permit = authorize_on(tx, Permission::ORDERS_REVIEW_PROOF, &TheTenant).await?;
        let (mut proof, payment, mut order) = held(tx, proof).await?;
        let second = reviewer(tx, &permit, &proof, &payment, &order)?;
        let status = proof.status;
        let step =
            status.apply(ProofEvent::Revoke).map_err(|_| ProofError::AlreadyDecided { status })?;
        let Step::Applied(status) = step else { return Ok(proof) };
        if proof.reviewer_id == Some(second) {
            return Err(ProofError::SameReviewer);
        }
        if payment.reconciled_at.is_some() {
            return Err(ProofError::AlreadyReconciled);
        }
        decide(tx, &mut proof, status, second, note).await?;
        let key = proof.id.to_string();
        let mut facts = vec![PaymentFact::Reverse {
            key: format!("revoked:{key}"),
            amount: payment.captured,
            of: Some(key),
        }];
        let others = tx.all(PaymentProof::of_payment(payment.id)).await?;
        if others.iter().all(|it| it.status != ProofStatus::Approved) {
            let at = facts_told(tx, &payment).await?.time_of_decision(tx.now());
            facts.push(PaymentFact::Fail { at });
        }
        learn(tx, &mut order, payment.id, facts, &format!("proof:{}", proof.id)).await?;
        Ok(proof)
    }
}

/// The proof, what it proves, and the order, whose row is held from here on.
async fn held(
    tx: &mut Transaction,
    proof: Id<PaymentProof>,
) -> Result<(PaymentProof, Payment, Order), ProofError> {
    let payment = tx.require(proof).await?.payment_id;
    let order = tx.require(payment).await?.order_id;
    let order = tx.lock(order).await?;
    Ok((tx.require(proof).await?, tx.require(payment).await?, order))
}

/// The reviewer, who is a person and neither the payer nor the sender.
fn reviewer(
    tx: &mut Transaction,
    permit: &Permit,
    proof: &PaymentProof,
    payment: &Payment,
    order: &Order,
) -> Result<Id<Membership>, ProofError> {
    let reviewer = permit.member().ok_or(ProofError::NoReviewer)?;
    if [payment.payer_id, proof.submitted_by, order.buyer_id].contains(&reviewer) {
        tx.record_denial(Denial {
            asked: permit.permission().to_string(),
            reason: ProofError::OwnProof.to_string(),
            entity_kind: PaymentProof::KIND.to_owned(),
            entity_id: Some(proof.id.uuid()),
        });
        return Err(ProofError::OwnProof);
    }
    Ok(reviewer)
}

fn approval(at: Timestamp, proof: &PaymentProof, counting: Counting) -> Vec<PaymentFact> {
    let mut facts = vec![PaymentFact::Authorise { at }];
    if let Counting::AtOnce(amount) = counting {
        facts.push(PaymentFact::Capture { key: proof.id.to_string(), amount, at });
    }
    facts
}

async fn decide(
    tx: &mut Transaction,
    proof: &mut PaymentProof,
    status: ProofStatus,
    reviewer: Id<Membership>,
    note: Option<String>,
) -> Result<(), ProofError> {
    proof.status = status;
    proof.reviewer_id = Some(reviewer);
    proof.reviewed_at = Some(tx.now());
    proof.review_note = note;
    proof.next_action_at = NextAction::NEVER;
    tx.update(proof).await?;
    let (proof_id, payment_id) = (proof.id, proof.payment_id);
    tx.emit(&ProofDecided { proof_id, payment_id, status, reviewer_id: Some(reviewer) });
    Ok(())
}

async fn supersede_others(
    tx: &mut Transaction,
    order: &Order,
    approved: &PaymentProof,
) -> Result<(), ProofError> {
    for payment in tx.all(Payment::of_order(order.id)).await? {
        for mut other in tx.all(PaymentProof::of_payment(payment.id)).await? {
            if other.id == approved.id || other.status != ProofStatus::Submitted {
                continue;
            }
            other.status = ProofStatus::Superseded;
            other.next_action_at = NextAction::NEVER;
            tx.update(&mut other).await?;
            let (proof_id, payment_id, status) = (other.id, other.payment_id, other.status);
            tx.emit(&ProofDecided { proof_id, payment_id, status, reviewer_id: None });
        }
    }
    Ok(())
}

fn check_note(note: Option<&str>) -> Result<(), ProofError> {
    const MOST: usize = 2_000;
    if note.is_none_or(|it| it.chars().count() <= MOST) {
        return Ok(());
    }
    let remedy = "write at most 2000 characters";
    Err(ProofError::Malformed { what: "note", remedy })
}
