//! What a case works with: the store, contexts of its own, and shorthands.
use std::{fmt::Debug, time::Duration};

use lms_core::{
    kernel::{Context, DomainError, Id, Scope, TenantId},
    store::{
        BackendTransaction, Record, Row, Schema, Select, Store, StoreError, Transaction, Work,
    },
};

use crate::{Failure, Outcome, RunSeed, Sample, Sampler, TestContext, random::number_of};

/// How often a race is run again, by a host that does not give up.
const PATIENCE: usize = 2_000;

/// The store under test, and a source of contexts that no other case shares.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) store: Store,
    contexts: TestContext,
    seed: u64,
}

impl Stage {
    pub(crate) fn new(store: Store, name: &str, run: RunSeed) -> Self {
        let contexts = TestContext::new(name).with_run(run);
        Self { store, contexts, seed: run.get() ^ number_of(name) }
    }

    /// A context of a fresh tenant.
    pub(crate) fn cx(&self) -> Context {
        self.contexts.build()
    }

    /// Another context of the same tenant.
    pub(crate) fn cx_of(&self, tenant: TenantId) -> Context {
        self.contexts.clone().of_tenant(tenant).build()
    }

    /// Rows for the tenant of that context.
    pub(crate) fn sampler(&self, cx: &Context) -> Sampler {
        Sampler::new(self.seed, cx.tenant())
    }

    pub(crate) async fn begin(&self, cx: &Context) -> Result<Transaction, StoreError> {
        self.store.begin(cx).await
    }

    /// Stores a record in a transaction of its own.
    pub(crate) async fn save<R: Record>(&self, cx: &Context, record: &R) -> Result<(), StoreError> {
        self.save_all(cx, std::slice::from_ref(record)).await
    }

    /// Stores records in a transaction of their own.
    pub(crate) async fn save_all<R: Record>(
        &self,
        cx: &Context,
        records: &[R],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin(cx).await?;
        tx.insert_all(records).await?;
        tx.commit().await
    }

    /// What is stored under that id, read in a transaction of its own.
    pub(crate) async fn stored<R: Record>(
        &self,
        cx: &Context,
        id: Id<R>,
    ) -> Result<Option<R>, StoreError> {
        self.begin(cx).await?.get(id).await
    }

    /// Opens the backend's own transaction, without what the library adds to it.
    pub(crate) async fn raw(
        &self,
        scope: Scope,
    ) -> Result<Box<dyn BackendTransaction>, StoreError> {
        self.store.backend().begin(scope).await
    }

    /// Stores rows, each run of one scope in a transaction of its own.
    pub(crate) async fn keep(&self, samples: &[Sample]) -> Result<(), StoreError> {
        for run in samples.chunk_by(|a, b| a.scope() == b.scope()) {
            let Some(first) = run.first() else { continue };
            let mut tx = self.raw(first.scope()).await?;
            for sample in run {
                tx.insert(sample.schema, vec![sample.row.clone()]).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// The row with that id, deleted or not, read in a transaction of its own.
    pub(crate) async fn row(
        &self,
        scope: Scope,
        schema: &'static Schema,
        id: uuid::Uuid,
    ) -> Result<Option<Row>, StoreError> {
        let mut tx = self.raw(scope).await?;
        Ok(tx.select(&Select::by_id(schema, id)).await?.into_iter().next())
    }
}

/// Does the work until it no longer loses its race, as a host does that does not give up.
pub(crate) async fn insist<T, E, F>(store: &Store, cx: &Context, mut work: F) -> Result<T, E>
where
    E: From<StoreError> + DomainError,
    F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
{
    let mut tries = 0;
    loop {
        match store.transact(cx, &mut work).await {
            Err(error) if error.is_lost_race() && tries < PATIENCE => tries += 1,
            other => return other,
        }
        tokio::task::yield_now().await;
    }
}

/// Waits for tasks and gives what each came to.
pub(crate) async fn join_all<T: Send + 'static>(
    tasks: Vec<tokio::task::JoinHandle<T>>,
) -> Outcome<Vec<T>> {
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        done.push(task.await.map_err(|panic| Failure::new(panic.to_string()))?);
    }
    Ok(done)
}

/// Gives others time to run into what they will wait for.
pub(crate) async fn wait_a_little() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

/// Whether an error is one that a backend may give to the loser of a race over one record.
pub(crate) fn lost<T: Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(error) if error.is_retryable())
}
