//! Whose rows a transaction may see and change.
use lms_core::{
    kernel::Scope,
    outbox::Message,
    store::{Query, StoreError, Upsert},
};

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure_eq, ensure_refused},
    specimens::message,
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_tenant_does_not_see_another,
        a_foreign_record_is_out_of_scope,
        the_platform_sees_no_tenants_records,
        the_platform_writes_no_tenants_records,
        a_tenant_with_the_platform_sees_its_own_records,
        all_tenants_are_seen_when_asked_for,
        all_tenants_are_written_when_asked_for,
        one_id_in_two_tenants_is_two_records,
    ]
}

async fn a_tenant_does_not_see_another(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let record = message(&theirs, "theirs");
    stage.save(&theirs, &record).await?;
    let mut tx = stage.begin(&ours).await?;
    ensure_eq!(tx.get(record.id).await?, None, "another tenant's record was read");
    ensure_eq!(tx.get_many(&[record.id]).await?, [], "it was read among others");
    ensure_eq!(tx.all(Query::<Message>::all()).await?, [], "it was found");
    ensure_eq!(tx.count(Query::<Message>::all()).await?, 0, "it was counted");
    ensure_refused!(tx.lock(record.id).await, StoreError::NotFound { .. }, "it was locked");
    ensure_eq!(stage.stored(&theirs, record.id).await?, Some(record), "its own tenant");
    Ok(())
}

async fn a_foreign_record_is_out_of_scope(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let there = message(&theirs, "theirs");
    stage.save(&theirs, &there).await?;
    let mut changed = there.clone();
    changed.kind = "changed".into();
    let mut tx = stage.begin(&ours).await?;
    let done = tx.insert(&message(&theirs, "smuggled")).await;
    ensure_refused!(done, StoreError::OutOfScope { table: "outbox_messages" }, "an insert");
    ensure_refused!(tx.commit().await, StoreError::Poisoned, "it was committed");
    let done = stage.begin(&ours).await?.update(&mut changed).await;
    ensure_refused!(done, StoreError::OutOfScope { .. }, "an update");
    let done = stage.begin(&ours).await?.upsert(&there, Upsert::on(Message::ID)).await;
    ensure_refused!(done, StoreError::OutOfScope { .. }, "an upsert");
    let done = stage.begin(&ours).await?.purge(&there).await;
    ensure_refused!(done, StoreError::OutOfScope { .. }, "a purge");
    let mut tx = stage.begin(&theirs).await?;
    ensure_eq!(tx.all(Query::<Message>::all()).await?, [there], "the other tenant's records");
    Ok(())
}

async fn the_platform_sees_no_tenants_records(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "tenant's");
    stage.save(&cx, &record).await?;
    let mut tx = stage.store.begin_in(&cx, Scope::Platform).await?;
    ensure_eq!(tx.get(record.id).await?, None, "a tenant's record was read");
    let there = Query::filter(Message::ID.eq(record.id));
    ensure_eq!(tx.count(there).await?, 0, "a tenant's record was counted");
    Ok(())
}

async fn the_platform_writes_no_tenants_records(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "tenant's");
    let mut tx = stage.store.begin_in(&cx, Scope::Platform).await?;
    ensure_refused!(tx.insert(&record).await, StoreError::OutOfScope { .. }, "an insert");
    drop(tx);
    ensure_eq!(stage.stored(&cx, record.id).await?, None, "it is stored");
    Ok(())
}

async fn a_tenant_with_the_platform_sees_its_own_records(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let (mine, other) = (message(&ours, "ours"), message(&theirs, "theirs"));
    stage.save(&ours, &mine).await?;
    stage.save(&theirs, &other).await?;
    let mut tx = stage.store.begin_in(&ours, Scope::TenantAndPlatform(ours.tenant())).await?;
    ensure_eq!(tx.all(Query::<Message>::all()).await?, [mine], "what it sees");
    let done = tx.insert(&message(&theirs, "smuggled")).await;
    ensure_refused!(done, StoreError::OutOfScope { .. }, "what it writes");
    Ok(())
}

async fn all_tenants_are_seen_when_asked_for(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let kind = format!("of {} and {}", ours.tenant(), theirs.tenant());
    let mut expected = vec![message(&ours, &kind), message(&theirs, &kind)];
    for (cx, record) in [&ours, &theirs].into_iter().zip(&expected) {
        stage.save(cx, record).await?;
    }
    expected.sort_by_key(|it| it.id);
    let mut tx = stage.store.begin_in(&ours, Scope::AllTenants).await?;
    let found = tx.all(Query::filter(Message::KIND.eq(kind))).await?;
    ensure_eq!(found, expected, "the records of both");
    Ok(())
}

async fn all_tenants_are_written_when_asked_for(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let mut records = [message(&ours, "before"), message(&theirs, "before")];
    let mut tx = stage.store.begin_in(&ours, Scope::AllTenants).await?;
    tx.insert_all(&records).await?;
    tx.commit().await?;
    let mut tx = stage.store.begin_in(&ours, Scope::AllTenants).await?;
    for record in &mut records {
        record.kind = "after".into();
    }
    tx.update_all(&mut records).await?;
    tx.commit().await?;
    for (cx, record) in [&ours, &theirs].into_iter().zip(records) {
        ensure_eq!(stage.stored(cx, record.id).await?, Some(record), "in its own tenant");
    }
    Ok(())
}

/// An id that another tenant has already chosen tells nothing and takes nothing.
async fn one_id_in_two_tenants_is_two_records(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let other = message(&theirs, "theirs");
    let mut mine = message(&ours, "ours");
    mine.id = other.id;
    stage.save(&theirs, &other).await?;
    stage.save(&ours, &mine).await?;
    let mut tx = stage.begin(&ours).await?;
    mine.kind = "changed".into();
    tx.update(&mut mine).await?;
    tx.commit().await?;
    ensure_eq!(stage.stored(&ours, mine.id).await?.as_ref(), Some(&mine), "ours");
    ensure_eq!(stage.stored(&theirs, other.id).await?.as_ref(), Some(&other), "theirs");
    let mut tx = stage.begin(&ours).await?;
    tx.purge(&mine).await?;
    tx.commit().await?;
    ensure_eq!(stage.stored(&ours, mine.id).await?, None, "ours, purged");
    ensure_eq!(stage.stored(&theirs, other.id).await?, Some(other), "theirs, still there");
    Ok(())
}
