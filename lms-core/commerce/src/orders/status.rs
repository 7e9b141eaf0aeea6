//! The machine of an order.
use std::fmt;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{NoOpReason, Rejected};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum OrderStatus {
    /// Waiting for money.
    Pending,
    /// Paid, and what it sold is granted.
    #[text("completed", "paid")]
    Completed,
    /// Every attempt to pay failed, or the money was reversed.
    Failed,
    /// Its deadline passed without money.
    Expired,
    /// Stopped before it was paid.
    #[text("cancelled", "canceled")]
    Cancelled,
    /// Everything that was taken went back.
    Refunded,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum OrderEvent {
    /// What had to be paid for it to complete is paid.
    PaidInFull,
    /// Every attempt to pay failed or was stopped.
    AllAttemptsFailed,
    /// There is an attempt that may still succeed.
    NewAttempt,
    /// The time to pay is over.
    Deadline,
    /// Somebody stops it.
    Cancel,
    /// Everything that was taken went back because we said so.
    FullyRefunded,
    /// Everything that was taken went back because the bank said so.
    MoneyReversed,
    /// The late-money policy takes the money that came after the deadline.
    LateMoneyAccepted,
}

/// What an order does with an event that it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderStep {
    /// The status is now this one.
    Applied(OrderStatus),
    /// The status stays, because the event says nothing new.
    NoOp(NoOpReason),
    /// The status stays until the late-money policy has decided: complete, or pay back.
    LateMoney,
    /// The status stays, and money beyond what is due belongs to nobody: it goes back.
    OrphanMoney,
    /// The status stays, and somebody has to look: the money went back twice.
    Anomaly,
}

impl fmt::Display for OrderStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied(status) => status.as_str(),
            Self::NoOp(NoOpReason::Repeated) => "repeated",
            Self::NoOp(NoOpReason::Stale) => "stale",
            Self::LateMoney => "late_money",
            Self::OrphanMoney => "orphan_money",
            Self::Anomaly => "anomaly",
        })
    }
}

impl OrderStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: OrderEvent) -> Result<OrderStep, Rejected> {
        use NoOpReason::{Repeated, Stale};
        use OrderEvent as E;
        use OrderStatus as S;
        use OrderStep::{Anomaly, Applied, LateMoney, NoOp, OrphanMoney};
        let rejected = Err(Rejected::new("order", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Pending | S::Failed, E::PaidInFull) => Ok(Applied(S::Completed)),
            (S::Expired | S::Cancelled, E::PaidInFull) => Ok(LateMoney),
            (S::Completed | S::Refunded, E::PaidInFull) => Ok(OrphanMoney),

            (S::Pending, E::AllAttemptsFailed) => Ok(Applied(S::Failed)),
            (S::Failed, E::AllAttemptsFailed) => Ok(NoOp(Repeated)),
            (S::Expired | S::Cancelled | S::Completed | S::Refunded, E::AllAttemptsFailed) => {
                Ok(NoOp(Stale))
            }

            (S::Pending, E::NewAttempt) => Ok(NoOp(Repeated)),
            (S::Failed, E::NewAttempt) => Ok(Applied(S::Pending)),
            (S::Expired | S::Cancelled | S::Completed | S::Refunded, E::NewAttempt) => rejected,

            (S::Pending | S::Failed, E::Deadline) => Ok(Applied(S::Expired)),
            (S::Expired, E::Deadline) => Ok(NoOp(Repeated)),
            (S::Cancelled | S::Completed | S::Refunded, E::Deadline) => Ok(NoOp(Stale)),

            (S::Pending | S::Failed, E::Cancel) => Ok(Applied(S::Cancelled)),
            (S::Cancelled, E::Cancel) => Ok(NoOp(Repeated)),
            (S::Expired | S::Refunded, E::Cancel) => Ok(NoOp(Stale)),
            (S::Completed, E::Cancel) => rejected,

            (S::Completed, E::FullyRefunded) => Ok(Applied(S::Refunded)),
            (S::Refunded, E::FullyRefunded) => Ok(NoOp(Repeated)),
            (S::Pending | S::Failed | S::Expired | S::Cancelled, E::FullyRefunded) => rejected,

            (S::Completed, E::MoneyReversed) => Ok(Applied(S::Failed)),
            (S::Failed | S::Expired | S::Cancelled, E::MoneyReversed) => Ok(NoOp(Stale)),
            (S::Refunded, E::MoneyReversed) => Ok(Anomaly),
            (S::Pending, E::MoneyReversed) => rejected,

            (S::Expired, E::LateMoneyAccepted) => Ok(Applied(S::Completed)),
            (S::Completed, E::LateMoneyAccepted) => Ok(NoOp(Repeated)),
            (S::Pending | S::Failed | S::Cancelled | S::Refunded, E::LateMoneyAccepted) => rejected,
        }
    }

    /// Whether it still waits for money.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::check_table;

    #[test]
    fn every_cell_is_as_agreed() {
        let table = "
            pending × paid_in_full = completed
            pending × all_attempts_failed = failed
            pending × new_attempt = repeated
            pending × deadline = expired
            pending × cancel = cancelled
            pending × fully_refunded = -
            pending × money_reversed = -
            pending × late_money_accepted = -
            completed × paid_in_full = orphan_money
            completed × all_attempts_failed = stale
            completed × new_attempt = -
            completed × deadline = stale
            completed × cancel = -
            completed × fully_refunded = refunded
            completed × money_reversed = failed
            completed × late_money_accepted = repeated
            failed × paid_in_full = completed
            failed × all_attempts_failed = repeated
            failed × new_attempt = pending
            failed × deadline = expired
            failed × cancel = cancelled
            failed × fully_refunded = -
            failed × money_reversed = stale
            failed × late_money_accepted = -
            expired × paid_in_full = late_money
            expired × all_attempts_failed = stale
            expired × new_attempt = -
            expired × deadline = repeated
            expired × cancel = stale
            expired × fully_refunded = -
            expired × money_reversed = stale
            expired × late_money_accepted = completed
            cancelled × paid_in_full = late_money
            cancelled × all_attempts_failed = stale
            cancelled × new_attempt = -
            cancelled × deadline = stale
            cancelled × cancel = repeated
            cancelled × fully_refunded = -
            cancelled × money_reversed = stale
            cancelled × late_money_accepted = -
            refunded × paid_in_full = orphan_money
            refunded × all_attempts_failed = stale
            refunded × new_attempt = -
            refunded × deadline = stale
            refunded × cancel = stale
            refunded × fully_refunded = repeated
            refunded × money_reversed = anomaly
            refunded × late_money_accepted = -";
        check_table(OrderStatus::ALL, OrderEvent::ALL, table, |state, event| {
            state.apply(event).map_or("-".to_owned(), |step| step.to_string())
        });
    }

    #[test]
    fn every_status_is_reachable_and_a_refunded_order_never_moves() {
        let mut reached = vec![OrderStatus::Pending];
        let mut at = 0;
        while let Some(from) = reached.get(at).copied() {
            for event in OrderEvent::ALL {
                if let Ok(OrderStep::Applied(to)) = from.apply(*event) {
                    assert_ne!(from, OrderStatus::Refunded);
                    assert_ne!(from, OrderStatus::Cancelled);
                    if !reached.contains(&to) {
                        reached.push(to);
                    }
                }
            }
            at += 1;
        }
        assert_eq!(reached.len(), OrderStatus::ALL.len());
    }
}
