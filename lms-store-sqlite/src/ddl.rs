//! From a [`Schema`] to the statements that make its table.
//!
//! Every key, unique and reference of a tenant's table begins with `tenant_id`, so that a
//! reference cannot cross from one tenant to another.
use lms_kernel::Timestamp;
use lms_store::{Column, Condition, Ownership, Schema, Type, Unique};

use crate::{
    functions::DECIMAL,
    registry::{Registry, references},
};

/// A table or an index, and the statement that makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) name: String,
    /// The statement up to the name, between them, and behind it.
    before: &'static str,
    after: String,
    /// The index that the estimate is about, and its table.
    index: String,
    table: &'static str,
    estimate: String,
}

impl Object {
    pub(crate) fn sql(&self) -> String {
        self.sql_as(&self.name)
    }

    /// The statistics of the index for the engine, in the columns of its `sqlite_stat1`: how many
    /// rows it has, and how many of them agree in its first column, its first two, and so on.
    ///
    /// Without it the engine takes every table for small, and reads all of a tenant's rows in order
    /// to spare itself the sorting of a few. These figures are made up and never change, so that a
    /// plan is the same in every file.
    pub(crate) fn estimate(&self) -> [&str; 3] {
        [self.table, &self.index, &self.estimate]
    }

    /// The statement that makes the same under another name.
    pub(crate) fn sql_as(&self, name: &str) -> String {
        format!("{} \"{name}\" {}", self.before, self.after)
    }
}

/// How a type is declared.
pub(crate) const fn sql_type(ty: Type) -> &'static str {
    match ty {
        // Whole numbers, zero and one, microseconds and days since 1970.
        Type::Bool | Type::Int | Type::Time | Type::Date => "INTEGER",
        Type::Decimal | Type::Text | Type::Json => "TEXT",
        Type::Uuid | Type::Bytes => "BLOB",
    }
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

/// The columns with the owner's in front.
pub(crate) fn key_columns(schema: &Schema, columns: &[&'static str]) -> Vec<&'static str> {
    owner_column(schema).into_iter().chain(columns.iter().copied()).collect()
}

/// The name of a column's check, by which an error names it.
pub(crate) fn check_name(schema: &Schema, column: &Column) -> String {
    format!("{}_{}_check", schema.table, column.name)
}

/// The table of a schema.
pub(crate) fn table(schema: &Schema, registry: &Registry) -> Object {
    let mut parts: Vec<String> = schema.columns.iter().map(column).collect();
    parts.push(format!("PRIMARY KEY ({})", list(&key_columns(schema, &[Schema::ID]))));
    for column in &schema.columns {
        if let Some(condition) = check(column) {
            let name = check_name(schema, column);
            parts.push(format!("CONSTRAINT \"{name}\" CHECK ({condition})"));
        }
    }
    parts.extend(references(schema).filter_map(|it| foreign_key(schema, it, registry)));
    let after = format!("(\n  {}\n) STRICT", parts.join(",\n  "));
    Object {
        name: schema.table.to_owned(),
        before: "CREATE TABLE",
        after,
        index: format!("sqlite_autoindex_{}_1", schema.table),
        table: schema.table,
        estimate: estimate(schema, key_columns(schema, &[Schema::ID]).len()),
    }
}

/// A million rows, a tenth of them a tenant's; few that agree in what a query asks for, and one
/// in all columns.
fn estimate(schema: &Schema, columns: usize) -> String {
    const FEW: [&str; 4] = ["50", "10", "4", "2"];
    let owned = usize::from(owner_column(schema).is_some());
    let agreeing = (0..columns).map(|at| match at.checked_sub(owned) {
        _ if at + 1 == columns => "1",
        None => "100000",
        Some(nth) => FEW.get(nth).copied().unwrap_or("2"),
    });
    std::iter::once("1000000").chain(agreeing).collect::<Vec<_>>().join(" ")
}

fn column(column: &Column) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    // Text is compared byte by byte, which for UTF-8 is by code point.
    let collate =
        if column.ty == Type::Decimal { format!(" COLLATE {DECIMAL}") } else { String::new() };
    format!("\"{}\" {}{null}{collate}", column.name, sql_type(column.ty))
}

/// What a value of the column must fulfil beside its type.
fn check(column: &Column) -> Option<String> {
    let name = format!("\"{}\"", column.name);
    let mut conditions = Vec::new();
    match column.ty {
        Type::Bool => conditions.push(format!("{name} IN (0, 1)")),
        Type::Uuid => conditions.push(format!("length({name}) = 16")),
        Type::Json => conditions.push(format!("json_valid({name})")),
        Type::Time => {
            let (least, most) = (Timestamp::MIN.micros(), Timestamp::MAX.micros());
            conditions.push(format!("{name} BETWEEN {least} AND {most}"));
        }
        Type::Int | Type::Decimal | Type::Text | Type::Date | Type::Bytes => {}
    }
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
        conditions.push(format!("length({name}) <= {most}"));
    }
    if conditions.is_empty() { None } else { Some(conditions.join(" AND ")) }
}

/// The constraint for a column that holds another record's id; none where the host did not ask
/// for the other table.
fn foreign_key(schema: &Schema, column: &Column, registry: &Registry) -> Option<String> {
    let to = registry.table(column.references?)?;
    let name = column.name;
    let (from, target) = match (schema.ownership, to.ownership) {
        (_, Ownership::Platform) => (format!("\"{name}\""), "\"id\""),
        (Ownership::Tenant, Ownership::Tenant) => {
            (format!("\"tenant_id\", \"{name}\""), "\"tenant_id\", \"id\"")
        }
        (Ownership::Platform, Ownership::Tenant) => return None,
    };
    Some(format!("FOREIGN KEY ({from}) REFERENCES \"{}\" ({target})", to.table))
}

/// Which rows a unique speaks of, as SQL; `None` for all of them.
fn unique_condition(schema: &Schema, unique: &Unique) -> Option<String> {
    let live = (schema.deleted_position().is_some() && !unique.reserved_when_deleted)
        .then(|| "\"deleted_at\" IS NULL".to_owned());
    let when = unique.when.map(|it| match it {
        Condition::OneOf(column, allowed) => format!("\"{column}\" IN ({})", texts(allowed)),
        Condition::IsNull(column) => format!("\"{column}\" IS NULL"),
    });
    match (live, when) {
        (Some(live), Some(when)) => Some(format!("{live} AND {when}")),
        (live, when) => live.or(when),
    }
}

/// The indexes of a table beside its primary key: its uniques, what its queries use, and its
/// references.
///
/// An index ends with the id, because every page is sorted by one column and then by id. It leaves
/// out deleted rows, which queries hide, unless it begins with a reference: the check of a purged
/// parent looks at deleted rows too.
pub(crate) fn indexes(schema: &Schema) -> Vec<Object> {
    let mut found: Vec<Index> = Vec::new();
    for (at, unique) in schema.uniques.iter().enumerate() {
        let condition = unique_condition(schema, unique);
        let columns = key_columns(schema, unique.columns);
        let name = format!("{}_{}_key_{at}", schema.table, unique.columns.join("_"));
        found.push(Index { name, unique: true, columns, condition });
    }
    let is_reference = |name: &str| schema.column(name).is_some_and(|it| it.references.is_some());
    for index in &schema.indexes {
        let first_is_reference = index.columns.first().is_some_and(|it| is_reference(it));
        let live = schema.deleted_position().is_some() && !first_is_reference;
        let index = plain(schema, index.columns, live.then(|| "\"deleted_at\" IS NULL".to_owned()));
        if !found.iter().any(|it| it.name == index.name) {
            found.push(index);
        }
    }
    for column in references(schema) {
        let columns = key_columns(schema, &[column.name]);
        let covers = |it: &Index| it.condition.is_none() && it.columns.starts_with(&columns);
        if !found.iter().any(covers) {
            found.push(plain(schema, &[column.name], None));
        }
    }
    found.iter().map(|it| it.object(schema)).collect()
}

struct Index {
    name: String,
    unique: bool,
    columns: Vec<&'static str>,
    condition: Option<String>,
}

impl Index {
    fn object(&self, schema: &Schema) -> Object {
        let condition = self.condition.as_ref().map(|it| format!(" WHERE {it}"));
        Object {
            index: self.name.clone(),
            table: schema.table,
            estimate: estimate(schema, self.columns.len()),
            name: self.name.clone(),
            before: if self.unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" },
            after: format!(
                "ON \"{}\" ({}){}",
                schema.table,
                list(&self.columns),
                condition.unwrap_or_default()
            ),
        }
    }
}

fn plain(schema: &Schema, columns: &[&'static str], condition: Option<String>) -> Index {
    let live = if condition.is_some() { "live_" } else { "" };
    let name = format!("{}_{}_{live}idx", schema.table, columns.join("_"));
    let mut columns = key_columns(schema, columns);
    if !columns.contains(&Schema::ID) {
        columns.push(Schema::ID);
    }
    Index { name, unique: false, columns, condition }
}

fn list(columns: &[&str]) -> String {
    let quoted: Vec<_> = columns.iter().map(|it| format!("\"{it}\"")).collect();
    quoted.join(", ")
}

fn texts(allowed: &[&str]) -> String {
    let quoted: Vec<_> = allowed.iter().map(|it| format!("'{}'", it.replace('\'', "''"))).collect();
    quoted.join(", ")
}
