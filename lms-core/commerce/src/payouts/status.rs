//! The state machine of a payout.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;

/// The status of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PayoutStatus {
    /// Someone asked for it.
    Requested,
    /// It may be sent.
    Approved,
    /// It was refused; its lines are free.
    Rejected,
    /// It was sent.
    Processing,
    /// No one knows the outcome of it.
    Unknown,
    /// It arrived.
    Paid,
    /// It did not arrive; its lines are free.
    Failed,
    /// It arrived, and the bank sent it back; its lines are free.
    Returned,
}

/// An event in the lifecycle of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum PayoutEvent {
    /// Someone allows it.
    Approve,
    /// Someone refuses it.
    Reject,
    /// It is sent.
    Send,
    /// It arrived.
    Succeed,
    /// It did not arrive.
    Fail,
    /// No answer came.
    LoseTrack,
    /// The bank sent it back after it arrived.
    Return,
}

lms_kernel::machine! {
    "payout": PayoutStatus x PayoutEvent => Step<Self> {
                    [Approve   Reject    Send        Succeed  Fail    LoseTrack  Return  ]
        Requested:  [Approved  Rejected  -           -        -       -          -       ]
        Approved:   [=         Rejected  Processing  -        -       -          -       ]
        Rejected:   [-         =         -           -        -       -          -       ]
        Processing: [-         -         =           Paid     Failed  Unknown    -       ]
        Unknown:    [-         -         -           Paid     Failed  =          -       ]
        Paid:       [-         -         -           =        -       -          Returned]
        Failed:     [-         -         -           -        =       -          -       ]
        Returned:   [-         -         -           -        -       -          =       ]
    }
}

impl PayoutStatus {
    /// Whether it keeps its lines from other payouts.
    pub const fn holds_lines(self) -> bool {
        !matches!(self, Self::Rejected | Self::Failed | Self::Returned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::machine::moves;

    #[test]
    fn what_is_over_stays_over() {
        for (from, event, _) in moves::<PayoutStatus>() {
            let over = [PayoutStatus::Failed, PayoutStatus::Rejected, PayoutStatus::Returned];
            assert!(!over.contains(&from), "{from} {event}");
            assert!(from != PayoutStatus::Paid || event == PayoutEvent::Return, "{event}");
        }
    }
}
