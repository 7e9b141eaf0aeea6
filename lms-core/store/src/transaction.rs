//! A unit of work over every kind of record.
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    audit::{Action, AuditEntry, Denial},
    outbox::{DomainEvent, Message},
    {
        Backend, BackendTransaction, Col, Cursor, Filter, Lock, Page, PageSize, Ports, Query,
        Record, RecordStamp as _, Report, Row, Schema, Select, Store, StoreError, Upsert, Upserted,
    },
};
use lms_kernel::{Actor, Context, Id, Scope, Timestamp};

mod frame;
mod rows;
mod untyped;

use frame::Frame;
pub use frame::Framed;
use untyped::explain;
pub(crate) use untyped::statement;

/// A unit of work over every kind of record.
///
/// It does once, for every record, what no record should forget: it checks the owner, raises the
/// version, hides deleted rows, and writes the audit trail and the events when it commits. It
/// carries the [`Context`](lms_kernel::Context): actor, tenant, time and ids.
///
/// # Lifecycle
/// Open until [`commit`](Self::commit) or [`rollback`](Self::rollback); dropping it rolls back. A
/// failed write poisons it: every later call fails, and only rolling back is left.
///
/// ```
/// # extern crate lms_store as lms_core;
/// # use lms_kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp};
/// # use lms_store::{Record, Stamp, Store, StoreError};
/// # use lms_store_memory::MemoryStore;
/// # /// A note on a board.
/// # #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Record)]
/// # #[record(table = "notes")]
/// # pub struct Note {
/// #     /// The id.
/// #     pub id: Id<Note>,
/// #     /// The stamp.
/// #     #[record(flatten)]
/// #     pub stamp: Stamp,
/// #     /// The text.
/// #     pub text: String,
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// # let ids = std::sync::Arc::new(SequentialIds::new());
/// # let cx = Context::new(TenantId::SINGLE, Actor::system("docs"), Timestamp::EPOCH, ids);
/// let store = Store::new(MemoryStore::new());
/// let mut tx = store.begin(&cx).await?;
/// let mut note = Note { id: cx.id(), stamp: Stamp::new(&cx), text: "Draft".into() };
/// tx.insert(&note).await?;
/// note.text = "Final".into();
/// tx.update(&mut note).await?;
/// tx.commit().await?;
///
/// let mut tx = store.begin(&cx).await?;
/// tx.delete(&mut note).await?;
/// assert!(tx.get(note.id).await?.is_none(), "deleted records are hidden");
/// drop(tx);
/// let mut tx = store.begin(&cx).await?;
/// assert!(tx.get(note.id).await?.is_some(), "dropping it rolled back");
/// # Ok(())
/// # }
/// ```
///
/// # Pitfalls
/// - An update of a record that changed since it was read fails with a conflict. Read it again, or
///   let [`Store::transact`](crate::Store::transact) repeat the work.
/// - To decide on counts (the last seat), lock the parent first with [`lock`](Self::lock).
/// - Calls are one after the other: it is `&mut`, so there are no parallel statements.
pub struct Transaction {
    inner: Box<dyn BackendTransaction>,
    backend: Option<Arc<dyn Backend>>,
    /// What the host has installed beside the backend.
    ports: Ports,
    /// Who acts and when.
    frame: Frame,
    scope: Scope,
    poisoned: bool,
    /// Rows of audited tables as they were read, so that a change can say what it changed.
    seen: HashMap<(&'static str, Uuid), Row>,
    /// Rows that were recalled, until they are written here.
    known: HashMap<(&'static str, Uuid), Row>,
    /// Entries of the trail, as they will be stored.
    audit: Vec<Row>,
    events: Vec<Message>,
    /// Entries of the trail that are stored although the work is rolled back.
    denials: Vec<Row>,
    extensions: HashMap<TypeId, Box<dyn Any + Send>>,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction")
            .field("scope", &self.scope)
            .field("poisoned", &self.poisoned)
            .finish_non_exhaustive()
    }
}

impl Transaction {
    /// A unit of work over a transaction that a backend, or a host through its backend, began.
    pub fn from_backend(inner: Box<dyn BackendTransaction>, cx: &Context, scope: Scope) -> Self {
        Self {
            inner,
            backend: None,
            ports: Ports::default(),
            frame: Frame::new(cx.clone()),
            scope,
            poisoned: false,
            seen: HashMap::new(),
            known: HashMap::new(),
            audit: Vec::new(),
            events: Vec::new(),
            denials: Vec::new(),
            extensions: HashMap::new(),
        }
    }

    pub(crate) fn on(
        store: &Store,
        inner: Box<dyn BackendTransaction>,
        cx: &Context,
        scope: Scope,
    ) -> Self {
        let backend = Some(Arc::clone(store.backend()));
        Self { backend, ports: store.ports().clone(), ..Self::from_backend(inner, cx, scope) }
    }

    /// Whose rows it sees.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The record with that id, unless it is deleted.
    pub async fn get<R: Record>(&mut self, id: Id<R>) -> Result<Option<R>, StoreError> {
        let row = self.fetch_one(R::schema(), id.uuid(), Lock::None).await?;
        row.map(R::from_row).transpose()
    }

    /// The record with that id as this transaction saw it first, unless it wrote it since: read
    /// once, and remembered. For what a decision looks at beside the record that it is about, such
    /// as the course of an attempt. What is changed or counted is read by [`get`](Self::get) or
    /// [`lock`](Self::lock).
    pub async fn recall<R: Record>(&mut self, id: Id<R>) -> Result<Option<R>, StoreError> {
        let key = (R::TABLE, id.uuid());
        if let Some(row) = self.known.get(&key) {
            return R::from_row(row.clone()).map(Some);
        }
        let Some(row) = self.fetch_one(R::schema(), id.uuid(), Lock::None).await? else {
            return Ok(None);
        };
        self.known.insert(key, row.clone());
        R::from_row(row).map(Some)
    }

    /// The record with that id; an error when there is none.
    pub async fn require<R: Record>(&mut self, id: Id<R>) -> Result<R, StoreError> {
        self.get(id).await?.ok_or(StoreError::NotFound { table: R::TABLE, id: id.uuid() })
    }

    /// The record with that id, held until the transaction ends: anyone who reads many rows to
    /// decide locks their parent first.
    pub async fn lock<R: Record>(&mut self, id: Id<R>) -> Result<R, StoreError> {
        let row = self.fetch_one(R::schema(), id.uuid(), Lock::Update).await?;
        R::from_row(row.ok_or(StoreError::NotFound { table: R::TABLE, id: id.uuid() })?)
    }

    /// The record with that id, which stays as it is until the transaction ends: others may read and
    /// share it, and who would change it waits.
    pub async fn share<R: Record>(&mut self, id: Id<R>) -> Result<R, StoreError> {
        let row = self.fetch_one(R::schema(), id.uuid(), Lock::Share).await?;
        R::from_row(row.ok_or(StoreError::NotFound { table: R::TABLE, id: id.uuid() })?)
    }

    /// The same, where it is there: what has to go on without a record that may be deleted, such as
    /// a learner's exit from a course, asks for it so.
    pub async fn lock_if_present<R: Record>(&mut self, id: Id<R>) -> Result<Option<R>, StoreError> {
        let row = self.fetch_one(R::schema(), id.uuid(), Lock::Update).await?;
        row.map(R::from_row).transpose()
    }

    /// The record with that id, deleted or not; an error when it never was or was purged. For what
    /// is asked about a record that refers to it, such as who led the course of an enrollment.
    pub async fn require_even_deleted<R: Record>(&mut self, id: Id<R>) -> Result<R, StoreError> {
        let found = self.get_even_deleted(id).await?;
        found.ok_or(StoreError::NotFound { table: R::TABLE, id: id.uuid() })
    }

    /// The record with that id, deleted or not; `None` when it never was or was purged.
    pub async fn get_even_deleted<R: Record>(
        &mut self,
        id: Id<R>,
    ) -> Result<Option<R>, StoreError> {
        self.first(Query::of_ids([id]).with_deleted()).await
    }

    /// The records with those ids that are there, in no promised order.
    pub async fn get_many<R: Record>(&mut self, ids: &[Id<R>]) -> Result<Vec<R>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(PageSize::MAX.get() as usize) {
            let ids = Col::<R, Id<R>>::new(Schema::ID).is_in(chunk.iter().copied());
            found.extend(self.page(Query::filter(ids)).await?.items);
        }
        Ok(found)
    }

    /// The first record that matches.
    pub async fn first<R: Record>(&mut self, query: Query<R>) -> Result<Option<R>, StoreError> {
        let select = query.limit(PageSize::ONE).into_select();
        let rows = self.fetch(&select, true).await?;
        rows.into_iter().next().map(R::from_row).transpose()
    }

    /// One page of the records that match, and where the next one starts.
    pub async fn page<R: Record>(&mut self, query: Query<R>) -> Result<Page<R>, StoreError> {
        let mut items = Vec::new();
        let next = self.read_into(&query.into_select(), &mut items).await?;
        Ok(Page { items, next })
    }

    /// The records of a page that can be read: for queues, in which a row whose stored values mean
    /// nothing any more holds up no other. [`JobRun::note_unreadable`](crate::job::JobRun::note_unreadable)
    /// reports those.
    ///
    /// # Errors
    /// [`StoreError`], but not [`StoreError::Corrupt`].
    pub async fn readable<R: Record>(&mut self, query: Query<R>) -> Result<Vec<R>, StoreError> {
        let mut items = Vec::new();
        let mut take = |row| items.extend(R::from_row(row).ok());
        self.fetch_each(&query.into_select(), &mut take).await?;
        Ok(items)
    }

    /// Every record that matches, page by page. For sets whose size the domain bounds, such as
    /// the questions of a test; a set that grows with use is read by pages.
    pub async fn all<R: Record>(&mut self, query: Query<R>) -> Result<Vec<R>, StoreError> {
        let mut found = Vec::new();
        let mut select = query.limit(PageSize::MAX).into_select();
        loop {
            match self.read_into(&select, &mut found).await? {
                None => return Ok(found),
                after => select.after = after,
            }
        }
    }

    /// Adds the records of a page, each read as its row arrives, and says where the next starts.
    async fn read_into<R: Record>(
        &mut self,
        select: &Select,
        items: &mut Vec<R>,
    ) -> Result<Option<Cursor>, StoreError> {
        let mut unread = None;
        let mut take = |row| match R::from_row(row) {
            Ok(record) if unread.is_none() => items.push(record),
            Ok(_) => {}
            Err(error) => unread = unread.take().or(Some(error)),
        };
        let next = self.fetch_each(select, &mut take).await?;
        unread.map_or(Ok(next), Err)
    }

    /// How many records match.
    pub async fn count<R: Record>(&mut self, query: Query<R>) -> Result<u64, StoreError> {
        self.count_selected(&query.into_select()).await
    }

    /// Whether any record matches.
    pub async fn exists<R: Record>(&mut self, query: Query<R>) -> Result<bool, StoreError> {
        let rows = self.fetch(&query.limit(PageSize::ONE).into_select(), false).await?;
        Ok(!rows.is_empty())
    }

    /// Adds a record.
    pub async fn insert<R: Record>(&mut self, record: &R) -> Result<(), StoreError> {
        self.insert_rows(R::schema(), vec![record.to_row()]).await
    }

    /// Adds records.
    pub async fn insert_all<R: Record>(&mut self, records: &[R]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        self.insert_rows(R::schema(), records.iter().map(R::to_row).collect()).await
    }

    /// Adds a record, or does what `upsert` declares to the one that is there. Not audited:
    /// audited records are changed by [`update`](Self::update).
    pub async fn upsert<R: Record>(
        &mut self,
        record: &R,
        upsert: Upsert<R>,
    ) -> Result<Upserted, StoreError> {
        let done = self.upsert_all(std::slice::from_ref(record), upsert).await?;
        Ok(done.first().copied().unwrap_or(Upserted::Kept))
    }

    /// The same for several records, no two with the same key.
    pub async fn upsert_all<R: Record>(
        &mut self,
        records: &[R],
        upsert: Upsert<R>,
    ) -> Result<Vec<Upserted>, StoreError> {
        self.live()?;
        let rows: Vec<Row> = records.iter().map(R::to_row).collect();
        self.check(R::schema(), &rows)?;
        self.known.retain(|(table, _), _| *table != R::TABLE);
        let referred = self.referred(R::schema(), &rows);
        let upsert = upsert.rows(rows)?;
        let span = statement("upsert", R::TABLE);
        let done = self.inner.upsert(upsert).instrument(span).await;
        self.poison(done.map_err(|error| explain(error, R::schema(), &referred)))
    }

    /// Writes `record` over the version it was read at, and bumps it.
    pub async fn update<R: Record>(&mut self, record: &mut R) -> Result<(), StoreError> {
        self.update_all(std::slice::from_mut(record)).await
    }

    /// Writes each record over the version it was read at, and bumps them.
    pub async fn update_all<R: Record>(&mut self, records: &mut [R]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let (now, by) = (self.frame.cx.now(), self.frame.cx.actor_id());
        let mut written = records.to_vec();
        for record in &mut written {
            let version = record.stamp().version().next();
            record.stamp_mut().written(version, now, by);
        }
        let rows = written.iter().map(R::to_row).collect();
        self.update_rows(R::schema(), rows, Action::Update).await?;
        records.clone_from_slice(&written);
        Ok(())
    }

    /// Deletes the record so that it can be restored: reads hide it from now on. An append-only
    /// record, which cannot be hidden, is refused.
    pub async fn delete<R: Record>(&mut self, record: &mut R) -> Result<(), StoreError> {
        self.set_deleted(record, Some(self.frame.cx.now()), Action::Delete).await
    }

    /// Brings a deleted record back.
    pub async fn restore<R: Record>(&mut self, record: &mut R) -> Result<(), StoreError> {
        self.set_deleted(record, None, Action::Restore).await
    }

    /// Removes the record for good. What still refers to it must go first.
    pub async fn purge<R: Record>(&mut self, record: &R) -> Result<(), StoreError> {
        self.live()?;
        let (schema, id) = (R::schema(), record.id().uuid());
        self.check(schema, &[record.to_row()])?;
        self.known.remove(&(schema.table, id));
        let span = statement("delete", R::TABLE);
        let done = self.inner.delete(schema, id, record.stamp().version()).instrument(span).await;
        self.poison(done)?;
        if schema.audited {
            self.note(Action::Purge, schema, id, serde_json::Value::Null);
        }
        Ok(())
    }

    /// Announces what happened, in this transaction: the event is stored if and only if the
    /// transaction commits.
    pub fn emit<E: DomainEvent>(&mut self, event: &E) {
        self.events.push(Message::new(&self.frame.cx, event));
    }

    /// Notes something that left no change of its own, such as a login or an export. The entry
    /// bears the name of the operation that runs.
    pub fn record_audit(&mut self, entry: AuditEntry) {
        let row = self.within_operation(entry).to_row();
        self.audit.push(row);
    }

    /// Notes that the actor was refused. The note is kept although the work is rolled back: by
    /// [`Store::transact`](crate::Store::transact) and by [`rollback`](Self::rollback).
    pub fn record_denial(&mut self, denial: Denial) {
        let row = self.within_operation(denial.entry(&self.frame.cx)).to_row();
        self.denials.push(row);
    }

    /// Forgets the notes of refused attempts too.
    pub(crate) fn forget_denials(&mut self) {
        self.denials.clear();
    }

    /// What a service keeps for as long as the transaction runs, such as who acts: one value of
    /// each type.
    pub fn extension<T: Any + Send>(&self) -> Option<&T> {
        self.extensions.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Keeps a value for as long as the transaction runs, in place of the one of its type.
    pub fn set_extension<T: Any + Send>(&mut self, value: T) {
        self.extensions.insert(TypeId::of::<T>(), Box::new(value));
    }

    /// Takes the kept value of that type out.
    pub fn remove_extension<T: Any + Send>(&mut self) -> Option<T> {
        let value = self.extensions.remove(&TypeId::of::<T>())?;
        value.downcast().ok().map(|it| *it)
    }

    /// Runs a report: the backend's own version of it where there is one.
    pub async fn report<P: Report>(&mut self, parameters: P) -> Result<P::Output, StoreError> {
        self.live()?;
        let json = serde_json::to_value(&parameters).map_err(|e| report_error(P::NAME, e))?;
        let span = statement("report", P::NAME);
        match self.inner.report(P::NAME, &json).instrument(span).await? {
            Some(output) => serde_json::from_value(output).map_err(|e| report_error(P::NAME, e)),
            None => parameters.compute(self).await,
        }
    }

    /// Stores the audit trail and the events, and makes everything durable and visible.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.live()?;
        self.flush().await?;
        self.inner.commit().instrument(statement("commit", "transaction")).await
    }

    /// Forgets everything but the notes of refused attempts, which are stored on their own.
    /// Of people who have not signed in they are at most
    /// [`AuditEntry::MOST_DENIALS_OF_STRANGERS`] an hour.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.inner.rollback().instrument(statement("rollback", "transaction")).await?;
        let mut rows = self.denials;
        let (Some(backend), false) = (self.backend, rows.is_empty()) else { return Ok(()) };
        let mut inner = backend.begin(self.scope).await?;
        let cx = &self.frame.cx;
        if *cx.actor() == Actor::Anonymous {
            let known =
                inner.count(&AuditEntry::denials_of_strangers(cx.now()).into_select()).await?;
            rows.truncate(AuditEntry::room_for_strangers(known));
        }
        if rows.is_empty() {
            return inner.rollback().await;
        }
        inner.insert(AuditEntry::schema(), rows).await?;
        inner.commit().await
    }

    /// Stores the audit trail and the events, and gives the backend's own transaction back to
    /// the host that lent it, for the host to commit. Fails on a transaction of another backend.
    pub async fn into_backend<B: BackendTransaction>(mut self) -> Result<Box<B>, StoreError> {
        self.live()?;
        self.flush().await?;
        let inner: Box<dyn Any> = self.inner;
        inner.downcast().map_err(|_| OTHER_BACKEND)
    }

    /// The backend's own transaction, for what the port does not offer, such as SQL on the host's
    /// own tables that is committed together with the library's rows. The work stays in this
    /// transaction: [`Store::transact`](crate::Store::transact) commits, repeats and rolls back
    /// all of it.
    ///
    /// # Errors
    /// [`StoreError::InvalidQuery`] where another backend began the transaction, and
    /// [`StoreError::Poisoned`] after a failed write.
    pub fn backend_mut<B: BackendTransaction>(&mut self) -> Result<&mut B, StoreError> {
        self.live()?;
        // What the host does there is not known here.
        self.known.clear();
        self.seen.clear();
        find_backend(&mut *self.inner)
    }

    /// Removes every record that matches for good, in one statement where the backend can: secrets
    /// and other records whose changes are not audited.
    ///
    /// # Errors
    /// [`StoreError::InvalidQuery`] for records whose removal the trail must note one by one;
    /// [`StoreError::NeedsPlatform`] for the platform's in a transaction of a tenant alone.
    pub async fn purge_all<R: Record>(&mut self, filter: Filter<R>) -> Result<u64, StoreError> {
        self.live()?;
        let schema = R::schema();
        let allowed = match schema.audited {
            true => {
                let reason = "the removal of an audited record is noted: purge each by itself";
                Err(StoreError::InvalidQuery { table: schema.table, reason })
            }
            false => self.may_write(schema),
        };
        self.poison(allowed)?;
        self.known.clear();
        let span = statement("delete", schema.table);
        let done = self.inner.delete_where(schema, &filter.into_expr()).instrument(span).await;
        self.poison(done)
    }

    async fn set_deleted<R: Record>(
        &mut self,
        record: &mut R,
        at: Option<Timestamp>,
        action: Action,
    ) -> Result<(), StoreError> {
        let schema = R::schema();
        if schema.deleted_position().is_none() {
            let reason = "an append-only record is purged, not deleted";
            return Err(StoreError::InvalidQuery { table: schema.table, reason });
        }
        let mut written = record.clone();
        let version = written.stamp().version().next();
        written.stamp_mut().written(version, self.frame.cx.now(), self.frame.cx.actor_id());
        written.stamp_mut().set_deleted_at(at);
        self.update_rows(schema, vec![written.to_row()], action).await?;
        *record = written;
        Ok(())
    }
}

/// The transaction of that backend, also behind decorators.
fn find_backend<B: BackendTransaction>(
    found: &mut dyn BackendTransaction,
) -> Result<&mut B, StoreError> {
    if (&*found as &dyn Any).is::<B>() {
        let found: &mut dyn Any = found;
        return found.downcast_mut().ok_or(OTHER_BACKEND);
    }
    find_backend(found.inner_mut().ok_or(OTHER_BACKEND)?)
}

const OTHER_BACKEND: StoreError =
    StoreError::InvalidQuery { table: "transaction", reason: "it was begun by another backend" };

fn report_error(name: &'static str, error: serde_json::Error) -> StoreError {
    StoreError::Backend { backend: name, source: Box::new(error) }
}
