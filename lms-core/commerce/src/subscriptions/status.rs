//! The machine of a subscription.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum SubscriptionStatus {
    /// Its period is paid.
    Active,
    /// Its period is not paid; it waits for money, with access as long as there is grace.
    PastDue,
    /// It rests: time does not count against what is paid.
    Paused,
    /// Somebody ended it.
    #[text("cancelled", "canceled")]
    Cancelled,
    /// It ended because nobody paid, or because it rested for too long.
    Expired,
}

/// What happens to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum SubscriptionEvent {
    /// A period was paid, in time for this subscription.
    Paid,
    /// A period was paid after the time in which that brings the subscription back.
    PaidLate,
    /// The period is over, and the next one is paid.
    PeriodEndPaid,
    /// The period is over, and the next one is not paid.
    PeriodEndUnpaid,
    /// The period is over, and it was to be cancelled then.
    PeriodEndCancelled,
    /// It is to be cancelled when the period is over.
    CancelAtPeriodEnd,
    /// It is not to be cancelled after all.
    UndoCancel,
    /// It is cancelled at once.
    CancelNow,
    /// It is to rest.
    Pause,
    /// It goes on: somebody says so, or the time to go on has come.
    Resume,
    /// It has rested for as long as it may.
    PauseLimit,
    /// The grace is over.
    GraceEnd,
    /// The time in which it could come back is over.
    WindowEnd,
    /// The subscriber wants it back while the paid period runs.
    Resubscribe,
    /// The subscriber wants it back after the paid period.
    ResubscribeLate,
    /// The bank took the money for the current period back.
    MoneyReversed,
    /// It goes on under another plan.
    ChangePlan,
}

impl SubscriptionStatus {
    /// The whole transition table.
    ///
    /// A payment that comes too late for a subscription changes nothing in it: it starts a new
    /// one. A reversal of what is over already takes nothing that is still there.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: SubscriptionEvent) -> Transition<Self> {
        use NoOpReason::{Repeated, Stale};
        use Step::{Applied, NoOp};
        use SubscriptionEvent as E;
        use SubscriptionStatus as S;
        let rejected = Err(Rejected::new("subscription", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Active | S::PastDue | S::Expired, E::Paid) => Ok(Applied(S::Active)),
            (S::Paused, E::Paid) => Ok(Applied(S::Paused)),
            (S::Cancelled, E::Paid) => Ok(NoOp(Stale)),
            (S::Active | S::PastDue | S::Paused, E::PaidLate) => rejected,
            (S::Cancelled | S::Expired, E::PaidLate) => Ok(NoOp(Stale)),

            (S::Active, E::PeriodEndPaid) => Ok(Applied(S::Active)),
            (S::Active, E::PeriodEndUnpaid) => Ok(Applied(S::PastDue)),
            (S::Active, E::PeriodEndCancelled) => Ok(Applied(S::Cancelled)),
            (S::PastDue, E::PeriodEndUnpaid) => Ok(NoOp(Repeated)),
            (S::PastDue, E::PeriodEndPaid | E::PeriodEndCancelled) => Ok(NoOp(Stale)),
            (
                S::Paused | S::Cancelled | S::Expired,
                E::PeriodEndPaid | E::PeriodEndUnpaid | E::PeriodEndCancelled,
            ) => Ok(NoOp(Stale)),

            (S::Active, E::CancelAtPeriodEnd | E::UndoCancel) => Ok(Applied(S::Active)),
            (S::Cancelled, E::CancelAtPeriodEnd) => Ok(NoOp(Repeated)),
            (S::PastDue | S::Paused | S::Expired, E::CancelAtPeriodEnd) => rejected,
            (S::PastDue | S::Paused | S::Cancelled | S::Expired, E::UndoCancel) => rejected,

            (S::Active | S::PastDue | S::Paused, E::CancelNow) => Ok(Applied(S::Cancelled)),
            (S::Cancelled, E::CancelNow) => Ok(NoOp(Repeated)),
            (S::Expired, E::CancelNow) => Ok(NoOp(Stale)),

            (S::Active, E::Pause) => Ok(Applied(S::Paused)),
            (S::Paused, E::Pause) => Ok(NoOp(Repeated)),
            (S::PastDue | S::Cancelled | S::Expired, E::Pause) => rejected,
            (S::Active, E::Resume) => Ok(NoOp(Repeated)),
            (S::Paused, E::Resume) => Ok(Applied(S::Active)),
            (S::PastDue | S::Cancelled | S::Expired, E::Resume) => rejected,
            (S::Paused, E::PauseLimit) => Ok(Applied(S::Expired)),
            (S::Active | S::PastDue | S::Cancelled | S::Expired, E::PauseLimit) => Ok(NoOp(Stale)),

            (S::PastDue, E::GraceEnd) => Ok(Applied(S::Expired)),
            (S::Expired, E::GraceEnd) => Ok(NoOp(Repeated)),
            (S::Active | S::Paused | S::Cancelled, E::GraceEnd) => Ok(NoOp(Stale)),

            (S::Cancelled, E::WindowEnd) => Ok(Applied(S::Cancelled)),
            (S::Expired, E::WindowEnd) => Ok(Applied(S::Expired)),
            (S::Active | S::PastDue | S::Paused, E::WindowEnd) => Ok(NoOp(Stale)),

            (S::Active, E::Resubscribe) => Ok(NoOp(Repeated)),
            (S::Cancelled, E::Resubscribe) => Ok(Applied(S::Active)),
            (S::PastDue | S::Paused | S::Expired, E::Resubscribe) => rejected,
            (
                S::Active | S::PastDue | S::Paused | S::Cancelled | S::Expired,
                E::ResubscribeLate,
            ) => rejected,

            (S::Active | S::PastDue | S::Paused, E::MoneyReversed) => Ok(Applied(S::PastDue)),
            (S::Cancelled | S::Expired, E::MoneyReversed) => Ok(NoOp(Stale)),

            (S::Active, E::ChangePlan) => Ok(Applied(S::Active)),
            (S::PastDue | S::Paused | S::Cancelled | S::Expired, E::ChangePlan) => rejected,
        }
    }

    /// Whether it goes on unless something ends it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::PastDue | Self::Paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table, moves};

    #[test]
    fn every_cell_is_as_agreed() {
        let table = include_str!("status_table.txt");
        check_table(SubscriptionStatus::ALL, SubscriptionEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }

    #[test]
    fn what_is_over_comes_back_only_paid_or_within_its_period() {
        let all = (SubscriptionStatus::ALL, SubscriptionEvent::ALL);
        let back: Vec<_> = moves(all.0, all.1, SubscriptionStatus::apply)
            .into_iter()
            .filter(|(from, _, to)| !from.is_live() && to != from)
            .collect();
        let active = SubscriptionStatus::Active;
        let bought = (SubscriptionStatus::Expired, SubscriptionEvent::Paid, active);
        let within = (SubscriptionStatus::Cancelled, SubscriptionEvent::Resubscribe, active);
        assert_eq!(back, [within, bought]);
    }
}
