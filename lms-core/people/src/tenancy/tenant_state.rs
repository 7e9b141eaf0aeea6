//! How a tenant moves between its states.
use lms_derive::{DomainError, TextEnum};

use crate::tenancy::TenantStatus;

/// What the platform does with a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum TenantEvent {
    /// Stops it from changing anything.
    Suspend,
    /// Lets it work again.
    Resume,
    /// Ends it.
    Close,
    /// Takes the end back, while its data are still there.
    Reopen,
}

/// Why the platform cannot do that with the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TenantStateError {
    /// It is not a step from where the tenant stands.
    #[error("cannot {event} a tenant that is {from}")]
    #[fault(conflict, field = "status")]
    InvalidTransition {
        /// Where the tenant stands.
        from: TenantStatus,
        /// What was asked for.
        event: TenantEvent,
    },
}

impl TenantStatus {
    /// Where the tenant stands after `event`.
    ///
    /// # Errors
    /// [`TenantStateError::InvalidTransition`].
    pub fn apply(self, event: TenantEvent) -> Result<Self, TenantStateError> {
        use TenantEvent::{Close, Reopen, Resume, Suspend};
        match (self, event) {
            (Self::Active, Suspend) => Ok(Self::Suspended),
            (Self::Suspended, Resume) | (Self::Closed, Reopen) => Ok(Self::Active),
            (Self::Active | Self::Suspended, Close) => Ok(Self::Closed),
            (Self::Active, Resume | Reopen)
            | (Self::Suspended, Suspend | Reopen)
            | (Self::Closed, Suspend | Resume | Close) => {
                Err(TenantStateError::InvalidTransition { from: self, event })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table() {
        // Columns: suspend, resume, close, reopen.
        let table = [
            (TenantStatus::Active, ["suspended", "-", "closed", "-"]),
            (TenantStatus::Suspended, ["-", "active", "closed", "-"]),
            (TenantStatus::Closed, ["-", "-", "-", "active"]),
        ];
        assert_eq!(table.map(|(from, _)| from), TenantStatus::ALL);
        for (from, row) in table {
            for (event, expected) in TenantEvent::ALL.iter().zip(row) {
                let next = from.apply(*event).map_or("-", TenantStatus::as_str);
                assert_eq!(next, expected, "{from} {event}");
            }
        }
    }
}
