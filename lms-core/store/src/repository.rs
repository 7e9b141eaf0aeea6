//! The records of one type.
use async_trait::async_trait;

use crate::{Page, Query, Record, StoreError, Transaction, Upsert, Upserted};
use lms_kernel::Id;

/// The records of one type. [`Transaction`] is the repository of every record; take
/// `&mut dyn Repository<R>` to let a host replace just this one.
#[async_trait]
pub trait Repository<R: Record>: Send {
    /// The record with that id, unless it is deleted.
    async fn get(&mut self, id: Id<R>) -> Result<Option<R>, StoreError>;
    /// The record with that id, held until the transaction ends.
    async fn lock(&mut self, id: Id<R>) -> Result<R, StoreError>;
    /// The first record that matches.
    async fn first(&mut self, query: Query<R>) -> Result<Option<R>, StoreError>;
    /// One page of the records that match.
    async fn page(&mut self, query: Query<R>) -> Result<Page<R>, StoreError>;
    /// How many records match.
    async fn count(&mut self, query: Query<R>) -> Result<u64, StoreError>;
    /// Adds a record.
    async fn insert(&mut self, record: &R) -> Result<(), StoreError>;
    /// Adds a record, or does what `upsert` declares to the one that is there.
    async fn upsert(&mut self, record: &R, upsert: Upsert<R>) -> Result<Upserted, StoreError>;
    /// Writes `record` over the version it was read at, and bumps it.
    async fn update(&mut self, record: &mut R) -> Result<(), StoreError>;
    /// Deletes the record so that it can be restored.
    async fn delete(&mut self, record: &mut R) -> Result<(), StoreError>;
    /// Brings a deleted record back.
    async fn restore(&mut self, record: &mut R) -> Result<(), StoreError>;
    /// Removes the record for good.
    async fn purge(&mut self, record: &R) -> Result<(), StoreError>;
}

#[async_trait]
impl<R: Record> Repository<R> for Transaction {
    async fn get(&mut self, id: Id<R>) -> Result<Option<R>, StoreError> {
        self.get(id).await
    }
    async fn lock(&mut self, id: Id<R>) -> Result<R, StoreError> {
        self.lock(id).await
    }
    async fn first(&mut self, query: Query<R>) -> Result<Option<R>, StoreError> {
        self.first(query).await
    }
    async fn page(&mut self, query: Query<R>) -> Result<Page<R>, StoreError> {
        self.page(query).await
    }
    async fn count(&mut self, query: Query<R>) -> Result<u64, StoreError> {
        self.count(query).await
    }
    async fn insert(&mut self, record: &R) -> Result<(), StoreError> {
        self.insert(record).await
    }
    async fn upsert(&mut self, record: &R, upsert: Upsert<R>) -> Result<Upserted, StoreError> {
        self.upsert(record, upsert).await
    }
    async fn update(&mut self, record: &mut R) -> Result<(), StoreError> {
        self.update(record).await
    }
    async fn delete(&mut self, record: &mut R) -> Result<(), StoreError> {
        self.delete(record).await
    }
    async fn restore(&mut self, record: &mut R) -> Result<(), StoreError> {
        self.restore(record).await
    }
    async fn purge(&mut self, record: &R) -> Result<(), StoreError> {
        self.purge(record).await
    }
}
