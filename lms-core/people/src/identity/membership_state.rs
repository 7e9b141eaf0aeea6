//! How a membership moves between states.
use lms_derive::{DomainError, TextEnum};

use crate::identity::MembershipStatus;

/// What happens to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum MembershipEvent {
    /// The person accepts, or verifies their address.
    Activate,
    /// The tenant stops the person from acting.
    Suspend,
    /// The tenant lets the person act again.
    Reinstate,
    /// The person leaves, or is removed.
    Leave,
    /// The person comes back.
    Rejoin,
}

/// Why that cannot happen to the membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum MembershipStateError {
    /// It is not a step from where the membership stands.
    #[error("cannot {event} a membership that is {from}")]
    #[fault(conflict, field = "status")]
    InvalidTransition {
        /// Where the membership stands.
        from: MembershipStatus,
        /// What was asked for.
        event: MembershipEvent,
    },
}

impl MembershipStatus {
    /// Where the membership stands after `event`.
    ///
    /// # Errors
    /// [`MembershipStateError::InvalidTransition`].
    pub fn apply(self, event: MembershipEvent) -> Result<Self, MembershipStateError> {
        use MembershipEvent::{Activate, Leave, Reinstate, Rejoin, Suspend};
        match (self, event) {
            (Self::Pending, Activate) | (Self::Suspended, Reinstate) | (Self::Left, Rejoin) => {
                Ok(Self::Active)
            }
            (Self::Active, Suspend) => Ok(Self::Suspended),
            (Self::Pending | Self::Active | Self::Suspended, Leave) => Ok(Self::Left),
            (Self::Pending, Suspend | Reinstate | Rejoin)
            | (Self::Active, Activate | Reinstate | Rejoin)
            | (Self::Suspended, Activate | Suspend | Rejoin)
            | (Self::Left, Activate | Suspend | Reinstate | Leave) => {
                Err(MembershipStateError::InvalidTransition { from: self, event })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table() {
        // Columns: activate, suspend, reinstate, leave, rejoin.
        let table = [
            (MembershipStatus::Pending, ["active", "-", "-", "left", "-"]),
            (MembershipStatus::Active, ["-", "suspended", "-", "left", "-"]),
            (MembershipStatus::Suspended, ["-", "-", "active", "left", "-"]),
            (MembershipStatus::Left, ["-", "-", "-", "-", "active"]),
        ];
        assert_eq!(table.map(|(from, _)| from), MembershipStatus::ALL);
        for (from, row) in table {
            for (event, expected) in MembershipEvent::ALL.iter().zip(row) {
                let next = from.apply(*event).map_or("-", MembershipStatus::as_str);
                assert_eq!(next, expected, "{from} {event}");
            }
        }
    }
}
