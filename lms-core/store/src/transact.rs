//! The handle to a backend, and work that is repeated when it loses a race.
use std::{pin::Pin, sync::Arc};

use tracing::Instrument as _;

use crate::{
    Backend, Port, Ports, StoreError, Transaction, operation::Within, transaction::statement,
};
use lms_kernel::{Actor, Context, DomainError, ErrorKind, Scope};

/// How often work that lost a race is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
}

impl RetryPolicy {
    /// That many attempts in all, at least one.
    pub const fn attempts(attempts: u32) -> Self {
        Self { attempts: if attempts == 0 { 1 } else { attempts } }
    }
}

impl Default for RetryPolicy {
    /// Five attempts.
    fn default() -> Self {
        Self::attempts(5)
    }
}

/// A future that work returns; `Box::pin(async move { … })` makes one.
pub type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// A handle to the backend that the host chose. Cheap to clone; keep one in the application's
/// state.
///
/// [`run`](Self::run) runs one operation and [`run_once`](Self::run_once) runs it once per key.
/// [`transact`](Self::transact) puts several steps into one commit, and repeats them when they lose
/// a race; [`begin`](Self::begin) leaves committing and repeating to the caller.
///
/// ```
/// # extern crate lms_store as lms_core;
/// # use lms_kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp};
/// # use lms_store::{Record, Stamp, Store, StoreError};
/// # use lms_store_memory::MemoryStore;
/// # /// A note on a board.
/// # #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Record)]
/// # #[record(table = "notes")]
/// # pub struct Note {
/// #     /// The id.
/// #     pub id: Id<Note>,
/// #     /// The stamp.
/// #     #[record(flatten)]
/// #     pub stamp: Stamp,
/// #     /// The text.
/// #     pub text: String,
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// # let ids = std::sync::Arc::new(SequentialIds::new());
/// # let cx = Context::new(TenantId::SINGLE, Actor::system("docs"), Timestamp::EPOCH, ids);
/// let store = Store::new(MemoryStore::new());
/// let note = Note { id: cx.id(), stamp: Stamp::new(&cx), text: "Bring a pencil".into() };
/// store
///     .transact(&cx, |tx| {
///         let note = note.clone();
///         Box::pin(async move { tx.insert(&note).await })
///     })
///     .await?;
/// let mut tx = store.begin(&cx).await?;
/// assert_eq!(tx.require(note.id).await?.text, "Bring a pencil");
/// # Ok(())
/// # }
/// ```
///
/// # Pitfalls
/// - The closure of `transact` may run more than once: keep e-mails, payments and other effects
///   outside, and send them from the outbox.
/// - Keep transactions short. On SQLite one transaction writes at a time.
/// - A closure returns a boxed future, because async closures are not `Send` enough for web servers
///   yet.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Arc<dyn Backend>,
    ports: Ports,
}

impl Store {
    /// A store on that backend.
    pub fn new(backend: impl Backend) -> Self {
        Self { backend: Arc::new(backend), ports: Ports::default() }
    }

    /// The same store with a port that operations ask for, in place of another of its type. A host
    /// installs its ports once, when it starts.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lms_kernel::Entropy;
    /// # use lms_store::Store;
    /// # fn example(store: Store, random: Arc<dyn Entropy>) {
    /// let store = store.with_port(random);
    /// # }
    /// ```
    #[must_use]
    pub fn with_port<P: Port + ?Sized>(self, port: Arc<P>) -> Self {
        Self { ports: self.ports.with(port), ..self }
    }

    /// The ports that are installed.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The backend, for decorators and tests.
    pub fn backend(&self) -> &Arc<dyn Backend> {
        &self.backend
    }

    /// Opens a transaction for the tenant of `cx`.
    pub async fn begin(&self, cx: &Context) -> Result<Transaction, StoreError> {
        self.begin_in(cx, cx.scope()).await
    }

    /// Opens a transaction for another scope, which is spelled out.
    pub async fn begin_in(&self, cx: &Context, scope: Scope) -> Result<Transaction, StoreError> {
        let span = statement("begin", "transaction");
        let inner = self.backend.begin(scope).instrument(span).await?;
        Ok(Transaction::on(self, inner, cx, scope))
    }

    /// Runs `work` in a transaction of the tenant of `cx` and commits it; again, with bounded
    /// attempts, if it loses a race, also when the loss surfaces inside the work.
    ///
    /// When the work fails nothing of it is stored, except the note that an actor was refused.
    ///
    /// ```no_run
    /// # use lms_kernel::Context;
    /// # use lms_store::{Store, StoreError};
    /// # async fn example(store: &Store, cx: &Context) -> Result<(), StoreError> {
    /// store.transact(cx, |tx| Box::pin(async move {
    ///     let _ = tx.scope();
    ///     Ok::<_, StoreError>(())
    /// })).await
    /// # }
    /// ```
    pub async fn transact<T, E, F>(&self, cx: &Context, work: F) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        self.transact_in(cx, cx.scope(), work).await
    }

    /// The same in another scope, which is spelled out.
    pub async fn transact_in<T, E, F>(
        &self,
        cx: &Context,
        scope: Scope,
        mut work: F,
    ) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        self.transact_noting(cx, scope, &mut work, |_| true).await
    }

    /// Runs the work of an operation that needs those rows. The platform's own people have their
    /// rights in every tenant, and only a transaction that includes the platform knows them: what is
    /// refused to a user in the tenant's own transaction is decided in one that does.
    pub(crate) async fn transact_within<T, E, F>(
        &self,
        cx: &Context,
        within: Within,
        mut work: F,
    ) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        let scope = within.scope(cx);
        if within != Within::Tenant || !matches!(cx.actor(), Actor::User(_)) {
            return self.transact_noting(cx, scope, &mut work, |_| true).await;
        }
        let done = self.transact_noting(cx, scope, &mut work, |it| !is_denial(it)).await;
        if !done.as_ref().is_err_and(is_denial) {
            return done;
        }
        let wider = Within::TenantAndPlatform.scope(cx);
        match self.transact_noting(cx, wider, &mut work, |_| true).await {
            Err(error) if error.code() == "store.scope_not_offered" => {
                self.transact_noting(cx, scope, &mut work, |_| true).await
            }
            done => done,
        }
    }

    /// Runs the work; where it fails, the note that an actor was refused is kept for the errors for
    /// which `keeps_note` says so.
    async fn transact_noting<T, E, F>(
        &self,
        cx: &Context,
        scope: Scope,
        work: &mut F,
        keeps_note: fn(&E) -> bool,
    ) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        let attempts = self.backend.retry_policy().attempts;
        let mut attempt = 1;
        loop {
            let mut tx = self.begin_in(cx, scope).await?;
            let lost = match work(&mut tx).await {
                Ok(value) => match tx.commit().await {
                    Ok(()) => return Ok(value),
                    Err(error) if error.is_retryable() => E::from(error),
                    Err(error) => return Err(error.into()),
                },
                Err(error) => {
                    let lost = error.is_lost_race();
                    if !keeps_note(&error) {
                        tx.forget_denials();
                    }
                    tx.rollback().await?;
                    if !lost {
                        return Err(error);
                    }
                    error
                }
            };
            if attempt >= attempts {
                return Err(lost);
            }
            attempt += 1;
            tracing::debug!(attempt, "work lost a race and is repeated");
            self.backend.pause(attempt).await;
        }
    }
}

/// Whether a role is missing that the platform's own people may have. On their own things they
/// decide as little as anyone.
fn is_denial<E: DomainError>(error: &E) -> bool {
    error.kind() == ErrorKind::Forbidden
        && error.code().starts_with("authorization.")
        && error.code() != "authorization.own_thing"
}
