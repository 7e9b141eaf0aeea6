//! Adding rows.
use lms_core::store::{Row, Schema, StoreError, Value};

use super::sink::{Argument, Listing, Sink};

pub(crate) fn insert(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    rows: &[Row],
) -> Result<(), StoreError> {
    sink.text("INSERT INTO lms.");
    sink.text(schema.table);
    sink.text(" (");
    sink.columns(schema, Listing::Plain);
    if let [row] = rows {
        sink.text(") VALUES (");
        values(sink, schema, row)?;
        sink.text(")");
        return Ok(());
    }
    sink.text(") SELECT * FROM UNNEST(");
    arrays(sink, schema, rows)?;
    sink.text(")");
    Ok(())
}

/// Several tables in one statement, and so in one round trip. References between them hold:
/// they are checked when the statement ends.
pub(crate) fn insert_batches(
    sink: &mut dyn Sink,
    batches: &[(&'static Schema, Vec<Row>)],
) -> Result<(), StoreError> {
    let Some(((schema, rows), earlier)) = batches.split_last() else { return Ok(()) };
    for (at, (schema, rows)) in earlier.iter().enumerate() {
        sink.text(if at == 0 { "WITH b" } else { "), b" });
        sink.number(u32::try_from(at).unwrap_or(u32::MAX));
        sink.text(" AS (");
        insert(sink, schema, rows)?;
    }
    if !earlier.is_empty() {
        sink.text(") ");
    }
    insert(sink, schema, rows)
}

/// The values of one row, in column order.
pub(super) fn values(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    row: &Row,
) -> Result<(), StoreError> {
    for (at, column) in schema.columns.iter().enumerate() {
        if at > 0 {
            sink.text(", ");
        }
        sink.bind(Argument::One(column.ty, row.0.get(at).unwrap_or(&Value::Null)))?;
    }
    Ok(())
}

/// One array per column.
pub(super) fn arrays(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    rows: &[Row],
) -> Result<(), StoreError> {
    for (at, column) in schema.columns.iter().enumerate() {
        if at > 0 {
            sink.text(", ");
        }
        sink.bind(Argument::Column(column.ty, rows, at))?;
    }
    Ok(())
}
