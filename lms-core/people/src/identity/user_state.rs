//! How a user moves between states.
use lms_derive::{DomainError, TextEnum};

use crate::identity::UserStatus;

/// What happens to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum UserEvent {
    /// Shows that an address or a number is theirs.
    Verify,
    /// Leaves, or is switched off without blame.
    Deactivate,
    /// Comes back.
    Activate,
    /// Is locked out by the platform.
    Suspend,
    /// Is let in again.
    Reinstate,
    /// Loses name and addresses for good.
    Erase,
}

/// Why that cannot happen to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UserStateError {
    /// It is not a step from where the user stands.
    #[error("cannot {event} a user who is {from}")]
    #[fault(conflict, field = "status")]
    InvalidTransition {
        /// Where the user stands.
        from: UserStatus,
        /// What was asked for.
        event: UserEvent,
    },
}

impl UserStatus {
    /// Where the user stands after `event`.
    ///
    /// Somebody who is active and verifies one more address stays active.
    ///
    /// # Errors
    /// [`UserStateError::InvalidTransition`].
    pub fn apply(self, event: UserEvent) -> Result<Self, UserStateError> {
        use UserEvent::{Activate, Deactivate, Erase, Reinstate, Suspend, Verify};
        match (self, event) {
            (Self::PendingVerification | Self::Active, Verify)
            | (Self::Inactive, Activate)
            | (Self::Suspended, Reinstate) => Ok(Self::Active),
            (Self::Active, Deactivate) => Ok(Self::Inactive),
            (Self::Active | Self::Inactive, Suspend) => Ok(Self::Suspended),
            (
                Self::PendingVerification | Self::Active | Self::Inactive | Self::Suspended,
                Erase,
            ) => Ok(Self::Erased),
            (Self::PendingVerification, Deactivate | Activate | Suspend | Reinstate)
            | (Self::Active, Activate | Reinstate)
            | (Self::Inactive, Verify | Deactivate | Reinstate)
            | (Self::Suspended, Verify | Deactivate | Activate | Suspend)
            | (Self::Erased, Verify | Deactivate | Activate | Suspend | Reinstate | Erase) => {
                Err(UserStateError::InvalidTransition { from: self, event })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table() {
        // Columns: verify, deactivate, activate, suspend, reinstate, erase.
        let table = [
            (UserStatus::PendingVerification, ["active", "-", "-", "-", "-", "erased"]),
            (UserStatus::Active, ["active", "inactive", "-", "suspended", "-", "erased"]),
            (UserStatus::Inactive, ["-", "-", "active", "suspended", "-", "erased"]),
            (UserStatus::Suspended, ["-", "-", "-", "-", "active", "erased"]),
            (UserStatus::Erased, ["-"; 6]),
        ];
        assert_eq!(table.map(|(from, _)| from), UserStatus::ALL);
        for (from, row) in table {
            for (event, expected) in UserEvent::ALL.iter().zip(row) {
                let next = from.apply(*event).map_or("-", UserStatus::as_str);
                assert_eq!(next, expected, "{from} {event}");
            }
        }
    }
}
