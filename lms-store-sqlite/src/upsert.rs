//! Declared upserts. No one else writes meanwhile, so what is looked up stays so.
use std::collections::HashSet;

use lms_store::{
    Expr, Op, ParentGuard, Row, Schema, Select, StoreError, Unique, UpsertRows, Upserted, Value,
};
use rusqlite::types::Value as Stored;

use crate::{
    codec,
    explain::{Written, speaks_of},
    scope::require_own,
    session::Session,
    sql,
};

/// Which rows are the same.
#[derive(Clone, Copy)]
enum Key {
    Id,
    Unique(&'static Unique),
}

impl Key {
    fn of(schema: &'static Schema, columns: &[&'static str]) -> Result<Self, StoreError> {
        if columns == [Schema::ID] {
            return Ok(Self::Id);
        }
        let same = |it: &&Unique| {
            it.columns.len() == columns.len() && columns.iter().all(|c| it.columns.contains(c))
        };
        let reason = "the key of an upsert must be declared unique";
        let refused = StoreError::InvalidQuery { table: schema.table, reason };
        schema.uniques.iter().find(same).map(Self::Unique).ok_or(refused)
    }
}

impl Session<'_> {
    pub(crate) fn upsert(&self, upsert: &UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        let schema = upsert.schema;
        let key = Key::of(schema, &upsert.key)?;
        for column in upsert.columns.iter().chain(upsert.newer_by.as_slice()) {
            sql::column(schema, column)?;
        }
        require_own(schema, &upsert.rows, self.scope)?;
        require_apart(upsert, key)?;
        let mut done = Vec::with_capacity(upsert.rows.len());
        self.together(schema, &upsert.rows, |row| {
            let outcome = self.upsert_one(upsert, key, row)?;
            done.push(outcome);
            Ok(match outcome {
                Upserted::Inserted => Some(row.id()),
                Upserted::Replaced { id, .. } => Some(id),
                Upserted::Kept => None,
            })
        })?;
        Ok(done)
    }

    fn upsert_one(&self, upsert: &UpsertRows, key: Key, row: &Row) -> Result<Upserted, StoreError> {
        let schema = upsert.schema;
        if let Some(guard) = &upsert.parent
            && !self.parent_matches(schema, guard, row)?
        {
            return Ok(Upserted::Kept);
        }
        let Some(there) = self.same(schema, key, row)? else {
            self.add(schema, row)?;
            return Ok(Upserted::Inserted);
        };
        if upsert.columns.is_empty() || !is_newer(upsert, &there, row) {
            return Ok(Upserted::Kept);
        }
        let mut columns = Vec::with_capacity(upsert.columns.len() + 2);
        let stamps = ["updated_at", "updated_by"].into_iter();
        let stamps = stamps.filter(|it| schema.position(it).is_some());
        for column in upsert.columns.iter().copied().chain(stamps) {
            if column != "version" && !columns.contains(&column) {
                columns.push(column);
            }
        }
        let statement = sql::replace_columns(schema, there.id(), row, &columns)?;
        let done = self.execute(schema, &statement);
        let mut replaced = row.clone();
        replaced.set(schema, Schema::ID, Value::Uuid(there.id()));
        done.map_err(|it| self.explained(schema, (&replaced, Written::Replacing), it))?;
        Ok(Upserted::Replaced { id: there.id(), version: schema.version(&there).next() })
    }

    /// The row that is there with the key of `row`.
    fn same(
        &self,
        schema: &'static Schema,
        key: Key,
        row: &Row,
    ) -> Result<Option<Row>, StoreError> {
        match key {
            Key::Id => self.as_owner(schema, row, &Select::by_id(schema, row.id())),
            Key::Unique(unique) if speaks_of(schema, unique, row) => {
                self.holder(schema, unique, row)
            }
            Key::Unique(_) => Ok(None),
        }
    }

    /// Whether the row's parent matches. It stays so until the transaction ends, because no one
    /// else writes before.
    fn parent_matches(
        &self,
        schema: &'static Schema,
        guard: &ParentGuard,
        row: &Row,
    ) -> Result<bool, StoreError> {
        sql::column(schema, guard.column)?;
        let Value::Uuid(id) = schema.value(row, guard.column) else { return Ok(false) };
        let by_id = Expr::Compare(Schema::ID, Op::Eq, Value::Uuid(*id));
        let filter = Expr::All([by_id].into_iter().chain(guard.filter.clone()).collect());
        let select = Select { filter: Some(filter), ..Select::all(guard.schema) };
        Ok(self.number(guard.schema, &sql::count(&select, self.scope)?)? > 0)
    }
}

/// Refuses two rows with one key: which of them would be kept, no one said.
fn require_apart(upsert: &UpsertRows, key: Key) -> Result<(), StoreError> {
    let schema = upsert.schema;
    let mut seen: HashSet<Vec<Vec<u8>>> = HashSet::new();
    for row in &upsert.rows {
        if let Key::Unique(unique) = key
            && !speaks_of(schema, unique, row)
        {
            continue;
        }
        let owner = schema.tenant_position().and_then(|at| row.0.get(at));
        let values = upsert.key.iter().map(|it| schema.value(row, it)).chain(owner);
        if !seen.insert(values.map(bytes).collect()) {
            let reason = "two records of one upsert have the same key";
            return Err(StoreError::InvalidQuery { table: schema.table, reason });
        }
    }
    Ok(())
}

/// The same for two values of one column that the database takes for the same.
fn bytes(value: &Value) -> Vec<u8> {
    if let Value::Decimal(it) = value {
        return it.normalize().to_string().into_bytes();
    }
    match codec::store(value) {
        Stored::Null | Stored::Real(_) => Vec::new(),
        Stored::Integer(it) => it.to_be_bytes().to_vec(),
        Stored::Text(it) => it.into_bytes(),
        Stored::Blob(it) => it,
    }
}

fn is_newer(upsert: &UpsertRows, there: &Row, row: &Row) -> bool {
    let Some(column) = upsert.newer_by else { return true };
    let schema = upsert.schema;
    match (schema.value(row, column), schema.value(there, column)) {
        (Value::Bool(new), Value::Bool(old)) => new > old,
        (Value::Int(new), Value::Int(old)) => new > old,
        (Value::Decimal(new), Value::Decimal(old)) => new > old,
        (Value::Text(new), Value::Text(old)) => new > old,
        (Value::Uuid(new), Value::Uuid(old)) => new > old,
        (Value::Time(new), Value::Time(old)) => new > old,
        (Value::Date(new), Value::Date(old)) => new > old,
        (Value::Bytes(new), Value::Bytes(old)) => new > old,
        _ => false,
    }
}
