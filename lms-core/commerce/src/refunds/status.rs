//! The machine of a refund.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RefundStatus {
    /// Waiting for somebody with the permission.
    Requested,
    /// Decided, not yet sent to where the money came from.
    Approved,
    /// Somebody decided against it.
    Rejected,
    /// On its way.
    Processing,
    /// The money went back.
    Completed,
    /// It did not go back; it may be tried again.
    Failed,
    /// No answer came: it may have gone back. Settled by asking.
    Unknown,
}

/// What happens to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RefundEvent {
    /// Somebody with the permission decides for it.
    Approve,
    /// Somebody with the permission decides against it.
    Reject,
    /// It is sent to where the money came from, for the first time or again.
    Send,
    /// The provider says that the money went back.
    Succeed,
    /// The provider says that it did not, maybe after it said that it did.
    Fail,
    /// No answer comes.
    LoseTrack,
}

impl RefundStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: RefundEvent) -> Transition<Self> {
        use NoOpReason::{Repeated, Stale};
        use RefundEvent as E;
        use RefundStatus as S;
        let rejected = Err(Rejected::new("refund", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Requested, E::Approve) => Ok(Step::Applied(S::Approved)),
            (S::Requested, E::Reject) => Ok(Step::Applied(S::Rejected)),
            (S::Requested, E::Send | E::Succeed | E::Fail | E::LoseTrack) => rejected,

            (S::Approved, E::Approve) => Ok(Step::NoOp(Repeated)),
            (S::Approved, E::Send) => Ok(Step::Applied(S::Processing)),
            (S::Approved, E::Reject | E::Succeed | E::Fail | E::LoseTrack) => rejected,

            (S::Rejected, E::Reject) => Ok(Step::NoOp(Repeated)),
            (S::Rejected, E::Approve | E::Send | E::Succeed | E::Fail | E::LoseTrack) => rejected,

            (S::Processing, E::Send) => Ok(Step::NoOp(Repeated)),
            (S::Processing, E::Succeed) => Ok(Step::Applied(S::Completed)),
            (S::Processing, E::Fail) => Ok(Step::Applied(S::Failed)),
            (S::Processing, E::LoseTrack) => Ok(Step::Applied(S::Unknown)),
            (S::Processing, E::Approve | E::Reject) => rejected,

            (S::Completed, E::Succeed) => Ok(Step::NoOp(Repeated)),
            (S::Completed, E::Fail) => Ok(Step::Applied(S::Failed)),
            (S::Completed | S::Failed, E::LoseTrack) => Ok(Step::NoOp(Stale)),
            (S::Completed, E::Approve | E::Reject | E::Send) => rejected,

            (S::Failed, E::Send) => Ok(Step::Applied(S::Processing)),
            (S::Failed, E::Fail) => Ok(Step::NoOp(Repeated)),
            (S::Failed, E::Approve | E::Reject | E::Succeed) => rejected,

            (S::Unknown, E::Succeed) => Ok(Step::Applied(S::Completed)),
            (S::Unknown, E::Fail) => Ok(Step::Applied(S::Failed)),
            (S::Unknown, E::LoseTrack) => Ok(Step::NoOp(Repeated)),
            (S::Unknown, E::Approve | E::Reject | E::Send) => rejected,
        }
    }

    /// Whether the money is on its way, or may be, and does not show in the payment yet.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Processing | Self::Unknown)
    }

    /// Whether its amount is spoken for: the money went back or may still go.
    pub const fn holds_money(self) -> bool {
        !matches!(self, Self::Rejected | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table};

    #[test]
    fn every_cell_is_as_agreed() {
        let table = "
            requested × approve = approved
            requested × reject = rejected
            requested × send = -
            requested × succeed = -
            requested × fail = -
            requested × lose_track = -
            approved × approve = repeated
            approved × reject = -
            approved × send = processing
            approved × succeed = -
            approved × fail = -
            approved × lose_track = -
            rejected × approve = -
            rejected × reject = repeated
            rejected × send = -
            rejected × succeed = -
            rejected × fail = -
            rejected × lose_track = -
            processing × approve = -
            processing × reject = -
            processing × send = repeated
            processing × succeed = completed
            processing × fail = failed
            processing × lose_track = unknown
            completed × approve = -
            completed × reject = -
            completed × send = -
            completed × succeed = repeated
            completed × fail = failed
            completed × lose_track = stale
            failed × approve = -
            failed × reject = -
            failed × send = processing
            failed × succeed = -
            failed × fail = repeated
            failed × lose_track = stale
            unknown × approve = -
            unknown × reject = -
            unknown × send = -
            unknown × succeed = completed
            unknown × fail = failed
            unknown × lose_track = repeated";
        check_table(RefundStatus::ALL, RefundEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }
}
