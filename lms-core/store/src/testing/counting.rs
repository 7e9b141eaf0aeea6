//! Counts what a use case asks of the backend.
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Backend, BackendTransaction, Expr, RetryPolicy, Row, Schema, Select, StoreError, UpsertRows,
    Upserted, Writers,
};
use lms_kernel::{Scope, Version};

/// How many calls reached the backend. Clones share the counters.
#[derive(Clone, Debug, Default)]
pub struct CallCounts(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    begins: AtomicU64,
    reads: AtomicU64,
    writes: AtomicU64,
    commits: AtomicU64,
}

impl CallCounts {
    /// Transactions begun.
    pub fn begins(&self) -> u64 {
        self.0.begins.load(Ordering::Relaxed)
    }
    /// Reads: selects, counts and reports.
    pub fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::Relaxed)
    }
    /// Writes: inserts, upserts, updates and deletes.
    pub fn writes(&self) -> u64 {
        self.0.writes.load(Ordering::Relaxed)
    }
    /// Commits.
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }
    /// Reads and writes.
    pub fn statements(&self) -> u64 {
        self.reads() + self.writes()
    }
}

fn bump(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A backend that counts the calls it passes on.
#[derive(Debug)]
pub struct Counting<B> {
    inner: B,
    counts: CallCounts,
}

impl<B: Backend> Counting<B> {
    /// Counts the calls to `inner`.
    pub fn new(inner: B) -> (Self, CallCounts) {
        let counts = CallCounts::default();
        (Self { inner, counts: counts.clone() }, counts)
    }
}

struct CountingTransaction {
    inner: Box<dyn BackendTransaction>,
    counts: CallCounts,
}

#[async_trait]
impl<B: Backend> Backend for Counting<B> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        bump(&self.counts.0.begins);
        let inner = self.inner.begin(scope).await?;
        Ok(Box::new(CountingTransaction { inner, counts: self.counts.clone() }))
    }
    fn writers(&self) -> Writers {
        self.inner.writers()
    }
    fn retry_policy(&self) -> RetryPolicy {
        self.inner.retry_policy()
    }
    async fn pause(&self, attempt: u32) {
        self.inner.pause(attempt).await;
    }
}

#[async_trait]
impl BackendTransaction for CountingTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        bump(&self.counts.0.reads);
        self.inner.select(select).await
    }
    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        bump(&self.counts.0.reads);
        self.inner.count(select).await
    }
    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        bump(&self.counts.0.writes);
        self.inner.insert(schema, rows).await
    }
    async fn upsert(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        bump(&self.counts.0.writes);
        self.inner.upsert(upsert).await
    }
    async fn update(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        bump(&self.counts.0.writes);
        self.inner.update(schema, rows).await
    }
    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        bump(&self.counts.0.writes);
        self.inner.delete(schema, id, expected).await
    }
    async fn delete_where(
        &mut self,
        schema: &'static Schema,
        filter: &Expr,
    ) -> Result<u64, StoreError> {
        bump(&self.counts.0.writes);
        self.inner.delete_where(schema, filter).await
    }
    async fn insert_batches(
        &mut self,
        batches: Vec<(&'static Schema, Vec<Row>)>,
    ) -> Result<(), StoreError> {
        bump(&self.counts.0.writes);
        self.inner.insert_batches(batches).await
    }
    async fn report(
        &mut self,
        name: &'static str,
        parameters: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        bump(&self.counts.0.reads);
        self.inner.report(name, parameters).await
    }
    fn inner_mut(&mut self) -> Option<&mut dyn BackendTransaction> {
        Some(&mut *self.inner)
    }
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        bump(&self.counts.0.commits);
        self.inner.commit().await
    }
    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.rollback().await
    }
}
