//! Every table is paged by every column that a page can be sorted by.
use std::cmp::Ordering;

use lms_core::{
    kernel::Scope,
    store::{Column, Cursor, Direction, Expr, Order, RecordType, Row, Schema, Select, Type, Value},
};

use crate::{Outcome, Sample, failure::ensure_eq, stage::Stage};

/// How many rows are paged, four at a time.
const ROWS: usize = 11;

pub(super) async fn pages_by_every_column(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let cx = stage.cx();
    let (parents, mut samples) = stage.sampler(&cx).samples(schema, ROWS)?;
    repeat_values(schema, &mut samples);
    stage.keep(&parents).await?;
    stage.keep(&samples).await?;
    let Some(scope) = samples.first().map(Sample::scope) else { return Ok(()) };
    let ids = samples.iter().map(|it| Value::Uuid(it.id())).collect();
    let mut expected: Vec<Row> = samples.into_iter().map(|it| it.row).collect();
    for column in schema.columns.iter().filter(|it| sorts(it)) {
        expected.sort_by(|a, b| {
            compare(schema.value(a, column.name), schema.value(b, column.name))
                .then(a.id().cmp(&b.id()))
        });
        for direction in [Direction::Asc, Direction::Desc] {
            let select = Select {
                filter: Some(Expr::In(Schema::ID, Vec::clone(&ids))),
                order: Order { column: column.name, direction },
                limit: 4,
                ..Select::all(schema)
            };
            let walked = walk(&stage, scope, select).await?;
            let mut expected = expected.clone();
            if direction == Direction::Desc {
                expected.reverse();
            }
            let ids = |rows: &[Row]| rows.iter().map(Row::id).collect::<Vec<_>>();
            ensure_eq!(
                ids(&walked),
                ids(&expected),
                "`{}` by `{}`, {direction:?}",
                schema.table,
                column.name
            );
            ensure_eq!(walked, expected, "the rows by `{}`", column.name);
        }
    }
    Ok(())
}

async fn walk(stage: &Stage, scope: Scope, mut select: Select) -> Outcome<Vec<Row>> {
    let mut walked: Vec<Row> = Vec::new();
    loop {
        let mut tx = stage.raw(scope).await?;
        let page = tx.select(&select).await?;
        let mut each = Vec::new();
        tx.select_each(&select, &mut |row| each.push(row)).await?;
        ensure_eq!(each, page, "rows that are handed over one by one");
        let (full, last) = (page.len() >= select.limit as usize, page.last().cloned());
        walked.extend(page);
        match last.filter(|_| full && walked.len() <= 2 * ROWS) {
            Some(row) => select.after = Some(Cursor::after(&select, &row)),
            None => return Ok(walked),
        }
    }
}

/// Makes values repeat where they may, so that only the id makes the order total.
fn repeat_values(schema: &Schema, samples: &mut [Sample]) {
    let free = |column: &&Column| {
        let named = |columns: &[&str]| columns.contains(&column.name);
        let bookkeeping = ["id", "tenant_id", "version", "deleted_at"];
        !bookkeeping.contains(&column.name)
            && !column.name.ends_with("_currency")
            && column.references.is_none()
            && !schema.uniques.iter().any(|it| named(it.columns) || it.when.is_some())
    };
    let donors: Vec<Row> = samples.iter().take(3).map(|it| it.row.clone()).collect();
    for (sample, donor) in samples.iter_mut().zip(donors.iter().cycle()) {
        for column in schema.columns.iter().filter(free).filter(|it| !it.nullable) {
            sample.row.set(schema, column.name, schema.value(donor, column.name).clone());
        }
    }
}

/// Whether a page can be sorted by the column.
fn sorts(column: &Column) -> bool {
    !column.nullable && column.allowed.is_empty() && !matches!(column.ty, Type::Json | Type::Bytes)
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}
