//! Adding, replacing and removing rows, one at a time: there is no trip to save, and a statement
//! that is prepared once serves them all.
use lms_kernel::{Scope, Version};
use lms_store::{Row, Schema, StoreError, Value};
use uuid::Uuid;

use super::text::{Sql, Statement, column};
use crate::{
    ddl::owner_column,
    scope::{Access, owner_of},
};

const ALIAS: &str = "t";

/// Adds a row that the scope owns.
pub(crate) fn insert(schema: &'static Schema, row: &Row) -> Result<Statement, StoreError> {
    let mut sql = Sql::new(owner_of(schema, row), Access::Write);
    sql.text("INSERT INTO ");
    sql.table_of_rows(schema);
    sql.text(" (");
    sql.columns(schema, None);
    sql.text(") VALUES (");
    for at in 0..schema.columns.len() {
        if at > 0 {
            sql.text(", ");
        }
        sql.bind(row.0.get(at).unwrap_or(&Value::Null));
    }
    sql.text(")");
    sql.finish()
}

/// Replaces a row that the scope owns, if it has the version before the new one's.
pub(crate) fn update(schema: &'static Schema, row: &Row) -> Result<Statement, StoreError> {
    let owner = owner_column(schema);
    let mut sql = Sql::new(owner_of(schema, row), Access::Write);
    sql.text("UPDATE ");
    sql.table(schema, ALIAS);
    sql.text(" SET ");
    let replaced = schema.columns.iter().enumerate();
    let replaced = replaced.filter(|(_, it)| it.name != Schema::ID && Some(it.name) != owner);
    for (nth, (at, column)) in replaced.enumerate() {
        if nth > 0 {
            sql.text(", ");
        }
        sql.bare(column.name);
        sql.text(" = ");
        sql.bind(row.0.get(at).unwrap_or(&Value::Null));
    }
    sql.text(" WHERE ");
    sql.owner(ALIAS);
    by_id(&mut sql, row.id());
    at_version(&mut sql, schema.version(row).get().saturating_sub(1));
    sql.finish()
}

/// Replaces some columns of the row that is there by those of `row`.
pub(crate) fn replace_columns(
    schema: &'static Schema,
    there: Uuid,
    row: &Row,
    columns: &[&'static str],
) -> Result<Statement, StoreError> {
    let mut sql = Sql::new(owner_of(schema, row), Access::Write);
    sql.text("UPDATE ");
    sql.table(schema, ALIAS);
    sql.text(" SET \"version\" = t.\"version\" + 1");
    for name in columns {
        let name = column(schema, name)?.name;
        sql.text(", ");
        sql.bare(name);
        sql.text(" = ");
        sql.bind(schema.value(row, name));
    }
    sql.text(" WHERE ");
    sql.owner(ALIAS);
    by_id(&mut sql, there);
    sql.finish()
}

/// Removes one row, if it has that version.
pub(crate) fn delete(
    schema: &'static Schema,
    id: Uuid,
    expected: Version,
    scope: Scope,
) -> Result<Statement, StoreError> {
    let mut sql = Sql::new(scope, Access::Write);
    sql.text("DELETE FROM ");
    sql.table(schema, ALIAS);
    sql.text(" WHERE ");
    sql.owner(ALIAS);
    by_id(&mut sql, id);
    at_version(&mut sql, expected.get());
    sql.finish()
}

fn by_id(sql: &mut Sql, id: Uuid) {
    sql.text(" AND ");
    sql.column(ALIAS, Schema::ID);
    sql.text(" = ");
    sql.bind(&Value::Uuid(id));
}

fn at_version(sql: &mut Sql, version: i64) {
    sql.text(" AND ");
    sql.column(ALIAS, "version");
    sql.text(" = ");
    sql.bind(&Value::Int(version));
}
