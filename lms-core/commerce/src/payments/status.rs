//! The status of a payment and of its disputes.
use lms_derive::TextEnum;

/// The status of a payment. A partial refund is an amount and never a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PaymentStatus {
    /// Nothing is committed.
    Pending,
    /// Committed, but the money is not counted yet: authorised, or a proof that was approved and
    /// is not reconciled.
    #[text("confirmed", "authorised", "authorized")]
    Confirmed,
    /// The money is counted.
    #[text("completed", "paid", "succeeded", "settled")]
    Completed,
    /// Declined, timed out or reversed.
    Failed,
    /// Stopped before any money moved.
    #[text("cancelled", "canceled")]
    Cancelled,
    /// Everything that was taken went back.
    Refunded,
}

impl PaymentStatus {
    /// Whether this attempt can only bring money against expectation: it failed or was stopped.
    pub const fn is_given_up(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }
}

/// Why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PaymentFailure {
    /// The attempt was declined or timed out.
    Declined,
    /// The money was taken and went back against our will.
    Reversed,
}

/// The status of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum DisputeStatus {
    /// The bank has not decided: the money is on hold.
    Open,
    /// It was decided for us, or closed without taking anything.
    Won,
    /// It was decided against us: the money is gone.
    Lost,
}
