//! All or nothing, and who sees what when.
use std::{future::pending, time::Duration};

use lms_core::{
    kernel::Scope,
    outbox::Message,
    store::{IdempotencyRecord, Query, Record as _, Select, StoreError},
};
use serde_json::json;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{message, seconds_after, used_key},
    stage::{Stage, wait_a_little},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_record_comes_back_as_it_was,
        a_transaction_reads_its_own_writes,
        queries_see_the_transactions_own_writes,
        a_dropped_transaction_leaves_nothing,
        a_rolled_back_transaction_leaves_nothing,
        a_cancelled_task_leaves_nothing,
        a_dropped_transaction_frees_its_locks,
        several_tables_commit_together,
        work_is_invisible_until_it_commits,
        a_failed_write_poisons_the_transaction,
        a_poisoned_transaction_is_not_committed,
        after_an_error_a_transaction_only_rolls_back,
        one_bad_record_of_many_stores_none,
        many_records_are_stored_in_one_call,
        writing_nothing_is_allowed,
    ]
}

async fn a_record_comes_back_as_it_was(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut sent = message(&cx, "Ünï 漢字 '\" \\ %_ 𝄞");
    sent.payload = json!({ "list": [1, null, "é", { "deep": true }], "most": u64::MAX });
    sent.sent_at = Some(seconds_after(&cx, 1));
    sent.attempts = u32::MAX;
    let waiting = message(&cx, "");
    stage.save_all(&cx, &[sent.clone(), waiting.clone()]).await?;
    for record in [sent, waiting] {
        ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "a record changed");
    }
    Ok(())
}

async fn a_transaction_reads_its_own_writes(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "own");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&record).await?;
    ensure_eq!(tx.get(record.id).await?, Some(record.clone()), "an insert is not read");
    record.kind = "changed".into();
    tx.update(&mut record).await?;
    ensure_eq!(tx.get(record.id).await?, Some(record.clone()), "an update is not read");
    tx.purge(&record).await?;
    ensure_eq!(tx.get(record.id).await?, None, "a purge is not read");
    tx.commit().await?;
    ensure_eq!(stage.stored(&cx, record.id).await?, None, "a purged record is stored");
    Ok(())
}

async fn queries_see_the_transactions_own_writes(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut old = message(&cx, "old");
    let gone = message(&cx, "old");
    stage.save_all(&cx, &[old.clone(), gone.clone()]).await?;
    let mut tx = stage.begin(&cx).await?;
    let new = message(&cx, "new");
    tx.insert(&new).await?;
    old.kind = "new".into();
    tx.update(&mut old).await?;
    tx.purge(&gone).await?;
    let query = |kind: &str| Query::filter(Message::KIND.eq(kind.to_owned()));
    ensure_eq!(tx.count(query("new")).await?, 2, "a count misses own writes");
    ensure_eq!(tx.count(query("old")).await?, 0, "a count finds what was overwritten");
    let page = tx.page(query("new")).await?.items;
    let mut expected = vec![old, new];
    expected.sort_by_key(|it| it.id);
    ensure_eq!(page, expected, "a page misses own writes");
    Ok(())
}

async fn a_dropped_transaction_leaves_nothing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut kept = message(&cx, "kept");
    stage.save(&cx, &kept).await?;
    let new = message(&cx, "new");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&new).await?;
    tx.update(&mut kept).await?;
    drop(tx);
    ensure_eq!(stage.stored(&cx, new.id).await?, None, "a dropped insert is stored");
    let found = stage.stored(&cx, kept.id).await?.map(|it| it.stamp.version.get());
    ensure_eq!(found, Some(1), "a dropped update is stored");
    Ok(())
}

async fn a_rolled_back_transaction_leaves_nothing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let kept = message(&cx, "kept");
    stage.save(&cx, &kept).await?;
    let new = message(&cx, "new");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&new).await?;
    tx.purge(&kept).await?;
    tx.rollback().await?;
    ensure_eq!(stage.stored(&cx, new.id).await?, None, "a rolled back insert is stored");
    ensure_eq!(stage.stored(&cx, kept.id).await?, Some(kept), "a rolled back purge is kept");
    Ok(())
}

async fn a_cancelled_task_leaves_nothing(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut locked = message(&cx, "locked");
    stage.save(&cx, &locked).await?;
    let new = message(&cx, "new");
    let (begun, wait) = tokio::sync::oneshot::channel();
    let (store, id, insert, of) = (stage.store.clone(), locked.id, new.clone(), cx.clone());
    let task = tokio::spawn(async move {
        let mut tx = store.begin(&of).await?;
        tx.insert(&insert).await?;
        tx.lock(id).await?;
        let _ = begun.send(());
        pending::<()>().await;
        tx.commit().await
    });
    wait.await?;
    task.abort();
    ensure!(task.await.is_err(), "the task was not cancelled");
    ensure_eq!(stage.stored(&cx, new.id).await?, None, "cancelled work is stored");
    let mut tx = stage.begin(&cx).await?;
    tx.update(&mut locked).await?;
    tx.commit().await?;
    Ok(())
}

async fn a_dropped_transaction_frees_its_locks(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "locked");
    stage.save(&cx, &record).await?;
    let mut dropped = stage.begin(&cx).await?;
    dropped.lock(record.id).await?;
    drop(dropped);
    let mut rolled_back = stage.begin(&cx).await?;
    rolled_back.lock(record.id).await?;
    rolled_back.rollback().await?;
    let mut tx = stage.begin(&cx).await?;
    let taken = tokio::time::timeout(Duration::from_secs(20), tx.lock(record.id)).await;
    ensure!(taken.is_ok(), "the lock of a transaction that is gone is still held");
    let mut record = taken??;
    tx.update(&mut record).await?;
    tx.commit().await?;
    Ok(())
}

async fn several_tables_commit_together(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (key, child) = (used_key(&cx, "together"), message(&cx, "together"));
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&key).await?;
    tx.insert(&child).await?;
    tx.commit().await?;
    ensure_eq!(stage.stored(&cx, key.id).await?, Some(key.clone()), "the first table missed it");
    ensure_eq!(stage.stored(&cx, child.id).await?, Some(child), "the second table missed it");

    let late = message(&cx, "late");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&late).await?;
    let again = tx.insert(&used_key(&cx, "together")).await;
    ensure_refused!(again, StoreError::Duplicate { .. }, "a key was used twice");
    drop(tx);
    ensure_eq!(stage.stored(&cx, late.id).await?, None, "half of a failed transaction is stored");
    Ok(())
}

async fn work_is_invisible_until_it_commits(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut changed = message(&cx, "before");
    stage.save(&cx, &changed).await?;
    let new = message(&cx, "new");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&new).await?;
    changed.kind = "after".into();
    tx.update(&mut changed).await?;
    ensure_eq!(stage.stored(&cx, new.id).await?, None, "an uncommitted insert is visible");
    let found = stage.stored(&cx, changed.id).await?.map(|it| it.kind);
    ensure_eq!(found.as_deref(), Some("before"), "an uncommitted update is visible");
    tx.commit().await?;
    ensure_eq!(stage.stored(&cx, new.id).await?, Some(new), "a committed insert is not visible");
    ensure_eq!(stage.stored(&cx, changed.id).await?, Some(changed), "an update is not visible");
    Ok(())
}

async fn a_failed_write_poisons_the_transaction(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "twice");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&record).await?;
    let again = tx.insert(&record).await;
    ensure_refused!(again, StoreError::Duplicate { .. }, "an id was used twice");
    ensure_refused!(tx.get(record.id).await, StoreError::Poisoned, "a poisoned read");
    ensure_refused!(tx.count(Query::<Message>::all()).await, StoreError::Poisoned, "a count");
    ensure_refused!(tx.insert(&message(&cx, "x")).await, StoreError::Poisoned, "a write");
    Ok(())
}

async fn a_poisoned_transaction_is_not_committed(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "twice");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&record).await?;
    let again = tx.insert(&record).await;
    ensure_refused!(again, StoreError::Duplicate { .. }, "an id was used twice");
    ensure_refused!(tx.commit().await, StoreError::Poisoned, "a poisoned transaction committed");
    ensure_eq!(stage.stored(&cx, record.id).await?, None, "poisoned work is stored");
    Ok(())
}

/// The backend's own transaction keeps the rule, without the library's help.
async fn after_an_error_a_transaction_only_rolls_back(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let schema = Message::schema();
    let row = message(&cx, "twice").to_row();
    let mut tx = stage.raw(cx.scope()).await?;
    tx.insert(schema, vec![row.clone()]).await?;
    let again = tx.insert(schema, vec![row.clone()]).await;
    ensure_refused!(again, StoreError::Duplicate { .. }, "an id was used twice");
    let read = tx.select(&Select::all(schema)).await;
    ensure!(read.is_err(), "a failed transaction reads: {read:?}");
    let committed = tx.commit().await;
    ensure!(committed.is_err(), "a failed transaction commits");
    ensure_eq!(stage.row(cx.scope(), schema, row.id()).await?, None, "its work is stored");

    let mut tx = stage.raw(cx.scope()).await?;
    tx.insert(schema, vec![row.clone()]).await?;
    let again = tx.insert(schema, vec![row.clone()]).await;
    ensure!(again.is_err(), "an id was used twice");
    tx.rollback().await?;
    ensure_eq!(stage.row(Scope::Tenant(cx.tenant()), schema, row.id()).await?, None, "stored");
    Ok(())
}

async fn one_bad_record_of_many_stores_none(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut records: Vec<_> = (0..10).map(|n| used_key(&cx, &n.to_string())).collect();
    records.push(used_key(&cx, "5"));
    let stored = stage.save_all(&cx, &records).await;
    ensure_refused!(stored, StoreError::Duplicate { .. }, "one call stored a key twice");
    let count = stage.begin(&cx).await?.count(Query::<IdempotencyRecord>::all()).await?;
    ensure_eq!(count, 0, "the rest of a failed call is stored");
    Ok(())
}

async fn many_records_are_stored_in_one_call(stage: Stage) -> Outcome {
    const MANY: usize = 8_000;
    let cx = stage.cx();
    let mut records: Vec<_> = (0..MANY).map(|n| message(&cx, &format!("{n:05}"))).collect();
    let mut tx = stage.begin(&cx).await?;
    tx.insert_all(&records).await?;
    tx.update_all(&mut records).await?;
    tx.commit().await?;
    wait_a_little().await;
    let mut tx = stage.begin(&cx).await?;
    let ids: Vec<_> = records.iter().map(|it| it.id).collect();
    let mut found = tx.get_many(&ids).await?;
    found.sort_by_key(|it| it.id);
    records.sort_by_key(|it| it.id);
    ensure!(found == records, "{} of {MANY} records came back as they were", found.len());
    Ok(())
}

async fn writing_nothing_is_allowed(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    tx.insert_all::<Message>(&[]).await?;
    tx.update_all::<Message>(&mut []).await?;
    tx.commit().await?;
    let mut tx = stage.raw(cx.scope()).await?;
    tx.insert(Message::schema(), Vec::new()).await?;
    tx.update(Message::schema(), Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}
