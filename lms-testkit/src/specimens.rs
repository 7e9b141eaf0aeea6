//! Records of the library that the rules of the store are shown on.
use chrono::TimeDelta;
use lms_core::{
    content::Category,
    kernel::{Context, Slug, Timestamp, Title},
    outbox::{Message, MessageStatus},
    store::{IdempotencyRecord, LogStamp},
};
use serde_json::json;
use uuid::Uuid;

use crate::Outcome;

/// A message of that kind: text, a whole number, times, a document, and a time that may be null.
pub(crate) fn message(cx: &Context, kind: &str) -> Message {
    Message {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        kind: kind.to_owned(),
        subject_kind: "course".to_owned(),
        subject_id: cx.id::<Message>().uuid(),
        payload: json!({}),
        occurred_at: cx.now(),
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    }
}

/// A message about `subject`, as a child of it would be.
pub(crate) fn message_about(cx: &Context, subject: Uuid) -> Message {
    Message { subject_id: subject, ..message(cx, "child") }
}

/// A used key: its text is unique in its tenant.
pub(crate) fn used_key(cx: &Context, key: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        key: key.to_owned(),
        fingerprint: "sample".to_owned(),
        answer: None,
        expires_at: cx.now(),
    }
}

/// An instant that many seconds after `cx` began.
pub(crate) fn seconds_after(cx: &Context, seconds: i64) -> Timestamp {
    cx.now().saturating_add(TimeDelta::seconds(seconds))
}

/// A category: deleted softly, audited, unique by its slug while it lives, and part of another.
pub(crate) fn category(cx: &Context, slug: &str) -> Outcome<Category> {
    Ok(Category::new(cx, Title::new(&format!("The {slug}"))?, Slug::new(slug)?))
}
