//! Where a session stands.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

/// Where a session stands.
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

/// What can happen to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SessionEvent {
    /// It starts.
    Start,
    /// It ends; one in a room may end without anybody having started it.
    End,
    /// It is cancelled.
    Cancel,
}

impl SessionEvent {
    /// Every event, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Start, Self::End, Self::Cancel];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Cancel => "cancel",
        }
    }
}

impl SessionStatus {
    /// The status after `event`.
    ///
    /// # Errors
    /// [`SessionStatusError`] where the table has no such step.
    pub fn apply(self, event: SessionEvent) -> Result<Self, SessionStatusError> {
        use SessionEvent as E;
        use SessionStatus as S;
        match (self, event) {
            (S::Scheduled, E::Start) => Ok(S::Live),
            (S::Scheduled | S::Live, E::End) => Ok(S::Ended),
            (S::Scheduled, E::Cancel) => Ok(S::Cancelled),
            (S::Live, E::Start | E::Cancel)
            | (S::Ended | S::Cancelled, E::Start | E::End | E::Cancel) => {
                Err(SessionStatusError::NotPossible { status: self, event: event.as_str() })
            }
        }
    }

    /// Whether a session that stands there takes its people's and its room's time.
    pub const fn takes_time(self) -> bool {
        match self {
            Self::Scheduled | Self::Live | Self::Ended => true,
            Self::Cancelled => false,
        }
    }
}

/// Why a session cannot take a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SessionStatusError {
    /// The table has no such step.
    #[error("cannot `{event}` a session that is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: SessionStatus,
        /// What was asked.
        event: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = SessionStatus::ALL
            .iter()
            .map(|status| {
                let cells = SessionEvent::ALL
                    .map(|event| status.apply(event).map_or("-", SessionStatus::as_str));
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: start, end, cancel.
        assert_eq!(
            rows,
            [
                "scheduled: live ended cancelled",
                "live: - ended -",
                "ended: - - -",
                "cancelled: - - -"
            ]
        );
        assert_eq!("completed".parse(), Ok(SessionStatus::Ended));
    }
}
