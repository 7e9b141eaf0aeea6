//! The machine of a refund.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RefundStatus {
    /// Waiting for somebody with the permission.
    Requested,
    /// Decided, not yet sent to where the money came from.
    Approved,
    /// Somebody decided against it.
    Rejected,
    /// On its way.
    Processing,
    /// The money went back.
    Completed,
    /// It did not go back; it may be tried again.
    Failed,
    /// No answer came: it may have gone back. Settled by asking.
    Unknown,
}

/// What happens to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RefundEvent {
    /// Somebody with the permission decides for it.
    Approve,
    /// Somebody with the permission decides against it.
    Reject,
    /// It is sent to where the money came from, for the first time or again.
    Send,
    /// The provider says that the money went back.
    Succeed,
    /// The provider says that it did not, maybe after it said that it did.
    Fail,
    /// No answer comes.
    LoseTrack,
}

lms_kernel::machine! {
    "refund": RefundStatus x RefundEvent => Step<Self> {
                    [Approve   Reject    Send        Succeed    Fail    LoseTrack]
        Requested:  [Approved  Rejected  -           -          -       -        ]
        Approved:   [=         -         Processing  -          -       -        ]
        Rejected:   [-         =         -           -          -       -        ]
        Processing: [-         -         =           Completed  Failed  Unknown  ]
        Completed:  [-         -         -           =          Failed  ~        ]
        Failed:     [-         -         Processing  -          =       ~        ]
        Unknown:    [-         -         -           Completed  Failed  =        ]
    }
}

impl RefundStatus {
    /// Whether the money is on its way, or may be, and does not show in the payment yet.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Processing | Self::Unknown)
    }

    /// Whether its amount is spoken for: the money went back or may still go.
    pub const fn holds_money(self) -> bool {
        !matches!(self, Self::Rejected | Self::Failed)
    }
}
