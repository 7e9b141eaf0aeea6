//! What is stored comes back as it was.
use lms_core::store::{Ownership, RecordType, Row, StoreError};

use crate::{
    Failure, Fill, Outcome, Sample,
    failure::{ensure, ensure_eq},
    stage::{Stage, wait_a_little},
};

/// Rows drawn from the schema survive the store; the record type accepts them in their own
/// spelling, or says which column it refuses.
pub(super) async fn round_trips(stage: Stage, record: RecordType) -> Outcome {
    const ROWS: usize = 24;
    let schema = record.schema();
    let cx = stage.cx();
    let samples = stage.sampler(&cx).valid(&record)?.unwrap_or_default();
    let Some(sample) = samples.last() else {
        let table = schema.table;
        return Err(Failure::new(format!("no row of `{table}` means a record: add an example")));
    };
    stage.keep(&samples).await?;
    let found = stage.row(sample.scope(), schema, sample.id()).await?;
    ensure_eq!(found.as_ref(), Some(&sample.row), "a record of `{}` changed", schema.table);
    let again = record.through_domain(sample.row.clone())?;
    ensure_eq!(again, sample.row, "the record type changes what it wrote itself");
    let cx = stage.cx();
    let mut sampler = stage.sampler(&cx);
    for fill in [Fill::All, Fill::None, Fill::Some].into_iter().cycle().take(ROWS) {
        sampler.set_fill(fill);
        let Ok(samples) = sampler.sample(schema) else { break };
        let Some(sample) = samples.last() else { break };
        stage.keep(&samples).await?;
        let found = stage.row(sample.scope(), schema, sample.id()).await?;
        ensure_eq!(found.as_ref(), Some(&sample.row), "a row of `{}` changed", schema.table);
        match record.through_domain(sample.row.clone()) {
            Ok(_) => {}
            Err(StoreError::Corrupt { table, column, id, .. }) => {
                ensure_eq!((table, id), (schema.table, Some(sample.id())), "which row is corrupt");
                ensure!(schema.column(column).is_some(), "no column `{column}` is there to mend");
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

pub(super) async fn keeps_values_at_their_limits(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let cx = stage.cx();
    let (parents, extremes) = stage.sampler(&cx).extremes(schema)?;
    stage.keep(&parents).await?;
    for sample in extremes {
        keep_in_turn(&stage, &sample).await?;
        let found = stage.row(sample.scope(), schema, sample.id()).await?;
        let found = found.unwrap_or(Row(Vec::new()));
        for (column, (found, kept)) in schema.columns.iter().zip(found.0.iter().zip(&sample.row.0))
        {
            ensure_eq!(found, kept, "`{}.{}`", schema.table, column.name);
        }
        ensure_eq!(found.0.len(), sample.row.0.len(), "the row of `{}`", schema.table);
        let mut tx = stage.raw(sample.scope()).await?;
        tx.delete(schema, sample.id(), schema.version(&sample.row)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Stores a row at its limits. In a table of the platform another run may have one with the same
/// values, for as long as it takes to read it.
async fn keep_in_turn(stage: &Stage, sample: &Sample) -> Outcome {
    const TIMES: u32 = 100;
    for _ in 0..TIMES {
        match stage.keep(std::slice::from_ref(sample)).await {
            Err(StoreError::Duplicate { .. }) if sample.schema.ownership == Ownership::Platform => {
                wait_a_little().await;
            }
            other => return Ok(other?),
        }
    }
    Ok(stage.keep(std::slice::from_ref(sample)).await?)
}
