//! The store that hosts open.
use std::{
    collections::HashMap,
    fmt,
    future::poll_fn,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
};

use async_trait::async_trait;
use lms_kernel::Scope;
use lms_store::{Backend, BackendTransaction, RetryPolicy, StoreError};

use crate::{
    claims::State, contents::Contents, file::Fingerprint, select::Meter,
    transaction::MemoryTransaction,
};

/// Keeps records in memory. Clones share their contents.
///
/// A transaction sees the state committed before its first statement, and its own writes. No one
/// waits: of two transactions that wrote or locked the same row, the first to commit wins and the
/// other fails with a conflict, which [`Store::transact`](lms_store::Store::transact) repeats by
/// itself.
///
/// ```
/// use lms_store::Store;
/// use lms_store_memory::MemoryStore;
///
/// let memory = MemoryStore::default();
/// let store = Store::new(memory.clone());
/// assert_eq!(store.backend().name(), "memory");
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    pub(crate) shared: Arc<Shared>,
}

/// What clones share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) meter: Meter,
    /// What a transaction sees that has not looked yet.
    pub(crate) nothing: Arc<Contents>,
    pauses: AtomicU64,
    /// The files that were opened or saved, as they were then.
    pub(crate) files: Mutex<HashMap<PathBuf, Fingerprint>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store of its own that holds what is committed here now, at no cost for its size. Later commits
    /// to either do not reach the other, and neither does a file that this one was opened from.
    ///
    /// ```
    /// use lms_store_memory::MemoryStore;
    ///
    /// let school = MemoryStore::new();
    /// let what_if = school.fork();
    /// ```
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::holding(Contents::clone(&self.contents()))
    }

    /// How many queries with a condition looked at every row of a table, because no index
    /// narrowed it. A test asserts with it that a look-up is one.
    pub fn scans(&self) -> u64 {
        self.shared.meter.scans.load(Relaxed)
    }

    /// How many rows queries have looked at.
    pub fn rows_looked_at(&self) -> u64 {
        self.shared.meter.looked_at.load(Relaxed)
    }

    /// What is committed now; later commits do not change it.
    pub(crate) fn contents(&self) -> Arc<Contents> {
        Arc::clone(&self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).contents)
    }

    pub(crate) fn holding(contents: Contents) -> Self {
        let state = Mutex::new(State::holding(contents));
        let shared = Shared { state, ..Shared::default() };
        Self { shared: Arc::new(shared) }
    }
}

impl fmt::Debug for MemoryStore {
    // Tables and sizes only: rows hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contents = self.contents();
        let mut map = f.debug_map();
        for (name, table) in contents.tables.iter() {
            let rows: usize = table.partitions.iter().map(|(_, it)| it.rows.len()).sum();
            map.entry(name, &rows);
        }
        map.finish()
    }
}

#[async_trait]
impl Backend for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        Ok(Box::new(MemoryTransaction::new(Arc::clone(&self.shared), scope)))
    }

    /// Generous: who loses has not waited, and each loss means that another transaction won. Of 200 that
    /// want one row at once, the unluckiest needs about 25 attempts.
    fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy::attempts(64)
    }

    /// Lets others go first: up to 2, 4, 8, … 256 turns of the executor, so that those who lost
    /// together do not meet again.
    async fn pause(&self, attempt: u32) {
        let most = 1_u64 << attempt.saturating_sub(1).clamp(1, 8);
        // Multiplying by the golden ratio's fraction of 2^64 spreads consecutive numbers evenly.
        let number = self.shared.pauses.fetch_add(1, Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut turns = 1 + (number >> 32) % most;
        poll_fn(|cx| {
            if turns == 0 {
                return Poll::Ready(());
            }
            turns -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
