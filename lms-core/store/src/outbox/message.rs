//! A domain event on its way out.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Direction, Lock, LogStamp, PageSize, Query, Record,
    operation::{FieldDoc, Shaped},
};
use lms_kernel::{Context, EntityRef, Id, Timestamp};

/// An event of the domain, named in the past tense.
///
/// Its serialized form is a contract with those who listen: add fields, never change their
/// meaning. It carries ids and figures, no personal data.
pub trait DomainEvent: Serialize {
    /// The event's name, such as `commerce.order_completed`.
    const KIND: &'static str;
    /// Its documentation.
    const DOC: &'static str = "";
    /// Its fields.
    const FIELDS: &'static [FieldDoc] = &[];
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

/// An event does not say what events of its kind say.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event `{kind}` cannot be read: {source}; use the version of the library that wrote it"
)]
pub struct EventError {
    /// Its kind.
    pub kind: &'static str,
    source: serde_json::Error,
}

impl lms_kernel::DomainError for EventError {
    fn code(&self) -> &'static str {
        "outbox.unreadable_event"
    }

    fn kind(&self) -> lms_kernel::ErrorKind {
        lms_kernel::ErrorKind::Invalid
    }
}

/// An event without its type, for the list of events.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// Its name.
    pub kind: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its fields.
    pub fields: &'static [FieldDoc],
    #[cfg(feature = "schema")]
    schema: crate::operation::MakeSchema,
}

impl EventType {
    /// The event `E`.
    pub const fn of<E: DomainEvent + Shaped>() -> Self {
        Self {
            kind: E::KIND,
            doc: E::DOC,
            fields: E::FIELDS,
            #[cfg(feature = "schema")]
            schema: crate::operation::written_schema::<E>,
        }
    }

    /// The JSON Schema (draft 2020-12) of its payload.
    #[cfg(feature = "schema")]
    pub fn schema(&self) -> schemars::Schema {
        (self.schema)()
    }
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// When the record was created and last changed, and its version.
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

    /// The event, if it is one of that type.
    ///
    /// ```
    /// # extern crate lms_store as lms_core;
    /// use lms_kernel::{EntityKind, Id};
    /// use lms_store::outbox::{DomainEvent, EventError, Message};
    /// use serde::{Deserialize, Serialize, de::DeserializeOwned};
    ///
    /// struct Bell;
    /// const BELL: EntityKind = EntityKind::from_static("bell");
    ///
    /// /// A bell was rung.
    /// #[derive(Serialize, Deserialize, DomainEvent)]
    /// #[event("host.bell_rung", subject = BELL, id = bell_id)]
    /// struct BellRung {
    ///     /// The bell.
    ///     bell_id: Id<Bell>,
    /// }
    ///
    /// fn heard(message: &Message) -> Result<(), EventError> {
    ///     if let Some(rung) = message.read::<BellRung>()? {
    ///         println!("{}", rung.bell_id);
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = heard;
    /// ```
    ///
    /// # Errors
    /// [`EventError`] where it is of that type and does not say what such an event says.
    pub fn read<E: DomainEvent + DeserializeOwned>(&self) -> Result<Option<E>, EventError> {
        if self.kind != E::KIND {
            return Ok(None);
        }
        let read = serde_json::from_value(self.payload.clone());
        read.map(Some).map_err(|source| EventError { kind: E::KIND, source })
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
