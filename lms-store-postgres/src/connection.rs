//! A connection inside a transaction that this store began, and what happens to it when the work is
//! dropped half-way.
//!
//! sqlx 0.9.0 gives a connection back to the pool inside a transaction when its `begin` is
//! cancelled, because it counts the transaction only after the server's answer. So the store
//! sends `BEGIN` itself, and a connection that was sent it goes back only after a `ROLLBACK`.
use std::{io::ErrorKind, time::Duration};

use lms_core::{kernel::Scope, store::StoreError};
use sqlx::{PgConnection, PgPool, Postgres, SqlStr, pool::PoolConnection};
use tokio::runtime::Handle;

use crate::{
    error::{connection_error, within},
    idle::Idle,
    sql::{self, Server},
};

/// A server that does not answer a rollback for so long is not worth waiting for.
pub(crate) const ROLLBACK_PATIENCE: Duration = Duration::from_secs(5);

/// A pool's connection inside a transaction. Dropping it rolls back, and the connection returns
/// to the pool once that is done.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    connection: Option<PoolConnection<Postgres>>,
    /// Where it waits for the next transaction when this one has ended.
    idle: Option<Idle>,
    turns: u32,
}

impl OpenConnection {
    /// Begins a transaction for that scope on that kind of server.
    ///
    /// A connection that broke while it was idle is replaced, so the pool need not ask the
    /// server whether a connection is alive before each use.
    pub(crate) async fn begin(
        pool: &PgPool,
        idle: Option<&Idle>,
        (scope, server): (Scope, Server),
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let mut idle_left = pool.size();
        loop {
            let mut open = Self::take(pool, idle).await?;
            let Some(db) = open.get() else { return Err(gone()) };
            match within(patience, send(db, sql::begin(scope, server))).await {
                Ok(()) => return Ok(open),
                Err(error) => {
                    open.close();
                    // The others are no better than one that the server left without an answer.
                    if matches!(&error, sqlx::Error::Io(it) if it.kind() == ErrorKind::TimedOut) {
                        return Err(connection_error(error));
                    }
                    let error = connection_error(error);
                    if idle_left == 0 || !matches!(error, StoreError::Unavailable { .. }) {
                        return Err(error);
                    }
                    idle_left -= 1;
                }
            }
        }
    }

    async fn take(pool: &PgPool, idle: Option<&Idle>) -> Result<Self, StoreError> {
        let waiting = match idle.map(Idle::take) {
            Some(Ok(kept)) => match kept.into_connection() {
                Some((connection, turns)) => {
                    let connection = Some(connection);
                    return Ok(Self { connection, idle: idle.cloned(), turns: turns + 1 });
                }
                None => None,
            },
            Some(Err(waiting)) => Some(waiting),
            None => None,
        };
        let connection = pool.acquire().await.map_err(connection_error)?;
        drop(waiting);
        Ok(Self { connection: Some(connection), idle: idle.cloned(), turns: 1 })
    }

    pub(crate) fn get(&mut self) -> Option<&mut PgConnection> {
        self.connection.as_deref_mut()
    }

    /// Gives the connection back: its transaction has ended.
    pub(crate) fn ended(mut self) {
        if let (Some(connection), Some(idle)) = (self.connection.take(), &self.idle) {
            idle.keep(connection, self.turns);
        }
    }

    /// Closes the connection instead of giving it back: no one knows what state it is in.
    pub(crate) fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            connection.close_on_drop();
        }
    }
}

/// Sends message after message.
pub(crate) async fn send(db: &mut PgConnection, messages: Vec<SqlStr>) -> Result<(), sqlx::Error> {
    for message in messages {
        sqlx::raw_sql(message).execute(&mut *db).await?;
    }
    Ok(())
}

pub(crate) fn gone() -> StoreError {
    connection_error(sqlx::Error::WorkerCrashed)
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let Ok(runtime) = Handle::try_current() else {
            // Nobody is there to wait for an answer; without its connection the server rolls back.
            drop(connection.detach());
            return;
        };
        runtime.spawn(async move {
            let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut *connection);
            match within(ROLLBACK_PATIENCE, rollback).await {
                Ok(_) => {}
                Err(_) => connection.close_on_drop(),
            }
        });
    }
}
