//! Handing messages over: claim, send, mark.
use async_trait::async_trait;
use lms_derive::DomainError;

use crate::{
    outbox::{Message, MessageStatus},
    {AfterFailure, Attempts, PageSize, Port, StoreError, Transaction, Waits},
};

/// Where a host wants domain events to go: a queue, a search index, a log.
#[async_trait]
pub trait EventSink: std::fmt::Debug + Send + Sync {
    /// Hands an event over. The same one may come again; its id tells.
    ///
    /// # Errors
    /// Why it was not taken; it is handed over again later.
    async fn hand_over(&self, message: &Message) -> Result<(), String>;
}

impl Port for dyn EventSink {
    const NAME: &'static str = "event_sink";
}

/// Takes events nowhere: for a host to which the library's own reactions to them are enough.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSink;

#[async_trait]
impl EventSink for NoSink {
    async fn hand_over(&self, _: &Message) -> Result<(), String> {
        Ok(())
    }
}

/// How a relay claims and repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relay {
    /// How many messages one claim takes.
    pub batch: PageSize,
    /// How long a claim holds, in seconds. A relay that dies gives its messages back after it.
    pub lease_seconds: i64,
    /// After how many failures a message is given up.
    pub max_attempts: u32,
    /// The wait after the first failure, in seconds; it doubles each time, up to an hour.
    pub backoff_seconds: i64,
}

impl Default for Relay {
    /// 50 messages, 60 seconds, 12 attempts, 5 seconds.
    fn default() -> Self {
        Self { batch: PageSize::new(50), lease_seconds: 60, max_attempts: 12, backoff_seconds: 5 }
    }
}

/// Why a relay could not do its work.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RelayError {
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Relay {
    /// Its rules of claims and attempts.
    const fn attempts(&self) -> Attempts {
        Attempts {
            lease_seconds: self.lease_seconds,
            most: self.max_attempts,
            waits: Waits::Doubling { first_seconds: self.backoff_seconds, longest_seconds: 3_600 },
        }
    }
}

/// Claims messages that are due. Commit before sending them; the claim holds for the lease.
pub async fn claim_messages(
    tx: &mut Transaction,
    relay: &Relay,
) -> Result<Vec<Message>, RelayError> {
    let mut claimed = tx.readable(Message::due(tx.now(), relay.batch)).await?;
    let lease_end = relay.attempts().lease_end(tx.now());
    for message in &mut claimed {
        message.next_attempt_at = lease_end;
    }
    tx.update_all(&mut claimed).await?;
    Ok(claimed)
}

/// Marks a claimed message as handed over.
pub async fn mark_sent(tx: &mut Transaction, message: &mut Message) -> Result<(), RelayError> {
    message.status = MessageStatus::Sent;
    message.sent_at = Some(tx.now());
    Ok(tx.update(message).await?)
}

/// Puts a claimed message back after a failure, or gives it up.
pub async fn mark_failed(
    tx: &mut Transaction,
    relay: &Relay,
    message: &mut Message,
) -> Result<(), RelayError> {
    match relay.attempts().fail(&mut message.attempts, tx.now()) {
        AfterFailure::RetryAt(at) => message.next_attempt_at = at,
        AfterFailure::GiveUp => message.status = MessageStatus::Dead,
    }
    Ok(tx.update(message).await?)
}
