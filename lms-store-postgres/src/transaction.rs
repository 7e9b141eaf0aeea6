//! One unit of work on one connection.
use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use lms_core::{
    kernel::{Scope, Version},
    store::{
        BackendTransaction, Expr, Lock, Ownership, Row, Schema, Select, StoreError, UpsertRows,
        Upserted,
    },
};
use sqlx::{
    PgConnection, Postgres, Row as _, SqlSafeStr as _, SqlStr,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use crate::{
    PgStore, codec,
    connection::{OpenConnection, ROLLBACK_PATIENCE, gone, send},
    error::{commit_error, connection_error, statement_error, within},
    join::Lent,
    reports,
    sql::{self, Server, Shapes, Statement},
    upserted::outcomes,
};

/// A PostgreSQL transaction that is opened for one scope.
///
/// It is the backend's side of a [`Transaction`](lms_core::store::Transaction). A host that lent
/// its own transaction gets it back from [`release`](Self::release).
#[derive(Debug)]
pub struct PgTransaction {
    pub(crate) link: Link,
    scope: Scope,
    shapes: Arc<Shapes>,
    state: State,
    reads_kept: bool,
    pub(crate) patience: Duration,
    /// Whether the host sent statements of its own, whose outcome only the server knows.
    used_by_host: bool,
    server: Server,
}

/// Fails unless a transaction runs in which no statement failed. Without it the server would
/// answer `COMMIT` with success where a statement of the host's had failed, or had ended the
/// transaction.
const WHOLE: &str = "SAVEPOINT lms_whole";

/// What commits, message by message. The server does not reach a commit behind a statement that
/// fails in the same message.
fn commit(used_by_host: bool, server: Server) -> Vec<SqlStr> {
    match (used_by_host, server) {
        (false, _) => vec!["COMMIT".into_sql_str()],
        (true, Server::Single) => vec!["SAVEPOINT lms_whole; COMMIT".into_sql_str()],
        (true, Server::Cluster) => vec![WHOLE.into_sql_str(), "COMMIT".into_sql_str()],
    }
}

/// Where the connection comes from.
#[derive(Debug)]
pub(crate) enum Link {
    /// The store took it from its pool.
    Own(OpenConnection),
    /// A host lent its transaction.
    Lent(Lent),
    /// It was given back.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Ready for a statement.
    Live,
    /// A statement is on its way. Anyone who finds this state knows that the statement's future was
    /// dropped, so that no one can tell whether it took effect.
    Busy,
    /// A statement failed; the server ignores all but a rollback, and so do we.
    Failed,
}

impl PgTransaction {
    pub(crate) fn new(store: &PgStore, link: Link, scope: Scope, server: Server) -> Self {
        let (reads_kept, patience) = (store.reads_kept, store.patience);
        let (shapes, state, used_by_host) = (store.shapes(), State::Live, false);
        Self { link, scope, shapes, state, reads_kept, patience, used_by_host, server }
    }

    /// The connection, for statements of the host's own inside this transaction, reached by
    /// [`Transaction::backend_mut`](lms_core::store::Transaction::backend_mut). They run as the
    /// store's login and in the transaction's scope, so policies on the host's own tables may
    /// compare with the setting `lms.tenant_id`.
    ///
    /// Leave `BEGIN`, `COMMIT` and `ROLLBACK` to the store, and sqlx's `begin` with them; put a
    /// statement that may fail between `SAVEPOINT` and `ROLLBACK TO SAVEPOINT`. Turn errors into
    /// the store's by [`store_error`](crate::store_error), so that work that lost a race is
    /// repeated.
    ///
    /// ```no_run
    /// # use lms_core::{kernel::Context, store::{Store, StoreError}};
    /// # use lms_store_postgres::{PgTransaction, store_error};
    /// # async fn example(store: &Store, cx: &Context) -> Result<(), StoreError> {
    /// store.transact(cx, |tx| Box::pin(async move {
    ///     // … services of the library on `tx` …
    ///     let db = tx.backend_mut::<PgTransaction>()?.connection()?;
    ///     let number = sqlx::query("UPDATE billing.numbers SET last = last + 1");
    ///     number.execute(db).await.map_err(store_error)?;
    ///     Ok(())
    /// })).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] after a failed statement of the store's.
    pub fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        if self.state != State::Live {
            return Err(StoreError::Poisoned);
        }
        self.used_by_host = true;
        self.db()
    }

    pub(crate) fn reads_kept(&self) -> bool {
        self.reads_kept
    }

    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    /// Runs the query of a report.
    pub(crate) async fn run(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StoreError> {
        self.enter()?;
        let patience = self.patience;
        let done = within(patience, query.fetch_all(self.db()?)).await;
        self.state = if done.is_ok() { State::Live } else { State::Failed };
        done.map_err(connection_error)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.state == State::Live
    }

    pub(crate) fn db(&mut self) -> Result<&mut PgConnection, StoreError> {
        match &mut self.link {
            Link::Own(open) => open.get().ok_or_else(gone),
            Link::Lent(lent) => Ok(lent.connection()),
            Link::Ended => Err(gone()),
        }
    }

    fn enter(&mut self) -> Result<(), StoreError> {
        if self.state != State::Live {
            return Err(StoreError::Poisoned);
        }
        self.state = State::Busy;
        Ok(())
    }

    fn leave<T>(
        &mut self,
        schema: &'static Schema,
        done: Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        self.state = if done.is_ok() { State::Live } else { State::Failed };
        done.map_err(|error| statement_error(schema, error))
    }

    pub(crate) async fn fetch(
        &mut self,
        schema: &'static Schema,
        statement: Statement,
    ) -> Result<Vec<PgRow>, StoreError> {
        self.enter()?;
        let patience = self.patience;
        let done = within(patience, statement.query().fetch_all(self.db()?)).await;
        self.leave(schema, done)
    }

    /// Yields the rows of a table, each decoded as it arrives, so that its buffer is free for the
    /// next.
    async fn read(
        &mut self,
        schema: &'static Schema,
        statement: Statement,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<(), StoreError> {
        self.enter()?;
        let patience = self.patience;
        let mut read = Ok(());
        let db = self.db()?;
        let received = async {
            let mut rows = statement.query().fetch(db);
            while let Some(row) = rows.try_next().await? {
                if read.is_ok() {
                    read = codec::read(schema, &row).map(&mut *take);
                }
            }
            Ok(())
        };
        let done = within(patience, received).await;
        self.leave(schema, done)?;
        read
    }

    async fn execute(
        &mut self,
        schema: &'static Schema,
        statement: Statement,
    ) -> Result<u64, StoreError> {
        self.enter()?;
        let patience = self.patience;
        let done = within(patience, statement.query().execute(self.db()?)).await;
        self.leave(schema, done.map(|it| it.rows_affected()))
    }

    /// A cluster locks rows on one node at a time.
    fn require_lockable(&self, select: &Select) -> Result<(), StoreError> {
        let everywhere = (self.server, self.scope) == (Server::Cluster, Scope::AllTenants)
            && select.schema.ownership == Ownership::Tenant;
        if select.lock == Lock::None || !everywhere {
            return Ok(());
        }
        let reason = "a cluster locks the rows of one tenant at a time; do it tenant by tenant";
        Err(StoreError::InvalidQuery { table: select.schema.table, reason })
    }

    fn fail<T>(&mut self, error: StoreError) -> Result<T, StoreError> {
        self.state = State::Failed;
        Err(error)
    }

    /// Tells a lost race from a missing row.
    async fn not_written<T>(&mut self, schema: &'static Schema, id: Uuid) -> Result<T, StoreError> {
        let (table, scope) = (schema.table, self.scope);
        let present = self.shapes.statement(|sink| sql::present(sink, schema, &[id], scope))?;
        let found = self.fetch(schema, present).await?;
        self.fail(match found.is_empty() {
            true => StoreError::NotFound { table, id },
            false => StoreError::Conflict { table, id },
        })
    }

    async fn update_one(&mut self, schema: &'static Schema, row: &Row) -> Result<(), StoreError> {
        let scope = self.scope;
        let statement = self.shapes.statement(|sink| sql::update_one(sink, schema, row, scope))?;
        match self.execute(schema, statement).await? {
            0 => self.not_written(schema, row.id()).await,
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl BackendTransaction for PgTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let (schema, scope) = (select.schema, self.scope);
        self.require_lockable(select)?;
        let statement = self.shapes.statement(|sink| sql::select(sink, select, scope))?;
        let mut rows = Vec::new();
        self.read(schema, statement, &mut |row| rows.push(row)).await?;
        Ok(rows)
    }

    async fn select_each(
        &mut self,
        select: &Select,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<(), StoreError> {
        let (schema, scope) = (select.schema, self.scope);
        self.require_lockable(select)?;
        let statement = self.shapes.statement(|sink| sql::select(sink, select, scope))?;
        self.read(schema, statement, take).await
    }

    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        let (schema, scope) = (select.schema, self.scope);
        let statement = self.shapes.statement(|sink| sql::count(sink, select, scope))?;
        let rows = self.fetch(schema, statement).await?;
        let count = rows.first().map(|row| row.try_get::<i64, _>(0)).transpose();
        let count = count.map_err(|error| statement_error(schema, error))?.unwrap_or_default();
        Ok(count.unsigned_abs())
    }

    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sql::require_own(schema, &rows, self.scope)?;
        let server = self.server;
        for rows in rows.chunks(sql::rows_a_message(schema, server)) {
            let statement =
                self.shapes.statement(|sink| sql::insert(sink, schema, rows, server))?;
            self.execute(schema, statement).await?;
        }
        Ok(())
    }

    async fn upsert(&mut self, mut upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        if upsert.rows.is_empty() {
            return Ok(Vec::new());
        }
        let (schema, scope) = (upsert.schema, self.scope);
        sql::require_own(schema, &upsert.rows, scope)?;
        let order = outcomes::sort(&mut upsert);
        let server = self.server;
        let most = match (server, &upsert.parent) {
            // A cluster has one node do all of it when it is one row and its parent.
            (Server::Cluster, Some(_)) => 1,
            _ => sql::rows_a_message(schema, server),
        };
        if upsert.rows.len() <= most {
            let statement =
                self.shapes.statement(|sink| sql::upsert(sink, &upsert, scope, server))?;
            let written = self.fetch(schema, statement).await?;
            return outcomes::of(&upsert, &order, &written);
        }
        let (rows, mut written) = (std::mem::take(&mut upsert.rows), Vec::new());
        for some in rows.chunks(most) {
            let part = UpsertRows { rows: some.to_vec(), ..upsert.clone() };
            let statement =
                self.shapes.statement(|sink| sql::upsert(sink, &part, scope, server))?;
            written.extend(self.fetch(schema, statement).await?);
        }
        upsert.rows = rows;
        outcomes::of(&upsert, &order, &written)
    }

    async fn update(
        &mut self,
        schema: &'static Schema,
        mut rows: Vec<Row>,
    ) -> Result<(), StoreError> {
        if let [row] = rows.as_slice() {
            return self.update_one(schema, row).await;
        }
        if rows.is_empty() {
            return Ok(());
        }
        let in_order: Vec<Uuid> = rows.iter().map(Row::id).collect();
        // Writers of several rows take them in one order, so that they do not deadlock.
        rows.sort_by_key(Row::id);
        let repeats = rows.windows(2).any(|it| it.first().map(Row::id) == it.last().map(Row::id));
        // In a cluster each row goes where its own tenant lies.
        if repeats || (self.server, self.scope) == (Server::Cluster, Scope::AllTenants) {
            for row in &rows {
                self.update_one(schema, row).await?;
            }
            return Ok(());
        }
        let scope = self.scope;
        let statement =
            self.shapes.statement(|sink| sql::update_many(sink, schema, &rows, scope))?;
        let written = self.fetch(schema, statement).await?;
        if written.len() == rows.len() {
            return Ok(());
        }
        let written: Vec<Uuid> = written.iter().filter_map(|row| row.try_get(0).ok()).collect();
        match in_order.into_iter().find(|id| !written.contains(id)) {
            Some(id) => self.not_written(schema, id).await,
            None => Ok(()),
        }
    }

    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        let scope = self.scope;
        let statement =
            self.shapes.statement(|sink| sql::delete(sink, schema, id, expected, scope))?;
        match self.execute(schema, statement).await? {
            0 => self.not_written(schema, id).await,
            _ => Ok(()),
        }
    }

    async fn delete_where(
        &mut self,
        schema: &'static Schema,
        filter: &Expr,
    ) -> Result<u64, StoreError> {
        let scope = self.scope;
        let statement =
            self.shapes.statement(|sink| sql::delete_where(sink, schema, filter, scope))?;
        self.execute(schema, statement).await
    }

    async fn insert_batches(
        &mut self,
        mut batches: Vec<(&'static Schema, Vec<Row>)>,
    ) -> Result<(), StoreError> {
        batches.retain(|(_, rows)| !rows.is_empty());
        let Some((schema, _)) = batches.first() else { return Ok(()) };
        for (schema, rows) in &batches {
            sql::require_own(schema, rows, self.scope)?;
        }
        if self.server == Server::Cluster {
            for (schema, rows) in batches {
                self.insert(schema, rows).await?;
            }
            return Ok(());
        }
        let statement = self.shapes.statement(|sink| sql::insert_batches(sink, &batches))?;
        self.execute(schema, statement).await.map(|_| ())
    }

    async fn report(
        &mut self,
        name: &'static str,
        parameters: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        reports::answer(self, name, parameters).await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        // The server answers COMMIT with success when the transaction had failed and was rolled
        // back, so that it must not be asked then.
        if self.enter().is_err() {
            self.rollback().await?;
            return Err(StoreError::Poisoned);
        }
        match std::mem::replace(&mut self.link, Link::Ended) {
            Link::Own(mut open) => {
                let db = open.get().ok_or_else(gone)?;
                let commit = commit(self.used_by_host, self.server);
                match within(self.patience, send(db, commit)).await {
                    Ok(()) => {
                        open.ended();
                        Ok(())
                    }
                    Err(error) => Err(commit_error(error)),
                }
            }
            Link::Lent(mut lent) => {
                if self.used_by_host {
                    let asked = sqlx::raw_sql(WHOLE).execute(lent.connection());
                    within(self.patience, asked).await.map_err(commit_error)?;
                }
                within(self.patience, lent.into_inner().commit()).await.map_err(commit_error)
            }
            Link::Ended => Err(gone()),
        }
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        // A rollback cannot fail: without its connection, the server rolls back by itself.
        let patience = self.patience.min(ROLLBACK_PATIENCE);
        match std::mem::replace(&mut self.link, Link::Ended) {
            Link::Own(mut open) => {
                let db = open.get().ok_or_else(gone)?;
                let rollback = sqlx::raw_sql("ROLLBACK").execute(db);
                match within(patience, rollback).await {
                    Ok(_) => open.ended(),
                    Err(error) => {
                        tracing::debug!(%error, "the connection broke while rolling back");
                        open.close();
                    }
                }
            }
            Link::Lent(lent) => {
                let rollback = lent.into_inner().rollback();
                if let Err(error) = within(patience, rollback).await {
                    tracing::debug!(%error, "the connection broke while rolling back");
                }
            }
            Link::Ended => {}
        }
        Ok(())
    }
}

/// The host's transaction, for [`PgTransaction::release`].
pub(crate) type HostTransaction = sqlx::Transaction<'static, Postgres>;
