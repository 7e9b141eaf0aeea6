//! Every table keeps the references it declares.
use lms_core::store::{Ownership, RecordType, Schema, StoreError, Value};
use uuid::Uuid;

use super::prepared;
use crate::{
    Fill, Outcome, Sample,
    failure::{ensure, ensure_eq, ensure_refused},
    sampler::schema_of,
    stage::Stage,
};

/// The columns of the table that refer to something, and to what.
pub(super) fn references(
    schema: &'static Schema,
) -> impl Iterator<Item = (&'static str, &'static Schema)> {
    let to = |table: &str| schema_of(table);
    schema.columns.iter().filter_map(move |it| Some((it.name, to(it.references?)?)))
}

/// A row that refers to nothing is refused, by the columns of the reference.
pub(super) async fn keeps_its_references(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let cx = stage.cx();
    let mut sampler = stage.sampler(&cx);
    sampler.set_fill(Fill::All);
    let sound = prepared(&stage, &mut sampler, schema).await?;
    for (column, _) in references(schema) {
        let orphan = sound.clone().with(column, Value::Uuid(Uuid::from_u128(7)));
        refuses(&stage, &orphan, column).await?;
    }
    stage.keep(std::slice::from_ref(&sound)).await?;
    for (column, parent) in references(schema) {
        let orphan = sound.next_version().with(column, Value::Uuid(Uuid::from_u128(7)));
        let update = async {
            let mut tx = stage.raw(orphan.scope()).await?;
            tx.update(schema, vec![orphan.row.clone()]).await?;
            tx.commit().await
        };
        broken(update.await, schema, column)?;
        if parent.table == schema.table {
            let child = prepared(&stage, &mut sampler, schema).await;
            let Ok(child) = child else { continue };
            let child = child.with(column, Value::Uuid(sound.id()));
            stage.keep(std::slice::from_ref(&child)).await?;
        }
    }
    let found = stage.row(sound.scope(), schema, sound.id()).await?;
    ensure_eq!(found, Some(sound.row), "a refused update took effect");
    Ok(())
}

async fn refuses(stage: &Stage, orphan: &Sample, column: &str) -> Outcome {
    broken(stage.keep(std::slice::from_ref(orphan)).await, orphan.schema, column)?;
    let found = stage.row(orphan.scope(), orphan.schema, orphan.id()).await?;
    ensure_eq!(found, None, "an orphan is stored");
    Ok(())
}

fn broken(done: Result<(), StoreError>, schema: &Schema, column: &str) -> Outcome {
    ensure_refused!(
        done,
        StoreError::BrokenReference { table, ref columns }
            if table == schema.table && (columns.is_empty() || columns.contains(&column)),
        "`{}.{column}` refers to nothing",
        schema.table
    );
    Ok(())
}

/// What a row refers to is not removed before it.
pub(super) async fn is_kept_while_referred_to(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let cx = stage.cx();
    let mut sampler = stage.sampler(&cx);
    sampler.set_fill(Fill::All);
    let child = prepared(&stage, &mut sampler, schema).await?;
    stage.keep(std::slice::from_ref(&child)).await?;
    for (column, parent) in references(schema) {
        let Value::Uuid(id) = *child.value(column) else { continue };
        let scope = match parent.ownership {
            Ownership::Tenant => child.scope(),
            Ownership::Platform => lms_core::kernel::Scope::Platform,
        };
        let Some(row) = stage.row(scope, parent, id).await? else {
            return Err(crate::Failure::new(format!("the row that `{column}` refers to is gone")));
        };
        let delete = async {
            let mut tx = stage.raw(scope).await?;
            tx.delete(parent, id, parent.version(&row)).await?;
            tx.commit().await
        };
        let done = delete.await;
        let refused = matches!(done, Err(StoreError::BrokenReference { .. }));
        ensure!(refused, "what `{}.{column}` refers to was removed: {done:?}", schema.table);
        ensure_eq!(stage.row(scope, parent, id).await?, Some(row), "a refused removal worked");
    }
    let mut tx = stage.raw(child.scope()).await?;
    tx.delete(schema, child.id(), schema.version(&child.row)).await?;
    tx.commit().await?;
    Ok(())
}
