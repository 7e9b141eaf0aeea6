//! Events of refunds.
use serde::{Deserialize, Serialize};

use crate::{Payment, Refund, RefundReason, RefundStatus};
use lms_kernel::{Id, Money};
use lms_store::outbox::DomainEvent;

/// A refund waits for someone to decide, to send it, or to ask the outcome of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("commerce.refund_due", subject = Refund::ENTITY, id = refund_id)]
pub struct RefundDue {
    /// The refund.
    pub refund_id: Id<Refund>,
    /// The amount paid.
    pub payment_id: Id<Payment>,
    /// Its status.
    pub status: RefundStatus,
}

/// A refund was opened, moved on or ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
