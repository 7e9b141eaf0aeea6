//! Events, stored until a relay has delivered them.
//!
//! A context announces an **event** in the transaction that makes it true. The event is stored as
//! a **message**; a **relay** claims messages, hands them to the host, and marks them as sent, so
//! that each arrives at least once.
mod message;
mod relay;

pub use lms_derive::DomainEvent;
pub use message::{DomainEvent, EventError, EventType, Message, MessageStatus};
pub use relay::{EventSink, NoSink, Relay, RelayError, claim_messages, mark_failed, mark_sent};

use crate::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Message>()]
}
