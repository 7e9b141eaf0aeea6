//! Where a learner stands with a course.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

/// Where a learner stands with a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum EnrollmentStatus {
    /// Asked for, and not decided or paid yet.
    Pending,
    /// Waiting for a seat in a full course.
    Waitlisted,
    /// Learning.
    #[text("active", "in_progress")]
    Active,
    /// Kept out for a while, with all that was done.
    #[text("suspended", "inactive")]
    Suspended,
    /// Done; the content stays open until the enrolment expires.
    Completed,
    /// Given up.
    Dropped,
    /// Over, because its time was.
    Expired,
}

/// What can happen to an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EnrollmentEvent {
    /// It is decided or paid.
    Activate,
    /// A seat is free, and it is their turn.
    Promote,
    /// They are kept out for a while.
    Suspend,
    /// They may go on.
    Reinstate,
    /// They have done all that the course asks.
    Complete,
    /// They give up, or are taken out.
    Drop,
    /// Its time is over.
    Expire,
    /// It gets more time, or they come back.
    Renew,
}

impl EnrollmentEvent {
    /// Every event, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Activate,
        Self::Promote,
        Self::Suspend,
        Self::Reinstate,
        Self::Complete,
        Self::Drop,
        Self::Expire,
        Self::Renew,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Promote => "promote",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Complete => "complete",
            Self::Drop => "drop",
            Self::Expire => "expire",
            Self::Renew => "renew",
        }
    }
}

impl EnrollmentStatus {
    /// The status after `event`.
    ///
    /// # Errors
    /// [`EnrollmentStatusError`] where the table has no such step.
    pub fn apply(self, event: EnrollmentEvent) -> Result<Self, EnrollmentStatusError> {
        use EnrollmentEvent as E;
        use EnrollmentStatus as S;
        match (self, event) {
            (S::Pending, E::Activate)
            | (S::Waitlisted, E::Promote)
            | (S::Suspended, E::Reinstate)
            | (S::Active | S::Dropped | S::Expired, E::Renew) => Ok(S::Active),
            (S::Active, E::Suspend) => Ok(S::Suspended),
            (S::Active, E::Complete) | (S::Completed, E::Renew) => Ok(S::Completed),
            (S::Pending | S::Waitlisted | S::Active | S::Suspended, E::Drop) => Ok(S::Dropped),
            (S::Active, E::Expire) => Ok(S::Expired),
            (
                S::Pending,
                E::Promote | E::Suspend | E::Reinstate | E::Complete | E::Expire | E::Renew,
            )
            | (
                S::Waitlisted,
                E::Activate | E::Suspend | E::Reinstate | E::Complete | E::Expire | E::Renew,
            )
            | (S::Active, E::Activate | E::Promote | E::Reinstate)
            | (
                S::Suspended,
                E::Activate | E::Promote | E::Suspend | E::Complete | E::Expire | E::Renew,
            )
            | (
                S::Completed | S::Dropped | S::Expired,
                E::Activate
                | E::Promote
                | E::Suspend
                | E::Reinstate
                | E::Complete
                | E::Drop
                | E::Expire,
            ) => Err(EnrollmentStatusError::NotPossible { status: self, event: event.as_str() }),
        }
    }

    /// Whether the enrolment is one of which a learner has at most one per course.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Pending | Self::Waitlisted | Self::Active | Self::Suspended | Self::Completed => {
                true
            }
            Self::Dropped | Self::Expired => false,
        }
    }

    /// Whether the enrolment takes one of the course's seats.
    pub const fn takes_seat(self) -> bool {
        match self {
            Self::Pending | Self::Active | Self::Suspended => true,
            Self::Waitlisted | Self::Completed | Self::Dropped | Self::Expired => false,
        }
    }
}

/// Why an enrolment cannot take a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum EnrollmentStatusError {
    /// The table has no such step.
    #[error("cannot `{event}` an enrolment that is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: EnrollmentStatus,
        /// What was asked.
        event: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = EnrollmentStatus::ALL
            .iter()
            .map(|status| {
                let cells = EnrollmentEvent::ALL
                    .map(|event| status.apply(event).map_or("-", EnrollmentStatus::as_str));
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: activate, promote, suspend, reinstate, complete, drop, expire, renew.
        assert_eq!(
            rows,
            [
                "pending: active - - - - dropped - -",
                "waitlisted: - active - - - dropped - -",
                "active: - - suspended - completed dropped expired active",
                "suspended: - - - active - dropped - -",
                "completed: - - - - - - - completed",
                "dropped: - - - - - - - active",
                "expired: - - - - - - - active",
            ]
        );
    }

    #[test]
    fn the_names_of_other_schemas_are_read() {
        assert_eq!("in_progress".parse(), Ok(EnrollmentStatus::Active));
        assert_eq!("inactive".parse(), Ok(EnrollmentStatus::Suspended));
    }
}
