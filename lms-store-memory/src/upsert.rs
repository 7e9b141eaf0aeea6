//! Declared upserts.
use std::{collections::HashSet, sync::Arc};

use lms_store::{
    Expr, Lock, Op, ParentGuard, Row, Schema, Select, StoreError, UpsertRows, Upserted, Value,
};
use uuid::Uuid;

use crate::{
    checks::holder,
    claims::{Claim, RowKey},
    eval::{compare, position},
    own::Writer,
    select::{Found, Meter, find},
    shape::Shape,
    transaction::{MemoryTransaction, Write, value},
};

/// Which rows are the same.
#[derive(Clone, Copy)]
enum Arbiter {
    Id,
    Unique(usize),
}

impl Arbiter {
    fn of(shape: &Shape, key: &[&'static str]) -> Result<Self, StoreError> {
        if key == [Schema::ID] {
            return Ok(Self::Id);
        }
        let unique = shape.uniques.iter().position(|it| it.is_over(key));
        let reason = "the key of an upsert must be declared unique";
        let refused = StoreError::InvalidQuery { table: shape.schema.table, reason };
        unique.map(Self::Unique).ok_or(refused)
    }

    fn writer(self) -> Writer {
        match self {
            Self::Id => Writer::UpsertById,
            Self::Unique(number) => Writer::UpsertByUnique(number),
        }
    }
}

impl MemoryTransaction {
    pub(crate) fn upsert_rows(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        let schema = upsert.schema;
        let shape = self.shape(schema);
        let arbiter = Arbiter::of(&shape, &upsert.key)?;
        for column in upsert.columns.iter().chain(upsert.newer_by.as_slice()) {
            position(schema, column, None)?;
        }
        let (mut done, mut written) = (Vec::with_capacity(upsert.rows.len()), Vec::new());
        let mut touched = HashSet::new();
        for row in &upsert.rows {
            let owner = self.owner_within(schema, row)?;
            let guarded = upsert.parent.as_ref();
            if !guarded.map_or(Ok(true), |it| self.parent_matches(schema, it, row))? {
                done.push(Upserted::Kept);
                continue;
            }
            let there = self.same(&shape, arbiter, (owner, row));
            let id = there.as_ref().map_or(row.id(), |it| it.id());
            if !touched.insert((owner, id)) {
                if there.is_none() {
                    return Err(crate::checks::duplicate(&shape, None));
                }
                let reason = "two records of one upsert have the same key";
                return Err(StoreError::InvalidQuery { table: schema.table, reason });
            }
            let outcome = match there {
                None => {
                    let write = Write { owner, row: row.clone(), by: arbiter.writer() };
                    self.add(&shape, write)?;
                    Upserted::Inserted
                }
                Some(there) => match replacement(&upsert, &there, row) {
                    None => Upserted::Kept,
                    Some(row) => {
                        let version = schema.version(&row);
                        self.write(&shape, Write { owner, row, by: arbiter.writer() })?;
                        Upserted::Replaced { id, version }
                    }
                },
            };
            if outcome.is_written() {
                written.push((owner, id));
            }
            done.push(outcome);
        }
        self.check_written(&shape, &written)?;
        Ok(done)
    }

    /// The row that is there with the key of `row`.
    fn same(
        &self,
        shape: &Shape,
        arbiter: Arbiter,
        (owner, row): (Uuid, &Row),
    ) -> Option<Arc<Row>> {
        let view = self.view();
        let part = view.part(shape.schema.table, owner)?;
        let id = match arbiter {
            Arbiter::Id => row.id(),
            Arbiter::Unique(number) => {
                let rule = shape.uniques.get(number).filter(|it| it.speaks_of(row))?;
                // The same record sent again has the same id as well as the same key.
                let again = part
                    .get(row.id())
                    .filter(|it| rule.speaks_of(it) && rule.key(it) == rule.key(row));
                match again {
                    Some(it) => it.id(),
                    None => holder(view, shape, rule, (owner, row))?.id(),
                }
            }
        };
        part.get(id).cloned()
    }

    fn add(&mut self, shape: &Arc<Shape>, write: Write) -> Result<(), StoreError> {
        let part = self.view().part(shape.schema.table, write.owner);
        if part.is_some_and(|it| it.get(write.row.id()).is_some()) {
            return Err(crate::checks::duplicate(shape, None));
        }
        self.write(shape, write)
    }

    /// Whether the row's parent matches; then it is shared until the transaction ends.
    fn parent_matches(
        &mut self,
        schema: &'static Schema,
        guard: &ParentGuard,
        row: &Row,
    ) -> Result<bool, StoreError> {
        let column = position(schema, guard.column, None)?;
        let Value::Uuid(id) = value(row, Some(column)) else { return Ok(false) };
        let by_id = Expr::Compare(Schema::ID, Op::Eq, Value::Uuid(*id));
        let filter = Expr::All([by_id].into_iter().chain(guard.filter.clone()).collect());
        let select = Select {
            filter: Some(filter),
            limit: 1,
            lock: Lock::Share,
            ..Select::all(guard.schema)
        };
        let found = find(&select, self.site(), &Meter::default(), &|_| false)?;
        let Some(Found { owner, row }) = found.first().copied() else { return Ok(false) };
        let parent = RowKey { table: guard.schema.table, owner, id: row.id() };
        self.claim(parent, Claim::SHARED | Claim::DECLARED)?;
        Ok(true)
    }
}

/// The row that takes the place of the one that is there; none where that one is kept.
fn replacement(upsert: &UpsertRows, there: &Row, row: &Row) -> Option<Row> {
    let schema = upsert.schema;
    if upsert.columns.is_empty() {
        return None;
    }
    if let Some(column) = upsert.newer_by {
        let order = compare(schema.value(row, column), schema.value(there, column))?;
        if !order.is_gt() {
            return None;
        }
    }
    let mut replacement = there.clone();
    let stamps = ["updated_at", "updated_by"];
    for column in upsert.columns.iter().copied().chain(stamps) {
        replacement.set(schema, column, schema.value(row, column).clone());
    }
    let version = schema.version(there).next().get();
    if let Some(slot) = replacement.0.get_mut(schema.version_position()) {
        *slot = Value::Int(version);
    }
    Some(replacement)
}
