//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    AccessSource, DisputeStatus, Grant, Instalment, InstalmentStatus, Item, Order, OrderStatus,
    Payment, PaymentMethod, PaymentProof, PaymentStatus, ProofStatus, Refund, RefundReason,
    RefundStatus, RevokeReason,
};
use lms_kernel::{EntityRef, Id, Money, Timestamp};
use lms_learning::content::Course;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident = $kind:literal on $subject:ident: $record:ident {
        $($(#[$field_meta:meta])* $field:ident: $ty:ty,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)+
        }

        impl DomainEvent for $name {
            const KIND: &'static str = $kind;
            fn subject(&self) -> EntityRef {
                EntityRef::to($record::ENTITY, self.$subject)
            }
        }
    )+};
}

events! {
    /// Someone ordered something.
    OrderPlaced = "commerce.order_placed" on order_id: Order {
        /// The order.
        order_id: Id<Order>,
        /// Its number.
        number: i64,
        /// Who ordered.
        buyer_id: Id<Membership>,
        /// What is to be paid.
        total: Money,
        /// Until when.
        deadline: Timestamp,
    }
    /// The amount due is paid, and access is granted.
    OrderCompleted = "commerce.order_completed" on order_id: Order {
        /// The order.
        order_id: Id<Order>,
        /// Its number.
        number: i64,
        /// Who ordered.
        buyer_id: Id<Membership>,
        /// The amount due.
        total: Money,
        /// The items sold.
        items: Vec<Item>,
    }
    /// An order failed, expired, was cancelled, refunded, or waits again.
    OrderChanged = "commerce.order_changed" on order_id: Order {
        /// The order.
        order_id: Id<Order>,
        /// Its number.
        number: i64,
        /// Who ordered.
        buyer_id: Id<Membership>,
        /// Its earlier status.
        from: OrderStatus,
        /// Its status.
        to: OrderStatus,
    }
    /// Money went back twice for one order: a person has to look.
    OrderAnomaly = "commerce.order_anomaly" on order_id: Order {
        /// The order.
        order_id: Id<Order>,
        /// Its number.
        number: i64,
        /// The net amount received; below zero when more was refunded than taken.
        kept: Money,
    }
    /// An attempt to pay was started.
    PaymentStarted = "commerce.payment_started" on payment_id: Payment {
        /// The payment.
        payment_id: Id<Payment>,
        /// What it pays for.
        order_id: Id<Order>,
        /// The method.
        method: PaymentMethod,
        /// The amount.
        amount: Money,
    }
    /// A fact changed a payment's status or the amount taken.
    PaymentChanged = "commerce.payment_changed" on payment_id: Payment {
        /// The payment.
        payment_id: Id<Payment>,
        /// What it pays for.
        order_id: Id<Order>,
        /// Its status.
        status: PaymentStatus,
        /// The amount taken.
        captured: Money,
        /// The amount refunded, from whichever source it is known.
        returned: Money,
    }
    /// A payer disputes money at their bank, or the bank decided on it. Evidence is due to the bank
    /// while it is open, and what the order earned is not paid out.
    DisputeChanged = "commerce.dispute_changed" on payment_id: Payment {
        /// The payment.
        payment_id: Id<Payment>,
        /// What it pays for.
        order_id: Id<Order>,
        /// The provider's name for the dispute.
        key: String,
        /// Its status.
        status: DisputeStatus,
        /// How much is disputed.
        amount: Money,
    }
    /// Money came in a currency that the payment does not have. It has to go back.
    ForeignMoneyReceived = "commerce.foreign_money_received" on payment_id: Payment {
        /// The payment.
        payment_id: Id<Payment>,
        /// The provider's name for the capture.
        key: String,
        /// How much came.
        amount: Money,
    }
    /// A payer sent a proof.
    ProofSubmitted = "commerce.proof_submitted" on proof_id: PaymentProof {
        /// The proof.
        proof_id: Id<PaymentProof>,
        /// What it proves.
        payment_id: Id<Payment>,
        /// What the payment pays for.
        order_id: Id<Order>,
        /// Who sent it.
        payer_id: Id<Membership>,
        /// An earlier proof with the same file or reference.
        duplicate_of: Option<Id<PaymentProof>>,
    }
    /// Someone decided on a proof, or its payer took it back.
    ProofDecided = "commerce.proof_decided" on proof_id: PaymentProof {
        /// The proof.
        proof_id: Id<PaymentProof>,
        /// What it proves.
        payment_id: Id<Payment>,
        /// Its status.
        status: ProofStatus,
        /// Who decided.
        reviewer_id: Option<Id<Membership>>,
    }
    /// No one knows the outcome of a gateway payment: the host asks the gateway and tells it.
    PaymentQuestionDue = "commerce.payment_question_due" on payment_id: Payment {
        /// The payment.
        payment_id: Id<Payment>,
        /// The gateway and the tenant's account there.
        gateway: String,
        /// The provider's name for the attempt, where it is known.
        provider_ref: Option<String>,
    }
    /// A proof waits for a reviewer, for a day or several.
    ProofWaiting = "commerce.proof_waiting" on proof_id: PaymentProof {
        /// The proof.
        proof_id: Id<PaymentProof>,
        /// What it proves.
        payment_id: Id<Payment>,
        /// Since when.
        since: Timestamp,
    }
    /// A payment at the desk or by transfer is believed and was not found on the statement or in
    /// the till, for a day or several.
    PaymentUnreconciled = "commerce.payment_unreconciled" on payment_id: Payment {
        /// The payment.
        payment_id: Id<Payment>,
        /// How it was paid.
        method: PaymentMethod,
        /// The amount.
        amount: Money,
    }
    /// A refund waits for someone to decide, to send it, or to ask the outcome of it.
    RefundDue = "commerce.refund_due" on refund_id: Refund {
        /// The refund.
        refund_id: Id<Refund>,
        /// The amount paid.
        payment_id: Id<Payment>,
        /// Its status.
        status: RefundStatus,
    }
    /// A person may use something.
    AccessGranted = "commerce.access_granted" on grant_id: Grant {
        /// The grant.
        grant_id: Id<Grant>,
        /// Who may use it.
        holder_id: Id<Membership>,
        /// The item concerned.
        target: Item,
        /// What it comes from.
        source: AccessSource,
        /// Up to when.
        ends_at: Option<Timestamp>,
    }
    /// Someone bought a course that could not take them: it is full, or not published any more.
    /// Access is granted, and a person has to look.
    EnrollmentRefused = "commerce.enrollment_refused" on grant_id: Grant {
        /// The item bought.
        grant_id: Id<Grant>,
        /// Who bought it, or for whom it was bought.
        holder_id: Id<Membership>,
        /// The course.
        course_id: Id<Course>,
        /// The code of the refusal.
        reason: String,
    }
    /// A grant no longer gives access. Another one may still do.
    AccessEnded = "commerce.access_ended" on grant_id: Grant {
        /// The grant.
        grant_id: Id<Grant>,
        /// Who had it.
        holder_id: Id<Membership>,
        /// The item concerned.
        target: Item,
        /// Why, if it was taken away; none when its time was over or it is suspended.
        reason: Option<RevokeReason>,
    }
    /// A part of what an order costs was paid, is open again, or is overdue.
    InstalmentChanged = "commerce.instalment_changed" on instalment_id: Instalment {
        /// The part.
        instalment_id: Id<Instalment>,
        /// The order.
        order_id: Id<Order>,
        /// Its number, from 1.
        number: u16,
        /// The amount.
        amount: Money,
        /// Its status.
        status: InstalmentStatus,
    }
    /// A refund was opened, moved on or ended.
    RefundChanged = "commerce.refund_changed" on refund_id: Refund {
        /// The refund.
        refund_id: Id<Refund>,
        /// The amount paid.
        payment_id: Id<Payment>,
        /// How much goes back.
        amount: Money,
        /// The reason, as given.
        reason: RefundReason,
        /// Its status.
        status: RefundStatus,
    }
}
