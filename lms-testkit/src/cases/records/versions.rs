//! Every table's writes carry the version they replace.
use lms_core::{
    kernel::Version,
    store::{RecordType, StoreError},
};

use super::prepared;
use crate::{
    Outcome,
    failure::{ensure_eq, ensure_refused},
    stage::Stage,
};

pub(super) async fn checks_versions(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let cx = stage.cx();
    let first = prepared(&stage, &mut stage.sampler(&cx), schema).await?;
    let (scope, id) = (first.scope(), first.id());
    let update = async |row| {
        let mut tx = stage.raw(scope).await?;
        tx.update(schema, vec![row]).await?;
        tx.commit().await
    };
    let delete = async |version| {
        let mut tx = stage.raw(scope).await?;
        tx.delete(schema, id, version).await?;
        tx.commit().await
    };
    let second = first.next_version();
    let missing = update(second.row.clone()).await;
    ensure_refused!(missing, StoreError::NotFound { .. }, "an update of a missing row");
    let missing = delete(Version::FIRST).await;
    ensure_refused!(missing, StoreError::NotFound { .. }, "a delete of a missing row");
    stage.keep(std::slice::from_ref(&first)).await?;
    update(second.row.clone()).await?;
    ensure_eq!(stage.row(scope, schema, id).await?.as_ref(), Some(&second.row), "an update");
    let stale = update(second.row.clone()).await;
    ensure_refused!(stale, StoreError::Conflict { .. }, "a stale update");
    let stale = delete(Version::FIRST).await;
    ensure_refused!(stale, StoreError::Conflict { .. }, "a stale delete");
    ensure_eq!(stage.row(scope, schema, id).await?, Some(second.row.clone()), "what is stored");
    delete(schema.version(&second.row)).await?;
    ensure_eq!(stage.row(scope, schema, id).await?, None, "a delete");
    Ok(())
}
