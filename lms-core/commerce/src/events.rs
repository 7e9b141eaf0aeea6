//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    AccessSource, DisputeStatus, Grant, Instalment, InstalmentStatus, Item, Order, OrderStatus,
    Payment, PaymentMethod, PaymentProof, PaymentStatus, ProofStatus, Refund, RefundReason,
    RefundStatus, RevokeReason,
};
use lms_kernel::{Id, Money, Timestamp};
use lms_learning::content::Course;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// Someone ordered something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.order_placed", subject = Order::ENTITY, id = order_id)]
pub struct OrderPlaced {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// Who ordered.
    pub buyer_id: Id<Membership>,
    /// What is to be paid.
    pub total: Money,
    /// Until when.
    pub deadline: Timestamp,
}

/// The amount due is paid, and access is granted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.order_completed", subject = Order::ENTITY, id = order_id)]
pub struct OrderCompleted {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// Who ordered.
    pub buyer_id: Id<Membership>,
    /// The amount due.
    pub total: Money,
    /// The items sold.
    pub items: Vec<Item>,
}

/// An order failed, expired, was cancelled, refunded, or waits again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.order_changed", subject = Order::ENTITY, id = order_id)]
pub struct OrderChanged {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// Who ordered.
    pub buyer_id: Id<Membership>,
    /// Its earlier status.
    pub from: OrderStatus,
    /// Its status.
    pub to: OrderStatus,
}

/// Money went back twice for one order: a person has to look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.order_anomaly", subject = Order::ENTITY, id = order_id)]
pub struct OrderAnomaly {
    /// The order.
    pub order_id: Id<Order>,
    /// Its number.
    pub number: i64,
    /// The net amount received; below zero when more was refunded than taken.
    pub kept: Money,
}

/// An attempt to pay was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.payment_started", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentStarted {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// What it pays for.
    pub order_id: Id<Order>,
    /// The method.
    pub method: PaymentMethod,
    /// The amount.
    pub amount: Money,
}

/// A fact changed a payment's status or the amount taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.payment_changed", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentChanged {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// What it pays for.
    pub order_id: Id<Order>,
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
#[event("commerce.dispute_changed", subject = Payment::ENTITY, id = payment_id)]
pub struct DisputeChanged {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// What it pays for.
    pub order_id: Id<Order>,
    /// The provider's name for the dispute.
    pub key: String,
    /// Its status.
    pub status: DisputeStatus,
    /// How much is disputed.
    pub amount: Money,
}

/// Money came in a currency that the payment does not have. It has to go back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
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
#[event("commerce.proof_submitted", subject = PaymentProof::ENTITY, id = proof_id)]
pub struct ProofSubmitted {
    /// The proof.
    pub proof_id: Id<PaymentProof>,
    /// What it proves.
    pub payment_id: Id<Payment>,
    /// What the payment pays for.
    pub order_id: Id<Order>,
    /// Who sent it.
    pub payer_id: Id<Membership>,
    /// An earlier proof with the same file or reference.
    pub duplicate_of: Option<Id<PaymentProof>>,
}

/// Someone decided on a proof, or its payer took it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
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
#[event("commerce.payment_unreconciled", subject = Payment::ENTITY, id = payment_id)]
pub struct PaymentUnreconciled {
    /// The payment.
    pub payment_id: Id<Payment>,
    /// How it was paid.
    pub method: PaymentMethod,
    /// The amount.
    pub amount: Money,
}

/// A refund waits for someone to decide, to send it, or to ask the outcome of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.refund_due", subject = Refund::ENTITY, id = refund_id)]
pub struct RefundDue {
    /// The refund.
    pub refund_id: Id<Refund>,
    /// The amount paid.
    pub payment_id: Id<Payment>,
    /// Its status.
    pub status: RefundStatus,
}

/// A person may use something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.access_granted", subject = Grant::ENTITY, id = grant_id)]
pub struct AccessGranted {
    /// The grant.
    pub grant_id: Id<Grant>,
    /// Who may use it.
    pub holder_id: Id<Membership>,
    /// The item concerned.
    pub target: Item,
    /// What it comes from.
    pub source: AccessSource,
    /// Up to when.
    pub ends_at: Option<Timestamp>,
}

/// Someone bought a course that could not take them: it is full, or not published any more.
/// Access is granted, and a person has to look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.enrollment_refused", subject = Grant::ENTITY, id = grant_id)]
pub struct EnrollmentRefused {
    /// The item bought.
    pub grant_id: Id<Grant>,
    /// Who bought it, or for whom it was bought.
    pub holder_id: Id<Membership>,
    /// The course.
    pub course_id: Id<Course>,
    /// The code of the refusal.
    pub reason: String,
}

/// A grant no longer gives access. Another one may still do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.access_ended", subject = Grant::ENTITY, id = grant_id)]
pub struct AccessEnded {
    /// The grant.
    pub grant_id: Id<Grant>,
    /// Who had it.
    pub holder_id: Id<Membership>,
    /// The item concerned.
    pub target: Item,
    /// Why, if it was taken away; none when its time was over or it is suspended.
    pub reason: Option<RevokeReason>,
}

/// A part of what an order costs was paid, is open again, or is overdue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.instalment_changed", subject = Instalment::ENTITY, id = instalment_id)]
pub struct InstalmentChanged {
    /// The part.
    pub instalment_id: Id<Instalment>,
    /// The order.
    pub order_id: Id<Order>,
    /// Its number, from 1.
    pub number: u16,
    /// The amount.
    pub amount: Money,
    /// Its status.
    pub status: InstalmentStatus,
}

/// A refund was opened, moved on or ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event("commerce.refund_changed", subject = Refund::ENTITY, id = refund_id)]
pub struct RefundChanged {
    /// The refund.
    pub refund_id: Id<Refund>,
    /// The amount paid.
    pub payment_id: Id<Payment>,
    /// How much goes back.
    pub amount: Money,
    /// The reason, as given.
    pub reason: RefundReason,
    /// Its status.
    pub status: RefundStatus,
}
