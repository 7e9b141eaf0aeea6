//! The state machine of a refund.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RefundStatus {
    /// Waiting for a person with the permission.
    Requested,
    /// Decided, not yet sent to where the money came from.
    Approved,
    /// Someone decided against it.
    Rejected,
    /// On its way.
    Processing,
    /// The money went back.
    Completed,
    /// It did not go back; it may be tried again.
    Failed,
    /// No answer came: it may have gone back. Settled by asking.
    Unknown,
    /// What it was to send back is not there any more, or is due after all. It is taken up again
    /// when the reason comes back.
    Withdrawn,
}

/// An event in the lifecycle of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RefundEvent {
    /// A person with the permission decides for it.
    Approve,
    /// A person with the permission decides against it.
    Reject,
    /// It is sent to where the money came from, for the first time or again.
    Send,
    /// The provider says that the money went back.
    Succeed,
    /// The provider says that it did not, maybe after it said that it did.
    Fail,
    /// No answer comes.
    LoseTrack,
    /// Its reason is gone before it was sent.
    Withdraw,
    /// Its reason is back; it waits for a decision again.
    ReopenRequested,
    /// Its reason is back; it waits to be sent again.
    ReopenApproved,
    /// Its reason is back; it waits to be tried again.
    ReopenFailed,
}

lms_kernel::machine! {
    "refund": RefundStatus x RefundEvent => Step<Self>, by event {
                         [Requested Approved   Rejected Processing Completed Failed     Unknown   Withdrawn]
        Approve:         [Approved  =          -        -          -         -          -         -        ]
        Reject:          [Rejected  -          =        -          -         -          -         Rejected ]
        Send:            [-         Processing -        =          -         Processing -         -        ]
        Succeed:         [-         -          -        Completed  =         -          Completed -        ]
        Fail:            [-         -          -        Failed     Failed    =          Failed    -        ]
        LoseTrack:       [-         -          -        Unknown    ~         ~          =         -        ]
        Withdraw:        [Withdrawn Withdrawn  -        -          -         Withdrawn  -         =        ]
        ReopenRequested: [=         -          -        -          -         -          -         Requested]
        ReopenApproved:  [-         =          -        -          -         -          -         Approved ]
        ReopenFailed:    [-         -          -        -          -         =          -         Failed   ]
    }
}

impl RefundStatus {
    /// Whether the money is on its way, or may be, and does not show in the payment yet.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Processing | Self::Unknown)
    }

    /// Whether its amount is spoken for: the money went back or may still go.
    pub const fn holds_money(self) -> bool {
        !matches!(self, Self::Rejected | Self::Failed | Self::Withdrawn)
    }
}
