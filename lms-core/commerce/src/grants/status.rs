//! The machine of a grant.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum GrantStatus {
    /// It gives access, from its start to its end.
    Active,
    /// It gives no access until it is resumed: a pause, or an overdue instalment.
    Suspended,
    /// It was taken away.
    Revoked,
    /// Its time is over.
    Expired,
}

/// Why a grant was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum RevokeReason {
    /// What it was bought with was refunded.
    Refunded,
    /// What it was bought with was reversed by the bank.
    Reversed,
    /// The subscription that gave it ended.
    SubscriptionEnded,
    /// Somebody with the permission decided so.
    Decision,
}

/// What happens to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum GrantEvent {
    /// It must give no access for a while.
    Suspend,
    /// It may give access again.
    Resume,
    /// It is taken away.
    Revoke,
    /// Its end has come.
    Expire,
    /// It is paid again, for the same row: reactivation, renewal, or new money for a reversed order.
    Renew,
}

impl GrantStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: GrantEvent) -> Transition<Self> {
        use GrantEvent as E;
        use GrantStatus as S;
        use NoOpReason::{Repeated, Stale};
        let rejected = Err(Rejected::new("grant", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Active, E::Suspend) => Ok(Step::Applied(S::Suspended)),
            (S::Active, E::Resume | E::Renew) => Ok(Step::NoOp(Repeated)),
            (S::Active, E::Revoke) => Ok(Step::Applied(S::Revoked)),
            (S::Active, E::Expire) => Ok(Step::Applied(S::Expired)),

            (S::Suspended, E::Suspend) => Ok(Step::NoOp(Repeated)),
            (S::Suspended, E::Resume | E::Renew) => Ok(Step::Applied(S::Active)),
            (S::Suspended, E::Revoke) => Ok(Step::Applied(S::Revoked)),
            (S::Suspended, E::Expire) => Ok(Step::Applied(S::Expired)),

            (S::Revoked, E::Suspend | E::Resume) => rejected,
            (S::Revoked, E::Revoke) => Ok(Step::NoOp(Repeated)),
            (S::Revoked, E::Expire) => Ok(Step::NoOp(Stale)),
            (S::Revoked, E::Renew) => Ok(Step::Applied(S::Active)),

            (S::Expired, E::Suspend | E::Resume) => rejected,
            (S::Expired, E::Revoke) => Ok(Step::Applied(S::Revoked)),
            (S::Expired, E::Expire) => Ok(Step::NoOp(Repeated)),
            (S::Expired, E::Renew) => Ok(Step::Applied(S::Active)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table};

    #[test]
    fn every_cell_is_as_agreed() {
        let table = "
            active × suspend = suspended
            active × resume = repeated
            active × revoke = revoked
            active × expire = expired
            active × renew = repeated
            suspended × suspend = repeated
            suspended × resume = active
            suspended × revoke = revoked
            suspended × expire = expired
            suspended × renew = active
            revoked × suspend = -
            revoked × resume = -
            revoked × revoke = repeated
            revoked × expire = stale
            revoked × renew = active
            expired × suspend = -
            expired × resume = -
            expired × revoke = revoked
            expired × expire = repeated
            expired × renew = active";
        check_table(GrantStatus::ALL, GrantEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }
}
