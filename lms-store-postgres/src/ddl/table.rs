//! Columns, constraints and indexes.
use lms_core::store::{Column, Condition, Ownership, Schema, Unique};

use super::{SCHEMA, names, owner_column, references, sql_type};
use crate::registry::Registry;

/// `CREATE TABLE`, with references to the tables that are `standing`.
pub(crate) fn create_table(schema: &Schema, standing: &[&str]) -> String {
    let mut parts: Vec<String> = schema.columns.iter().map(column).collect();
    let key = key_columns(schema, &[Schema::ID]).join(", ");
    parts.push(format!("CONSTRAINT {} PRIMARY KEY ({key})", names::primary_key(schema)));
    for column in &schema.columns {
        if let Some(condition) = check_condition(column) {
            let name = names::check(schema, column);
            parts.push(format!("CONSTRAINT {name} CHECK ({condition})"));
        }
    }
    for column in references(schema) {
        if column.references.is_some_and(|to| standing.contains(&to)) {
            parts.extend(foreign_key(schema, column));
        }
    }
    format!("CREATE TABLE {SCHEMA}.{} (\n    {}\n)", schema.table, parts.join(",\n    "))
}

fn column(column: &Column) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{null}", column.name, sql_type(column.ty))
}

/// The indexes by which JSON columns are searched for what they contain.
///
/// They are of the documents alone: one of the tenant beside needs an extension, and the server
/// joins it with an index that begins with the tenant.
pub(crate) fn gin_indexes(schema: &Schema) -> Vec<String> {
    let create = |column: &&'static str| {
        let name = names::gin(schema, column);
        format!(
            "CREATE INDEX {name} ON {SCHEMA}.{} USING GIN ({column} jsonb_path_ops)",
            schema.table
        )
    };
    schema.contained.iter().map(create).collect()
}

/// What a value of the column must fulfil beside its type.
pub(crate) fn check_condition(column: &Column) -> Option<String> {
    let name = column.name;
    let mut conditions = Vec::new();
    if !column.allowed.is_empty() {
        conditions.push(format!("{name} IN ({})", texts(column.allowed)));
    }
    match column.range {
        Some((i64::MIN, i64::MAX)) | None => {}
        Some((least, i64::MAX)) => conditions.push(format!("{name} >= {least}")),
        Some((i64::MIN, most)) => conditions.push(format!("{name} <= {most}")),
        Some((least, most)) => conditions.push(format!("{name} BETWEEN {least} AND {most}")),
    }
    if let Some(most) = column.max_length {
        conditions.push(format!("char_length({name}) <= {most}"));
    }
    if conditions.is_empty() { None } else { Some(conditions.join(" AND ")) }
}

/// The constraint for a column that holds another record's id.
///
/// Between tenants' tables it includes the tenant, so that a reference cannot cross. A column of
/// a platform's table cannot be constrained to a tenant's table; the registry has none such.
pub(crate) fn foreign_key(schema: &Schema, column: &Column) -> Option<String> {
    let to = Registry::library().table(column.references?)?;
    let name = names::foreign_key(schema, column);
    let (from, target) = match (schema.ownership, to.ownership) {
        (_, Ownership::Platform) => (column.name.to_owned(), Schema::ID.to_owned()),
        (Ownership::Tenant, Ownership::Tenant) => {
            (format!("tenant_id, {}", column.name), format!("tenant_id, {}", Schema::ID))
        }
        (Ownership::Platform, Ownership::Tenant) => return None,
    };
    let to = to.table;
    Some(format!("CONSTRAINT {name} FOREIGN KEY ({from}) REFERENCES {SCHEMA}.{to} ({target})"))
}

/// The columns with the owner's in front.
pub(crate) fn key_columns(schema: &Schema, columns: &[&'static str]) -> Vec<&'static str> {
    owner_column(schema).into_iter().chain(columns.iter().copied()).collect()
}

/// Which rows a unique speaks of, as SQL; `None` for all of them.
pub(crate) fn unique_condition(schema: &Schema, unique: &Unique) -> Option<String> {
    let live = (schema.deleted_position().is_some() && !unique.reserved_when_deleted)
        .then(|| "deleted_at IS NULL".to_owned());
    let when = unique.when.map(|it| match it {
        Condition::OneOf(column, allowed) => format!("{column} IN ({})", texts(allowed)),
        Condition::IsNull(column) => format!("{column} IS NULL"),
    });
    match (live, when) {
        (Some(live), Some(when)) => Some(format!("{live} AND {when}")),
        (live, when) => live.or(when),
    }
}

/// One index beside the primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexShape {
    pub(crate) name: String,
    pub(crate) unique: bool,
    /// All of its columns, the owner's included.
    pub(crate) columns: Vec<&'static str>,
    /// Columns that are kept beside them, so that the rows need not be read.
    pub(crate) covers: Vec<&'static str>,
    pub(crate) condition: Option<String>,
}

impl IndexShape {
    pub(crate) fn create(&self, schema: &Schema) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let columns = self.columns.join(", ");
        let covers = match self.covers.as_slice() {
            [] => String::new(),
            covers => format!("\n    INCLUDE ({})", covers.join(", ")),
        };
        let condition =
            self.condition.as_ref().map(|it| format!("\n    WHERE {it}")).unwrap_or_default();
        let (name, table) = (&self.name, schema.table);
        format!("CREATE {unique}INDEX {name} ON {SCHEMA}.{table} ({columns}){covers}{condition}")
    }
}

/// The indexes of a table: its uniques, what its queries use, and its references.
///
/// An index ends with the id, because every page is sorted by one column and then by id, so that
/// a page is read from the index in order. It leaves out deleted rows, which queries hide, unless
/// it begins with a reference: the check of a purged parent looks at deleted rows too.
pub(crate) fn indexes(schema: &Schema) -> Vec<IndexShape> {
    let mut found: Vec<IndexShape> = schema
        .uniques
        .iter()
        .map(|unique| IndexShape {
            name: names::unique(schema, unique),
            unique: true,
            columns: key_columns(schema, unique.columns),
            covers: Vec::new(),
            condition: unique_condition(schema, unique),
        })
        .collect();
    let is_reference = |name: &str| schema.column(name).is_some_and(|it| it.references.is_some());
    for index in &schema.indexes {
        let first_is_reference = index.columns.first().is_some_and(|it| is_reference(it));
        let condition = (schema.deleted_position().is_some() && !first_is_reference)
            .then(|| "deleted_at IS NULL".to_owned());
        let shape = plain(schema, index.columns, condition);
        let beside = index.covers.iter().copied().filter(|it| !shape.columns.contains(it));
        let covers = beside.collect();
        found.push(IndexShape { covers, ..shape });
    }
    for column in references(schema) {
        let columns = key_columns(schema, &[column.name]);
        let covered =
            found.iter().any(|it| it.condition.is_none() && it.columns.starts_with(&columns));
        if !covered {
            found.push(plain(schema, &[column.name], None));
        }
    }
    found.dedup_by(|a, b| a.name == b.name);
    found
}

fn plain(schema: &Schema, columns: &[&'static str], condition: Option<String>) -> IndexShape {
    let name = names::index(schema, columns);
    let mut columns = key_columns(schema, columns);
    if !columns.contains(&Schema::ID) {
        columns.push(Schema::ID);
    }
    IndexShape { name, unique: false, columns, covers: Vec::new(), condition }
}

fn texts(allowed: &[&str]) -> String {
    let quoted: Vec<_> = allowed.iter().map(|it| format!("'{}'", it.replace('\'', "''"))).collect();
    quoted.join(", ")
}
