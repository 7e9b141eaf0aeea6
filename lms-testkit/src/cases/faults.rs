//! A call that fails, at any point, leaves nothing half-written; and what a use case costs.
use std::sync::Arc;

use async_trait::async_trait;
use lms_core::{
    audit::AuditEntry,
    content::Category,
    kernel::{Context, EntityKind, EntityRef, Scope, Title},
    outbox::{DomainEvent, Message},
    store::{
        Backend, BackendTransaction, IdempotencyError, IdempotencyKey, IdempotencyRecord, Query,
        Report, RetryPolicy, Store, StoreError, Transaction, Writers,
        testing::{Counting, Faulty},
    },
};
use serde::Serialize;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{category, message},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_fault_at_any_call_leaves_all_or_nothing,
        a_read_only_backend_refuses_every_write,
        a_use_case_costs_the_calls_it_makes,
        a_report_without_an_own_version_is_computed,
    ]
}

/// The backend under test, to be decorated.
#[derive(Debug)]
struct Shared(Arc<dyn Backend>);

#[async_trait]
impl Backend for Shared {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        self.0.begin(scope).await
    }
    fn writers(&self) -> Writers {
        self.0.writers()
    }
    fn retry_policy(&self) -> RetryPolicy {
        self.0.retry_policy()
    }
    async fn pause(&self, attempt: u32) {
        self.0.pause(attempt).await;
    }
}

#[derive(Serialize)]
struct Renamed {
    category: uuid::Uuid,
}

impl DomainEvent for Renamed {
    const KIND: &'static str = "testkit.renamed";
    fn subject(&self) -> EntityRef {
        EntityRef::new(EntityKind::from_static("category"), self.category)
    }
}

/// A use case as they all are: load and hold, decide, save several records, announce it; once.
async fn rename(
    tx: &mut Transaction,
    key: &IdempotencyKey,
    parent: &Category,
) -> Result<(), IdempotencyError> {
    let (child, id) = (Category { id: tx.id(), ..parent.clone() }, parent.id);
    let done = tx.once(key, |tx| {
        Box::pin(async move {
            let mut parent = tx.lock(id).await?;
            let children = tx.count(Category::children_of(id)).await?;
            let mut child = child;
            child.parent_id = Some(id);
            if let Ok(slug) = format!("child-{children}").parse() {
                child.slug = slug;
            }
            tx.insert(&child).await?;
            if let Ok(name) = Title::new("Renamed") {
                parent.name = name;
            }
            tx.update(&mut parent).await?;
            tx.emit(&Renamed { category: id.uuid() });
            Ok(())
        })
    });
    done.await.map(|_| ())
}

/// How many records of each table the tenant has, and what the parent is called.
async fn state(stage: &Stage, cx: &Context, parent: &Category) -> Outcome<([u64; 4], String)> {
    let mut tx = stage.begin(cx).await?;
    let counts = [
        tx.count(Query::<Category>::all()).await?,
        tx.count(Query::<Message>::all()).await?,
        tx.count(Query::<AuditEntry>::all()).await?,
        tx.count(Query::<IdempotencyRecord>::all()).await?,
    ];
    Ok((counts, tx.require(parent.id).await?.name.to_string()))
}

async fn a_fault_at_any_call_leaves_all_or_nothing(stage: Stage) -> Outcome {
    const MOST_CALLS: u64 = 60;
    let (faulty, plan) = Faulty::new(Shared(Arc::clone(stage.store.backend())));
    let faulty = Store::new(faulty);
    for call in 0..MOST_CALLS {
        let cx = stage.cx();
        let parent = category(&cx, "parent")?;
        stage.save(&cx, &parent).await?;
        let before = state(&stage, &cx, &parent).await?;
        let key = IdempotencyKey::new("rename", "it")?;
        let run = || {
            let (cx, key, parent, store) =
                (cx.clone(), key.clone(), parent.clone(), faulty.clone());
            async move {
                store
                    .transact(&cx, |tx| {
                        let (key, parent) = (key.clone(), parent.clone());
                        Box::pin(async move { rename(tx, &key, &parent).await })
                    })
                    .await
            }
        };
        plan.fail_after(call);
        let first = run().await;
        plan.heal();
        let Err(error) = first else {
            ensure!(call >= 6, "the use case makes only {call} calls");
            return Ok(());
        };
        let planned = matches!(error, IdempotencyError::Store(StoreError::Unavailable { .. }));
        ensure!(planned, "call {call} failed as planned, and became: {error:?}");
        ensure_eq!(state(&stage, &cx, &parent).await?, before, "after a fault at call {call}");
        run().await?;
        let after = ([2, 1, 3, 1], "Renamed".to_owned());
        ensure_eq!(state(&stage, &cx, &parent).await?, after, "after a retry of call {call}");
        run().await?;
        ensure_eq!(state(&stage, &cx, &parent).await?, after, "after another delivery");
    }
    Err(crate::Failure::new(format!("the use case still fails after {MOST_CALLS} calls")))
}

async fn a_read_only_backend_refuses_every_write(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "there");
    stage.save(&cx, &record).await?;
    let (standby, plan) = Faulty::new(Shared(Arc::clone(stage.store.backend())));
    let standby = Store::new(standby);
    plan.read_only();
    let mut tx = standby.begin(&cx).await?;
    ensure_eq!(tx.get(record.id).await?, Some(record.clone()), "a standby is read");
    let done = tx.insert(&message(&cx, "new")).await;
    ensure_refused!(done, StoreError::Unavailable { .. }, "a standby took an insert");
    let done = standby.begin(&cx).await?.update(&mut record.clone()).await;
    ensure_refused!(done, StoreError::Unavailable { .. }, "a standby took an update");
    let done = standby.begin(&cx).await?.purge(&record).await;
    ensure_refused!(done, StoreError::Unavailable { .. }, "a standby took a purge");
    Ok(())
}

async fn a_use_case_costs_the_calls_it_makes(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (counting, counts) = Counting::new(Shared(Arc::clone(stage.store.backend())));
    let store = Store::new(counting);
    let records: Vec<_> = (0..100).map(|n| message(&cx, &n.to_string())).collect();
    let mut tx = store.begin(&cx).await?;
    tx.insert_all(&records).await?;
    let ids: Vec<_> = records.iter().map(|it| it.id).collect();
    tx.get_many(&ids).await?;
    tx.commit().await?;
    ensure_eq!((counts.begins(), counts.commits()), (1, 1), "transactions");
    ensure_eq!((counts.reads(), counts.writes()), (1, 1), "a hundred records at a time");
    let mut tx = store.begin(&cx).await?;
    tx.insert(&category(&cx, "noted")?).await?;
    tx.emit(&Renamed { category: uuid::Uuid::nil() });
    tx.commit().await?;
    ensure_eq!(counts.writes(), 3, "the trail and the events go in one more write");
    Ok(())
}

#[derive(Serialize)]
struct MessagesOfKind {
    kind: String,
}

#[async_trait]
impl Report for MessagesOfKind {
    const NAME: &'static str = "testkit.messages_of_kind";
    type Output = u64;
    async fn compute(&self, tx: &mut Transaction) -> Result<u64, StoreError> {
        tx.count(Query::filter(Message::KIND.eq(self.kind.clone()))).await
    }
}

async fn a_report_without_an_own_version_is_computed(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    stage.save_all(&ours, &[message(&ours, "a"), message(&ours, "a"), message(&ours, "b")]).await?;
    stage.save(&theirs, &message(&theirs, "a")).await?;
    let mut tx = stage.begin(&ours).await?;
    tx.insert(&message(&ours, "a")).await?;
    let found = tx.report(MessagesOfKind { kind: "a".to_owned() }).await?;
    ensure_eq!(found, 3, "of this tenant, with own writes");
    let mut poisoned = stage.begin(&ours).await?;
    ensure!(poisoned.insert(&message(&theirs, "x")).await.is_err(), "out of scope");
    let refused = poisoned.report(MessagesOfKind { kind: "a".to_owned() }).await;
    ensure_refused!(refused, StoreError::Poisoned, "a report of a failed transaction");
    Ok(())
}
