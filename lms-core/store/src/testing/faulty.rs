//! Fails chosen calls, as a broken connection or a crash would.
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Backend, BackendTransaction, Expr, RetryPolicy, Row, Schema, Select, StoreError, UpsertRows,
    Upserted, Writers,
};
use lms_kernel::{Scope, Version};

/// Which call fails. Clones share it, so that a test can plan faults while the store is in use.
#[derive(Clone, Debug)]
pub struct FaultPlan(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    /// How many calls still succeed; `u64::MAX` means that none fails.
    left: AtomicU64,
    read_only: AtomicBool,
    calls: AtomicU64,
}

impl FaultPlan {
    /// No call fails.
    pub fn none() -> Self {
        Self(Arc::new(Plan {
            left: AtomicU64::new(u64::MAX),
            read_only: AtomicBool::new(false),
            calls: AtomicU64::new(0),
        }))
    }

    /// The call after the next `calls` fails, once: begin, read, write and commit count alike.
    pub fn fail_after(&self, calls: u64) {
        self.0.left.store(calls, Ordering::SeqCst);
    }

    /// No call fails any more.
    pub fn heal(&self) {
        self.0.left.store(u64::MAX, Ordering::SeqCst);
        self.0.read_only.store(false, Ordering::SeqCst);
    }

    /// Every write fails, as on a standby server.
    pub fn read_only(&self) {
        self.0.read_only.store(true, Ordering::SeqCst);
    }

    /// How many calls were made since the plan was made.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn call(&self) -> Result<(), StoreError> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let left = self.0.left.load(Ordering::SeqCst);
        if left == u64::MAX {
            return Ok(());
        }
        self.0.left.store(left.checked_sub(1).unwrap_or(u64::MAX), Ordering::SeqCst);
        if left == 0 { Err(unavailable("a fault was planned here")) } else { Ok(()) }
    }

    fn write(&self) -> Result<(), StoreError> {
        self.call()?;
        if self.0.read_only.load(Ordering::SeqCst) {
            return Err(unavailable("the backend is read-only"));
        }
        Ok(())
    }
}

fn unavailable(reason: &'static str) -> StoreError {
    StoreError::Unavailable { backend: "faulty", source: reason.into() }
}

/// A backend that fails as planned and otherwise passes calls on.
#[derive(Debug)]
pub struct Faulty<B> {
    inner: B,
    plan: FaultPlan,
}

impl<B: Backend> Faulty<B> {
    /// Fails calls to `inner` by the returned plan.
    pub fn new(inner: B) -> (Self, FaultPlan) {
        let plan = FaultPlan::none();
        (Self { inner, plan: plan.clone() }, plan)
    }
}

struct FaultyTransaction {
    inner: Box<dyn BackendTransaction>,
    plan: FaultPlan,
}

#[async_trait]
impl<B: Backend> Backend for Faulty<B> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        self.plan.call()?;
        let inner = self.inner.begin(scope).await?;
        Ok(Box::new(FaultyTransaction { inner, plan: self.plan.clone() }))
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
impl BackendTransaction for FaultyTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        self.plan.call()?;
        self.inner.select(select).await
    }
    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        self.plan.call()?;
        self.inner.count(select).await
    }
    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.plan.write()?;
        self.inner.insert(schema, rows).await
    }
    async fn upsert(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        self.plan.write()?;
        self.inner.upsert(upsert).await
    }
    async fn update(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        self.plan.write()?;
        self.inner.update(schema, rows).await
    }
    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        self.plan.write()?;
        self.inner.delete(schema, id, expected).await
    }
    async fn delete_where(
        &mut self,
        schema: &'static Schema,
        filter: &Expr,
    ) -> Result<u64, StoreError> {
        self.plan.write()?;
        self.inner.delete_where(schema, filter).await
    }
    async fn insert_batches(
        &mut self,
        batches: Vec<(&'static Schema, Vec<Row>)>,
    ) -> Result<(), StoreError> {
        self.plan.write()?;
        self.inner.insert_batches(batches).await
    }
    async fn report(
        &mut self,
        name: &'static str,
        parameters: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        self.plan.call()?;
        self.inner.report(name, parameters).await
    }
    fn inner_mut(&mut self) -> Option<&mut dyn BackendTransaction> {
        Some(&mut *self.inner)
    }
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.plan.write()?;
        self.inner.commit().await
    }
    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.rollback().await
    }
}
