//! One unit of work.
use std::{any::type_name, sync::Arc};

use async_trait::async_trait;
use lms_kernel::{Scope, Version};
use lms_store::{
    BackendTransaction, Expr, Lock, Row, Schema, Select, StoreError, UpsertRows, Upserted,
};
use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    error::{defect, other},
    lease::{Lease, Shared},
    scope::Access,
    session::Session,
    sql,
};

/// A transaction that is opened for one scope.
///
/// It takes a connection at its first statement, reads one state until it writes or locks, and
/// from then on the newest, which it alone may change.
#[derive(Debug)]
pub struct SqliteTransaction {
    shared: Arc<Shared>,
    scope: Scope,
    lease: Option<Lease>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Ready for a statement.
    Live,
    /// A statement is at work. Anyone who finds this state knows that its future was dropped; the
    /// connection goes back by itself when the statement is done.
    Busy,
    /// A statement failed, and everything was rolled back.
    Failed,
}

impl SqliteTransaction {
    pub(crate) fn new(shared: Arc<Shared>, scope: Scope) -> Self {
        Self { shared, scope, lease: None, state: State::Live }
    }

    /// Runs SQL of the host's own, on tables of its own in the same file: it is committed and rolled
    /// back with the library's rows, and takes its turn to write. The library's own tables are not
    /// to be written so; nothing would keep tenants apart. Get it by
    /// [`Transaction::backend_mut`](lms_store::Transaction::backend_mut).
    ///
    /// # Errors
    /// What SQLite refused, or that `work` ended the transaction. Either way it can only be
    /// rolled back.
    pub async fn on_connection<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(Access::Write, move |session| {
            let done = work(session.db).map_err(other)?;
            if session.db.is_autocommit() {
                return Err(defect("the host's SQL ended the transaction".to_owned()));
            }
            Ok(done)
        })
        .await
    }

    /// Does the work on the connection, on a thread that may block. After an error nothing of the
    /// transaction is left, and the next one may write.
    async fn run<T: Send + 'static>(
        &mut self,
        access: Access,
        work: impl FnOnce(&Session<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.state != State::Live {
            return Err(StoreError::Poisoned);
        }
        self.state = State::Busy;
        let done = self.run_on_lease(access, work).await;
        self.state = if done.is_ok() { State::Live } else { State::Failed };
        done
    }

    async fn run_on_lease<T: Send + 'static>(
        &mut self,
        access: Access,
        work: impl FnOnce(&Session<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut lease = match self.lease.take() {
            Some(lease) => lease,
            None => self.shared.lease().await?,
        };
        let writes = access == Access::Write || lease.is_writing();
        let turn =
            if writes && !lease.is_writing() { Some(self.shared.turn().await?) } else { None };
        let scope = self.scope;
        let done = on_a_thread(move || {
            let session = if writes { lease.write(scope, turn) } else { lease.read(scope) };
            session.and_then(|it| work(&it)).map(|done| (lease, done))
        });
        let (lease, done) = done.await?;
        self.lease = Some(lease);
        Ok(done)
    }
}

/// Does what may block, outside of the threads that others wait for.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(defect(format!("{} did not end: {error}", type_name::<T>()))),
    }
}

/// Anyone who locks a row may be about to write: it takes its turn.
fn access_of(lock: Lock) -> Access {
    match lock {
        Lock::None => Access::Read,
        Lock::Share | Lock::Update | Lock::SkipLocked => Access::Write,
    }
}

#[async_trait]
impl BackendTransaction for SqliteTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let schema = select.schema;
        let statement = sql::select(select, self.scope)?;
        self.run(access_of(select.lock), move |it| it.rows(schema, &statement)).await
    }

    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        let schema = select.schema;
        let statement = sql::count(select, self.scope)?;
        self.run(Access::Read, move |it| it.number(schema, &statement)).await
    }

    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.run(Access::Write, move |it| it.insert(schema, &rows)).await
    }

    async fn upsert(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        self.run(Access::Write, move |it| it.upsert(&upsert)).await
    }

    async fn update(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.run(Access::Write, move |it| it.update(schema, &rows)).await
    }

    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        self.run(Access::Write, move |it| it.delete(schema, id, expected)).await
    }

    async fn delete_where(
        &mut self,
        schema: &'static Schema,
        filter: &Expr,
    ) -> Result<u64, StoreError> {
        let filter = filter.clone();
        self.run(Access::Write, move |it| it.delete_where(schema, &filter)).await
    }

    async fn insert_batches(
        &mut self,
        batches: Vec<(&'static Schema, Vec<Row>)>,
    ) -> Result<(), StoreError> {
        self.run(Access::Write, move |it| {
            batches.iter().try_for_each(|(schema, rows)| it.insert(schema, rows))
        })
        .await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if self.state != State::Live {
            return Err(StoreError::Poisoned);
        }
        match self.lease.take() {
            None => Ok(()),
            // Nothing is to be kept, and ending a read is no work.
            Some(lease) if !lease.is_writing() => lease.commit(),
            Some(lease) => on_a_thread(move || lease.commit()).await,
        }
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        // Dropping the connection rolls back.
        self.lease = None;
        Ok(())
    }
}
