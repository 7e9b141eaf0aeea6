//! Every table keeps the uniques it declares.
use lms_core::{
    kernel::Timestamp,
    store::{Condition, Ownership, RecordType, Schema, StoreError, Type, Unique, Value},
};

use super::prepared;
use crate::{
    Fill, Outcome, Sample, Sampler, TestContext,
    failure::{ensure, ensure_eq},
    sampler::applies,
    stage::Stage,
};

pub(super) async fn keeps_its_uniques(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    for unique in &schema.uniques {
        let name = format!("`{}` by {:?}", schema.table, unique.columns);
        keeps(&stage, schema, unique).await.map_err(|error| error.within(name))?;
    }
    Ok(())
}

/// Two rows of one owner that agree on the unique's columns and on nothing else that matters.
async fn twins(
    stage: &Stage,
    schema: &'static Schema,
    unique: &Unique,
) -> Outcome<Option<[Sample; 2]>> {
    let cx = stage.cx();
    // One source, so that the parents of both differ wherever theirs must.
    let mut source = Sampler::new(0, cx.tenant());
    source.set_fill(Fill::All);
    let mut first = prepared(stage, &mut source, schema).await?;
    for column in unique.columns {
        if first.value(column).is_null() {
            // A reference to the table itself, which the sampler leaves open.
            let Ok(root) = prepared(stage, &mut source, schema).await else { return Ok(None) };
            stage.keep(std::slice::from_ref(&root)).await?;
            first.row.set(schema, column, Value::Uuid(root.id()));
        }
    }
    let mut second = match prepared(stage, &mut source, schema).await {
        Ok(second) => second,
        Err(_) => {
            source.release(schema);
            prepared(stage, &mut source, schema).await?
        }
    };
    for column in unique.columns {
        second.row.set(schema, column, first.value(column).clone());
    }
    for sample in [&mut first, &mut second] {
        match unique.when {
            Some(Condition::IsNull(column)) => sample.row.set(schema, column, Value::Null),
            Some(Condition::OneOf(column, texts)) => {
                let text = texts.first().copied().unwrap_or_default();
                sample.row.set(schema, column, Value::Text(text.to_owned()));
            }
            None => {}
        }
    }
    Ok(Some([first, second]))
}

/// The uniques by which two live rows clash.
fn clashes(a: &Sample, b: &Sample) -> Vec<&'static [&'static str]> {
    let same = |unique: &&Unique| {
        let mut columns = unique.columns.iter();
        applies(a.schema, unique, &a.row)
            && applies(b.schema, unique, &b.row)
            && columns.all(|it| !a.value(it).is_null() && a.value(it) == b.value(it))
    };
    a.schema.uniques.iter().filter(same).map(|it| it.columns).collect()
}

/// The row is refused, by the columns of one of the uniques it breaks; or stored, if it breaks none.
async fn tries(stage: &Stage, sample: &Sample, broken: &[&[&str]], why: &str) -> Outcome {
    match stage.keep(std::slice::from_ref(sample)).await {
        Ok(()) => ensure!(broken.is_empty(), "{why} was stored"),
        Err(StoreError::Duplicate { table, columns }) => {
            ensure_eq!(table, sample.schema.table, "{why} is refused by another table");
            let named = broken.contains(&columns.as_slice());
            ensure!(named, "{why} is refused by {columns:?}, not by one of {broken:?}");
        }
        Err(other) => return Err(crate::Failure::from(other).within(why)),
    }
    Ok(())
}

async fn keeps(stage: &Stage, schema: &'static Schema, unique: &Unique) -> Outcome {
    let Some([first, second]) = twins(stage, schema, unique).await? else { return Ok(()) };
    stage.keep(std::slice::from_ref(&first)).await?;
    let broken = clashes(&first, &second);
    ensure!(broken.contains(&unique.columns), "the twins do not clash");
    tries(stage, &second, &broken, "a repetition").await?;
    tries_condition(stage, unique, &first, &second).await?;
    tries_nulls(stage, schema, unique).await?;
    tries_after_delete(stage, unique, first, &second).await?;
    if schema.ownership == Ownership::Tenant {
        tries_other_tenant(stage, schema, unique, &second).await?;
    }
    Ok(())
}

/// A row that the unique does not speak of may repeat what it reserves.
async fn tries_condition(
    stage: &Stage,
    unique: &Unique,
    first: &Sample,
    second: &Sample,
) -> Outcome {
    let Some(condition) = unique.when else { return Ok(()) };
    let (column, outside) = match condition {
        Condition::IsNull(column) => (column, outside_null(first, column)),
        Condition::OneOf(column, texts) => {
            let allowed = first.schema.column(column).map_or(&[][..], |it| it.allowed);
            let other = allowed.iter().find(|it| !texts.contains(it));
            (column, other.map(|it| Value::Text((*it).to_owned())))
        }
    };
    let Some(outside) = outside else { return Ok(()) };
    let spared = second.clone().with(column, outside);
    let broken = clashes(first, &spared);
    tries(stage, &spared, &broken, "a row that the unique does not speak of").await?;
    if broken.is_empty() {
        remove(stage, &spared).await?;
    }
    Ok(())
}

fn outside_null(sample: &Sample, column: &str) -> Option<Value> {
    match sample.schema.column(column)? {
        it if it.references.is_some() => None,
        it if it.ty == Type::Time => Some(Value::Time(TestContext::NOW)),
        it if it.ty == Type::Uuid => Some(Value::Uuid(sample.id())),
        _ => None,
    }
}

async fn remove(stage: &Stage, sample: &Sample) -> Outcome {
    let mut tx = stage.raw(sample.scope()).await?;
    tx.delete(sample.schema, sample.id(), sample.schema.version(&sample.row)).await?;
    Ok(tx.commit().await?)
}

/// Nulls never clash.
async fn tries_nulls(stage: &Stage, schema: &'static Schema, unique: &Unique) -> Outcome {
    for column in unique.columns {
        if !schema.column(column).is_some_and(|it| it.nullable) {
            continue;
        }
        let Some([first, second]) = twins(stage, schema, unique).await? else { return Ok(()) };
        let [first, second] = [first, second].map(|it| it.with(column, Value::Null));
        stage.keep(std::slice::from_ref(&first)).await?;
        let broken = clashes(&first, &second);
        tries(stage, &second, &broken, "a second null").await?;
    }
    Ok(())
}

/// A deleted row gives its values up, or keeps them reserved, as the unique says.
async fn tries_after_delete(
    stage: &Stage,
    unique: &Unique,
    first: Sample,
    second: &Sample,
) -> Outcome {
    let schema = first.schema;
    if schema.deleted_position().is_none() {
        return Ok(());
    }
    let deleted = first.next_version().with("deleted_at", Value::Time(Timestamp::EPOCH));
    update(stage, &deleted).await?;
    let reserved: Vec<_> = clashes(&first, second)
        .into_iter()
        .filter(|columns| {
            let same = |it: &&Unique| it.columns == *columns;
            schema.uniques.iter().find(same).is_some_and(|it| it.reserved_when_deleted)
        })
        .collect();
    tries(stage, second, &reserved, "a repetition of a deleted row").await?;
    if !unique.reserved_when_deleted && reserved.is_empty() {
        let restored = deleted.next_version().with("deleted_at", Value::Null);
        let done = update(stage, &restored).await;
        let refused = matches!(done, Err(StoreError::Duplicate { .. }));
        ensure!(refused, "a row came back onto taken values: {done:?}");
    }
    Ok(())
}

async fn update(stage: &Stage, sample: &Sample) -> Result<(), StoreError> {
    let mut tx = stage.raw(sample.scope()).await?;
    tx.update(sample.schema, vec![sample.row.clone()]).await?;
    tx.commit().await
}

/// What one tenant holds, another may hold too.
async fn tries_other_tenant(
    stage: &Stage,
    schema: &'static Schema,
    unique: &Unique,
    second: &Sample,
) -> Outcome {
    let Some([mut other, _]) = twins(stage, schema, unique).await? else { return Ok(()) };
    for column in unique.columns {
        if schema.column(column).is_some_and(|it| it.references.is_none()) {
            other.row.set(schema, column, second.value(column).clone());
        }
    }
    tries(stage, &other, &[], "another tenant's row with the same values").await
}
