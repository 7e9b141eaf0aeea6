//! Connections, one for each open transaction, and whose turn it is to write.
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use lms_kernel::Scope;
use lms_store::StoreError;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    connect::connect,
    error::{BACKEND, SetupError, commit_error, other},
    registry::Registry,
    session::Session,
    store::Options,
};

/// How many connections stay open when no one uses them.
const IDLE: usize = 8;

/// What clones of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) options: Options,
    pub(crate) registry: Registry,
    idle: Mutex<Vec<Connection>>,
    open: Arc<Semaphore>,
    /// Whose turn it is: they take it in the order in which they came. Other processes are kept
    /// out by SQLite's own lock.
    turn: Arc<Semaphore>,
}

impl Shared {
    pub(crate) fn new(path: PathBuf, options: Options, registry: Registry, db: Connection) -> Self {
        let (open, turn) = (Semaphore::new(options.most_open), Semaphore::new(1));
        let idle = Mutex::new(vec![db]);
        Self { path, options, registry, idle, open: Arc::new(open), turn: Arc::new(turn) }
    }

    /// A connection of its own, and with it the right to have one.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let permit = self.wait(&self.open, "a connection").await.map_err(|source| {
            StoreError::Unavailable { backend: BACKEND, source: source.into() }
        })?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let shared = Arc::clone(self);
        Ok(Lease { db: idle, mode: Mode::Idle, turn: None, _open: permit, shared })
    }

    /// The right to write.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = self.wait(&self.turn, "the turn to write").await;
        turn.map_err(|source| StoreError::Retryable { source: source.into() })
    }

    async fn wait(
        &self,
        semaphore: &Arc<Semaphore>,
        what: &str,
    ) -> Result<OwnedSemaphorePermit, String> {
        let patience = self.options.patience;
        match tokio::time::timeout(patience, Arc::clone(semaphore).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(closed)) => Err(closed.to_string()),
            Err(_) => Err(format!("{what} did not come within {patience:?}")),
        }
    }

    pub(crate) fn connect(&self) -> Result<Connection, SetupError> {
        connect(&self.path, &self.options)
    }
}

/// What a connection is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Idle,
    Reading,
    Writing,
}

/// A transaction's connection. Dropping it rolls back and gives the connection back.
#[derive(Debug)]
pub(crate) struct Lease {
    db: Option<Connection>,
    mode: Mode,
    turn: Option<OwnedSemaphorePermit>,
    _open: OwnedSemaphorePermit,
    shared: Arc<Shared>,
}

impl Lease {
    pub(crate) fn is_writing(&self) -> bool {
        self.mode == Mode::Writing
    }

    /// Begins to read, where nothing was begun.
    pub(crate) fn read(&mut self, scope: Scope) -> Result<Session<'_>, StoreError> {
        if self.mode == Mode::Idle {
            self.run("BEGIN DEFERRED").map_err(other)?;
            self.mode = Mode::Reading;
        }
        self.session(scope)
    }

    /// Begins to write. Earlier reads saw the state at that time; from here on no one else changes
    /// the state.
    pub(crate) fn write(
        &mut self,
        scope: Scope,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<Session<'_>, StoreError> {
        if self.mode != Mode::Writing {
            if self.mode == Mode::Reading {
                self.run("COMMIT").map_err(other)?;
                self.mode = Mode::Idle;
            }
            self.turn = turn;
            self.run("BEGIN IMMEDIATE").map_err(other)?;
            self.mode = Mode::Writing;
        }
        self.session(scope)
    }

    /// Makes everything durable and visible.
    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        if self.mode != Mode::Idle {
            self.run("COMMIT").map_err(commit_error)?;
            self.mode = Mode::Idle;
        }
        Ok(())
    }

    fn session(&mut self, scope: Scope) -> Result<Session<'_>, StoreError> {
        let shared = &*self.shared;
        match &self.db {
            Some(db) => Ok(Session { db, registry: &shared.registry, scope }),
            None => Err(other(rusqlite::Error::InvalidQuery)),
        }
    }

    fn run(&mut self, sql: &'static str) -> rusqlite::Result<()> {
        let db = match self.db.take() {
            Some(db) => db,
            None => self.shared.connect().map_err(driver_error)?,
        };
        let db = self.db.insert(db);
        db.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

/// What the driver said, where it was the driver.
fn driver_error(error: SetupError) -> rusqlite::Error {
    match error {
        SetupError::Database { source, .. } => source,
        error => rusqlite::Error::ToSqlConversionFailure(Box::new(error)),
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else { return };
        if !db.is_autocommit()
            && let Err(error) = db.execute_batch("ROLLBACK")
        {
            // Closing it rolls back as well.
            tracing::debug!(%error, "a rollback failed, and its connection is closed");
            return;
        }
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(db);
        }
    }
}
