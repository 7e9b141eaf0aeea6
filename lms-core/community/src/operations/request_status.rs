//! How a request goes from open to closed.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum RequestStatus {
    /// Nobody works on it.
    Open,
    /// Somebody works on it.
    InProgress,
    /// Whoever worked on it is done; whoever asked may say that it is not solved.
    Resolved,
    /// It is over.
    Closed,
}

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RequestEvent {
    /// Somebody takes it up.
    Start,
    /// It is solved.
    Resolve,
    /// It was not solved after all.
    Reopen,
    /// It is put away: solved for good, or not to be done.
    Close,
}

impl RequestEvent {
    /// Every event, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Start, Self::Resolve, Self::Reopen, Self::Close];

    /// Its name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Close => "close",
        }
    }
}

impl RequestStatus {
    /// The status after `event`.
    ///
    /// # Errors
    /// [`RequestStatusError`] where the table has no such step.
    pub fn apply(self, event: RequestEvent) -> Result<Self, RequestStatusError> {
        use RequestEvent as E;
        use RequestStatus as S;
        match (self, event) {
            (S::Open, E::Start) | (S::Resolved, E::Reopen) => Ok(S::InProgress),
            (S::InProgress, E::Resolve) => Ok(S::Resolved),
            (S::Open | S::Resolved, E::Close) => Ok(S::Closed),
            (S::Open, E::Resolve | E::Reopen)
            | (S::InProgress, E::Start | E::Reopen | E::Close)
            | (S::Resolved, E::Start | E::Resolve)
            | (S::Closed, E::Start | E::Resolve | E::Reopen | E::Close) => {
                Err(RequestStatusError::NotPossible { status: self, event: event.as_str() })
            }
        }
    }
}

/// Why a request did not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RequestStatusError {
    /// The table has no such step.
    #[error("cannot `{event}` a request that is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: RequestStatus,
        /// What was asked.
        event: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = RequestStatus::ALL
            .iter()
            .map(|status| {
                let cells = RequestEvent::ALL
                    .map(|event| status.apply(event).map_or("-", RequestStatus::as_str));
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: start, resolve, reopen, close.
        assert_eq!(
            rows,
            [
                "open: in_progress - - closed",
                "in_progress: - resolved - -",
                "resolved: - - in_progress closed",
                "closed: - - - -",
            ]
        );
    }
}
