//! Adding rows.
use lms_core::store::{Row, Schema, StoreError, Value};

use super::{
    Server,
    sink::{Argument, Listing, Sink},
};

/// How many values one message may carry: the protocol counts them in 16 bits.
const MOST_VALUES: usize = 65_535;

/// How many rows of a cluster one message carries at most, so that texts stay short.
const MOST_ROWS: usize = 500;

/// How many rows of that table one message takes.
pub(crate) fn rows_a_message(schema: &Schema, server: Server) -> usize {
    match server {
        Server::Single => usize::MAX,
        Server::Cluster => (MOST_VALUES / schema.columns.len().max(1)).clamp(1, MOST_ROWS),
    }
}

pub(crate) fn insert(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    rows: &[Row],
    server: Server,
) -> Result<(), StoreError> {
    sink.text("INSERT INTO lms.");
    sink.text(schema.table);
    sink.text(" (");
    sink.columns(schema, Listing::Plain);
    sink.text(") ");
    new_rows(sink, schema, rows, server)
}

/// The rows that an insert adds.
pub(super) fn new_rows(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    rows: &[Row],
    server: Server,
) -> Result<(), StoreError> {
    if rows.len() > 1 && server == Server::Single {
        sink.text("SELECT * FROM UNNEST(");
        arrays(sink, schema, rows)?;
    } else {
        for (at, row) in rows.iter().enumerate() {
            sink.text(if at == 0 { "VALUES (" } else { "), (" });
            values(sink, schema, row)?;
        }
    }
    sink.text(")");
    Ok(())
}

/// Several tables in one statement, and so in one round trip. References between them hold:
/// they are checked when the statement ends. For one server: a cluster takes one table at a time.
pub(crate) fn insert_batches(
    sink: &mut dyn Sink,
    batches: &[(&'static Schema, Vec<Row>)],
) -> Result<(), StoreError> {
    let Some(((schema, rows), earlier)) = batches.split_last() else { return Ok(()) };
    for (at, (schema, rows)) in earlier.iter().enumerate() {
        sink.text(if at == 0 { "WITH b" } else { "), b" });
        sink.number(u32::try_from(at).unwrap_or(u32::MAX));
        sink.text(" AS (");
        insert(sink, schema, rows, Server::Single)?;
    }
    if !earlier.is_empty() {
        sink.text(") ");
    }
    insert(sink, schema, rows, Server::Single)
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
