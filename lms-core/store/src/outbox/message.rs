//! A domain event on its way out.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Direction, Lock, LogStamp, PageSize, Query, Record};
use lms_kernel::{Context, EntityRef, Id, Timestamp};

/// An event of the domain, named in the past tense.
///
/// Its serialized form is a contract with those who listen: add fields, never change their
/// meaning. It carries ids and figures, no personal data.
pub trait DomainEvent: Serialize {
    /// The event's name, such as `commerce.order_completed`.
    const KIND: &'static str;
    /// The record it happened to.
    fn subject(&self) -> EntityRef;
}

/// The status of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum MessageStatus {
    /// Waiting to be sent, for the first time or again.
    Pending,
    /// Handed over.
    Sent,
    /// Given up after too many attempts; an operator may replay it.
    Dead,
}

/// A domain event, stored in the transaction of the change, until a relay has delivered it.
///
/// # Lifecycle
/// Pending, then sent; a failure delays the next try, and after the last one it is given up.
/// Delivery is at least once.
///
/// # Pitfalls
/// - Receivers deduplicate by the message's id.
/// - A message that is retried may arrive after later ones about the same record.
/// - The payload is a public contract: fields may be added, so receivers ignore unknown ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[record(
    table = "outbox_messages",
    kind = "message",
    unaudited,
    index(status, next_attempt_at),
    index(subject_kind, subject_id)
)]
pub struct Message {
    /// The message's id, which tells a receiver that it has seen it before.
    pub id: Id<Message>,
    /// What the library keeps about the record.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The event's name.
    pub kind: String,
    /// The kind of record it happened to.
    pub subject_kind: String,
    /// The record it happened to.
    pub subject_id: Uuid,
    /// The event.
    pub payload: serde_json::Value,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Its status.
    pub status: MessageStatus,
    /// How often handing it over has failed.
    pub attempts: u32,
    /// Not before this instant is it handed over; while a relay holds it, when that one's claim
    /// ends.
    pub next_attempt_at: Timestamp,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
}

impl Message {
    pub(crate) fn new<E: DomainEvent>(cx: &Context, event: &E) -> Self {
        let subject = event.subject();
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            kind: E::KIND.to_owned(),
            subject_kind: subject.kind.to_string(),
            subject_id: subject.id,
            payload: serde_json::to_value(event).unwrap_or_default(),
            occurred_at: cx.now(),
            status: MessageStatus::Pending,
            attempts: 0,
            next_attempt_at: cx.now(),
            sent_at: None,
        }
    }

    /// The messages that are due and that no one else is sending, those waiting longest first.
    pub fn due(now: Timestamp, limit: PageSize) -> Query<Self> {
        let due = Self::STATUS.eq(MessageStatus::Pending).and(Self::NEXT_ATTEMPT_AT.le(now));
        Query::filter(due)
            .order_by(Self::NEXT_ATTEMPT_AT, Direction::Asc)
            .limit(limit)
            .lock(Lock::SkipLocked)
    }

    /// The messages about one record, in order.
    pub fn about(subject: &EntityRef) -> Query<Self> {
        let same =
            Self::SUBJECT_KIND.eq(subject.kind.to_string()).and(Self::SUBJECT_ID.eq(subject.id));
        Query::filter(same)
    }
}
