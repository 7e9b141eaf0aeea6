//! The life of a delivery.
use lms_derive::{DomainError, TextEnum};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// Waiting to be tried.
    Pending,
    /// Handed to the channel.
    #[text("sent", "delivered")]
    Sent,
    /// Given up.
    Failed,
    /// Not wanted by the recipient.
    Suppressed,
}

/// What can happen to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum DeliveryEvent {
    /// The channel took it.
    Send,
    /// An attempt failed, and another follows.
    FailAttempt,
    /// The last attempt failed.
    GiveUp,
    /// The recipient does not want it.
    Suppress,
    /// An operator lets it be tried again.
    Retry,
}

/// An event that a delivery in that state does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
pub enum TransitionError {
    /// The state does not know the event.
    #[error("a delivery that is `{from}` cannot `{event}`")]
    #[fault(conflict, code = "delivery.invalid_transition")]
    Invalid {
        /// Where the delivery stands.
        from: DeliveryStatus,
        /// What was asked.
        event: DeliveryEvent,
    },
}

impl DeliveryStatus {
    /// The whole transition table.
    pub fn apply(self, event: DeliveryEvent) -> Result<Self, TransitionError> {
        use {DeliveryEvent as E, DeliveryStatus as S};
        match (self, event) {
            (S::Pending, E::Send) => Ok(S::Sent),
            (S::Pending, E::FailAttempt) | (S::Failed, E::Retry) => Ok(S::Pending),
            (S::Pending, E::GiveUp) => Ok(S::Failed),
            (S::Pending, E::Suppress) => Ok(S::Suppressed),
            (S::Pending, E::Retry)
            | (
                S::Sent | S::Suppressed,
                E::Send | E::FailAttempt | E::GiveUp | E::Suppress | E::Retry,
            )
            | (S::Failed, E::Send | E::FailAttempt | E::GiveUp | E::Suppress) => {
                Err(TransitionError::Invalid { from: self, event })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DeliveryEvent as E, DeliveryStatus as S};

    #[test]
    fn every_cell_of_the_table() {
        let golden = [
            (
                S::Pending,
                [Some(S::Sent), Some(S::Pending), Some(S::Failed), Some(S::Suppressed), None],
            ),
            (S::Sent, [None, None, None, None, None]),
            (S::Failed, [None, None, None, None, Some(S::Pending)]),
            (S::Suppressed, [None, None, None, None, None]),
        ];
        assert_eq!(golden.map(|(state, _)| state), S::ALL);
        for (state, row) in golden {
            for (event, wanted) in E::ALL.iter().zip(row) {
                assert_eq!(state.apply(*event).ok(), wanted, "{state} × {event}");
            }
        }
    }
}
