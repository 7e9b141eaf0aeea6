//! The audit trail and the events that a transaction leaves.
use lms_core::{
    audit::{Action, AuditEntry, Denial},
    kernel::{Actor, ActorId, Context, EntityKind, EntityRef},
    outbox::{DomainEvent, Message, MessageStatus},
    store::{
        Query, StoreError, Transaction,
        operation::{Access, Done, Failure, Operation, operation},
    },
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{category, message, used_key},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        events_are_stored_if_and_only_if_the_work_commits,
        events_keep_their_order,
        notes_are_stored_if_and_only_if_the_work_commits,
        a_denial_is_noted_although_the_work_is_rolled_back,
        a_denial_is_noted_when_work_is_rolled_back_by_hand,
        changes_of_unaudited_records_leave_no_note,
        entries_name_the_operation_that_the_host_ran,
        denials_name_the_operation_that_the_host_ran,
    ]
}

#[derive(Serialize)]
struct Rang {
    bell: u32,
}

const BELL: EntityKind = EntityKind::from_static("bell");

impl DomainEvent for Rang {
    const KIND: &'static str = "testkit.rang";
    fn subject(&self) -> EntityRef {
        EntityRef::new(BELL, Uuid::from_u128(u128::from(self.bell)))
    }
}

async fn messages(stage: &Stage, cx: &Context) -> Result<Vec<Message>, StoreError> {
    stage.begin(cx).await?.all(Query::all()).await
}

async fn entries(stage: &Stage, cx: &Context) -> Result<Vec<AuditEntry>, StoreError> {
    stage.begin(cx).await?.all(Query::all()).await
}

async fn events_are_stored_if_and_only_if_the_work_commits(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut dropped = stage.begin(&cx).await?;
    dropped.emit(&Rang { bell: 1 });
    drop(dropped);
    let mut rolled_back = stage.begin(&cx).await?;
    rolled_back.emit(&Rang { bell: 2 });
    rolled_back.rollback().await?;
    let mut poisoned = stage.begin(&cx).await?;
    poisoned.emit(&Rang { bell: 3 });
    poisoned.insert(&used_key(&cx, "key")).await?;
    let again = poisoned.insert(&used_key(&cx, "key")).await;
    ensure!(again.is_err(), "a key was used twice");
    ensure_refused!(poisoned.commit().await, StoreError::Poisoned, "it was committed");
    ensure_eq!(messages(&stage, &cx).await?, [], "events of work that did not happen");

    let mut tx = stage.begin(&cx).await?;
    tx.emit(&Rang { bell: 4 });
    ensure_eq!(messages(&stage, &cx).await?, [], "an event before its commit");
    tx.commit().await?;
    let found = messages(&stage, &cx).await?;
    let Some(event) = found.first() else {
        return Err(crate::Failure::new("the event of committed work is not stored"));
    };
    ensure_eq!(found.len(), 1, "events");
    ensure_eq!(event.kind, "testkit.rang", "its kind");
    ensure_eq!((event.subject_kind.as_str(), event.subject_id), ("bell", Uuid::from_u128(4)), "of");
    ensure_eq!(event.payload, json!({ "bell": 4 }), "what it says");
    ensure_eq!(event.status, MessageStatus::Pending, "where it stands");
    ensure_eq!(event.occurred_at, cx.now(), "when it happened");
    Ok(())
}

async fn events_keep_their_order(stage: Stage) -> Outcome {
    const EVENTS: u32 = 40;
    let cx = stage.cx();
    for half in [0..EVENTS / 2, EVENTS / 2..EVENTS] {
        let mut tx = stage.begin(&cx).await?;
        for bell in half {
            tx.emit(&Rang { bell });
        }
        tx.commit().await?;
    }
    let due = Message::due(cx.now(), lms_core::store::PageSize::MAX);
    let found = stage.begin(&cx).await?.page(due).await?.items;
    let bells: Vec<_> = found.iter().map(|it| it.subject_id.as_u128()).collect();
    ensure_eq!(bells, (0..u128::from(EVENTS)).collect::<Vec<_>>(), "the order of events");
    Ok(())
}

async fn notes_are_stored_if_and_only_if_the_work_commits(stage: Stage) -> Outcome {
    let ada = ActorId::from_uuid(Uuid::from_u128(7));
    let cx = stage.cx().with_actor(Actor::User(ada));
    let note = || AuditEntry::of(&cx, Action::Login, "user", ada.uuid(), json!({ "from": "here" }));
    let mut tx = stage.begin(&cx).await?;
    tx.record_audit(note());
    tx.rollback().await?;
    ensure_eq!(entries(&stage, &cx).await?, [], "a note of what did not happen");
    let kept = note();
    let mut tx = stage.begin(&cx).await?;
    tx.record_audit(kept.clone());
    tx.commit().await?;
    ensure_eq!(entries(&stage, &cx).await?, [kept], "the note of what happened");
    Ok(())
}

fn denial() -> Denial {
    Denial {
        asked: "grades.write".to_owned(),
        reason: "not a teacher of this class".to_owned(),
        entity_kind: "class".to_owned(),
        entity_id: Some(Uuid::from_u128(9)),
    }
}

async fn is_noted(stage: &Stage, cx: &Context) -> Outcome {
    let found = entries(stage, cx).await?;
    let Some(entry) = found.first() else {
        return Err(crate::Failure::new("the denial is not noted"));
    };
    ensure_eq!(found.len(), 1, "notes");
    ensure_eq!(entry.action, Action::Denied, "what was done");
    ensure_eq!(entry.entity_kind, "class", "to what");
    ensure_eq!(entry.entity_id, Some(Uuid::from_u128(9)), "to which");
    let why = json!({ "asked": "grades.write", "reason": "not a teacher of this class" });
    ensure_eq!(entry.changes, why, "what was asked and why not");
    ensure_eq!(messages(stage, cx).await?, [], "the refused work is stored");
    Ok(())
}

async fn a_denial_is_noted_although_the_work_is_rolled_back(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let refused: Result<(), StoreError> = stage
        .store
        .transact(&cx, |tx| {
            let work = message(&cx, "refused");
            Box::pin(async move {
                tx.insert(&work).await?;
                tx.record_denial(denial());
                Err(StoreError::OutOfScope { table: "classes" })
            })
        })
        .await;
    ensure_refused!(refused, StoreError::OutOfScope { .. }, "the refusal became another error");
    is_noted(&stage, &cx).await
}

async fn a_denial_is_noted_when_work_is_rolled_back_by_hand(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&message(&cx, "refused")).await?;
    tx.record_denial(denial());
    tx.rollback().await?;
    is_noted(&stage, &cx).await
}

/// Adds a record of that name, and notes a login.
#[operation("testkit.add_record")]
struct AddRecord {
    /// The name in addresses.
    slug: String,
}

impl Operation for AddRecord {
    const ACCESS: Access = Access::Public("a rule of the stores");
    type Answer = ();
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        let unnamed = |_| StoreError::OutOfScope { table: "categories" };
        let record = category(tx.cx(), &self.slug).map_err(unnamed)?;
        tx.insert(&record).await?;
        let note = AuditEntry::of(tx.cx(), Action::Login, "user", None, json!({}));
        tx.record_audit(note);
        Ok(())
    }
}

/// Adds a record by itself and one by another operation, and is refused at the end if it is to be.
#[operation("testkit.add_two_records")]
struct AddTwoRecords {
    /// Whether the actor is refused.
    is_refused: bool,
}

impl Operation for AddTwoRecords {
    const ACCESS: Access = Access::Public("a rule of the stores");
    type Answer = ();
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        tx.run(AddRecord { slug: "inner".to_owned() }).await?;
        let later = tx.now().saturating_add(chrono::TimeDelta::days(1));
        tx.as_of(later).run(AddRecord { slug: "later".to_owned() }).await?;
        if self.is_refused {
            tx.record_denial(denial());
            return Err(StoreError::OutOfScope { table: "classes" });
        }
        Ok(())
    }
}

async fn operations_of(stage: &Stage, cx: &Context) -> Result<Vec<Option<String>>, StoreError> {
    Ok(entries(stage, cx).await?.into_iter().map(|it| it.operation).collect())
}

async fn entries_name_the_operation_that_the_host_ran(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (one, two) = ("testkit.add_record", "testkit.add_two_records");
    let mut tx = stage.begin(&cx).await?;
    tx.insert(&category(&cx, "before")?).await?;
    tx.run(AddRecord { slug: "alone".to_owned() }).await?;
    tx.run(AddTwoRecords { is_refused: false }).await?;
    tx.insert(&category(&cx, "after")?).await?;
    tx.commit().await?;
    let names = [None, None, Some(one), Some(one), Some(two), Some(two), Some(two), Some(two)];
    let expected: Vec<_> = names.into_iter().map(|it| it.map(str::to_owned)).collect();
    let mut found = operations_of(&stage, &cx).await?;
    found.sort();
    ensure_eq!(found, expected, "the operations of the entries");
    let of_two = Query::filter(AuditEntry::OPERATION.is(two.to_owned()));
    ensure_eq!(stage.begin(&cx).await?.count(of_two).await?, 4, "entries of one operation");
    Ok(())
}

async fn denials_name_the_operation_that_the_host_ran(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let refused = stage.store.run(&cx, AddTwoRecords { is_refused: true }).await;
    let is_refused = matches!(refused, Err(Failure::Store(StoreError::OutOfScope { .. })));
    ensure!(is_refused, "the refusal became another error");
    is_noted(&stage, &cx).await?;
    let expected = [Some("testkit.add_two_records".to_owned())];
    ensure_eq!(operations_of(&stage, &cx).await?, expected, "the operation of the denial");
    Ok(())
}

async fn changes_of_unaudited_records_leave_no_note(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut record = message(&cx, "unaudited");
    stage.save(&cx, &record).await?;
    let mut tx = stage.begin(&cx).await?;
    tx.update(&mut record).await?;
    tx.purge(&record).await?;
    tx.commit().await?;
    ensure_eq!(entries(&stage, &cx).await?, [], "notes of unaudited changes");
    Ok(())
}
