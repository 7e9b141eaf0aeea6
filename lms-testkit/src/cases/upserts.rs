//! Declared upserts: insert, or say beforehand what happens to the row that is there.
use lms_core::{
    kernel::Context,
    store::{IdempotencyRecord, Query, StoreError, Upsert, Upserted},
};
use serde_json::json;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{seconds_after, used_key},
    stage::{Stage, insist, join_all},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        an_upsert_adds_what_is_new,
        an_upsert_keeps_what_is_there,
        an_upsert_replaces_what_it_names,
        an_upsert_replaces_only_what_is_older,
        an_upsert_by_id_finds_its_row,
        an_upsert_tells_of_each_row,
        an_upsert_stays_in_its_tenant,
        an_upsert_sees_own_writes,
        an_upsert_is_rolled_back,
        an_upsert_by_no_unique_is_refused,
        an_upsert_onto_another_unique_is_refused,
        upserts_of_one_key_take_turns,
        upserts_of_one_new_key_insert_once,
    ]
}

fn by_key() -> Upsert<IdempotencyRecord> {
    Upsert::on(IdempotencyRecord::KEY)
}

async fn upsert(
    stage: &Stage,
    cx: &Context,
    record: &IdempotencyRecord,
    upsert: Upsert<IdempotencyRecord>,
) -> Result<Upserted, StoreError> {
    let mut tx = stage.begin(cx).await?;
    let done = tx.upsert(record, upsert).await?;
    tx.commit().await?;
    Ok(done)
}

async fn an_upsert_adds_what_is_new(stage: Stage) -> Outcome {
    let cx = stage.cx();
    for (key, how) in [
        ("kept", by_key()),
        ("replaced", by_key().replace(IdempotencyRecord::FINGERPRINT)),
        ("newer", by_key().if_newer(IdempotencyRecord::EXPIRES_AT)),
    ] {
        let record = used_key(&cx, key);
        ensure_eq!(upsert(&stage, &cx, &record, how).await?, Upserted::Inserted, "{key}");
        ensure_eq!(stage.stored(&cx, record.id).await?, Some(record), "{key}");
    }
    Ok(())
}

async fn an_upsert_keeps_what_is_there(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let there = used_key(&cx, "same");
    stage.save(&cx, &there).await?;
    let other = IdempotencyRecord { fingerprint: "other".into(), ..used_key(&cx, "same") };
    ensure_eq!(upsert(&stage, &cx, &other, by_key()).await?, Upserted::Kept, "the outcome");
    ensure_eq!(stage.stored(&cx, other.id).await?, None, "the new row is stored");
    ensure_eq!(stage.stored(&cx, there.id).await?, Some(there), "what was there changed");
    Ok(())
}

async fn an_upsert_replaces_what_it_names(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let there = used_key(&cx, "same");
    stage.save(&cx, &there).await?;
    let later = stage.cx_of(cx.tenant()).at(seconds_after(&cx, 60));
    let mut other = used_key(&later, "same");
    other.fingerprint = "other".into();
    other.answer = Some(json!("other"));
    let how = by_key().replace(IdempotencyRecord::FINGERPRINT);
    let version = there.stamp.version.next();
    let expected = Upserted::Replaced { id: there.id.uuid(), version };
    ensure_eq!(upsert(&stage, &later, &other, how).await?, expected, "the outcome");
    let mut expected = there.clone();
    expected.fingerprint = "other".into();
    expected.stamp.version = version;
    ensure_eq!(stage.stored(&cx, there.id).await?, Some(expected), "only what was named");
    ensure_eq!(stage.stored(&cx, other.id).await?, None, "the new row is stored too");
    Ok(())
}

async fn an_upsert_replaces_only_what_is_older(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let there = IdempotencyRecord { expires_at: seconds_after(&cx, 10), ..used_key(&cx, "same") };
    stage.save(&cx, &there).await?;
    for (seconds, replaced) in [(9, false), (10, false), (11, true), (10, false), (12, true)] {
        let mut other = used_key(&cx, "same");
        other.expires_at = seconds_after(&cx, seconds);
        other.fingerprint = format!("at {seconds}");
        let how = by_key()
            .replace(IdempotencyRecord::FINGERPRINT)
            .if_newer(IdempotencyRecord::EXPIRES_AT);
        let before = stage.stored(&cx, there.id).await?;
        let done = upsert(&stage, &cx, &other, how).await?;
        ensure_eq!(done.is_written(), replaced, "{seconds} s: {done:?}");
        let found = stage.stored(&cx, there.id).await?;
        if replaced {
            let found = found.map(|it| (it.fingerprint, it.expires_at));
            ensure_eq!(found, Some((other.fingerprint, other.expires_at)), "{seconds} s");
        } else {
            ensure_eq!(found, before, "a late duplicate at {seconds} s");
        }
    }
    Ok(())
}

async fn an_upsert_by_id_finds_its_row(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = used_key(&cx, "by id");
    let how = || Upsert::on(IdempotencyRecord::ID).replace(IdempotencyRecord::KEY);
    ensure_eq!(upsert(&stage, &cx, &record, how()).await?, Upserted::Inserted, "at first");
    record.key = "renamed".into();
    let done = upsert(&stage, &cx, &record, how()).await?;
    let version = record.stamp.version.next();
    ensure_eq!(done, Upserted::Replaced { id: record.id.uuid(), version }, "again");
    let found = stage.stored(&cx, record.id).await?.map(|it| it.key);
    ensure_eq!(found.as_deref(), Some("renamed"), "as stored");
    Ok(())
}

async fn an_upsert_tells_of_each_row(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let there: Vec<_> = (0..20).step_by(2).map(|n| used_key(&cx, &n.to_string())).collect();
    stage.save_all(&cx, &there).await?;
    let records: Vec<_> = (0..20).map(|n| used_key(&cx, &n.to_string())).collect();
    let mut tx = stage.begin(&cx).await?;
    let done = tx.upsert_all(&records, by_key()).await?;
    for (at, done) in done.iter().enumerate() {
        let expected = if at % 2 == 0 { Upserted::Kept } else { Upserted::Inserted };
        ensure_eq!(*done, expected, "row {at}, kept");
    }
    let how = by_key().replace(IdempotencyRecord::FINGERPRINT);
    let done = tx.upsert_all(&records, how).await?;
    ensure_eq!(done.len(), records.len(), "outcomes");
    for (at, (done, record)) in done.iter().zip(&records).enumerate() {
        let id = there.get(at / 2).filter(|_| at % 2 == 0).map_or(record.id, |it| it.id).uuid();
        let version = record.stamp.version.next();
        ensure_eq!(*done, Upserted::Replaced { id, version }, "row {at}, replaced");
    }
    tx.commit().await?;
    let found = stage.begin(&cx).await?.count(Query::<IdempotencyRecord>::all()).await?;
    ensure_eq!(found, 20, "rows");
    Ok(())
}

async fn an_upsert_stays_in_its_tenant(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let there = used_key(&theirs, "same");
    stage.save(&theirs, &there).await?;
    let how = || by_key().replace(IdempotencyRecord::FINGERPRINT);
    let mut record = used_key(&ours, "same");
    record.fingerprint = "ours".into();
    ensure_eq!(upsert(&stage, &ours, &record, how()).await?, Upserted::Inserted, "by the key");
    let mut record = used_key(&ours, "by id");
    record.id = there.id;
    let by_id = Upsert::on(IdempotencyRecord::ID).replace(IdempotencyRecord::FINGERPRINT);
    ensure_eq!(upsert(&stage, &ours, &record, by_id).await?, Upserted::Inserted, "by the id");
    ensure_eq!(stage.stored(&theirs, there.id).await?, Some(there), "another tenant's row");
    Ok(())
}

async fn an_upsert_sees_own_writes(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    let first = used_key(&cx, "same");
    tx.insert(&first).await?;
    let second = used_key(&cx, "same");
    ensure_eq!(tx.upsert(&second, by_key()).await?, Upserted::Kept, "an own insert");
    tx.purge(&first).await?;
    ensure_eq!(tx.upsert(&second, by_key()).await?, Upserted::Inserted, "an own purge");
    tx.commit().await?;
    ensure_eq!(stage.stored(&cx, second.id).await?, Some(second), "as stored");
    Ok(())
}

async fn an_upsert_is_rolled_back(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let there = used_key(&cx, "there");
    stage.save(&cx, &there).await?;
    let mut tx = stage.begin(&cx).await?;
    let how = by_key().replace(IdempotencyRecord::FINGERPRINT);
    let mut changed = used_key(&cx, "there");
    changed.fingerprint = "changed".into();
    tx.upsert_all(&[changed, used_key(&cx, "new")], how).await?;
    tx.rollback().await?;
    let mut tx = stage.begin(&cx).await?;
    ensure_eq!(tx.all(Query::<IdempotencyRecord>::all()).await?, [there], "what is left");
    Ok(())
}

async fn an_upsert_by_no_unique_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = used_key(&cx, "key");
    let mut tx = stage.begin(&cx).await?;
    for how in
        [Upsert::on(IdempotencyRecord::FINGERPRINT), by_key().and(IdempotencyRecord::FINGERPRINT)]
    {
        let done = tx.upsert(&record, how).await;
        ensure_refused!(done, StoreError::InvalidQuery { .. }, "a key that is not unique");
    }
    Ok(())
}

/// The key decides; a clash in anything else is an error, not a row to overwrite.
async fn an_upsert_onto_another_unique_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (there, mut other) = (used_key(&cx, "there"), used_key(&cx, "other"));
    stage.save_all(&cx, &[there.clone(), other.clone()]).await?;
    other.key = "there".into();
    let by_id = Upsert::on(IdempotencyRecord::ID).replace(IdempotencyRecord::KEY);
    let done = upsert(&stage, &cx, &other, by_id).await;
    ensure_refused!(
        done,
        StoreError::Duplicate { columns, .. } if columns == ["key"],
        "an upsert by id repeated a key"
    );
    ensure_eq!(stage.stored(&cx, there.id).await?, Some(there), "the other row");
    Ok(())
}

async fn upserts_of_one_key_take_turns(stage: Stage) -> Outcome {
    const TASKS: i64 = 24;
    let cx = stage.cx();
    let there = used_key(&cx, "same");
    stage.save(&cx, &there).await?;
    let raise = |seconds: i64| {
        let (store, cx) = (stage.store.clone(), stage.cx_of(cx.tenant()));
        tokio::spawn(async move {
            let mut record = used_key(&cx, "same");
            record.expires_at = seconds_after(&cx, seconds);
            record.fingerprint = seconds.to_string();
            insist(&store, &cx, |tx| {
                let record = record.clone();
                let how = by_key()
                    .replace(IdempotencyRecord::FINGERPRINT)
                    .if_newer(IdempotencyRecord::EXPIRES_AT);
                Box::pin(async move { tx.upsert(&record, how).await })
            })
            .await
        })
    };
    let mut written = 0;
    for done in join_all((1..=TASKS).map(raise).collect()).await? {
        written += i64::from(done?.is_written());
    }
    let found = stage.stored(&cx, there.id).await?;
    let found = found.map(|it| (it.fingerprint, it.expires_at, it.stamp.version.get()));
    let expected = (TASKS.to_string(), seconds_after(&cx, TASKS), written + 1);
    ensure_eq!(found, Some(expected), "the greatest wins, and every write counts");
    Ok(())
}

async fn upserts_of_one_new_key_insert_once(stage: Stage) -> Outcome {
    const TASKS: usize = 24;
    let cx = stage.cx();
    let claim = |_| {
        let (store, cx) = (stage.store.clone(), stage.cx_of(cx.tenant()));
        tokio::spawn(async move {
            let record = used_key(&cx, "same");
            insist(&store, &cx, |tx| {
                let record = record.clone();
                Box::pin(async move { tx.upsert(&record, by_key()).await })
            })
            .await
        })
    };
    let mut inserted = 0;
    for done in join_all((0..TASKS).map(claim).collect()).await? {
        let done = done?;
        ensure!(!matches!(done, Upserted::Replaced { .. }), "nothing was to be replaced");
        inserted += usize::from(done.is_written());
    }
    ensure_eq!(inserted, 1, "how many were told that they inserted it");
    Ok(())
}
