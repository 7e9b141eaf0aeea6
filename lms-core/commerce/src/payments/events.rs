//! Events of payments.
use serde::{Deserialize, Serialize};

use crate::{DisputeStatus, Payment, PaymentMethod, PaymentProof, PaymentStatus, ProofStatus};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// An attempt to pay was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.payment_started", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentStarted {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// What it pays for.
    pub order_id: Id<crate::Order>,
    /// The method.
    pub method: PaymentMethod,
    /// The amount.
    pub amount: Money,
}

/// A fact changed a payment's status or the amount taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.payment_changed", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentChanged {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// What it pays for.
    pub order_id: Id<crate::Order>,
    /// Its status.
    pub status: PaymentStatus,
    /// The amount taken.
    pub captured: Money,
    /// The amount refunded, from whichever source it is known.
    pub returned: Money,
}

/// A payer disputes money at their bank, or the bank decided on it. Evidence is due to the bank
/// while it is open, and what the order earned is not paid out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.dispute_changed", subject = Payment::ENTITY, id = payment_id)]
pub struct DisputeChanged {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// What it pays for.
    pub order_id: Id<crate::Order>,
    /// The provider's name for the dispute.
    pub key: String,
    /// Its status.
    pub status: DisputeStatus,
    /// How much is disputed.
    pub amount: Money,
}

/// Money came in a currency that the payment does not have. It has to go back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.foreign_money_received", subject = Payment::ENTITY, id = payment_id)]
pub struct ForeignMoneyReceived {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// The provider's name for the capture.
    pub key: String,
    /// How much came.
    pub amount: Money,
}

/// A payer sent a proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.proof_submitted", subject = PaymentProof::ENTITY, id = proof_id)]
pub struct ProofSubmitted {
    /// The proof.
    pub proof_id: Id<PaymentProof>,
    /// What it proves.
    pub payment_id: Id<Payment>,
    /// What the payment pays for.
    pub order_id: Id<crate::Order>,
    /// Who sent it.
    pub payer_id: Id<Membership>,
    /// An earlier proof with the same file or reference.
    pub duplicate_of: Option<Id<PaymentProof>>,
}

/// Someone decided on a proof, or its payer took it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.proof_decided", subject = PaymentProof::ENTITY, id = proof_id)]
pub struct ProofDecided {
    /// The proof.
    pub proof_id: Id<PaymentProof>,
    /// What it proves.
    pub payment_id: Id<Payment>,
    /// Its status.
    pub status: ProofStatus,
    /// Who decided.
    pub reviewer_id: Option<Id<Membership>>,
}

/// No one knows the outcome of a gateway payment: the host asks the gateway and tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.payment_question_due", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentQuestionDue {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// The gateway and the tenant's account there.
    pub gateway: String,
    /// The provider's name for the attempt, where it is known.
    pub provider_ref: Option<String>,
}

/// A proof waits for a reviewer, for a day or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.proof_waiting", subject = PaymentProof::ENTITY, id = proof_id)]
pub struct ProofWaiting {
    /// The proof.
    pub proof_id: Id<PaymentProof>,
    /// What it proves.
    pub payment_id: Id<Payment>,
    /// Since when.
    pub since: Timestamp,
}

/// A payment at the desk or by transfer is believed and was not found on the statement or in
/// the till, for a day or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.payment_unreconciled", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentUnreconciled {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// How it was paid.
    pub method: PaymentMethod,
    /// The amount.
    pub amount: Money,
}
