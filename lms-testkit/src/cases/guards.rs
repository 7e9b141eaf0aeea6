//! Upserts that are written only while a parent matches.
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use lms_core::{
    content::Category,
    kernel::Context,
    store::{Expr, Op, ParentGuard, Record as _, Schema, StoreError, UpsertRows, Upserted, Value},
};
use uuid::Uuid;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq},
    specimens::category,
    stage::{Stage, join_all, lost, wait_a_little},
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        a_guarded_upsert_needs_a_matching_parent,
        a_guarded_upsert_overwrites_only_while_the_parent_matches,
        guards_are_checked_row_by_row,
        a_guard_does_not_look_into_another_tenant,
        a_parent_does_not_close_under_a_guarded_upsert,
        nothing_is_acknowledged_after_its_parent_closed,
    ]
}

/// Writes children while their parent is called `The open`.
fn while_open(children: &[Category]) -> UpsertRows {
    let schema = Category::schema();
    UpsertRows {
        schema,
        rows: children.iter().map(|it| it.to_row()).collect(),
        key: vec![Schema::ID],
        columns: vec!["name"],
        newer_by: None,
        parent: Some(ParentGuard {
            column: "parent_id",
            schema,
            filter: Some(Expr::Compare("name", Op::Eq, Value::Text("The open".to_owned()))),
        }),
    }
}

fn child(cx: &Context, slug: &str, parent: Uuid) -> Outcome<Category> {
    let parent_id = Some(lms_core::kernel::Id::from_uuid(parent));
    Ok(Category { parent_id, ..category(cx, slug)? })
}

async fn write(
    stage: &Stage,
    cx: &Context,
    children: &[Category],
) -> Result<Vec<Upserted>, StoreError> {
    let mut tx = stage.raw(cx.scope()).await?;
    let done = tx.upsert(while_open(children)).await?;
    tx.commit().await?;
    Ok(done)
}

async fn close(stage: &Stage, cx: &Context, parent: &Category) -> Outcome {
    let mut closed = parent.clone();
    closed.name = category(cx, "closed")?.name;
    let mut tx = stage.begin(cx).await?;
    tx.update(&mut closed).await?;
    Ok(tx.commit().await?)
}

async fn a_guarded_upsert_needs_a_matching_parent(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (open, shut) = (category(&cx, "open")?, category(&cx, "shut")?);
    stage.save_all(&cx, &[open.clone(), shut.clone()]).await?;
    let ghost = category(&cx, "ghost")?.id;
    for (parent, expected) in
        [(open.id, Upserted::Inserted), (shut.id, Upserted::Kept), (ghost, Upserted::Kept)]
    {
        let record = child(&cx, &format!("of-{parent}"), parent.uuid())?;
        let done = write(&stage, &cx, std::slice::from_ref(&record)).await?;
        ensure_eq!(done, [expected], "the outcome");
        let stored = stage.stored(&cx, record.id).await?.is_some();
        ensure_eq!(stored, expected == Upserted::Inserted, "whether it is stored");
    }
    Ok(())
}

async fn a_guarded_upsert_overwrites_only_while_the_parent_matches(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let open = category(&cx, "open")?;
    stage.save(&cx, &open).await?;
    let mut record = child(&cx, "child", open.id.uuid())?;
    stage.save(&cx, &record).await?;
    record.name = category(&cx, "second")?.name;
    let done = write(&stage, &cx, std::slice::from_ref(&record)).await?;
    let version = record.stamp.version.next();
    ensure_eq!(done, [Upserted::Replaced { id: record.id.uuid(), version }], "while open");
    close(&stage, &cx, &open).await?;
    let before = stage.stored(&cx, record.id).await?;
    record.name = category(&cx, "third")?.name;
    let done = write(&stage, &cx, std::slice::from_ref(&record)).await?;
    ensure_eq!(done, [Upserted::Kept], "when closed");
    ensure_eq!(stage.stored(&cx, record.id).await?, before, "what is stored");
    Ok(())
}

async fn guards_are_checked_row_by_row(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let (open, shut) = (category(&cx, "open")?, category(&cx, "shut")?);
    stage.save_all(&cx, &[open.clone(), shut.clone()]).await?;
    let parents = [open.id, shut.id, open.id, shut.id, open.id];
    let mut records = Vec::new();
    for (at, parent) in parents.into_iter().enumerate() {
        records.push(child(&cx, &format!("c{at}"), parent.uuid())?);
    }
    let done = write(&stage, &cx, &records).await?;
    let expected: Vec<_> = parents
        .into_iter()
        .map(|it| if it == open.id { Upserted::Inserted } else { Upserted::Kept })
        .collect();
    ensure_eq!(done, expected, "the outcomes");
    Ok(())
}

async fn a_guard_does_not_look_into_another_tenant(stage: Stage) -> Outcome {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let open = category(&theirs, "open")?;
    stage.save(&theirs, &open).await?;
    let record = child(&ours, "child", open.id.uuid())?;
    let done = write(&stage, &ours, std::slice::from_ref(&record)).await?;
    ensure_eq!(done, [Upserted::Kept], "another tenant's parent");
    ensure_eq!(stage.stored(&ours, record.id).await?, None, "whether it is stored");
    Ok(())
}

/// The guard holds the parent until the transaction ends: closing it waits, or one of both loses.
async fn a_parent_does_not_close_under_a_guarded_upsert(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let open = category(&cx, "open")?;
    stage.save(&cx, &open).await?;
    let record = child(&cx, "child", open.id.uuid())?;
    let mut writer = stage.raw(cx.scope()).await?;
    let done = writer.upsert(while_open(std::slice::from_ref(&record))).await?;
    ensure_eq!(done, [Upserted::Inserted], "the outcome");
    let (late, of, parent) = (stage.clone(), cx.clone(), open.clone());
    let closer = tokio::spawn(async move {
        let mut closed = parent;
        closed.name = lms_core::kernel::Title::new("The closed").unwrap_or(closed.name);
        let mut tx = late.begin(&of).await?;
        tx.update(&mut closed).await?;
        tx.commit().await
    });
    wait_a_little().await;
    let closed_first = closer.is_finished();
    let written = writer.commit().await;
    let closed = closer.await?;
    ensure!(written.is_ok() || closed.is_ok(), "nobody won: {written:?} {closed:?}");
    if closed_first && closed.is_ok() {
        ensure!(written.is_err(), "written although the parent had closed before");
    }
    ensure!(written.is_ok() || lost(&written), "not a lost race: {written:?}");
    let stored = stage.stored(&cx, record.id).await?.is_some();
    ensure_eq!(stored, written.is_ok(), "what was acknowledged is what is stored");
    Ok(())
}

async fn nothing_is_acknowledged_after_its_parent_closed(stage: Stage) -> Outcome {
    const WRITERS: usize = 16;
    const WRITES: usize = 12;
    let cx = stage.cx();
    let open = category(&cx, "open")?;
    stage.save(&cx, &open).await?;
    let closed = Arc::new(AtomicBool::new(false));
    let writer = |number: usize| {
        let (stage, cx, closed) = (stage.clone(), stage.cx_of(cx.tenant()), Arc::clone(&closed));
        let parent = open.id.uuid();
        tokio::spawn(async move {
            let (mut acknowledged, mut late) = (0_u64, 0_u64);
            for write_number in 0..WRITES {
                let record = child(&cx, &format!("c{number}-{write_number}"), parent)?;
                let was_closed = closed.load(Ordering::SeqCst);
                match write(&stage, &cx, std::slice::from_ref(&record)).await {
                    Ok(done) if done.iter().all(|it| it.is_written()) => {
                        acknowledged += 1;
                        late += u64::from(was_closed);
                    }
                    Ok(_) => {}
                    Err(error) => ensure!(error.is_retryable(), "not a lost race: {error:?}"),
                }
                tokio::task::yield_now().await;
            }
            Ok::<_, crate::Failure>((acknowledged, late))
        })
    };
    let writers: Vec<_> = (0..WRITERS).map(writer).collect();
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    loop {
        match close(&stage, &cx, &open).await {
            Ok(()) => break,
            Err(error) if error.to_string().contains("race") => {}
            Err(error) if error.to_string().contains("changed by someone else") => {}
            Err(error) => return Err(error),
        }
    }
    closed.store(true, Ordering::SeqCst);
    let mut sum = 0;
    for done in join_all(writers).await? {
        let (acknowledged, late) = done?;
        ensure_eq!(late, 0, "writes acknowledged after the close");
        sum += acknowledged;
    }
    let children = Category::children_of(open.id);
    let stored = stage.begin(&cx).await?.count(children).await?;
    ensure_eq!(stored, sum, "what was acknowledged is what is stored");
    Ok(())
}
