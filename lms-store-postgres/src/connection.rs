//! A connection inside a transaction that this store began, and what becomes of it when the work
//! is dropped half-way.
//!
//! sqlx 0.9.0 gives a connection back to the pool inside a transaction when its `begin` is
//! cancelled, because it counts the transaction only after the server's answer. So the store
//! sends `BEGIN` itself, and a connection that was sent it goes back only after a `ROLLBACK`.
use std::time::Duration;

use lms_core::{kernel::Scope, store::StoreError};
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::runtime::Handle;

use crate::{error::connection_error, sql};

/// A pool's connection inside a transaction. Dropping it rolls back, and the connection returns
/// to the pool once that is done.
#[derive(Debug)]
pub(crate) struct OpenConnection(Option<PoolConnection<Postgres>>);

impl OpenConnection {
    /// Begins a transaction for that scope.
    ///
    /// A connection that broke while it was idle is replaced, so the pool need not ask the
    /// server whether a connection is alive before each use.
    pub(crate) async fn begin(pool: &PgPool, scope: Scope) -> Result<Self, StoreError> {
        let mut idle_left = pool.size();
        loop {
            let connection = pool.acquire().await.map_err(connection_error)?;
            let mut open = Self(Some(connection));
            let Some(db) = open.get() else { return Err(gone()) };
            match sqlx::raw_sql(sql::begin(scope)).execute(db).await {
                Ok(_) => return Ok(open),
                Err(error) => {
                    open.close();
                    let error = connection_error(error);
                    if idle_left == 0 || !matches!(error, StoreError::Unavailable { .. }) {
                        return Err(error);
                    }
                    idle_left -= 1;
                }
            }
        }
    }

    pub(crate) fn get(&mut self) -> Option<&mut PgConnection> {
        self.0.as_deref_mut()
    }

    /// Gives the connection back: its transaction has ended.
    pub(crate) fn ended(mut self) {
        self.0.take();
    }

    /// Closes the connection instead of giving it back: nobody knows what state it is in.
    pub(crate) fn close(&mut self) {
        if let Some(mut connection) = self.0.take() {
            connection.close_on_drop();
        }
    }
}

pub(crate) fn gone() -> StoreError {
    connection_error(sqlx::Error::WorkerCrashed)
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        /// A server that does not answer a rollback for so long is not worth waiting for.
        const PATIENCE: Duration = Duration::from_secs(5);
        let Some(mut connection) = self.0.take() else { return };
        let Ok(runtime) = Handle::try_current() else {
            // Nobody is there to wait for an answer; without its connection the server rolls back.
            drop(connection.detach());
            return;
        };
        runtime.spawn(async move {
            let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut *connection);
            match tokio::time::timeout(PATIENCE, rollback).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => connection.close_on_drop(),
            }
        });
    }
}
