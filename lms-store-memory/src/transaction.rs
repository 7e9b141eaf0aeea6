//! One unit of work on a memory store.
use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use lms_kernel::{Scope, Version};
use lms_store::{
    BackendTransaction, Lock, Ownership, Row, Schema, Select, StoreError, UpsertRows, Upserted,
    Value,
};
use uuid::Uuid;

use crate::{
    checks::{check_references, check_uniques, check_unreferred, duplicate},
    claims::{Claim, RowKey, State, Ticket},
    commit::commit,
    contents::Contents,
    eval::Site,
    own::{Change, Own, Writer},
    select::{self, Found},
    shape::{Shape, owner_of},
    store::Shared,
    view::View,
};

/// One unit of work: a snapshot of the state committed before its first statement, its own writes
/// over it, and the rows it claims.
pub(crate) struct MemoryTransaction {
    shared: Arc<Shared>,
    scope: Scope,
    snapshot: Option<(Ticket, Arc<Contents>)>,
    pub(crate) own: Own,
    claims: BTreeMap<RowKey, Claim>,
    failed: bool,
}

/// A write of one row.
pub(crate) struct Write {
    pub(crate) owner: Uuid,
    pub(crate) row: Row,
    pub(crate) by: Writer,
}

impl MemoryTransaction {
    pub(crate) fn new(shared: Arc<Shared>, scope: Scope) -> Self {
        let (own, claims) = (Own::default(), BTreeMap::new());
        Self { shared, scope, snapshot: None, own, claims, failed: false }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at what is committed, once, at the first statement.
    fn look(&mut self) -> Ticket {
        if let Some((ticket, _)) = self.snapshot {
            return ticket;
        }
        let (ticket, contents) = self.state().open();
        self.snapshot = Some((ticket, contents));
        ticket
    }

    /// Runs a statement, unless an earlier one failed. After a failed write the transaction can
    /// only be rolled back.
    fn attempt<T>(
        &mut self,
        statement: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failed {
            return Err(StoreError::Poisoned);
        }
        self.look();
        let done = statement(self);
        self.failed = done.is_err();
        done
    }

    pub(crate) fn view(&self) -> View<'_> {
        let base = self.snapshot.as_ref().map_or(&*self.shared.nothing, |(_, it)| &**it);
        View { base, own: &self.own }
    }

    pub(crate) fn site(&self) -> Site<'_> {
        Site { view: self.view(), scope: self.scope }
    }

    pub(crate) fn shape(&mut self, schema: &'static Schema) -> Arc<Shape> {
        let known = self.view().shape(schema.table).cloned();
        self.own.shape(schema.table, || known.unwrap_or_else(|| Arc::new(Shape::of(schema))))
    }

    pub(crate) fn claim(&mut self, row: RowKey, claim: Claim) -> Result<(), StoreError> {
        let held = self.claims.get(&row).copied().unwrap_or_default();
        if held | claim == held {
            return Ok(());
        }
        let ticket = self.look();
        self.state().claim(ticket, row, claim)?;
        self.claims.insert(row, held | claim);
        Ok(())
    }

    /// Whose row this is, when it may be added within the scope.
    pub(crate) fn owner_within(
        &self,
        schema: &'static Schema,
        row: &Row,
    ) -> Result<Uuid, StoreError> {
        let owner = owner_of(schema, row);
        let within = match (schema.ownership, self.scope) {
            (_, Scope::AllTenants) => true,
            (Ownership::Platform, scope) => scope.includes_platform(),
            (Ownership::Tenant, scope) => scope.tenant().is_some_and(|it| owner == Some(it.uuid())),
        };
        owner.filter(|_| within).ok_or(StoreError::OutOfScope { table: schema.table })
    }

    /// The row that a write replaces: its owner and version. What the scope only lets read looks
    /// as if it were not there.
    fn replaced(&self, schema: &'static Schema, id: Uuid) -> Result<Found<'_>, StoreError> {
        let readable = schema.ownership == Ownership::Platform && !self.scope.includes_platform();
        let found = select::by_id(schema, id, self.site()).filter(|_| !readable);
        found.ok_or(StoreError::NotFound { table: schema.table, id })
    }

    /// Notes a write whose row is there already, and checks what can be checked row by row.
    pub(crate) fn write(&mut self, shape: &Arc<Shape>, write: Write) -> Result<(), StoreError> {
        let Write { owner, row, by } = write;
        let (table, id, row) = (shape.schema.table, row.id(), Arc::new(row));
        let existed = self.existed(table, owner, id);
        if existed {
            let declared = if by == Writer::Plain { Claim::default() } else { Claim::DECLARED };
            self.claim(RowKey { table, owner, id }, Claim::WRITTEN | declared)?;
        }
        let by = self.own.brought_by(shape, (owner, &row)).filter(|_| !existed).unwrap_or(by);
        let change = Change { existed, row: Some(Arc::clone(&row)), by };
        self.own.write(shape, owner, id, change);
        check_uniques(self.view(), shape, owner, &row)
    }

    fn existed(&self, table: &str, owner: Uuid, id: Uuid) -> bool {
        let base = self.view().base;
        base.partition(table, owner).is_some_and(|it| it.rows.get(&id).is_some())
    }

    fn read(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let found = select::find(select, self.site(), &self.shared.meter, &|_| false)?;
        Ok(found.into_iter().map(|it| Row::clone(it.row)).collect())
    }

    fn read_locked(&mut self, select: &Select, claim: Claim) -> Result<Vec<Row>, StoreError> {
        let found = select::find(select, self.site(), &self.shared.meter, &|_| false)?;
        let found: Vec<_> = found.iter().map(|it| (it.owner, Arc::clone(it.row))).collect();
        for (owner, row) in &found {
            self.claim(RowKey { table: select.schema.table, owner: *owner, id: row.id() }, claim)?;
        }
        Ok(found.into_iter().map(|(_, row)| Arc::unwrap_or_clone(row)).collect())
    }

    /// Claims rows that no one else holds. Another may take one between finding and claiming it;
    /// then it looks again.
    fn read_free(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let (table, ticket) = (select.schema.table, self.look());
        loop {
            let key = |it: &Found<'_>| RowKey { table, owner: it.owner, id: it.row.id() };
            let taken = |it: Found<'_>| self.state().is_taken(ticket, &key(&it));
            let found = select::find(select, self.site(), &self.shared.meter, &taken)?;
            let mut state = self.state();
            let claims: Vec<_> = found.iter().map(key).collect();
            if claims.iter().any(|it| state.is_taken(ticket, it)) {
                continue;
            }
            for row in &claims {
                state.claim(ticket, *row, Claim::HELD)?;
            }
            drop(state);
            let rows = found.into_iter().map(|it| Row::clone(it.row)).collect();
            for row in claims {
                let held = self.claims.entry(row).or_default();
                *held = *held | Claim::HELD;
            }
            return Ok(rows);
        }
    }

    fn insert_rows(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        let shape = self.shape(schema);
        let mut added = Vec::with_capacity(rows.len());
        for row in rows {
            let (owner, id) = (self.owner_within(schema, &row)?, row.id());
            if self.view().part(schema.table, owner).is_some_and(|it| it.get(id).is_some()) {
                return Err(duplicate(&shape, None));
            }
            self.write(&shape, Write { owner, row, by: Writer::Plain })?;
            added.push((owner, id));
        }
        self.check_written(&shape, &added)
    }

    /// Checks the references of what a statement wrote, at its end: its rows may refer to each
    /// other.
    pub(crate) fn check_written(
        &self,
        shape: &Shape,
        written: &[(Uuid, Uuid)],
    ) -> Result<(), StoreError> {
        if shape.references.is_empty() {
            return Ok(());
        }
        let view = self.view();
        written.iter().try_for_each(|(owner, id)| {
            let row = view.part(shape.schema.table, *owner).and_then(|it| it.get(*id));
            row.map_or(Ok(()), |row| check_references(view, shape, *owner, row))
        })
    }

    fn update_rows(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        let shape = self.shape(schema);
        let table = schema.table;
        let mut written = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id();
            let missing = StoreError::NotFound { table, id };
            let owner = self.owner_within(schema, &row).map_err(|_| missing)?;
            let part = self.view().part(table, owner);
            let Some(stored) = part.and_then(|it| it.get(id)) else {
                return Err(StoreError::NotFound { table, id });
            };
            if schema.version(stored).next() != schema.version(&row) {
                return Err(StoreError::Conflict { table, id });
            }
            self.write(&shape, Write { owner, row, by: Writer::Plain })?;
            written.push((owner, id));
        }
        self.check_written(&shape, &written)
    }

    fn delete_row(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        let shape = self.shape(schema);
        let table = schema.table;
        let found = self.replaced(schema, id)?;
        let owner = found.owner;
        if schema.version(found.row) != expected {
            return Err(StoreError::Conflict { table, id });
        }
        let existed = self.existed(table, owner, id);
        if existed {
            self.claim(RowKey { table, owner, id }, Claim::WRITTEN)?;
        }
        self.own.write(&shape, owner, id, Change { existed, row: None, by: Writer::Plain });
        check_unreferred(self.view(), &shape, owner, id)
    }
}

#[async_trait]
impl BackendTransaction for MemoryTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        if self.failed {
            return Err(StoreError::Poisoned);
        }
        self.look();
        match select.lock {
            Lock::None => self.read(select),
            Lock::Share => self.attempt(|it| it.read_locked(select, Claim::SHARED)),
            Lock::Update => self.attempt(|it| it.read_locked(select, Claim::HELD)),
            Lock::SkipLocked => self.attempt(|it| it.read_free(select)),
        }
    }

    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        if self.failed {
            return Err(StoreError::Poisoned);
        }
        self.look();
        select::count(select, self.site(), &self.shared.meter)
    }

    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.attempt(|it| it.insert_rows(schema, rows))
    }

    async fn upsert(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        self.attempt(|it| it.upsert_rows(upsert))
    }

    async fn update(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.attempt(|it| it.update_rows(schema, rows))
    }

    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        self.attempt(|it| it.delete_row(schema, id, expected))
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Poisoned);
        }
        let Some((ticket, contents)) = self.snapshot.take() else { return Ok(()) };
        let own = mem::take(&mut self.own);
        let claims = mem::take(&mut self.claims);
        let mut state = self.state();
        // From here on the contents may be changed in place.
        drop(contents);
        let idle = own.is_empty() && claims.is_empty();
        let done = if idle { Ok(()) } else { commit(&mut state, ticket, own, &claims) };
        state.close(ticket, claims.keys());
        done
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Drop for MemoryTransaction {
    fn drop(&mut self) {
        if let Some((ticket, _)) = self.snapshot.take() {
            let claims = mem::take(&mut self.claims);
            self.state().close(ticket, claims.keys());
        }
    }
}

impl std::fmt::Debug for MemoryTransaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryTransaction").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// The value of `column`, or null.
pub(crate) fn value(row: &Row, at: Option<usize>) -> &Value {
    at.and_then(|it| row.0.get(it)).unwrap_or(&Value::Null)
}
