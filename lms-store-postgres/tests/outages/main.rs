//! A server that is silent, full, read-only or not there: an error with its cause, in time.
mod corrupt;
mod proxy;
mod refused;
mod silence;

use std::time::Duration;

use lms_core::{
    kernel::Context,
    outbox::{Message, MessageStatus},
    store::{IdempotencyRecord, LogStamp, Store, StoreError},
};
use lms_testkit::TestContext;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(12);

fn cx() -> Context {
    TestContext::new("outages").build()
}

fn key(cx: &Context, key: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        key: key.to_owned(),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    }
}

fn message(cx: &Context) -> Message {
    Message {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        kind: "test.happened".to_owned(),
        subject_kind: "test".to_owned(),
        subject_id: uuid::Uuid::nil(),
        payload: serde_json::json!({}),
        occurred_at: cx.now(),
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    }
}

async fn save(store: &Store, cx: &Context, record: &IdempotencyRecord) -> Result<(), StoreError> {
    let mut tx = store.begin(cx).await?;
    tx.insert(record).await?;
    tx.commit().await
}

/// What the work gives; a failure where it takes too long.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, work).await.expect("it hangs")
}

/// Everything that an error says, down to its first cause.
fn causes(error: &StoreError) -> String {
    let mut all = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        all = format!("{all}: {cause}");
        next = cause.source();
    }
    all
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(outcome: Result<T, StoreError>, cause: &str) {
    match outcome {
        Err(error @ StoreError::Unavailable { .. }) => {
            assert!(causes(&error).contains(cause), "{}", causes(&error));
        }
        other => panic!("{cause}: {other:?}"),
    }
}
