//! Handing messages over: claim, send, mark.
use async_trait::async_trait;
use chrono::TimeDelta;
use lms_derive::DomainError;

use crate::{
    outbox::{Message, MessageStatus},
    {PageSize, Port, StoreError, Transaction},
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
    /// The wait after `failures` failures.
    fn backoff(&self, failures: u32) -> TimeDelta {
        const LONGEST_SECONDS: i64 = 3_600;
        let doubled = self.backoff_seconds.saturating_mul(1 << failures.saturating_sub(1).min(20));
        TimeDelta::seconds(doubled.clamp(1, LONGEST_SECONDS))
    }
}

/// Claims messages that are due. Commit before sending them; the claim holds for the lease.
pub async fn claim_messages(
    tx: &mut Transaction,
    relay: &Relay,
) -> Result<Vec<Message>, RelayError> {
    let mut claimed = tx.readable(Message::due(tx.now(), relay.batch)).await?;
    for message in &mut claimed {
        message.next_attempt_at = tx.now().saturating_add(TimeDelta::seconds(relay.lease_seconds));
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
    message.attempts = message.attempts.saturating_add(1);
    if message.attempts >= relay.max_attempts {
        message.status = MessageStatus::Dead;
    } else {
        message.next_attempt_at = tx.now().saturating_add(relay.backoff(message.attempts));
    }
    Ok(tx.update(message).await?)
}
