//! The rules that hold for every record type, from the registry alone.
use lms_core::{
    record_types,
    store::{RecordType, Schema, StoreError},
};

use crate::{
    Case, Fill, Outcome,
    failure::{ensure, ensure_eq},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    record_types().into_iter().flat_map(of_record).collect()
}

fn of_record(record: RecordType) -> Vec<Case> {
    let table = record.schema().table;
    let case = |name: &str, run: fn(Stage, RecordType) -> crate::BoxFuture<Outcome>| {
        Case::new(format!("record::{table}::{name}"), move |stage| run(stage, record))
    };
    vec![
        case("round_trips", |stage, record| Box::pin(round_trips(stage, record))),
        case("keeps_values_at_their_limits", |stage, record| {
            Box::pin(keeps_values_at_their_limits(stage, record.schema()))
        }),
    ]
}

/// Rows drawn from the schema survive the store; the record type accepts them in their own
/// spelling, or says which column it refuses.
async fn round_trips(stage: Stage, record: RecordType) -> Outcome {
    const ROWS: usize = 24;
    let cx = stage.cx();
    let schema = record.schema();
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
    if let Some(samples) = sampler.valid(&record)? {
        let Some(sample) = samples.last() else { return Ok(()) };
        stage.keep(&samples).await?;
        let found = stage.row(sample.scope(), schema, sample.id()).await?;
        ensure_eq!(found.as_ref(), Some(&sample.row), "a record of `{}` changed", schema.table);
        let again = record.through_domain(sample.row.clone())?;
        ensure_eq!(again, sample.row, "the record type changes what it wrote itself");
    }
    Ok(())
}

async fn keeps_values_at_their_limits(stage: Stage, schema: &'static Schema) -> Outcome {
    let cx = stage.cx();
    let (parents, extremes) = stage.sampler(&cx).extremes(schema)?;
    stage.keep(&parents).await?;
    for sample in extremes {
        stage.keep(std::slice::from_ref(&sample)).await?;
        let found = stage.row(sample.scope(), schema, sample.id()).await?;
        let found = found.unwrap_or(lms_core::store::Row(Vec::new()));
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
