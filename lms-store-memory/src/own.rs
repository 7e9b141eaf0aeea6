//! What a transaction has written and no one else sees yet.
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use lms_store::Row;
use uuid::Uuid;

use crate::{contents::Partition, shape::Shape};

/// What a transaction has written and no one else sees yet.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) tables: BTreeMap<&'static str, OwnTable>,
    /// The shapes of tables that this transaction has used, so that each is worked out once.
    shapes: HashMap<&'static str, Arc<Shape>>,
}

/// What a transaction has written to one table.
pub(crate) struct OwnTable {
    pub(crate) shape: Arc<Shape>,
    pub(crate) partitions: BTreeMap<Uuid, OwnPartition>,
}

/// What a transaction has written to one table for one owner.
pub(crate) struct OwnPartition {
    /// The outcome of each row that was written, by id.
    pub(crate) changes: BTreeMap<Uuid, Change>,
    /// The rows as they are now, with their indexes.
    pub(crate) now: Partition,
}

/// The outcome of one row.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Whether it was there when the transaction began.
    pub(crate) existed: bool,
    /// The row as it is now; none when it was removed.
    pub(crate) row: Option<Arc<Row>>,
    pub(crate) by: Writer,
}

/// Which call wrote a row: it decides what a lost race is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// An insert, an update or a delete.
    Plain,
    /// A declared upsert over the id.
    UpsertById,
    /// A declared upsert over that unique of the shape.
    UpsertByUnique(usize),
}

impl Own {
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    pub(crate) fn partition(&self, table: &str, owner: Uuid) -> Option<&OwnPartition> {
        self.tables.get(table)?.partitions.get(&owner)
    }

    /// The shape of a table, remembered.
    pub(crate) fn shape(
        &mut self,
        table: &'static str,
        find: impl FnOnce() -> Arc<Shape>,
    ) -> Arc<Shape> {
        Arc::clone(self.shapes.entry(table).or_insert_with(find))
    }

    /// The upsert that brought a row into this transaction, where the row still has the key that it
    /// was declared over: what is written on top of it is part of the same race.
    pub(crate) fn brought_by(&self, shape: &Shape, (owner, row): (Uuid, &Row)) -> Option<Writer> {
        let change = self.partition(shape.schema.table, owner)?.changes.get(&row.id())?;
        let before = change.row.as_ref()?;
        match change.by {
            Writer::Plain => None,
            Writer::UpsertById => Some(change.by),
            Writer::UpsertByUnique(number) => {
                let rule = shape.uniques.get(number)?;
                (rule.key(before) == rule.key(row)).then_some(change.by)
            }
        }
    }

    /// Notes a write.
    pub(crate) fn write(&mut self, shape: &Arc<Shape>, owner: Uuid, id: Uuid, change: Change) {
        let table = self
            .tables
            .entry(shape.schema.table)
            .or_insert_with(|| OwnTable { shape: Arc::clone(shape), partitions: BTreeMap::new() });
        let partition = table.partitions.entry(owner).or_insert_with(|| OwnPartition {
            changes: BTreeMap::new(),
            now: Partition::new(shape),
        });
        partition.now.put(shape, id, change.row.clone());
        // A row that came and went in this transaction leaves nothing.
        if change.row.is_none() && !change.existed {
            partition.changes.remove(&id);
        } else {
            partition.changes.insert(id, change);
        }
    }
}
