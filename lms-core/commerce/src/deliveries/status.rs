//! The state machine of an outgoing webhook.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum DeliveryStatus {
    /// Waiting to be sent, for the first time or again.
    Pending,
    /// A worker is sending it, until its lease ends.
    Sending,
    /// The receiver has it.
    Delivered,
    /// Given up after too many attempts.
    Dead,
    /// Its endpoint was switched off.
    Cancelled,
}

/// An event in the lifecycle of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum DeliveryEvent {
    /// A worker takes it.
    Claim,
    /// The receiver takes it.
    Accept,
    /// The receiver refuses it, or does not answer.
    Refuse,
    /// There were too many attempts.
    GiveUp,
    /// The worker did not finish in time.
    LoseLease,
    /// The endpoint is switched off.
    Cancel,
    /// An operator wants it sent again.
    Replay,
}

lms_kernel::machine! {
    "webhook delivery": DeliveryStatus x DeliveryEvent => Step<Self> {
                   [Claim    Accept     Refuse   GiveUp  LoseLease  Cancel     Replay ]
        Pending:   [Sending  -          -        -       ~          Cancelled  =      ]
        Sending:   [-        Delivered  Pending  Dead    Pending    Cancelled  -      ]
        Delivered: [-        =          -        -       ~          ~          Pending]
        Dead:      [-        -          -        =       ~          ~          Pending]
        Cancelled: [-        -          -        -       ~          =          Pending]
    }
}
