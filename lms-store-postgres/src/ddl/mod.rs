//! From a [`Schema`] to the statements that make its table.
//!
//! The rules that let one schema run on one server and on Citus hold from the first table on:
//! every key, unique and reference of a tenant's table begins with `tenant_id`; no trigger; no
//! `ON DELETE`; a platform's table never refers to a tenant's.
pub(crate) mod names;
mod policy;
mod table;

use lms_core::store::{Column, Ownership, Schema, Type};

pub(crate) use policy::policies;
pub(crate) use table::{create_table, foreign_key, gin_indexes, indexes};

/// The database schema that holds everything of the library.
pub const SCHEMA: &str = "lms";
/// The role that the application's login is granted: bound by row-level security.
pub const APP_ROLE: &str = "lms_app";
/// The role for work on all tenants: it has a policy of its own.
pub const MAINTENANCE_ROLE: &str = "lms_maintenance";

/// The transaction-local setting that names the tenant.
pub(crate) const TENANT_SETTING: &str = "lms.tenant_id";
/// The transaction-local setting that opens the platform's tables.
pub(crate) const PLATFORM_SETTING: &str = "lms.platform";

/// The statements that make the tables of one context, each without its closing semicolon.
///
/// `made` lists the existing tables, those of earlier contexts. A reference to a table that comes
/// later is added once both exist.
pub(crate) fn context(tables: &[&'static Schema], made: &[&'static Schema]) -> Vec<String> {
    let mut standing: Vec<&str> = made.iter().map(|it| it.table).collect();
    let mut statements = Vec::new();
    for schema in tables {
        standing.push(schema.table);
        statements.push(create_table(schema, &standing));
        statements.extend(indexes(schema).iter().map(|it| it.create(schema)));
        statements.extend(gin_indexes(schema));
        statements.extend(policies(schema));
    }
    for schema in made.iter().chain(tables) {
        for column in references(schema) {
            // A table's own references stand in it where they lead to itself or back.
            let new_at = |table: &str| tables.iter().position(|it| it.table == table);
            let Some(to) = column.references.and_then(new_at) else { continue };
            if new_at(schema.table).is_none_or(|from| from < to) {
                let add = format!("ALTER TABLE {SCHEMA}.{} ADD ", schema.table);
                statements.extend(foreign_key(schema, column).map(|it| add + &it));
            }
        }
    }
    statements
}

/// The columns that hold another record's id.
pub(crate) fn references(schema: &Schema) -> impl Iterator<Item = &Column> {
    schema.columns.iter().filter(|it| it.name != Schema::ID && it.references.is_some())
}

/// The column that says whose row it is: none for a platform's table.
pub(crate) fn owner_column(schema: &Schema) -> Option<&'static str> {
    match schema.ownership {
        Ownership::Tenant => Some("tenant_id"),
        Ownership::Platform => None,
    }
}

/// The column by which a tenant sees a platform's row as its own: that of `tenants`.
pub(crate) fn own_row_column(schema: &Schema) -> Option<&'static str> {
    match schema.ownership {
        Ownership::Tenant => None,
        Ownership::Platform => {
            schema.columns.get(schema.tenant_position()?).map(|column| column.name)
        }
    }
}

/// How a type is declared.
pub(crate) const fn sql_type(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "BOOLEAN",
        Type::Int => "BIGINT",
        Type::Decimal => "NUMERIC",
        // Sorted and compared by code point, whatever the database's locale.
        Type::Text => "TEXT COLLATE \"C\"",
        Type::Uuid => "UUID",
        Type::Time => "TIMESTAMPTZ",
        Type::Date => "DATE",
        Type::Json => "JSONB",
        Type::Bytes => "BYTEA",
    }
}
