//! What a webhook says, in the library's terms.
use lms_core::commerce::PaymentFact;
use serde::{Deserialize, Serialize};

/// A fact, and which payment it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFact {
    /// The gateway's name for the payment, such as a payment intent or an invoice.
    pub payment_reference: String,
    /// The host's own name for it, where the gateway gives it back.
    pub merchant_reference: Option<String>,
    /// What happened.
    pub fact: PaymentFact,
}

/// What a webhook says, in the library's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookNotice {
    /// Tells this event from every other of the account; the same event sent again has the same.
    pub deduplication_key: String,
    /// The gateway's name for the kind of event.
    pub event_type: String,
    /// What happened, none when the event says nothing about a payment.
    pub facts: Vec<ReportedFact>,
    /// Whether the signature leaves part of the meaning open, so that the host should ask the
    /// gateway before goods of value are handed over.
    pub confirm_by_asking: bool,
}
