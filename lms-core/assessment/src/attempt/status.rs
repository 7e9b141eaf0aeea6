//! The status of an attempt, and what can happen to it.
use lms_derive::TextEnum;

/// The status of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum AttemptStatus {
    /// It runs: answers are taken.
    InProgress,
    /// Its time is up and it was not handed in: answers are frozen, and it may still be handed
    /// in while the grace lasts.
    Expired,
    /// It was handed in, and something is still to be marked.
    Submitted,
    /// Everything is marked. Only such attempts count.
    #[text("completed", "graded")]
    Completed,
    /// It was given up, or its time ran out for good. Its answers are kept and never count.
    Abandoned,
}

/// An event in the lifecycle of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum AttemptEvent {
    /// It is handed in, by the learner or because its time is up.
    Submit,
    /// Its time is up, and answers are frozen.
    Expire,
    /// It is given up, or its grace is over.
    Abandon,
    /// It gets more time than has passed.
    Reopen,
    /// Everything is marked.
    Complete,
    /// Something is to be marked again.
    Unmark,
}

lms_kernel::machine! {
    "attempt": AttemptStatus x AttemptEvent {
                    [Submit     Expire   Abandon    Reopen      Complete   Unmark   ]
        InProgress: [Submitted  Expired  Abandoned  -           -          -        ]
        Expired:    [Submitted  -        Abandoned  InProgress  -          -        ]
        Submitted:  [-          -        -          -           Completed  -        ]
        Completed:  [-          -        -          -           -          Submitted]
        Abandoned:  [-          -        -          InProgress  -          -        ]
    }
}

impl AttemptStatus {
    /// Whether the attempt was handed in.
    pub const fn is_handed_in(self) -> bool {
        match self {
            Self::Submitted | Self::Completed => true,
            Self::InProgress | Self::Expired | Self::Abandoned => false,
        }
    }
}
