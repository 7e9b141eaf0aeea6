//! Connections between two transactions of the store.
//!
//! sqlx asks the server after each use whether a connection is alive, which beside a transaction
//! of one statement is a fourth round trip. A connection whose transaction has just ended well is
//! alive, so the next transaction may have it at once.
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use sqlx::{Postgres, pool::PoolConnection};
use tokio::runtime::Handle;

/// How many transactions a connection serves in a row before it goes back to its pool, where the
/// host's own work may be waiting for it.
const TURNS: u32 = 64;

/// A connection that no one took for one to two such whiles goes back to its pool.
const WHILE: Duration = Duration::from_millis(3);

/// The connections that wait for the next transaction. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Idle(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    kept: Vec<Kept>,
    /// How many wait for a connection from the pool.
    waiting: usize,
    /// Whether someone looks for connections that no one takes.
    swept: bool,
}

/// A connection outside any transaction.
pub(crate) struct Kept {
    connection: Option<PoolConnection<Postgres>>,
    turns: u32,
    seen: bool,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("turns", &self.turns).finish_non_exhaustive()
    }
}

impl Kept {
    /// The connection, and how many transactions it has served.
    pub(crate) fn into_connection(mut self) -> Option<(PoolConnection<Postgres>, u32)> {
        self.connection.take().map(|it| (it, self.turns))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match Handle::try_current() {
            Ok(_) => drop(connection),
            // Nobody is there to give it back to the pool.
            Err(_) => drop(connection.detach()),
        }
    }
}

/// A caller that waits for a connection from the pool, until dropped: meanwhile connections go
/// there, where those who wait take turns.
#[derive(Debug)]
pub(crate) struct Waiting(Idle);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = lock(&self.0.0);
        state.waiting = state.waiting.saturating_sub(1);
    }
}

impl Idle {
    /// A connection that waits, or the right to wait for one from the pool.
    pub(crate) fn take(&self) -> Result<Kept, Waiting> {
        let mut state = lock(&self.0);
        state.kept.pop().ok_or_else(|| {
            state.waiting += 1;
            Waiting(self.clone())
        })
    }

    /// Keeps a connection whose transaction has ended for the next one, unless it is another's
    /// turn.
    pub(crate) fn keep(&self, connection: PoolConnection<Postgres>, turns: u32) {
        let kept = Kept { connection: Some(connection), turns, seen: false };
        let Ok(runtime) = Handle::try_current() else { return };
        let mut state = lock(&self.0);
        if state.waiting > 0 || turns >= TURNS {
            drop(state);
            return drop(kept);
        }
        state.kept.push(kept);
        if !std::mem::replace(&mut state.swept, true) {
            runtime.spawn(Sweeper(Arc::downgrade(&self.0)).sweep());
        }
    }
}

/// Gives connections back to the pool that no one takes; ends when there is none left.
struct Sweeper(Weak<Mutex<State>>);

impl Sweeper {
    async fn sweep(mut self) {
        loop {
            tokio::time::sleep(WHILE).await;
            let Some(shared) = self.0.upgrade() else { return };
            let mut state = lock(&shared);
            let (stale, fresh) = state.kept.drain(..).partition(|it: &Kept| it.seen);
            state.kept = fresh;
            state.kept.iter_mut().for_each(|it| it.seen = true);
            let none_left = state.kept.is_empty();
            state.swept = !none_left;
            drop(state);
            drop::<Vec<Kept>>(stale);
            if none_left {
                // Whoever keeps one from now on has a sweeper of its own.
                self.0 = Weak::new();
                return;
            }
        }
    }
}

impl Drop for Sweeper {
    /// Its runtime ends, and with it whatever its connections were good for.
    fn drop(&mut self) {
        let Some(shared) = self.0.upgrade() else { return };
        let kept = {
            let mut state = lock(&shared);
            state.swept = false;
            std::mem::take(&mut state.kept)
        };
        for mut it in kept {
            drop(it.connection.take().map(PoolConnection::detach));
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
