//! Rows that fit a schema, so that no record type needs a fixture of its own.
mod domain;
mod examples;
mod extremes;
mod shapes;
mod values;

use std::collections::{HashMap, HashSet};

use lms_core::{
    kernel::{Scope, TenantId},
    record_types,
    store::{Column, Condition, Ownership, RecordType, Row, Schema, Unique, Value},
};
use uuid::Uuid;

use crate::{
    Failure, Outcome,
    random::{Numbers, mix},
};

/// How often a row is drawn again when it repeats what must not repeat.
const DRAWS: usize = 64;

/// A row, and the table it goes to.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The table.
    pub schema: &'static Schema,
    /// The row.
    pub row: Row,
}

impl Sample {
    /// The scope in which the row may be written: its tenant's, or the platform's.
    pub fn scope(&self) -> Scope {
        match (self.schema.ownership, self.schema.owner(&self.row)) {
            (Ownership::Tenant, Some(tenant)) => Scope::Tenant(tenant),
            _ => Scope::Platform,
        }
    }

    /// The row's id.
    pub fn id(&self) -> Uuid {
        self.row.id()
    }

    /// The row's value in `column`.
    pub fn value(&self, column: &str) -> &Value {
        self.schema.value(&self.row, column)
    }

    /// The same sample with another value in `column`.
    #[must_use]
    pub fn with(mut self, column: &str, value: Value) -> Self {
        self.row.set(self.schema, column, value);
        self
    }

    /// The row that replaces this one: the same, one version later.
    #[must_use]
    pub fn next_version(&self) -> Self {
        let version = self.schema.version(&self.row).next();
        self.clone().with("version", Value::Int(version.get()))
    }
}

/// Which of the columns that may be null hold something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fill {
    /// Two in three.
    Some,
    /// All of them.
    All,
    /// None of them.
    None,
}

/// A deterministic source of rows for one tenant, and for the platform where it needs them.
///
/// A row keeps to what its [`Schema`] says: closed sets, ranges, lengths, uniques, and references
/// to rows that the sampler makes too.
#[derive(Debug)]
pub struct Sampler {
    numbers: Numbers,
    tenant: TenantId,
    fill: Fill,
    shared: HashMap<&'static str, Uuid>,
    used: HashSet<String>,
}

impl Sampler {
    /// The rows that belong to `seed`, for `tenant`.
    pub fn new(seed: u64, tenant: TenantId) -> Self {
        let (high, low) = tenant.uuid().as_u64_pair();
        Self {
            numbers: Numbers::new(mix(seed ^ mix(high ^ mix(low)))),
            tenant,
            fill: Fill::Some,
            shared: HashMap::new(),
            used: HashSet::new(),
        }
    }

    /// The same source, filling columns that may be null as `fill` says.
    pub fn set_fill(&mut self, fill: Fill) {
        self.fill = fill;
    }

    /// A row for `schema`, last, after the rows that it refers to. Store them in that order.
    ///
    /// # Errors
    /// Where the schema cannot be met: it refers to an unknown table, or to itself in a circle
    /// that no null breaks, or its uniques leave no other row.
    pub fn sample(&mut self, schema: &'static Schema) -> Outcome<Vec<Sample>> {
        let mut made = Vec::new();
        self.draw(schema, &mut Vec::new(), &mut made)?;
        Ok(made)
    }

    /// Up to `count` rows for `schema` with the rows that they refer to; fewer where its uniques
    /// leave no more. The wanted ones are those of that table from the returned position on.
    ///
    /// # Errors
    /// As [`sample`](Self::sample), when not one row can be made.
    pub fn samples(
        &mut self,
        schema: &'static Schema,
        count: usize,
    ) -> Outcome<(Vec<Sample>, Vec<Sample>)> {
        let (mut parents, mut rows) = (Vec::new(), Vec::new());
        while rows.len() < count {
            match self.sample(schema) {
                Ok(mut made) => {
                    rows.extend(made.pop());
                    parents.append(&mut made);
                }
                Err(error) if rows.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok((parents, rows))
    }

    /// Lets further rows of the table repeat what its rows hold, where no others are left.
    pub(crate) fn release(&mut self, schema: &Schema) {
        let held = held_by(schema);
        self.used.retain(|key| !key.starts_with(&held));
    }

    fn draw(
        &mut self,
        schema: &'static Schema,
        path: &mut Vec<&'static str>,
        made: &mut Vec<Sample>,
    ) -> Outcome<Uuid> {
        path.push(schema.table);
        let mut drawn = Err(Failure::new(format!("no further row fits `{}`", schema.table)));
        for _ in 0..DRAWS {
            let mut row = self.row(schema, path, made)?;
            values::pair_money(schema, &mut row);
            let keys = unique_keys(schema, &row);
            if keys.iter().any(|key| self.used.contains(key)) {
                continue;
            }
            self.used.extend(keys);
            drawn = Ok(row.id());
            made.push(Sample { schema, row });
            break;
        }
        path.pop();
        drawn
    }

    fn row(
        &mut self,
        schema: &'static Schema,
        path: &mut Vec<&'static str>,
        made: &mut Vec<Sample>,
    ) -> Outcome<Row> {
        let mut row = Vec::with_capacity(schema.columns.len());
        for (at, column) in schema.columns.iter().enumerate() {
            let value = if schema.tenant_position() == Some(at)
                && (at > 0 || schema.ownership == Ownership::Tenant)
            {
                Value::Uuid(self.tenant.uuid())
            } else if at == 0 {
                Value::Uuid(self.numbers.uuid())
            } else if at == schema.version_position() {
                Value::Int(1)
            } else if schema.deleted_position() == Some(at) || self.stays_null(column) {
                Value::Null
            } else if let Some(table) = column.references {
                self.parent(schema, column, table, path, made)?
            } else {
                self.value(column)
            };
            row.push(value);
        }
        Ok(Row(row))
    }

    fn stays_null(&mut self, column: &Column) -> bool {
        column.nullable
            && match self.fill {
                Fill::Some => self.numbers.below(3) == 0,
                Fill::All => false,
                Fill::None => true,
            }
    }

    /// The id of a row that the column may refer to. Rows share a parent, except where the
    /// reference is part of what must not repeat.
    fn parent(
        &mut self,
        schema: &'static Schema,
        column: &Column,
        table: &'static str,
        path: &mut Vec<&'static str>,
        made: &mut Vec<Sample>,
    ) -> Outcome<Value> {
        let in_unique = schema.uniques.iter().any(|it| it.columns.contains(&column.name));
        if let (false, Some(id)) = (in_unique, self.shared.get(table)) {
            return Ok(Value::Uuid(*id));
        }
        if path.contains(&table) {
            if column.nullable {
                return Ok(Value::Null);
            }
            let name = column.name;
            return Err(Failure::new(format!(
                "`{}.{name}` refers to `{table}` in a circle; one column of it must be nullable",
                schema.table
            )));
        }
        let parent = schema_of(table).ok_or_else(|| {
            Failure::new(format!(
                "`{}.{}` refers to `{table}`, which is not in the registry",
                schema.table, column.name
            ))
        })?;
        let id = self.draw(parent, path, made)?;
        if !in_unique {
            self.shared.insert(table, id);
        }
        Ok(Value::Uuid(id))
    }
}

/// The table of that name in the registry.
pub(crate) fn schema_of(table: &str) -> Option<&'static Schema> {
    record_types().iter().map(RecordType::schema).find(|it| it.table == table)
}

/// What the keys of a table's rows begin with.
fn held_by(schema: &Schema) -> String {
    format!("{} ", schema.table)
}

/// What must not repeat, of this row, as text.
fn unique_keys(schema: &Schema, row: &Row) -> Vec<String> {
    let key = |unique: &Unique| {
        let values: Vec<_> = unique.columns.iter().map(|it| schema.value(row, it)).collect();
        let clashes = applies(schema, unique, row) && !values.iter().any(|it| it.is_null());
        clashes.then(|| format!("{}{:?} {values:?}", held_by(schema), unique.columns))
    };
    schema.uniques.iter().filter_map(key).collect()
}

/// Whether the unique speaks of this row.
pub(crate) fn applies(schema: &Schema, unique: &Unique, row: &Row) -> bool {
    match unique.when {
        None => true,
        Some(Condition::IsNull(column)) => schema.value(row, column).is_null(),
        Some(Condition::OneOf(column, texts)) => {
            matches!(schema.value(row, column), Value::Text(it) if texts.contains(&it.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(seed: u64) -> Sampler {
        Sampler::new(seed, TenantId::from_uuid(Uuid::from_u128(7)))
    }

    #[test]
    fn one_seed_gives_one_row() {
        for record in record_types() {
            let rows = |seed| sampler(seed).sample(record.schema()).unwrap();
            let (one, again, other) = (rows(1), rows(1), rows(2));
            let values = |samples: &[Sample]| -> Vec<Row> {
                samples.iter().map(|it| it.row.clone()).collect()
            };
            assert_eq!(values(&one), values(&again));
            assert_ne!(values(&one), values(&other));
        }
    }

    #[test]
    fn rows_keep_to_their_schema() {
        for record in record_types() {
            let schema = record.schema();
            let (parents, rows) = sampler(3).samples(schema, 8).unwrap();
            assert!(!rows.is_empty(), "{}", schema.table);
            let known: HashSet<_> = parents.iter().chain(&rows).map(Sample::id).collect();
            for sample in &rows {
                for (column, value) in schema.columns.iter().zip(&sample.row.0) {
                    let name = format!("{}.{}: {value:?}", schema.table, column.name);
                    assert!(column.nullable || !value.is_null(), "{name}");
                    assert!(value.type_of().is_none_or(|it| it == column.ty), "{name}");
                    if let (Some(_), Value::Uuid(id)) = (column.references, value) {
                        assert!(known.contains(id), "{name}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_record_type_accepts_a_row() {
        let met = |it: &RecordType, seed| matches!(sampler(seed).valid(it), Ok(Some(_)));
        let unmet: Vec<&str> = record_types()
            .iter()
            .filter(|it| !(7..10).all(|seed| met(it, seed)))
            .map(|it| it.schema().table)
            .collect();
        assert!(unmet.is_empty(), "an example is needed for {unmet:?}");
    }
}
