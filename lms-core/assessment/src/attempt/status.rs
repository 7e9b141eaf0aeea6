//! Where an attempt stands, and what can happen to it.
use lms_derive::{DomainError, TextEnum};

/// Where an attempt stands.
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

/// What can happen to an attempt.
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

impl AttemptStatus {
    /// The status after `event`.
    ///
    /// # Errors
    /// [`AttemptStatusError`] where the table has no such step.
    pub const fn apply(self, event: AttemptEvent) -> Result<Self, AttemptStatusError> {
        use AttemptEvent as E;
        use AttemptStatus as S;
        match (self, event) {
            (S::InProgress | S::Expired, E::Submit) => Ok(S::Submitted),
            (S::InProgress, E::Expire) => Ok(S::Expired),
            (S::InProgress | S::Expired, E::Abandon) => Ok(S::Abandoned),
            (S::Expired | S::Abandoned, E::Reopen) => Ok(S::InProgress),
            (S::Submitted, E::Complete) => Ok(S::Completed),
            (S::Completed, E::Unmark) => Ok(S::Submitted),
            (S::InProgress, E::Reopen | E::Complete | E::Unmark)
            | (S::Expired, E::Expire | E::Complete | E::Unmark)
            | (S::Submitted, E::Submit | E::Expire | E::Abandon | E::Reopen | E::Unmark)
            | (S::Completed, E::Submit | E::Expire | E::Abandon | E::Reopen | E::Complete)
            | (S::Abandoned, E::Submit | E::Expire | E::Abandon | E::Complete | E::Unmark) => {
                Err(AttemptStatusError::NotPossible { status: self, event })
            }
        }
    }

    /// Whether the attempt was handed in.
    pub const fn is_handed_in(self) -> bool {
        match self {
            Self::Submitted | Self::Completed => true,
            Self::InProgress | Self::Expired | Self::Abandoned => false,
        }
    }
}

/// Why an attempt cannot take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AttemptStatusError {
    /// The table has no such step.
    #[error("cannot `{event}` an attempt that is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: AttemptStatus,
        /// What was asked.
        event: AttemptEvent,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = AttemptStatus::ALL
            .iter()
            .map(|status| {
                let cell =
                    |event: &AttemptEvent| status.apply(*event).map_or("-", AttemptStatus::as_str);
                let cells: Vec<&str> = AttemptEvent::ALL.iter().map(cell).collect();
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: submit, expire, abandon, reopen, complete, unmark.
        assert_eq!(
            rows,
            [
                "in_progress: submitted expired abandoned - - -",
                "expired: submitted - abandoned in_progress - -",
                "submitted: - - - - completed -",
                "completed: - - - - - submitted",
                "abandoned: - - - in_progress - -",
            ]
        );
    }
}
