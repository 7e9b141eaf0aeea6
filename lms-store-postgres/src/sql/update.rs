//! Replacing and removing rows.
use lms_core::{
    kernel::{Scope, Version},
    store::{Column, Row, Schema, StoreError, Value},
};
use uuid::Uuid;

use super::{
    insert::arrays,
    scope::{Access, Reach, owner_condition, reach},
    sink::{Argument, Listing, Sink},
};
use crate::ddl::owner_column;

/// Replaces one row, if it has the version before the new one's.
pub(crate) fn update_one(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    row: &Row,
    scope: Scope,
) -> Result<(), StoreError> {
    sink.text("UPDATE lms.");
    sink.text(schema.table);
    sink.text(" AS t SET ");
    for (nth, (at, column)) in replaced(schema).enumerate() {
        sink.text(if nth == 0 { "" } else { ", " });
        sink.text(column.name);
        sink.text(" = ");
        sink.bind(Argument::One(column.ty, row.0.get(at).unwrap_or(&Value::Null)))?;
    }
    sink.text(" WHERE ");
    if !owner_condition(sink, "t.", reach(schema, scope, Access::Write))? {
        own(sink, schema, row)?;
    }
    sink.text(" AND t.id = ");
    sink.bind(Argument::Id(row.id()))?;
    sink.text(" AND t.version = ");
    sink.bind(Argument::Number(schema.version(row).get().saturating_sub(1)))
}

/// Replaces several rows and returns the ids of those that had the version before.
pub(crate) fn update_many(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    rows: &[Row],
    scope: Scope,
) -> Result<(), StoreError> {
    sink.text("UPDATE lms.");
    sink.text(schema.table);
    sink.text(" AS t SET ");
    for (nth, (_, column)) in replaced(schema).enumerate() {
        sink.text(if nth == 0 { "" } else { ", " });
        sink.text(column.name);
        sink.text(" = n.");
        sink.text(column.name);
    }
    sink.text(" FROM UNNEST(");
    arrays(sink, schema, rows)?;
    sink.text(") AS n (");
    sink.columns(schema, Listing::Plain);
    sink.text(") WHERE ");
    if owner_condition(sink, "t.", reach(schema, scope, Access::Write))? {
        sink.text(" AND ");
    } else if owner_column(schema).is_some() {
        sink.text("t.tenant_id = n.tenant_id AND ");
    }
    sink.text("t.id = n.id AND t.version = n.version - 1 RETURNING t.id");
    Ok(())
}

/// Removes one row, if it has that version.
pub(crate) fn delete(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    id: Uuid,
    expected: Version,
    scope: Scope,
) -> Result<(), StoreError> {
    sink.text("DELETE FROM lms.");
    sink.text(schema.table);
    sink.text(" AS t WHERE ");
    if owner_condition(sink, "t.", reach(schema, scope, Access::Write))? {
        sink.text(" AND ");
    }
    sink.text("t.id = ");
    sink.bind(Argument::Id(id))?;
    sink.text(" AND t.version = ");
    sink.bind(Argument::Number(expected.get()))
}

/// The columns that a write replaces: neither the id nor the owner's, which never change.
fn replaced(schema: &'static Schema) -> impl Iterator<Item = (usize, &'static Column)> {
    let owner = owner_column(schema);
    schema
        .columns
        .iter()
        .enumerate()
        .filter(move |(_, it)| it.name != Schema::ID && Some(it.name) != owner)
}

/// In a scope that reaches every row, the row itself says whose it is.
fn own(sink: &mut dyn Sink, schema: &'static Schema, row: &Row) -> Result<(), StoreError> {
    match (owner_column(schema), schema.owner(row)) {
        (Some(column), Some(tenant)) => {
            owner_condition(sink, "t.", Reach::Own(column, tenant)).map(|_| ())
        }
        _ => {
            sink.text("true");
            Ok(())
        }
    }
}
