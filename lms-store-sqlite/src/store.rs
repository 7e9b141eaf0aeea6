//! The backend.
use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use lms_kernel::Scope;
use lms_store::{Backend, BackendTransaction, RecordType, RetryPolicy, StoreError, Writers};

use crate::{
    connect::connect,
    error::{BACKEND, SetupError},
    lease::Shared,
    migrate::migrate,
    registry::Registry,
    transaction::SqliteTransaction,
};

/// What a commit outlives. Neither damages the file, and a process that is killed loses nothing
/// that was committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// The loss of power too: each commit waits for the disk.
    #[default]
    Full,
    /// The end of the process, but not of the machine: power that fails may take the last commits
    /// with it. Many times faster to write.
    Normal,
}

impl Synchronous {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// How a file is used.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) synchronous: Synchronous,
    pub(crate) patience: Duration,
    pub(crate) most_open: usize,
    pub(crate) most_bytes: Option<u64>,
    pub(crate) retry_policy: RetryPolicy,
}

impl Default for Options {
    /// Commits outlive the loss of power; who wants to write waits for ten seconds at most.
    fn default() -> Self {
        Self {
            synchronous: Synchronous::default(),
            patience: Duration::from_secs(10),
            most_open: 64,
            most_bytes: None,
            retry_policy: RetryPolicy::attempts(10),
        }
    }
}

impl Options {
    /// The same, with commits that outlive that.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// The same, waiting so long for the turn to write, of this process and of others. Who waits
    /// longer gets [`StoreError::Retryable`].
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same, with so many transactions open at a time, each of which has a connection. 64
    /// otherwise.
    #[must_use]
    pub fn most_open(mut self, transactions: usize) -> Self {
        self.most_open = transactions.max(1);
        self
    }

    /// The same, with a file of at most so many bytes, its log not counted. Who would make it
    /// larger gets [`StoreError::Unavailable`], as on a full disk.
    #[must_use]
    pub fn most_bytes(mut self, bytes: u64) -> Self {
        self.most_bytes = Some(bytes);
        self
    }

    /// The same, repeating work that lost a race as often as that. Ten times otherwise.
    #[must_use]
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }
}

/// Keeps records in one file. Clones share it.
///
/// One transaction writes at a time, of all processes; the others wait for their turn, in this
/// process in the order in which they came. Readers wait for no one. A transaction reads one state
/// of the file until it writes or locks; then it reads the newest, and from there on no one else
/// changes it.
#[derive(Clone)]
pub struct SqliteStore {
    pub(crate) shared: Arc<Shared>,
}

impl SqliteStore {
    /// Opens the file with the tables of those records, and makes it where there is none. A file
    /// that lacks tables, columns or indexes is brought up to date.
    ///
    /// # Errors
    /// [`SetupError`] says why the file cannot be used; then nothing of it was changed.
    pub async fn open(path: impl AsRef<Path>, records: &[RecordType]) -> Result<Self, SetupError> {
        Self::open_with(path, records, Options::default()).await
    }

    /// The same, used as `options` say.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_with(
        path: impl AsRef<Path>,
        records: &[RecordType],
        options: Options,
    ) -> Result<Self, SetupError> {
        let (path, registry) = (path.as_ref().to_owned(), Registry::of(records));
        let open = move || {
            let mut db = connect(&path, &options)?;
            migrate(&mut db, &path, &registry)?;
            let shared = Shared::new(path, options, registry, db);
            Ok(Self { shared: Arc::new(shared) })
        };
        blocking(open).await
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }
}

/// Does what may block, outside of the threads that others wait for.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SetupError> + Send + 'static,
) -> Result<T, SetupError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => {
            let source = rusqlite::Error::ToSqlConversionFailure(Box::new(error));
            Err(SetupError::at(&PathBuf::new(), source))
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for SqliteStore {
    fn name(&self) -> &'static str {
        BACKEND
    }

    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        Ok(Box::new(SqliteTransaction::new(Arc::clone(&self.shared), scope)))
    }

    fn writers(&self) -> Writers {
        Writers::One
    }

    fn retry_policy(&self) -> RetryPolicy {
        self.shared.options.retry_policy
    }

    /// Waits 1 ms before the second attempt and twice as long before each further one, up to
    /// 64 ms, plus or minus half, so that those who lost together do not meet again.
    async fn pause(&self, attempt: u32) {
        let whole_micros = 1_000_u64 << attempt.saturating_sub(2).min(6);
        // Differs between calls and processes; nothing depends on its quality.
        let jitter = RandomState::new().build_hasher().finish() % whole_micros;
        tokio::time::sleep(Duration::from_micros(whole_micros / 2 + jitter)).await;
    }
}
