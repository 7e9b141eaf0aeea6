//! Inserting rows, or updating existing ones as declared.
use lms_core::{
    kernel::Scope,
    store::{
        Column, Condition, ParentGuard, Row, Schema, StoreError, Type, Unique, UpsertRows, Value,
    },
};

use super::{
    Server,
    condition::{About, column, condition},
    insert::{arrays, new_rows, values},
    scope::{Access, owner_condition, reach},
    sink::{Argument, Listing, Sink},
};
use crate::ddl::owner_column;

/// One statement, whatever is declared. It returns, for each row that was written, its id, its
/// version, and the columns of the key.
pub(crate) fn upsert(
    sink: &mut dyn Sink,
    upsert: &UpsertRows,
    scope: Scope,
    server: Server,
) -> Result<(), StoreError> {
    let schema = upsert.schema;
    sink.text("INSERT INTO lms.");
    sink.text(schema.table);
    sink.text(" AS t (");
    sink.columns(schema, Listing::Plain);
    sink.text(") ");
    source(sink, upsert, scope, server)?;
    sink.text(" ON CONFLICT ");
    target(sink, upsert)?;
    action(sink, upsert)?;
    sink.text(" RETURNING t.id, t.version");
    for name in &upsert.key {
        column(schema, name)?;
        sink.text(", t.");
        sink.text(name);
    }
    Ok(())
}

/// The new rows; with a guard, only those whose parent matches now. The parent is share-locked,
/// and looked at again after a wait for its lock.
fn source(
    sink: &mut dyn Sink,
    upsert: &UpsertRows,
    scope: Scope,
    server: Server,
) -> Result<(), StoreError> {
    let (schema, rows) = (upsert.schema, upsert.rows.as_slice());
    match (&upsert.parent, rows) {
        (None, _) => new_rows(sink, schema, rows, server),
        (Some(parent), [row]) => {
            let at = column(schema, parent.column)?;
            if let (Some(owner), Some(_)) = (owner_column(schema), owner_column(parent.schema)) {
                return of_parent(sink, Guarded { row, at, owner }, upsert, scope);
            }
            sink.text("SELECT ");
            values(sink, schema, row)?;
            sink.text(" FROM lms.");
            sink.text(parent.schema.table);
            sink.text(" AS p WHERE p.id = ");
            sink.bind(Argument::One(at.ty, schema.value(row, parent.column)))?;
            guard(sink, parent, scope)
        }
        (Some(parent), _) => {
            column(schema, parent.column)?;
            sink.text("SELECT ");
            sink.columns(schema, Listing::OfNew);
            sink.text(" FROM UNNEST(");
            arrays(sink, schema, rows)?;
            sink.text(") AS n (");
            sink.columns(schema, Listing::Plain);
            sink.text(") JOIN lms.");
            sink.text(parent.schema.table);
            sink.text(" AS p ON p.id = n.");
            sink.text(parent.column);
            if owner_column(schema).is_some() && owner_column(parent.schema).is_some() {
                sink.text(" AND p.tenant_id = n.tenant_id");
            }
            sink.text(" WHERE true");
            guard(sink, parent, scope)
        }
    }
}

/// A row, the column that holds its parent's id, and the one that holds its tenant.
struct Guarded<'r> {
    row: &'r Row,
    at: &'static Column,
    owner: &'static str,
}

/// One row with the tenant of its parent, so that a cluster sees that both lie on one node and
/// has that node do all of it.
fn of_parent(
    sink: &mut dyn Sink,
    guarded: Guarded<'_>,
    upsert: &UpsertRows,
    scope: Scope,
) -> Result<(), StoreError> {
    let (schema, Guarded { row, at, owner }) = (upsert.schema, guarded);
    let Some(parent) = &upsert.parent else { return Ok(()) };
    for (nth, column) in schema.columns.iter().enumerate() {
        sink.text(if nth == 0 { "SELECT " } else { ", " });
        if column.name == owner {
            sink.text("p.tenant_id");
        } else {
            sink.bind(Argument::One(column.ty, row.0.get(nth).unwrap_or(&Value::Null)))?;
        }
    }
    sink.text(" FROM (SELECT p.tenant_id FROM lms.");
    sink.text(parent.schema.table);
    sink.text(" AS p WHERE p.id = ");
    sink.bind(Argument::One(at.ty, schema.value(row, parent.column)))?;
    sink.text(" AND p.tenant_id = ");
    sink.bind(Argument::One(Type::Uuid, schema.value(row, owner)))?;
    guard(sink, parent, scope)?;
    sink.text(") AS p");
    Ok(())
}

fn guard(sink: &mut dyn Sink, parent: &ParentGuard, scope: Scope) -> Result<(), StoreError> {
    let schema = parent.schema;
    sink.text(" AND ");
    if owner_condition(sink, "p.", reach(schema, scope, Access::Read))? {
        sink.text(" AND ");
    }
    match &parent.filter {
        Some(filter) => condition(sink, About { schema, alias: "p.", scope }, filter)?,
        None => sink.text("true"),
    }
    sink.text(" FOR SHARE OF p");
    Ok(())
}

/// The unique that the key means, with the condition of its partial index.
fn target(sink: &mut dyn Sink, upsert: &UpsertRows) -> Result<(), StoreError> {
    let schema = upsert.schema;
    let unique = unique_of(upsert);
    sink.text("(");
    if owner_column(schema).is_some() {
        sink.text("tenant_id, ");
    }
    for (at, name) in upsert.key.iter().enumerate() {
        sink.text(if at == 0 { "" } else { ", " });
        sink.text(column(schema, name)?.name);
    }
    sink.text(")");
    let Some(unique) = unique else { return Ok(()) };
    let live = schema.deleted_position().is_some() && !unique.reserved_when_deleted;
    if live {
        sink.text(" WHERE deleted_at IS NULL");
    }
    let Some(when) = unique.when else { return Ok(()) };
    sink.text(if live { " AND " } else { " WHERE " });
    match when {
        Condition::IsNull(column) => {
            sink.text(column);
            sink.text(" IS NULL");
        }
        Condition::OneOf(column, allowed) => {
            sink.text(column);
            sink.text(" IN (");
            for (at, text) in allowed.iter().enumerate() {
                // From the record's declaration, where quotes do not occur.
                sink.text(if at == 0 { "'" } else { ", '" });
                sink.text(text);
                sink.text("'");
            }
            sink.text(")");
        }
    }
    Ok(())
}

fn unique_of(upsert: &UpsertRows) -> Option<&'static Unique> {
    let key = &upsert.key;
    let same =
        |it: &&Unique| it.columns.len() == key.len() && it.columns.iter().all(|c| key.contains(c));
    upsert.schema.uniques.iter().find(same)
}

fn action(sink: &mut dyn Sink, upsert: &UpsertRows) -> Result<(), StoreError> {
    let schema: &'static Schema = upsert.schema;
    if upsert.columns.is_empty() {
        sink.text(" DO NOTHING");
        return Ok(());
    }
    sink.text(" DO UPDATE SET version = t.version + 1");
    const BOOKKEEPING: [&str; 3] = ["version", "updated_at", "updated_by"];
    let columns = upsert.columns.iter().copied().filter(|it| !BOOKKEEPING.contains(it));
    let stamped = BOOKKEEPING.into_iter().skip(1).filter(|it| schema.column(it).is_some());
    for name in columns.chain(stamped) {
        let name = column(schema, name)?.name;
        sink.text(", ");
        sink.text(name);
        sink.text(" = excluded.");
        sink.text(name);
    }
    if let Some(newer) = upsert.newer_by {
        let name = column(schema, newer)?.name;
        sink.text(" WHERE excluded.");
        sink.text(name);
        sink.text(" > t.");
        sink.text(name);
    }
    Ok(())
}
