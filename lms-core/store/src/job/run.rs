//! Running jobs: one row that fails stops no other, and is never counted as done.
use std::collections::BTreeSet;

use uuid::Uuid;

use super::{JobFailure, JobOutcome, JobReport, JobType};
use crate::{
    Cursor, DueRows, Lock, PageSize, Query, Record, Select, Store, StoreError,
    operation::{Failure, Operation, Refusal},
};
use lms_kernel::{Context, DomainError, ErrorKind, Timestamp};

/// After how many rounds a job that finds more and more ends its run; the next run goes on.
const MOST_ROUNDS: u32 = 10_000;

/// After how many rows that failed a job ends its run: then it is not the rows that are at fault.
const MOST_FAILED: usize = 1_000;

/// Runs those jobs one after the other for the tenant of `cx`, and reports what came of each. A
/// job that fails, or for which a port is missing, stops no other.
///
/// Failures stand in the report and are logged as errors.
pub async fn run_jobs(jobs: &[JobType], store: &Store, cx: &Context) -> JobReport {
    let mut report = JobReport::default();
    for job in jobs {
        report.outcomes.push(job.run(store, cx).await);
    }
    report
}

pub(super) async fn run_one(job: &JobType, store: &Store, cx: &Context) -> JobOutcome {
    let mut outcome = JobOutcome {
        job: job.name,
        tenant: cx.tenant(),
        done: 0,
        left: 0,
        failed: Vec::new(),
        missing_port: job.needs.iter().find(|it| !it.is_met(store)).map(|it| it.name()),
    };
    if outcome.missing_port.is_none() {
        let mut run = JobRun { store, cx, outcome };
        let done = (job.run)(&mut run).await;
        outcome = run.outcome;
        outcome.failed.extend(done.err());
    }
    if !outcome.is_clean() {
        tracing::error!(job = job.name, tenant = %cx.tenant(), "{outcome}");
    }
    outcome
}

/// One run of a job: what it works with, and what it has come to so far.
#[derive(Debug)]
pub struct JobRun<'a> {
    store: &'a Store,
    cx: &'a Context,
    outcome: JobOutcome,
}

impl<'a> JobRun<'a> {
    /// The store.
    pub const fn store(&self) -> &'a Store {
        self.store
    }

    /// For whom, as whom and at what time it runs.
    pub const fn cx(&self) -> &'a Context {
        self.cx
    }

    /// Counts rows or steps that are done.
    pub const fn count(&mut self, done: u64) {
        self.outcome.done = self.outcome.done.saturating_add(done);
    }

    /// Counts rows that are due and left: another worker has them, or they wait for another try.
    pub const fn leave(&mut self, left: u64) {
        self.outcome.left = self.outcome.left.saturating_add(left);
    }

    /// Notes something that could not be done.
    pub fn fail(&mut self, failure: JobFailure) {
        self.outcome.failed.push(failure);
    }

    /// Notes that a row failed, unless its feature is switched off.
    ///
    /// # Errors
    /// [`JobFailure`] where no other row can go better: the store does not answer, or too many rows
    /// failed.
    pub fn fail_row<E: Refusal>(
        &mut self,
        row: Uuid,
        error: &Failure<E>,
    ) -> Result<(), JobFailure> {
        stop_if_down(error)?;
        if matches!(error, Failure::SwitchedOff(_)) {
            return Ok(());
        }
        self.fail(JobFailure::of_row(row, error));
        if self.outcome.failed.len() < MOST_FAILED { Ok(()) } else { Err(JobFailure::hopeless()) }
    }

    /// Runs an operation on every row that is due, a page of them at a time. Where a page fails,
    /// each of its rows is tried by itself, so that only those that fail stay behind.
    ///
    /// A row counts as done when it is not due any more, whatever the operation says.
    ///
    /// # Errors
    /// [`JobFailure`] when the store does not answer.
    pub async fn due_rows<R, O>(
        &mut self,
        due: fn(Timestamp) -> Query<R>,
        operation: impl Fn(DueRows) -> O + Send + Sync,
    ) -> Result<(), JobFailure>
    where
        R: Record,
        O: Operation<Error: Refusal>,
    {
        let now = self.cx.now();
        let mut after = None;
        loop {
            let select = Select { after, ..due(now).limit(PageSize::MAX).into_select() };
            let (ids, next) = self.ids(select).await?;
            if !ids.is_empty() {
                let failed = self.try_rows(&ids, &operation).await?;
                let still = DueRows::only(ids.clone()).of(due(now)).into_select();
                let (still, _) = self.ids(still).await?;
                let left = still.iter().filter(|it| !failed.contains(it)).count();
                self.leave(count(left));
                self.count(count(ids.len().saturating_sub(still.len())));
            }
            match next {
                None => return Ok(()),
                next => after = next,
            }
        }
    }

    /// Runs an operation on every row that a query finds, a page of them at a time, and counts
    /// what `done` tells. Where a page fails, each of its rows is tried by itself.
    ///
    /// # Errors
    /// [`JobFailure`] when the store does not answer.
    pub async fn each_row<R, O>(
        &mut self,
        rows: Query<R>,
        operation: impl Fn(DueRows) -> O + Send + Sync,
        done: fn(&O::Answer) -> u64,
    ) -> Result<(), JobFailure>
    where
        R: Record,
        O: Operation<Error: Refusal>,
    {
        let mut select = rows.limit(PageSize::MAX).into_select();
        loop {
            let (ids, next) = self.ids(select.clone()).await?;
            if !ids.is_empty() {
                let page = DueRows::only(ids.clone());
                match self.store.run(self.cx, operation(page)).await {
                    Ok(answer) => self.count(done(&answer)),
                    Err(error) => {
                        stop_if_down(&error)?;
                        for id in ids {
                            let one = DueRows::only(vec![id]);
                            match self.store.run(self.cx, operation(one)).await {
                                Ok(answer) => self.count(done(&answer)),
                                Err(error) => self.fail_row(id, &error)?,
                            }
                        }
                    }
                }
            }
            match next {
                None => return Ok(()),
                next => select.after = next,
            }
        }
    }

    /// Runs an operation that works through what a query finds, a page at a time; `step` tells how
    /// much was done, and where the next page starts. Where a page fails, its rows are taken one
    /// by one, and those that fail are passed over.
    ///
    /// # Errors
    /// [`JobFailure`] when the store does not answer.
    pub async fn pages<R, O>(
        &mut self,
        rows: Query<R>,
        operation: impl Fn(PageSize, Option<Cursor>) -> O + Send + Sync,
        step: fn(&O::Answer) -> (u64, Option<Cursor>),
    ) -> Result<(), JobFailure>
    where
        R: Record,
        O: Operation<Error: Refusal>,
    {
        let mut select = rows.into_select();
        let mut one_by_one: u32 = 0;
        loop {
            let after = select.after.clone();
            let size = if one_by_one > 0 { PageSize::ONE } else { PageSize::MAX };
            let next = match self.store.run(self.cx, operation(size, after)).await {
                Ok(answer) => {
                    let (done, next) = step(&answer);
                    self.count(done);
                    next
                }
                Err(error) if one_by_one == 0 => {
                    stop_if_down(&error)?;
                    one_by_one = PageSize::MAX.get();
                    continue;
                }
                Err(error) => {
                    let (ids, next) = self.ids(Select { limit: 1, ..select.clone() }).await?;
                    for id in ids {
                        self.fail_row(id, &error)?;
                    }
                    next
                }
            };
            one_by_one = one_by_one.saturating_sub(1);
            match next {
                None => return Ok(()),
                next => select.after = next,
            }
        }
    }

    /// Repeats an operation while it says that there is more, each time in a new transaction;
    /// `progress` tells how much was done, and whether there is more. One that says that there is
    /// more and does nothing ends with a failure.
    ///
    /// # Errors
    /// [`JobFailure`].
    pub async fn repeat<O>(
        &mut self,
        operation: O,
        progress: fn(&O::Answer) -> (u64, bool),
    ) -> Result<(), JobFailure>
    where
        O: Operation<Error: Refusal>,
    {
        for _ in 0..MOST_ROUNDS {
            let answer = match self.store.run(self.cx, operation.clone()).await {
                Err(Failure::SwitchedOff(_)) => return Ok(()),
                done => done?,
            };
            let (done, more) = progress(&answer);
            self.count(done);
            match (more, done) {
                (false, _) => break,
                (true, 0) => return Err(JobFailure::stuck()),
                (true, _) => {}
            }
        }
        Ok(())
    }

    /// Runs an operation for each id, each in a transaction of its own, and counts what `done`
    /// tells; one that fails is noted and stops no other.
    ///
    /// # Errors
    /// [`JobFailure`] when the store does not answer.
    pub async fn each<O>(
        &mut self,
        ids: impl IntoIterator<Item = Uuid, IntoIter: Send>,
        operation: impl Fn(Uuid) -> O + Send + Sync,
        done: fn(&O::Answer) -> u64,
    ) -> Result<(), JobFailure>
    where
        O: Operation<Error: Refusal>,
    {
        for id in ids {
            match self.store.run(self.cx, operation(id)).await {
                Ok(answer) => self.count(done(&answer)),
                Err(error) => self.fail_row(id, &error)?,
            }
        }
        Ok(())
    }

    /// Notes as failures the rows of a queue whose stored values mean nothing, and which no worker
    /// can take therefore.
    ///
    /// # Errors
    /// [`JobFailure`] when the store does not answer.
    pub async fn note_unreadable<R: Record>(&mut self, queue: Query<R>) -> Result<(), JobFailure> {
        let select = queue.lock(Lock::None).limit(PageSize::MAX).into_select();
        let mut tx = self.store.begin(self.cx).await?;
        let (rows, _) = tx.rows(&select).await?;
        for row in rows {
            let id = row.id();
            if let Err(error) = R::from_row(row) {
                self.fail(JobFailure::of_row(id, &error));
            }
        }
        Ok(())
    }

    /// The values of an id column of every row that a query finds, each once. The rows are not
    /// read as records, so that one that is damaged is no obstacle.
    ///
    /// # Errors
    /// [`JobFailure`] when the store does not answer.
    pub async fn distinct<R: Record, T: Record>(
        &mut self,
        rows: Query<R>,
        column: crate::Col<R, lms_kernel::Id<T>>,
    ) -> Result<BTreeSet<Uuid>, JobFailure> {
        let schema = R::schema();
        let mut select = rows.limit(PageSize::MAX).into_select();
        let mut found = BTreeSet::new();
        loop {
            let mut tx = self.store.begin(self.cx).await?;
            let (rows, next) = tx.rows(&select).await?;
            for row in &rows {
                if let crate::Value::Uuid(id) = schema.value(row, column.name()) {
                    found.insert(*id);
                }
            }
            match next {
                None => return Ok(found),
                next => select.after = next,
            }
        }
    }

    /// Runs the operation on all of these rows, or on each of them where that fails, and says
    /// which failed.
    async fn try_rows<O>(
        &mut self,
        ids: &[Uuid],
        operation: &(impl Fn(DueRows) -> O + Send + Sync),
    ) -> Result<BTreeSet<Uuid>, JobFailure>
    where
        O: Operation<Error: Refusal>,
    {
        let all = operation(DueRows::only(ids.to_vec()));
        let Err(error) = self.store.run(self.cx, all).await else { return Ok(BTreeSet::new()) };
        stop_if_down(&error)?;
        let mut failed = BTreeSet::new();
        for id in ids {
            let one = operation(DueRows::only(vec![*id]));
            if let Err(error) = self.store.run(self.cx, one).await {
                self.fail_row(*id, &error)?;
                failed.insert(*id);
            }
        }
        Ok(failed)
    }

    /// The ids of the rows, which are not read as records, and where the next page starts.
    async fn ids(&self, select: Select) -> Result<(Vec<Uuid>, Option<Cursor>), StoreError> {
        let select = Select { lock: Lock::None, ..select };
        let mut tx = self.store.begin(self.cx).await?;
        let (rows, next) = tx.rows(&select).await?;
        Ok((rows.iter().map(crate::Row::id).collect(), next))
    }
}

/// An error where what failed would fail for every row: the store does not answer.
fn stop_if_down<E: Refusal>(error: &Failure<E>) -> Result<(), JobFailure> {
    let is_down = match error {
        Failure::Store(StoreError::Corrupt { .. }) => false,
        Failure::Store(error) => error.kind() == ErrorKind::Unavailable,
        _ => false,
    };
    if is_down { Err(JobFailure::of(error)) } else { Ok(()) }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
