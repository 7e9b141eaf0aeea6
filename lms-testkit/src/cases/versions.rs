//! Writes carry the version they replace.
use lms_core::{
    outbox::Message,
    store::{Query, Record as _, StoreError},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{message, message_about, used_key},
    stage::{Stage, insist, join_all, lost, wait_a_little},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_write_bumps_the_version,
        a_stale_write_conflicts,
        a_stale_purge_conflicts,
        a_future_version_conflicts,
        a_missing_record_is_not_found,
        a_purged_record_is_not_found,
        one_stale_record_of_many_refuses_all,
        interleaved_writers_do_not_lose_an_update,
        concurrent_writers_do_not_lose_updates,
        a_writer_and_a_purger_do_not_both_win,
        a_locked_parent_prevents_write_skew,
    ]
}

async fn a_write_bumps_the_version(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "bumped");
    stage.save(&cx, &record).await?;
    for version in 2..5 {
        let mut tx = stage.begin(&cx).await?;
        tx.update(&mut record).await?;
        tx.commit().await?;
        ensure_eq!(record.stamp.version.get(), version, "the caller's record has another version");
        ensure_eq!(stage.stored(&cx, record.id).await?.as_ref(), Some(&record), "as stored");
    }
    Ok(())
}

async fn a_stale_write_conflicts(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "first");
    stage.save(&cx, &record).await?;
    let mut stale = record.clone();
    let mut tx = stage.begin(&cx).await?;
    record.kind = "second".into();
    tx.update(&mut record).await?;
    tx.commit().await?;

    stale.kind = "lost".into();
    let unchanged = stale.clone();
    let mut tx = stage.begin(&cx).await?;
    let (table, id) = (Message::TABLE, stale.id.uuid());
    ensure_refused!(
        tx.update(&mut stale).await,
        StoreError::Conflict { table: of, id: it } if of == table && it == id,
        "a stale write took effect"
    );
    ensure_eq!(stale, unchanged, "a refused write changed the caller's record");
    ensure_refused!(tx.commit().await, StoreError::Poisoned, "a refused write was committed");
    ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "the later write was lost");
    Ok(())
}

async fn a_stale_purge_conflicts(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "first");
    stage.save(&cx, &record).await?;
    let stale = record.clone();
    let mut tx = stage.begin(&cx).await?;
    tx.update(&mut record).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    ensure_refused!(tx.purge(&stale).await, StoreError::Conflict { .. }, "a stale purge worked");
    drop(tx);
    ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "a stale purge removed it");
    Ok(())
}

async fn a_future_version_conflicts(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "first");
    stage.save(&cx, &record).await?;
    let mut ahead = record.clone();
    ahead.stamp.version = record.stamp.version.next();
    let mut tx = stage.begin(&cx).await?;
    ensure_refused!(
        tx.update(&mut ahead).await,
        StoreError::Conflict { .. },
        "a write skipped a version"
    );
    drop(tx);
    ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "it was overwritten");
    Ok(())
}

async fn a_missing_record_is_not_found(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let ghost = message(&cx, "ghost");
    let id = ghost.id.uuid();
    let mut tx = stage.begin(&cx).await?;
    ensure_eq!(tx.get(ghost.id).await?, None, "a missing record was read");
    ensure_refused!(
        tx.require(ghost.id).await,
        StoreError::NotFound { table: Message::TABLE, id: it } if it == id,
        "a missing record was required"
    );
    ensure_refused!(tx.lock(ghost.id).await, StoreError::NotFound { .. }, "it was locked");
    ensure_eq!(tx.get_many(&[ghost.id]).await?, Vec::new(), "it was read with others");
    let update = tx.update(&mut ghost.clone()).await;
    ensure_refused!(
        update,
        StoreError::NotFound { table: Message::TABLE, id: it } if it == id,
        "a missing record was updated"
    );
    let mut tx = stage.begin(&cx).await?;
    ensure_refused!(
        tx.purge(&ghost).await,
        StoreError::NotFound { table: Message::TABLE, id: it } if it == id,
        "a missing record was purged"
    );
    Ok(())
}

async fn a_purged_record_is_not_found(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "purged");
    stage.save(&cx, &record).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.purge(&record).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    ensure_refused!(tx.purge(&record).await, StoreError::NotFound { .. }, "it was purged twice");
    let mut tx = stage.begin(&cx).await?;
    let update = tx.update(&mut record).await;
    ensure_refused!(update, StoreError::NotFound { .. }, "a purged record was updated");
    stage.save(&cx, &record).await?;
    Ok(())
}

async fn one_stale_record_of_many_refuses_all(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut records: Vec<_> = (0..5).map(|n| message(&cx, &n.to_string())).collect();
    stage.save_all(&cx, &records).await?;
    let mut stale = records.clone();
    let mut tx = stage.begin(&cx).await?;
    for record in records.iter_mut().skip(3).take(1) {
        tx.update(record).await?;
    }
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    let update = tx.update_all(&mut stale).await;
    ensure_refused!(update, StoreError::Conflict { .. }, "a stale record among others was written");
    ensure_refused!(tx.commit().await, StoreError::Poisoned, "the others were committed");
    for record in records {
        ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "another was written");
    }
    Ok(())
}

/// A backend may notice the race at the write or at the commit, but must notice.
async fn interleaved_writers_do_not_lose_an_update(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "race");
    stage.save(&cx, &record).await?;
    let (mut first, mut second) = (stage.begin(&cx).await?, stage.begin(&cx).await?);
    let mut mine = first.require(record.id).await?;
    let mut yours = second.require(record.id).await?;
    mine.kind = "mine".into();
    yours.kind = "yours".into();
    first.update(&mut mine).await?;
    let late = tokio::spawn(async move {
        second.update(&mut yours).await?;
        second.commit().await
    });
    wait_a_little().await;
    let (early, late) = (first.commit().await, late.await?);
    ensure!(early.is_ok() != late.is_ok(), "both writers or none won: {early:?} {late:?}");
    ensure!(lost(&early) || lost(&late), "not a lost race: {early:?} {late:?}");
    let found = stage.stored(&cx, record.id).await?.map(|it| it.kind);
    let winner = if early.is_ok() { "mine" } else { "yours" };
    ensure_eq!(found.as_deref(), Some(winner), "the loser's write is stored");
    Ok(())
}

async fn concurrent_writers_do_not_lose_updates(stage: Stage) -> Outcome {
    const WRITERS: u32 = 8;
    const WRITES: u32 = 10;
    let cx = stage.cx();
    let record = message(&cx, "counter");
    stage.save(&cx, &record).await?;
    let (id, mut tasks) = (record.id, Vec::new());
    for _ in 0..WRITERS {
        let (store, cx) = (stage.store.clone(), stage.cx_of(cx.tenant()));
        tasks.push(tokio::spawn(async move {
            for _ in 0..WRITES {
                insist(&store, &cx, |tx| {
                    Box::pin(async move {
                        let mut counter = tx.require(id).await?;
                        counter.attempts += 1;
                        tx.update(&mut counter).await
                    })
                })
                .await?;
            }
            Ok::<_, StoreError>(())
        }));
    }
    for done in join_all(tasks).await? {
        done?;
    }
    let found = stage.stored(&cx, id).await?.map(|it| (it.attempts, it.stamp.version.get()));
    let writes = WRITERS * WRITES;
    ensure_eq!(found, Some((writes, i64::from(writes) + 1)), "increments and versions");
    Ok(())
}

async fn a_writer_and_a_purger_do_not_both_win(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "race");
    stage.save(&cx, &record).await?;
    let (mut writer, mut purger) = (stage.begin(&cx).await?, stage.begin(&cx).await?);
    let (mut written, purged) =
        (writer.require(record.id).await?, purger.require(record.id).await?);
    writer.update(&mut written).await?;
    let purge = tokio::spawn(async move {
        purger.purge(&purged).await?;
        purger.commit().await
    });
    wait_a_little().await;
    let write = writer.commit().await;
    let purge = purge.await?;
    ensure!(write.is_ok() != purge.is_ok(), "both or none won: {write:?} {purge:?}");
    let found = stage.stored(&cx, record.id).await?;
    ensure_eq!(found.is_some(), write.is_ok(), "the loser's work is stored");
    Ok(())
}

/// Two learners who each read that the other is there must not both leave: anyone who decides from
/// many rows locks their parent first.
async fn a_locked_parent_prevents_write_skew(stage: Stage) -> Outcome {
    for _ in 0..8 {
        let cx = stage.cx();
        let parent = used_key(&cx, "parent");
        stage.save(&cx, &parent).await?;
        let children = [0, 1].map(|_| message_about(&cx, parent.id.uuid()));
        stage.save_all(&cx, &children).await?;
        let leave = |child: Message| {
            let (store, cx, parent) = (stage.store.clone(), cx.clone(), parent.id);
            tokio::spawn(async move {
                insist(&store, &cx, |tx| {
                    let child = child.clone();
                    Box::pin(async move {
                        tx.lock(parent).await?;
                        let there = Query::filter(Message::SUBJECT_ID.eq(parent.uuid()));
                        let others = tx.count(there).await?;
                        tokio::task::yield_now().await;
                        if others > 1 {
                            tx.purge(&child).await?;
                        }
                        Ok::<_, StoreError>(())
                    })
                })
                .await
            })
        };
        for left in join_all(children.into_iter().map(leave).collect()).await? {
            left?;
        }
        let left = stage.begin(&cx).await?.count(Query::<Message>::all()).await?;
        ensure_eq!(left, 1, "each left because the other stayed");
    }
    Ok(())
}
