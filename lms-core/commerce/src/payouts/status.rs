//! The machine of a payout.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PayoutStatus {
    /// Somebody asked for it.
    Requested,
    /// It may be sent.
    Approved,
    /// It was refused; its lines are free.
    Rejected,
    /// It was sent.
    Processing,
    /// Nobody knows what became of it.
    Unknown,
    /// It arrived.
    Paid,
    /// It did not arrive; its lines are free.
    Failed,
}

/// What happens to a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum PayoutEvent {
    /// Somebody allows it.
    Approve,
    /// Somebody refuses it.
    Reject,
    /// It is sent.
    Send,
    /// It arrived.
    Succeed,
    /// It did not arrive.
    Fail,
    /// No answer came.
    LoseTrack,
}

impl PayoutStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: PayoutEvent) -> Transition<Self> {
        use NoOpReason::Repeated;
        use PayoutEvent as E;
        use PayoutStatus as S;
        use Step::{Applied, NoOp};
        let rejected = Err(Rejected::new("payout", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Requested, E::Approve) => Ok(Applied(S::Approved)),
            (S::Approved, E::Approve) => Ok(NoOp(Repeated)),
            (S::Requested | S::Approved, E::Reject) => Ok(Applied(S::Rejected)),
            (S::Rejected, E::Reject) => Ok(NoOp(Repeated)),
            (S::Rejected | S::Processing | S::Unknown | S::Paid | S::Failed, E::Approve) => {
                rejected
            }
            (S::Processing | S::Unknown | S::Paid | S::Failed, E::Reject) => rejected,

            (S::Approved, E::Send) => Ok(Applied(S::Processing)),
            (S::Processing, E::Send) => Ok(NoOp(Repeated)),
            (S::Requested | S::Rejected | S::Unknown | S::Paid | S::Failed, E::Send) => rejected,

            (S::Processing | S::Unknown, E::Succeed) => Ok(Applied(S::Paid)),
            (S::Paid, E::Succeed) => Ok(NoOp(Repeated)),
            (S::Processing | S::Unknown, E::Fail) => Ok(Applied(S::Failed)),
            (S::Failed, E::Fail) => Ok(NoOp(Repeated)),
            (S::Processing, E::LoseTrack) => Ok(Applied(S::Unknown)),
            (S::Unknown, E::LoseTrack) => Ok(NoOp(Repeated)),
            (S::Requested | S::Approved | S::Rejected | S::Failed, E::Succeed) => rejected,
            (S::Requested | S::Approved | S::Rejected | S::Paid, E::Fail) => rejected,
            (S::Requested | S::Approved | S::Rejected | S::Paid | S::Failed, E::LoseTrack) => {
                rejected
            }
        }
    }

    /// Whether it keeps its lines from other payouts.
    pub const fn holds_lines(self) -> bool {
        !matches!(self, Self::Rejected | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table, moves};

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
            approved × reject = rejected
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
            processing × succeed = paid
            processing × fail = failed
            processing × lose_track = unknown
            unknown × approve = -
            unknown × reject = -
            unknown × send = -
            unknown × succeed = paid
            unknown × fail = failed
            unknown × lose_track = repeated
            paid × approve = -
            paid × reject = -
            paid × send = -
            paid × succeed = repeated
            paid × fail = -
            paid × lose_track = -
            failed × approve = -
            failed × reject = -
            failed × send = -
            failed × succeed = -
            failed × fail = repeated
            failed × lose_track = -";
        check_table(PayoutStatus::ALL, PayoutEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }

    #[test]
    fn what_is_over_stays_over() {
        for (from, event, _) in moves(PayoutStatus::ALL, PayoutEvent::ALL, PayoutStatus::apply) {
            let over = [PayoutStatus::Paid, PayoutStatus::Failed, PayoutStatus::Rejected];
            assert!(!over.contains(&from), "{from} {event}");
        }
    }
}
