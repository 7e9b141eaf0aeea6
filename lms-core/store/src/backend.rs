//! The traits that a backend implements.
use std::any::Any;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{Expr, RetryPolicy, Row, Schema, Select, StoreError, UpsertRows, Upserted};
use lms_kernel::{Scope, Version};

/// How many transactions of a backend may write at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Writers {
    /// As many as like: those that write or lock different rows, or share a lock on one, do not
    /// wait for each other.
    Many,
    /// One: a transaction that writes or locks any row blocks every other writer until it ends, and
    /// no reader. A writer that waits too long gets [`StoreError::Retryable`].
    One,
}

/// A place to keep records. This trait and [`BackendTransaction`] are all a new backend
/// implements; neither ever mentions an entity. Run the conformance suite against it.
#[async_trait]
pub trait Backend: std::fmt::Debug + Send + Sync + 'static {
    /// Its name in errors and spans.
    fn name(&self) -> &'static str;

    /// Opens a unit of work that sees and writes only what `scope` owns.
    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError>;

    /// How many transactions may write at the same time. A host that asks a backend with one writer
    /// does not leave a transaction open while it waits for someone.
    fn writers(&self) -> Writers {
        Writers::Many
    }

    /// How often work that lost a race is repeated.
    fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy::default()
    }

    /// Waits before attempt `attempt` (2, 3, …) of work that lost a race. The core has no timer,
    /// so a backend with a runtime sleeps here; the default does not wait.
    async fn pause(&self, attempt: u32) {
        let _ = attempt;
    }
}

/// One atomic unit of work. Dropping it rolls back.
///
/// Rules that hold on every backend, and that the conformance suite checks:
/// reads see the transaction's own writes; a row outside the scope does not exist; text is
/// compared and sorted by code point; nulls follow SQL's three-valued logic; times have
/// microseconds; after an error the transaction can only be rolled back.
#[async_trait]
pub trait BackendTransaction: Any + Send {
    /// The rows that match, in order, at most `select.limit` of them.
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError>;

    /// Hands over the same rows one by one. A backend that receives them so overrides this, and
    /// what one row took is free for the next.
    async fn select_each(
        &mut self,
        select: &Select,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<(), StoreError> {
        self.select(select).await?.into_iter().for_each(take);
        Ok(())
    }

    /// How many rows match; order, cursor, limit and lock do not count.
    async fn count(&mut self, select: &Select) -> Result<u64, StoreError>;

    /// Adds rows.
    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError>;

    /// Adds rows, or does to those that are there what `rows` declares. One result per row, in
    /// their order. No two rows may have the same key.
    async fn upsert(&mut self, upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError>;

    /// Replaces rows. Each carries the version after the one it replaces; a row whose stored
    /// version is another is a [`StoreError::Conflict`], a missing one a
    /// [`StoreError::NotFound`].
    async fn update(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError>;

    /// Removes the row for good if it still has version `expected`.
    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError>;

    /// Removes the rows that match for good, whatever their version, and answers how many there
    /// were. A backend that can do it in one statement does.
    async fn delete_where(
        &mut self,
        schema: &'static Schema,
        filter: &Expr,
    ) -> Result<u64, StoreError> {
        let mut gone: u64 = 0;
        loop {
            let filter = Some(filter.clone());
            let rows = self.select(&Select { filter, ..Select::all(schema) }).await?;
            if rows.is_empty() {
                return Ok(gone);
            }
            for row in rows {
                self.delete(schema, row.id(), schema.version(&row)).await?;
                gone = gone.saturating_add(1);
            }
        }
    }

    /// Adds rows to several tables, in that order. A backend that can save round trips does.
    async fn insert_batches(
        &mut self,
        batches: Vec<(&'static Schema, Vec<Row>)>,
    ) -> Result<(), StoreError> {
        for (schema, rows) in batches {
            self.insert(schema, rows).await?;
        }
        Ok(())
    }

    /// Runs the named report in the backend's own language, or says with `None` that it has no
    /// version of it, so that the default one runs.
    async fn report(
        &mut self,
        name: &'static str,
        parameters: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let _ = (name, parameters);
        Ok(None)
    }

    /// The transaction that this one passes its calls on to, where it only decorates another, so
    /// that [`Transaction::backend_mut`](crate::Transaction::backend_mut) finds the backend's own.
    fn inner_mut(&mut self) -> Option<&mut dyn BackendTransaction> {
        None
    }

    /// Makes everything durable and visible, or nothing.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// Forgets everything.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}
