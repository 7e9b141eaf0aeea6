//! What must not repeat within one owner.
use lms_core::{
    kernel::Context,
    store::{IdempotencyRecord, Query, Record as _, StoreError},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{message, used_key},
    stage::{Stage, join_all, wait_a_little},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_unique_key_is_refused_by_its_columns,
        a_repeated_id_is_refused,
        a_unique_key_is_unique_per_tenant,
        an_update_onto_a_taken_key_is_refused,
        a_given_up_key_can_be_taken,
        a_rolled_back_key_can_be_taken,
        of_two_open_transactions_one_takes_a_key,
        of_many_tasks_one_takes_a_key,
    ]
}

async fn a_unique_key_is_refused_by_its_columns(stage: Stage) -> Outcome {
    let cx = stage.cx();
    stage.save(&cx, &used_key(&cx, "same")).await?;
    let mut tx = stage.begin(&cx).await?;
    let again = tx.insert(&used_key(&cx, "same")).await;
    ensure_refused!(
        again,
        StoreError::Duplicate { table: IdempotencyRecord::TABLE, columns } if columns == ["key"],
        "a key was used twice"
    );
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&used_key(&cx, "SAME")).await?;
    tx.insert(&used_key(&cx, "same ")).await?;
    tx.insert(&used_key(&cx, "e\u{301}")).await?;
    tx.insert(&used_key(&cx, "é")).await?;
    tx.insert(&used_key(&cx, "")).await?;
    tx.commit().await?;
    Ok(())
}

async fn a_repeated_id_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "first");
    stage.save(&cx, &record).await?;
    let again = stage.save(&cx, &record).await;
    ensure_refused!(
        again,
        StoreError::Duplicate { table: "outbox_messages", columns } if columns == ["id"],
        "an id was used twice"
    );
    Ok(())
}

async fn a_unique_key_is_unique_per_tenant(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    stage.save(&ours, &used_key(&ours, "same")).await?;
    stage.save(&theirs, &used_key(&theirs, "same")).await?;
    for cx in [&ours, &theirs] {
        let found = stage.begin(cx).await?.count(IdempotencyRecord::by_key("same")).await?;
        ensure_eq!(found, 1, "a tenant's own key");
    }
    Ok(())
}

async fn an_update_onto_a_taken_key_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut other = used_key(&cx, "other");
    stage.save_all(&cx, &[used_key(&cx, "taken"), other.clone()]).await?;
    other.key = "taken".into();
    let mut tx = stage.begin(&cx).await?;
    let update = async {
        tx.update(&mut other).await?;
        tx.commit().await
    };
    ensure_refused!(
        update.await,
        StoreError::Duplicate { columns, .. } if columns == ["key"],
        "an update repeated a key"
    );
    let mut tx = stage.begin(&cx).await?;
    ensure_eq!(tx.count(IdempotencyRecord::by_key("taken")).await?, 1, "the key is there twice");
    Ok(())
}

async fn a_given_up_key_can_be_taken(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut renamed = used_key(&cx, "renamed");
    let purged = used_key(&cx, "purged");
    stage.save_all(&cx, &[renamed.clone(), purged.clone()]).await?;
    let mut tx = stage.begin(&cx).await?;
    renamed.key = "other".into();
    tx.update(&mut renamed).await?;
    tx.insert(&used_key(&cx, "renamed")).await?;
    tx.purge(&purged).await?;
    tx.insert(&used_key(&cx, "purged")).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    ensure_eq!(tx.count(Query::<IdempotencyRecord>::all()).await?, 3, "keys taken again");
    Ok(())
}

async fn a_rolled_back_key_can_be_taken(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&used_key(&cx, "free")).await?;
    tx.rollback().await?;
    stage.save(&cx, &used_key(&cx, "free")).await?;
    Ok(())
}

/// Neither of two transactions sees the other's key; the second to commit loses.
async fn of_two_open_transactions_one_takes_a_key(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut first = stage.begin(&cx).await?;
    first.insert(&used_key(&cx, "only one")).await?;
    let (store, late_cx) = (stage.store.clone(), cx.clone());
    let late = tokio::spawn(async move {
        let mut second = store.begin(&late_cx).await?;
        second.insert(&used_key(&late_cx, "only one")).await?;
        second.commit().await
    });
    wait_a_little().await;
    let early = first.commit().await;
    let late = late.await?;
    ensure!(early.is_ok() != late.is_ok(), "both or none took the key: {early:?} {late:?}");
    ensure_refused!(
        early.and(late),
        StoreError::Duplicate { columns, .. } if columns == ["key"],
        "the loser learns why"
    );
    Ok(())
}

async fn of_many_tasks_one_takes_a_key(stage: Stage) -> Outcome {
    const TASKS: usize = 32;
    let cx = stage.cx();
    let take = |cx: Context| {
        let stage = stage.clone();
        tokio::spawn(async move { stage.save(&cx, &used_key(&cx, "only one")).await })
    };
    let taken = join_all((0..TASKS).map(|_| take(stage.cx_of(cx.tenant()))).collect()).await?;
    let winners = taken.iter().filter(|it| it.is_ok()).count();
    ensure_eq!(winners, 1, "how many took one key");
    for lost in taken.into_iter().filter(Result::is_err) {
        let allowed =
            matches!(lost, Err(StoreError::Duplicate { .. } | StoreError::Retryable { .. }));
        ensure!(allowed, "a loser got another error: {lost:?}");
    }
    Ok(())
}
