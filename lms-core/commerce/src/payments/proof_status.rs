//! The machine of a payment proof.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a proof of a bank transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ProofStatus {
    /// Waiting for a reviewer.
    #[text("submitted", "pending")]
    Submitted,
    /// A reviewer accepted it.
    Approved,
    /// A reviewer refused it. The payer may send another one until the deadline.
    Rejected,
    /// The payer took it back.
    Withdrawn,
    /// Another proof of the same payment was approved.
    Superseded,
    /// A second reviewer took the approval back before the money was reconciled.
    Revoked,
}

/// What happens to a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum ProofEvent {
    /// A reviewer accepts it.
    Approve,
    /// A reviewer refuses it.
    Reject,
    /// The payer takes it back.
    Withdraw,
    /// Another proof of the same payment is approved.
    Supersede,
    /// A second reviewer takes the approval back.
    Revoke,
}

impl ProofStatus {
    /// The whole transition table. A refused pair of decisions means that it was already decided.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: ProofEvent) -> Transition<Self> {
        use NoOpReason::{Repeated, Stale};
        use ProofEvent as E;
        use ProofStatus as S;
        let rejected = Err(Rejected::new("payment proof", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Submitted, E::Approve) => Ok(Step::Applied(S::Approved)),
            (S::Submitted, E::Reject) => Ok(Step::Applied(S::Rejected)),
            (S::Submitted, E::Withdraw) => Ok(Step::Applied(S::Withdrawn)),
            (S::Submitted, E::Supersede) => Ok(Step::Applied(S::Superseded)),
            (S::Submitted, E::Revoke) => rejected,

            (S::Approved, E::Approve) => Ok(Step::NoOp(Repeated)),
            (S::Approved, E::Revoke) => Ok(Step::Applied(S::Revoked)),
            (S::Approved, E::Reject | E::Withdraw | E::Supersede) => rejected,

            (S::Rejected, E::Reject) => Ok(Step::NoOp(Repeated)),
            (S::Rejected, E::Supersede) => Ok(Step::NoOp(Stale)),
            (S::Rejected, E::Approve | E::Withdraw | E::Revoke) => rejected,

            (S::Withdrawn, E::Withdraw) => Ok(Step::NoOp(Repeated)),
            (S::Withdrawn, E::Supersede) => Ok(Step::NoOp(Stale)),
            (S::Withdrawn, E::Approve | E::Reject | E::Revoke) => rejected,

            (S::Superseded, E::Supersede) => Ok(Step::NoOp(Repeated)),
            (S::Superseded, E::Approve | E::Reject | E::Withdraw | E::Revoke) => rejected,

            (S::Revoked, E::Revoke) => Ok(Step::NoOp(Repeated)),
            (S::Revoked, E::Supersede) => Ok(Step::NoOp(Stale)),
            (S::Revoked, E::Approve | E::Reject | E::Withdraw) => rejected,
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
            submitted × approve = approved
            submitted × reject = rejected
            submitted × withdraw = withdrawn
            submitted × supersede = superseded
            submitted × revoke = -
            approved × approve = repeated
            approved × reject = -
            approved × withdraw = -
            approved × supersede = -
            approved × revoke = revoked
            rejected × approve = -
            rejected × reject = repeated
            rejected × withdraw = -
            rejected × supersede = stale
            rejected × revoke = -
            withdrawn × approve = -
            withdrawn × reject = -
            withdrawn × withdraw = repeated
            withdrawn × supersede = stale
            withdrawn × revoke = -
            superseded × approve = -
            superseded × reject = -
            superseded × withdraw = -
            superseded × supersede = repeated
            superseded × revoke = -
            revoked × approve = -
            revoked × reject = -
            revoked × withdraw = -
            revoked × supersede = stale
            revoked × revoke = repeated";
        check_table(ProofStatus::ALL, ProofEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }
}
