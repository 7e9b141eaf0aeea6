//! Work that lost a race is repeated, and nothing else.
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use lms_core::{
    kernel::Context,
    outbox::Message,
    store::{Query, Store, StoreError, Transaction},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::message,
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        lost_work_is_repeated_from_the_start,
        work_that_loses_at_commit_is_repeated,
        repetitions_are_bounded,
        a_refusal_is_not_repeated,
        failed_work_leaves_nothing,
    ]
}

/// Runs work that stores a message and then fails as `fail` says for each attempt.
async fn attempts(
    store: &Store,
    cx: &Context,
    fail: fn(u32) -> Option<StoreError>,
) -> (Result<(), StoreError>, u32) {
    let runs = Arc::new(AtomicU32::new(0));
    let done = store
        .transact(cx, |tx| {
            let runs = Arc::clone(&runs);
            Box::pin(async move {
                let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
                store_message(tx).await?;
                fail(run).map_or(Ok(()), Err)
            })
        })
        .await;
    (done, runs.load(Ordering::SeqCst))
}

async fn store_message(tx: &mut Transaction) -> Result<(), StoreError> {
    tx.insert(&message(tx.cx(), "attempt")).await
}

async fn messages(stage: &Stage, cx: &Context) -> Result<u64, StoreError> {
    stage.begin(cx).await?.count(Query::<Message>::all()).await
}

fn conflict() -> StoreError {
    StoreError::Conflict { table: "outbox_messages", id: uuid::Uuid::nil() }
}

async fn lost_work_is_repeated_from_the_start(stage: Stage) -> Outcome {
    for (name, fail) in [
        ("a conflict", (|run| (run < 3).then(conflict)) as fn(u32) -> Option<StoreError>),
        ("a deadlock", |run| {
            (run < 3).then(|| StoreError::Retryable { source: "as if deadlocked".into() })
        }),
    ] {
        let cx = stage.cx();
        let (done, runs) = attempts(&stage.store, &cx, fail).await;
        done?;
        ensure_eq!(runs, 3, "attempts after {name}");
        ensure_eq!(messages(&stage, &cx).await?, 1, "the lost attempts are stored too: {name}");
    }
    Ok(())
}

/// The race is real: another writer commits between this work's read and its commit.
async fn work_that_loses_at_commit_is_repeated(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "raced");
    stage.save(&cx, &record).await?;
    let runs = Arc::new(AtomicU32::new(0));
    stage
        .store
        .transact(&cx, |tx| {
            let (runs, stage, cx, id) = (Arc::clone(&runs), stage.clone(), cx.clone(), record.id);
            Box::pin(async move {
                let mut mine = tx.require(id).await?;
                if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                    let mut other = stage.begin(&cx).await?;
                    let mut theirs = other.require(id).await?;
                    theirs.attempts += 1;
                    other.update(&mut theirs).await?;
                    other.commit().await?;
                }
                mine.attempts += 1;
                tx.update(&mut mine).await
            })
        })
        .await?;
    ensure_eq!(runs.load(Ordering::SeqCst), 2, "attempts");
    let found = stage.stored(&cx, record.id).await?.map(|it| it.attempts);
    ensure_eq!(found, Some(2), "both increments");
    Ok(())
}

async fn repetitions_are_bounded(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (done, runs) = attempts(&stage.store, &cx, |_| Some(conflict())).await;
    ensure_refused!(done, StoreError::Conflict { .. }, "work that always loses succeeded");
    ensure!((2..=1_000).contains(&runs), "{runs} attempts");
    ensure_eq!(messages(&stage, &cx).await?, 0, "lost work is stored");
    Ok(())
}

async fn a_refusal_is_not_repeated(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let refuse = |_| Some(StoreError::ForeignCursor);
    let (done, runs) = attempts(&stage.store, &cx, refuse).await;
    ensure_refused!(done, StoreError::ForeignCursor, "a refusal became another error");
    ensure_eq!(runs, 1, "attempts");
    Ok(())
}

async fn failed_work_leaves_nothing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (_, runs) = attempts(&stage.store, &cx, |_| Some(StoreError::ForeignCursor)).await;
    ensure_eq!(runs, 1, "attempts");
    ensure_eq!(messages(&stage, &cx).await?, 0, "failed work is stored");
    let (done, runs) = attempts(&stage.store, &cx, |_| None).await;
    done?;
    ensure_eq!((runs, messages(&stage, &cx).await?), (1, 1), "the store is usable afterwards");
    Ok(())
}
