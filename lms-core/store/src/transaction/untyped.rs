//! What a transaction does with rows of any kind. Nothing of it is generic, so that it compiles once
//! and not once for each record type.
use std::collections::HashMap;

use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::{Transaction, frame::Running};
use crate::{
    Cursor, JsonText, Lock, Ownership, PageSize, Record as _, Row, Schema, Select, StoreError,
    Value,
    audit::{Action, AuditEntry, changes},
    outbox::Message,
};
use lms_kernel::Scope;

impl Transaction {
    pub(super) async fn flush(&mut self) -> Result<(), StoreError> {
        let audit = std::mem::take(&mut self.audit);
        let events: Vec<Row> = self.events.drain(..).map(|it| it.to_row()).collect();
        let batches: Vec<_> = [(AuditEntry::schema(), audit), (Message::schema(), events)]
            .into_iter()
            .filter(|(_, rows)| !rows.is_empty())
            .collect();
        if batches.is_empty() {
            return Ok(());
        }
        for (schema, rows) in &batches {
            self.check(schema, rows)?;
        }
        let span = statement("insert", "audit_entries, outbox_messages");
        let done = self.inner.insert_batches(batches).instrument(span).await;
        self.poison(done)
    }

    pub(super) async fn count_selected(&mut self, select: &Select) -> Result<u64, StoreError> {
        self.live()?;
        self.check_read(select)?;
        let span = statement("count", select.schema.table);
        self.inner.count(select).instrument(span).await
    }

    pub(super) async fn fetch(
        &mut self,
        select: &Select,
        remember: bool,
    ) -> Result<Vec<Row>, StoreError> {
        self.live()?;
        self.check_read(select)?;
        let span = statement("select", select.schema.table);
        let rows = match self.inner.select(select).instrument(span).await {
            Err(error) if select.lock != Lock::None => self.poison(Err(error)),
            other => other,
        }?;
        if select.schema.audited && (remember || select.lock != Lock::None) {
            for row in &rows {
                self.seen.insert((select.schema.table, row.id()), row.clone());
            }
        }
        Ok(rows)
    }

    pub(super) async fn fetch_one(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        lock: Lock,
    ) -> Result<Option<Row>, StoreError> {
        let select = Select { lock, ..Select::by_id(schema, id) };
        let row = self.fetch(&select, true).await?.into_iter().next();
        Ok(row.filter(|it| schema.value(it, "deleted_at").is_null()))
    }

    pub(super) async fn fetch_page(
        &mut self,
        select: &Select,
    ) -> Result<(Vec<Row>, Option<Cursor>), StoreError> {
        let mut rows = Vec::new();
        let next = self.fetch_each(select, &mut |row| rows.push(row)).await?;
        Ok((rows, next))
    }

    /// Hands the rows of a page over, and says where the next page starts.
    pub(super) async fn fetch_each(
        &mut self,
        select: &Select,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Option<Cursor>, StoreError> {
        self.live()?;
        self.check_read(select)?;
        let (mut count, mut next) = (0, None);
        let mut seen =
            (select.schema.audited && select.lock != Lock::None).then_some(&mut self.seen);
        let mut each = |row: Row| {
            count += 1;
            if count == select.limit {
                next = Some(Cursor::after(select, &row));
            }
            if let Some(seen) = &mut seen {
                seen.insert((select.schema.table, row.id()), row.clone());
            }
            take(row);
        };
        let span = statement("select", select.schema.table);
        let done = self.inner.select_each(select, &mut each).instrument(span).await;
        match done {
            Err(error) if select.lock != Lock::None => self.poison(Err(error)),
            done => done.map(|()| next),
        }
    }

    pub(super) async fn insert_rows(
        &mut self,
        schema: &'static Schema,
        rows: Vec<Row>,
    ) -> Result<(), StoreError> {
        self.live()?;
        self.check(schema, &rows)?;
        if schema.audited {
            for row in &rows {
                self.note(Action::Create, schema, row.id(), changes(schema, None, row));
                self.seen.insert((schema.table, row.id()), row.clone());
            }
        }
        let referred = self.referred(schema, &rows);
        let span = statement("insert", schema.table);
        let done = self.inner.insert(schema, rows).instrument(span).await;
        self.poison(done.map_err(|error| explain(error, schema, &referred)))
    }

    pub(super) async fn update_rows(
        &mut self,
        schema: &'static Schema,
        rows: Vec<Row>,
        action: Action,
    ) -> Result<(), StoreError> {
        self.live()?;
        self.check(schema, &rows)?;
        for row in &rows {
            self.known.remove(&(schema.table, row.id()));
        }
        if schema.audited {
            let unseen = self.unseen(schema, &rows).await?;
            for row in &rows {
                let id = row.id();
                let seen = self.seen.get(&(schema.table, id));
                let before = seen.filter(|it| is_replaced(schema, it, row));
                let changes = changes(schema, before.or_else(|| unseen.get(&id)), row);
                self.note(action, schema, id, changes);
                self.seen.insert((schema.table, id), row.clone());
            }
        }
        let referred = self.referred(schema, &rows);
        let span = statement("update", schema.table);
        let done = self.inner.update(schema, rows).instrument(span).await;
        self.poison(done.map_err(|error| explain(error, schema, &referred)))
    }

    /// The things that an operation's first row refers to, by column; of what no operation writes,
    /// none.
    pub(super) fn referred(&self, schema: &'static Schema, rows: &[Row]) -> Vec<Referred> {
        let Some(row) = rows.first().filter(|_| self.frame.running.is_some()) else {
            return Vec::new();
        };
        let columns = schema.columns.iter();
        columns
            .filter_map(|it| match schema.value(row, it.name) {
                Value::Uuid(id) => {
                    Some(Referred { column: it.name, table: it.references?, id: *id })
                }
                _ => None,
            })
            .collect()
    }

    /// The rows that these replace, read now as far as they were not read here before.
    pub(super) async fn unseen(
        &mut self,
        schema: &'static Schema,
        rows: &[Row],
    ) -> Result<HashMap<Uuid, Row>, StoreError> {
        let is_unseen = |row: &&Row| {
            let seen = self.seen.get(&(schema.table, row.id()));
            !seen.is_some_and(|it| is_replaced(schema, it, row))
        };
        let ids: Vec<Uuid> = rows.iter().filter(is_unseen).map(Row::id).collect();
        let mut found = HashMap::with_capacity(ids.len());
        for some in ids.chunks(PageSize::MAX.get() as usize) {
            let span = statement("select", schema.table);
            let rows = self.inner.select(&Select::by_ids(schema, some)).instrument(span).await?;
            found.extend(rows.into_iter().map(|it| (it.id(), it)));
        }
        Ok(found)
    }

    pub(super) fn note(
        &mut self,
        action: Action,
        schema: &Schema,
        id: Uuid,
        changes: impl Into<JsonText>,
    ) {
        let entry =
            AuditEntry::of(&self.frame.cx, action, schema.kind, id, serde_json::Value::Null);
        let mut row = self.within_operation(entry).to_row();
        row.set(AuditEntry::schema(), "changes", Value::Json(changes.into()));
        self.audit.push(row);
    }

    /// The entry, as one of the operation that the host runs.
    pub(super) fn within_operation(&self, entry: AuditEntry) -> AuditEntry {
        AuditEntry { operation: self.frame.outermost.map(str::to_owned), ..entry }
    }

    pub(super) fn live(&self) -> Result<(), StoreError> {
        if self.poisoned { Err(StoreError::Poisoned) } else { Ok(()) }
    }

    pub(super) fn poison<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.poisoned |= done.is_err();
        done
    }

    /// Whether rows of that table may be written by now.
    pub(super) fn may_write(&self, schema: &Schema) -> Result<(), StoreError> {
        self.frame.running.as_ref().map_or(Ok(()), Running::check_write)?;
        match schema.ownership {
            Ownership::Tenant => Ok(()),
            Ownership::Platform => {
                self.check_platform(schema)?;
                self.check_within(schema.table)
            }
        }
    }

    // INVARIANT: what a tenant alone never sees is not read as if there were none of it.
    fn check_read(&self, select: &Select) -> Result<(), StoreError> {
        let schema = select.schema;
        if schema.ownership == Ownership::Platform {
            // Of `tenants`, the one such table with a column for it, a tenant sees its own row.
            if schema.tenant_position().is_none() {
                self.check_platform(schema)?;
            }
            if select.lock != Lock::None {
                self.check_within(schema.table)?;
            }
        }
        select.after.as_ref().map_or(Ok(()), |cursor| cursor.check(select))
    }

    fn check_platform(&self, schema: &Schema) -> Result<(), StoreError> {
        match self.scope {
            Scope::Tenant(_) => Err(StoreError::NeedsPlatform { table: schema.table }),
            _ => Ok(()),
        }
    }

    // INVARIANT: a transaction writes only rows that its scope owns, and only values that every
    // backend can keep.
    pub(super) fn check(
        &mut self,
        schema: &'static Schema,
        rows: &[Row],
    ) -> Result<(), StoreError> {
        let checked = self.may_write(schema).and_then(|()| {
            rows.iter().try_for_each(|row| {
                check_owner(self.scope, schema, row)?;
                schema.check(row)
            })
        });
        self.poison(checked)
    }
}

/// The span of one statement: the action and the table. It never contains values.
pub(crate) fn statement(operation: &'static str, table: &'static str) -> Span {
    tracing::trace_span!("statement", operation, table)
}

/// A thing that a row refers to.
pub(super) struct Referred {
    column: &'static str,
    table: &'static str,
    id: Uuid,
}

/// The error as the caller of an operation meets it: a thing that is not there, or is another
/// tenant's, is not found, whether the operation looked for it or left that to the store.
pub(super) fn explain(error: StoreError, schema: &Schema, referred: &[Referred]) -> StoreError {
    let StoreError::BrokenReference { table, columns } = &error else { return error };
    let mut found = referred.iter().filter(|it| columns.contains(&it.column));
    match found.next().filter(|_| *table == schema.table) {
        Some(it) => StoreError::NotFound { table: it.table, id: it.id },
        None => error,
    }
}

/// Whether `row` is the next version of `before`.
fn is_replaced(schema: &Schema, before: &Row, row: &Row) -> bool {
    schema.version(before).next() == schema.version(row)
}

pub(super) fn check_owner(
    scope: Scope,
    schema: &'static Schema,
    row: &Row,
) -> Result<(), StoreError> {
    let within = match (scope, schema.ownership) {
        (Scope::AllTenants, _) => true,
        (scope, Ownership::Platform) => scope.includes_platform(),
        (scope, Ownership::Tenant) => {
            scope.tenant().is_some_and(|own| schema.owner(row) == Some(own))
        }
    };
    if within { Ok(()) } else { Err(StoreError::OutOfScope { table: schema.table }) }
}
