//! The status of a session.
use lms_derive::TextEnum;

/// The status of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum SessionStatus {
    /// It will take place.
    Scheduled,
    /// It takes place now.
    Live,
    /// It took place.
    #[text("ended", "completed")]
    Ended,
    /// It does not take place.
    Cancelled,
}

/// An event in the lifecycle of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum SessionEvent {
    /// It starts.
    Start,
    /// It ends; one in a room may end without anyone having started it.
    End,
    /// It is cancelled.
    Cancel,
}

lms_kernel::machine! {
    "session": SessionStatus x SessionEvent {
                   [Start  End    Cancel   ]
        Scheduled: [Live   Ended  Cancelled]
        Live:      [-      Ended  -        ]
        Ended:     [-      -      -        ]
        Cancelled: [-      -      -        ]
    }
}

impl SessionStatus {
    /// Whether a session with this status occupies its people and its room.
    pub const fn takes_time(self) -> bool {
        match self {
            Self::Scheduled | Self::Live | Self::Ended => true,
            Self::Cancelled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_other_schemas_are_read() {
        assert_eq!("completed".parse(), Ok(SessionStatus::Ended));
    }
}
