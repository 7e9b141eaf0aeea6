//! A backend that records each commit, and that fails or errs where asked to.
use std::{
    collections::HashMap,
    fmt,
    future::Future,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use async_trait::async_trait;
use lms_core::{
    kernel::{Scope, Version},
    store::{
        Backend, BackendTransaction, RetryPolicy, Row, Schema, Select, StoreError, UpsertRows,
        Upserted, Writers,
    },
};
use uuid::Uuid;

use super::mistake::Mistake;

/// The change of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Inserted,
    Updated,
    Upserted,
    Deleted,
}

/// A row that was written, as the library asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) done: Done,
    pub(crate) schema: &'static Schema,
    pub(crate) id: Uuid,
    /// The row; none where it was deleted.
    pub(crate) row: Option<Row>,
}

impl Written {
    /// Whether it is the same write.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.done, self.schema.table, self.id) == (other.done, other.schema.table, other.id)
            && self.row == other.row
    }
}

/// How a call of the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The statement fails.
    Statement,
    /// The process stops before the statement; the transaction is dropped.
    Crash,
    /// The connection is lost before the commit, which does not happen.
    LostBeforeCommit,
    /// The connection is lost after the commit, which happened unheard.
    LostAfterCommit,
}

/// A call of the store that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How it fails.
    pub kind: FaultKind,
    /// Which call of the operation it is, from 0; a fault at a commit takes the first commit.
    pub call: u64,
}

#[derive(Debug, Default)]
struct State {
    commits: Vec<Vec<Written>>,
    fault: Option<Fault>,
    calls: u64,
    is_rehearsal: bool,
    has_crashed: bool,
    mistake: Option<Mistake>,
    /// Rows as they were read first, for a store that shows them so for ever.
    read_first: HashMap<Uuid, Row>,
}

/// The commits so far, and what is to go wrong. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape(Arc<Mutex<State>>);

impl Tape {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commits since the last call, one list for each transaction.
    pub(crate) fn take(&self) -> Vec<Vec<Written>> {
        mem::take(&mut self.state().commits)
    }

    /// Plans a fault, or none; calls are counted from here.
    pub(crate) fn plan(&self, fault: Option<Fault>) {
        let mut state = self.state();
        (state.fault, state.calls, state.has_crashed) = (fault, 0, false);
    }

    /// From now on commits are recorded and rolled back, or no longer.
    pub(crate) fn rehearse(&self, is_rehearsal: bool) {
        let mut state = self.state();
        (state.is_rehearsal, state.calls) = (is_rehearsal, 0);
    }

    /// How many calls were made since it was last planned.
    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn mistake(&self) -> Option<Mistake> {
        self.state().mistake
    }

    pub(crate) fn err(&self, mistake: Option<Mistake>) {
        self.state().mistake = mistake;
    }

    /// Puts the rows as first read in place of those that are there; their version is the latest, so that
    /// writing them does not fail.
    fn make_stale(&self, schema: &Schema, rows: &mut [Row]) {
        let mut state = self.state();
        for row in rows {
            let first = state.read_first.entry(row.id()).or_insert_with(|| row.clone());
            let version = schema.value(row, "version").clone();
            row.clone_from(first);
            row.set(schema, "version", version);
        }
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake() == Some(mistake)
    }

    /// Counts a call, and fails it where that is planned.
    async fn call(&self) -> Result<(), StoreError> {
        let fault = {
            let mut state = self.state();
            let at = state.calls;
            state.calls += 1;
            let fault = state.fault.filter(|it| it.call == at).map(|it| it.kind);
            state.has_crashed |= fault == Some(FaultKind::Crash);
            fault
        };
        match fault {
            Some(FaultKind::Statement) => Err(unavailable()),
            Some(FaultKind::Crash) => std::future::pending().await,
            _ => Ok(()),
        }
    }

    /// The fault of a commit; it happens once.
    fn commit_fault(&self) -> Option<FaultKind> {
        let mut state = self.state();
        let at_commit = |it: &Fault| {
            matches!(it.kind, FaultKind::LostBeforeCommit | FaultKind::LostAfterCommit)
        };
        let fault = state.fault.filter(at_commit)?;
        state.fault = None;
        Some(fault.kind)
    }

    fn add(&self, commit: Vec<Written>) {
        if !commit.is_empty() {
            self.state().commits.push(commit);
        }
    }

    /// Runs the work until it ends or the process crashes, and drops it then.
    pub(crate) async fn until_crash<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = Box::pin(work);
        std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.state().has_crashed => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { backend: "simulation", source: "a fault was planned here".into() }
}

/// A backend whose commits are recorded.
#[derive(Debug)]
pub(crate) struct Recording {
    inner: Arc<dyn Backend>,
    tape: Tape,
}

impl Recording {
    pub(crate) fn new(inner: Arc<dyn Backend>, tape: Tape) -> Self {
        Self { inner, tape }
    }
}

#[async_trait]
impl Backend for Recording {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        self.tape.call().await?;
        // A row of another tenant gets as far as the store only where nothing else stops it.
        let scope = if self.tape.is(Mistake::ForeignRow) { Scope::AllTenants } else { scope };
        Ok(Box::new(RecordingTransaction {
            inner: self.inner.begin(scope).await?,
            written: Vec::new(),
            tape: self.tape.clone(),
        }))
    }
    fn writers(&self) -> Writers {
        self.inner.writers()
    }
    fn retry_policy(&self) -> RetryPolicy {
        self.inner.retry_policy()
    }
    async fn pause(&self, attempt: u32) {
        self.inner.pause(attempt).await;
    }
}

struct RecordingTransaction {
    inner: Box<dyn BackendTransaction>,
    written: Vec<Written>,
    tape: Tape,
}

impl fmt::Debug for RecordingTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTransaction").field("written", &self.written.len()).finish()
    }
}

impl RecordingTransaction {
    fn note(&mut self, done: Done, schema: &'static Schema, rows: &[Row]) {
        let noted = rows.iter().cloned();
        self.written.extend(noted.map(|row| Written {
            done,
            schema,
            id: row.id(),
            row: Some(row),
        }));
    }

    async fn add(&mut self, schema: &'static Schema, mut rows: Vec<Row>) -> Result<(), StoreError> {
        let mistake = self.tape.mistake();
        if let Some(mistake) = mistake {
            mistake.bend(schema, &mut rows, Done::Inserted);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let stored = match mistake {
            Some(mistake) => mistake.misplace(schema, rows.clone(), Done::Inserted),
            None => rows.clone(),
        };
        if !stored.is_empty() {
            self.inner.insert(schema, stored).await?;
        }
        self.note(Done::Inserted, schema, &rows);
        Ok(())
    }
}

#[async_trait]
impl BackendTransaction for RecordingTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        self.tape.call().await?;
        let Some(mistake) = self.tape.mistake() else { return self.inner.select(select).await };
        let mut rows = self.inner.select(select).await?;
        mistake.misread_rows(select.schema, &mut rows);
        if mistake == Mistake::StaleRead && select.schema.audited {
            self.tape.make_stale(select.schema, &mut rows);
        }
        Ok(rows)
    }
    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        self.tape.call().await?;
        let count = self.inner.count(select).await?;
        Ok(self.tape.mistake().map_or(count, |it| it.miscount(select.schema, count)))
    }
    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.tape.call().await?;
        self.add(schema, rows).await
    }
    async fn upsert(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        self.tape.call().await?;
        let (schema, rows) = (upsert.schema, upsert.rows.clone());
        let done = self.inner.upsert(upsert).await?;
        let written: Vec<Uuid> = rows
            .iter()
            .zip(&done)
            .filter_map(|(row, done)| match done {
                Upserted::Inserted => Some(row.id()),
                Upserted::Replaced { id, .. } => Some(*id),
                Upserted::Kept => None,
            })
            .collect();
        if !written.is_empty() {
            let stored = self.inner.select(&Select::by_ids(schema, &written)).await?;
            self.note(Done::Upserted, schema, &stored);
        }
        Ok(done)
    }
    async fn update(
        &mut self,
        schema: &'static Schema,
        mut rows: Vec<Row>,
    ) -> Result<(), StoreError> {
        self.tape.call().await?;
        let mut stored = rows.clone();
        if let Some(mistake) = self.tape.mistake() {
            mistake.bend(schema, &mut rows, Done::Updated);
            stored = mistake.misplace(schema, rows.clone(), Done::Updated);
        }
        if !stored.is_empty() {
            self.inner.update(schema, stored).await?;
        }
        self.note(Done::Updated, schema, &rows);
        Ok(())
    }
    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        self.tape.call().await?;
        self.inner.delete(schema, id, expected).await?;
        self.written.push(Written { done: Done::Deleted, schema, id, row: None });
        Ok(())
    }
    async fn insert_batches(
        &mut self,
        batches: Vec<(&'static Schema, Vec<Row>)>,
    ) -> Result<(), StoreError> {
        self.tape.call().await?;
        for (schema, rows) in batches {
            self.add(schema, rows).await?;
        }
        Ok(())
    }
    async fn report(
        &mut self,
        name: &'static str,
        parameters: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        self.tape.call().await?;
        self.inner.report(name, parameters).await
    }
    fn inner_mut(&mut self) -> Option<&mut dyn BackendTransaction> {
        Some(&mut *self.inner)
    }
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { inner, written, tape } = *self;
        tape.call().await?;
        if tape.state().is_rehearsal {
            inner.rollback().await?;
            tape.add(written);
            return Err(unavailable());
        }
        match tape.commit_fault() {
            Some(FaultKind::LostBeforeCommit) => {
                inner.rollback().await?;
                Err(unavailable())
            }
            fault => {
                inner.commit().await?;
                tape.add(written);
                if fault.is_some() { Err(unavailable()) } else { Ok(()) }
            }
        }
    }
    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        let Self { inner, written, tape } = *self;
        if tape.is(Mistake::HalfRollback) && !written.is_empty() {
            // What was done before the refusal stays.
            inner.commit().await?;
            tape.add(written);
            return Ok(());
        }
        inner.rollback().await
    }
}
