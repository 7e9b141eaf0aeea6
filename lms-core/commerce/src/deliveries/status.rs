//! The machine of an outgoing webhook.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum DeliveryStatus {
    /// Waiting to be sent, for the first time or again.
    Pending,
    /// A worker is sending it, until its lease ends.
    Sending,
    /// The receiver has it.
    Delivered,
    /// Given up after too many attempts.
    Dead,
    /// Its endpoint was switched off.
    Cancelled,
}

/// What happens to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum DeliveryEvent {
    /// A worker takes it.
    Claim,
    /// The receiver takes it.
    Accept,
    /// The receiver refuses it, or does not answer.
    Refuse,
    /// There were too many attempts.
    GiveUp,
    /// The worker did not finish in time.
    LoseLease,
    /// The endpoint is switched off.
    Cancel,
    /// An operator wants it sent again.
    Replay,
}

impl DeliveryStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: DeliveryEvent) -> Transition<Self> {
        use DeliveryEvent as E;
        use DeliveryStatus as S;
        use NoOpReason::{Repeated, Stale};
        let rejected = Err(Rejected::new("delivery", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Pending, E::Claim) => Ok(Step::Applied(S::Sending)),
            (S::Sending, E::Accept) => Ok(Step::Applied(S::Delivered)),
            (S::Sending, E::Refuse | E::LoseLease) => Ok(Step::Applied(S::Pending)),
            (S::Sending, E::GiveUp) => Ok(Step::Applied(S::Dead)),
            (S::Pending | S::Sending, E::Cancel) => Ok(Step::Applied(S::Cancelled)),
            (S::Delivered | S::Dead | S::Cancelled, E::Replay) => Ok(Step::Applied(S::Pending)),
            (S::Pending, E::Replay)
            | (S::Delivered, E::Accept)
            | (S::Dead, E::GiveUp)
            | (S::Cancelled, E::Cancel) => Ok(Step::NoOp(Repeated)),
            (S::Pending | S::Delivered | S::Dead | S::Cancelled, E::LoseLease)
            | (S::Delivered | S::Dead, E::Cancel) => Ok(Step::NoOp(Stale)),
            (S::Pending, E::Accept | E::Refuse | E::GiveUp)
            | (S::Sending, E::Claim | E::Replay)
            | (S::Delivered, E::Claim | E::Refuse | E::GiveUp)
            | (S::Dead, E::Claim | E::Accept | E::Refuse)
            | (S::Cancelled, E::Claim | E::Accept | E::Refuse | E::GiveUp) => rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table};

    #[test]
    fn every_cell_is_as_agreed() {
        // Columns: claim, accept, refuse, give_up, lose_lease, cancel, replay.
        let rows = "
            pending: sending - - - stale cancelled repeated
            sending: - delivered pending dead pending cancelled -
            delivered: - repeated - - stale stale pending
            dead: - - - repeated stale stale pending
            cancelled: - - - - stale repeated pending";
        let mut table = String::new();
        for row in rows.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let (status, cells) = row.split_once(": ").unwrap();
            for (event, cell) in DeliveryEvent::ALL.iter().zip(cells.split(' ')) {
                table.push_str(&format!("{status} × {event} = {cell}\n"));
            }
        }
        check_table(DeliveryStatus::ALL, DeliveryEvent::ALL, &table, |state, event| {
            cell(state.apply(event))
        });
    }
}
