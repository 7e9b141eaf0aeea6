//! Changes of audited records leave notes that say what changed.
use lms_core::{
    audit::{Action, AuditEntry},
    content::Category,
    kernel::{Actor, ActorId, Context, EntityKind, EntityRef, Title},
    store::{Query, Record as _, StoreError},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::category,
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        each_change_is_noted_with_what_it_changed,
        a_note_says_who_and_when,
        a_blind_write_is_noted_with_what_it_overwrote,
        notes_of_several_changes_keep_their_order,
        work_that_fails_leaves_no_note,
    ]
}

async fn notes(stage: &Stage, cx: &Context) -> Result<Vec<AuditEntry>, StoreError> {
    stage.begin(cx).await?.all(Query::all()).await
}

fn said(entries: &[AuditEntry]) -> Vec<(Action, Json)> {
    entries.iter().map(|it| (it.action, it.changes.clone())).collect()
}

async fn each_change_is_noted_with_what_it_changed(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = category(&cx, "noted")?;
    stage.save(&cx, &record).await?;
    let mut tx = stage.begin(&cx).await?;
    let mut record_read = tx.require(record.id).await?;
    record_read.name = Title::new("Renamed")?;
    tx.update(&mut record_read).await?;
    tx.commit().await?;
    record = record_read;
    let mut tx = stage.begin(&cx).await?;
    tx.delete(&mut record).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    tx.restore(&mut record).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    tx.purge(&record).await?;
    tx.commit().await?;
    let now = cx.now().to_string();
    let created = json!({ "name": { "new": "The noted" }, "slug": { "new": "noted" } });
    let expected = [
        (Action::Create, created),
        (Action::Update, json!({ "name": { "old": "The noted", "new": "Renamed" } })),
        (Action::Delete, json!({ "deleted_at": { "old": null, "new": now } })),
        (Action::Restore, json!({ "deleted_at": { "old": now, "new": null } })),
        (Action::Purge, json!(null)),
    ];
    ensure_eq!(said(&notes(&stage, &cx).await?), expected, "the trail");
    Ok(())
}

async fn a_note_says_who_and_when(stage: Stage) -> Outcome {
    let ada = ActorId::from_uuid(Uuid::from_u128(7));
    let cx = stage.cx().with_actor(Actor::User(ada)).with_request("req-1".parse()?);
    let record = category(&cx, "noted")?;
    stage.save(&cx, &record).await?;
    let kind: EntityKind = Category::KIND.parse()?;
    let about = AuditEntry::about(&EntityRef::to(kind, record.id));
    let found = stage.begin(&cx).await?.first(about).await?;
    let found = found.map(|it| {
        let who = (it.actor_id, it.actor_kind, it.request);
        (who, it.occurred_at, it.entity_kind, it.entity_id)
    });
    let who = (Some(ada), "user".to_owned(), Some("req-1".to_owned()));
    let expected = (who, cx.now(), "category".to_owned(), Some(record.id.uuid()));
    ensure_eq!(found, Some(expected), "the note");
    Ok(())
}

/// The old values come from the store where the transaction has not read them.
async fn a_blind_write_is_noted_with_what_it_overwrote(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = category(&cx, "noted")?;
    stage.save(&cx, &record).await?;
    let mut tx = stage.begin(&cx).await?;
    record.name = Title::new("Blind")?;
    tx.update(&mut record).await?;
    record.name = Title::new("Again")?;
    tx.update(&mut record).await?;
    tx.commit().await?;
    let changes: Vec<_> = said(&notes(&stage, &cx).await?).into_iter().skip(1).collect();
    let expected = [
        (Action::Update, json!({ "name": { "old": "The noted", "new": "Blind" } })),
        (Action::Update, json!({ "name": { "old": "Blind", "new": "Again" } })),
    ];
    ensure_eq!(changes, expected, "the trail");
    Ok(())
}

async fn notes_of_several_changes_keep_their_order(stage: Stage) -> Outcome {
    const RECORDS: usize = 30;
    let cx = stage.cx();
    let records =
        (0..RECORDS).map(|n| category(&cx, &format!("n{n}"))).collect::<Outcome<Vec<_>>>()?;
    stage.save_all(&cx, &records).await?;
    let found: Vec<_> = notes(&stage, &cx).await?.iter().map(|it| it.entity_id).collect();
    let expected: Vec<_> = records.iter().map(|it| Some(it.id.uuid())).collect();
    ensure_eq!(found, expected, "notes by id");
    Ok(())
}

async fn work_that_fails_leaves_no_note(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = category(&cx, "noted")?;
    stage.save(&cx, &record).await?;
    let mut stale = record.clone();
    let mut tx = stage.begin(&cx).await?;
    tx.update(&mut record).await?;
    tx.rollback().await?;
    let mut tx = stage.begin(&cx).await?;
    tx.update(&mut stale.clone()).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    ensure_refused!(tx.update(&mut stale).await, StoreError::Conflict { .. }, "a stale write");
    ensure!(tx.commit().await.is_err(), "a failed transaction was committed");
    ensure_eq!(notes(&stage, &cx).await?.len(), 2, "notes of one insert and one update");
    Ok(())
}
