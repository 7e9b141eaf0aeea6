//! The machine of a webhook.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a webhook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum WebhookStatus {
    /// Verified and kept, waiting for a worker.
    Received,
    /// A worker has claimed it, until its lease ends.
    Processing,
    /// What it says was applied.
    Processed,
    /// It says nothing about a payment.
    Ignored,
    /// The payment that it is about is not there yet; it is tried again later.
    Deferred,
    /// Applying it failed; it is tried again later.
    Failed,
    /// Given up after too many attempts.
    Dead,
    /// It was not signed with any of the account's secrets.
    Rejected,
    /// It has the key of another webhook and says something else.
    Conflict,
}

/// What happens to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum WebhookEvent {
    /// A worker takes it.
    Claim,
    /// What it says was applied.
    Apply,
    /// It says nothing about a payment.
    Ignore,
    /// The payment that it is about is not there yet.
    Defer,
    /// Applying it failed.
    Fail,
    /// There were too many attempts.
    GiveUp,
    /// The worker did not finish in time.
    LoseLease,
    /// An operator wants it tried again.
    Replay,
}

impl WebhookStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: WebhookEvent) -> Transition<Self> {
        use NoOpReason::{Repeated, Stale};
        use WebhookEvent as E;
        use WebhookStatus as S;
        let rejected = Err(Rejected::new("webhook", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Received | S::Deferred | S::Failed, E::Claim) => Ok(Step::Applied(S::Processing)),
            (S::Received, E::Ignore) => Ok(Step::Applied(S::Ignored)),
            (S::Received, E::GiveUp) => Ok(Step::Applied(S::Dead)),
            (S::Received, E::LoseLease) => Ok(Step::NoOp(Stale)),
            (S::Received, E::Replay) => Ok(Step::NoOp(Repeated)),
            (S::Received, E::Apply | E::Defer | E::Fail) => rejected,

            (S::Processing, E::Apply) => Ok(Step::Applied(S::Processed)),
            (S::Processing, E::Ignore) => Ok(Step::Applied(S::Ignored)),
            (S::Processing, E::Defer) => Ok(Step::Applied(S::Deferred)),
            (S::Processing, E::Fail) => Ok(Step::Applied(S::Failed)),
            (S::Processing, E::GiveUp) => Ok(Step::Applied(S::Dead)),
            (S::Processing, E::LoseLease) => Ok(Step::Applied(S::Received)),
            (S::Processing, E::Claim | E::Replay) => rejected,

            (S::Processed, E::Apply) => Ok(Step::NoOp(Repeated)),
            (S::Ignored, E::Ignore) => Ok(Step::NoOp(Repeated)),
            (S::Deferred, E::Defer) => Ok(Step::NoOp(Repeated)),
            (S::Failed, E::Fail) => Ok(Step::NoOp(Repeated)),
            (S::Dead, E::GiveUp) => Ok(Step::NoOp(Repeated)),

            (S::Deferred | S::Failed, E::GiveUp) => Ok(Step::Applied(S::Dead)),
            (S::Ignored | S::Deferred | S::Failed | S::Dead, E::Replay) => {
                Ok(Step::Applied(S::Received))
            }
            (
                S::Processed
                | S::Ignored
                | S::Deferred
                | S::Failed
                | S::Dead
                | S::Rejected
                | S::Conflict,
                E::LoseLease,
            ) => Ok(Step::NoOp(Stale)),

            (S::Processed, E::Claim | E::Ignore | E::Defer | E::Fail | E::GiveUp | E::Replay)
            | (S::Ignored, E::Claim | E::Apply | E::Defer | E::Fail | E::GiveUp)
            | (S::Deferred, E::Apply | E::Ignore | E::Fail)
            | (S::Failed, E::Apply | E::Ignore | E::Defer)
            | (S::Dead, E::Claim | E::Apply | E::Ignore | E::Defer | E::Fail)
            | (
                S::Rejected | S::Conflict,
                E::Claim | E::Apply | E::Ignore | E::Defer | E::Fail | E::GiveUp | E::Replay,
            ) => rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table, moves};

    #[test]
    fn every_cell_is_as_agreed() {
        // Columns: claim, apply, ignore, defer, fail, give_up, lose_lease, replay.
        let rows = "
            received: processing - ignored - - dead stale repeated
            processing: - processed ignored deferred failed dead received -
            processed: - repeated - - - - stale -
            ignored: - - repeated - - - stale received
            deferred: processing - - repeated - dead stale received
            failed: processing - - - repeated dead stale received
            dead: - - - - - repeated stale received
            rejected: - - - - - - stale -
            conflict: - - - - - - stale -";
        let mut table = String::new();
        for row in rows.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let (status, cells) = row.split_once(": ").unwrap();
            for (event, cell) in WebhookEvent::ALL.iter().zip(cells.split(' ')) {
                table.push_str(&format!("{status} × {event} = {cell}\n"));
            }
        }
        check_table(WebhookStatus::ALL, WebhookEvent::ALL, &table, |state, event| {
            cell(state.apply(event))
        });
    }

    #[test]
    fn what_was_applied_or_not_believed_never_moves() {
        for (from, event, _) in moves(WebhookStatus::ALL, WebhookEvent::ALL, WebhookStatus::apply) {
            let over = [WebhookStatus::Processed, WebhookStatus::Rejected, WebhookStatus::Conflict];
            assert!(!over.contains(&from), "{from} {event}");
        }
    }
}
