//! What a store holds: tables of rows, by owner, with their indexes.
use std::sync::Arc;

use lms_store::Row;
use uuid::Uuid;

use crate::{key::Key, shape::Shape, tree::Tree};

/// Everything a store holds. Copies share what they have in common.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    pub(crate) tables: Tree<&'static str, Table>,
}

/// One table: a partition for each owner.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) shape: Arc<Shape>,
    pub(crate) partitions: Tree<Uuid, Arc<Partition>>,
}

impl Table {
    pub(crate) fn new(shape: &Arc<Shape>) -> Self {
        Self { shape: Arc::clone(shape), partitions: Tree::default() }
    }
}

/// The rows of one table and one owner.
#[derive(Clone)]
pub(crate) struct Partition {
    pub(crate) rows: Tree<Uuid, Arc<Row>>,
    /// In the order of [`Shape::indexes`].
    pub(crate) indexes: Vec<Tree<Key, ()>>,
}

impl Partition {
    pub(crate) fn new(shape: &Shape) -> Self {
        let indexes = shape.indexes.iter().map(|_| Tree::default()).collect();
        Self { rows: Tree::default(), indexes }
    }

    /// Sets or removes the row of that id.
    pub(crate) fn put(&mut self, shape: &Shape, id: Uuid, row: Option<Arc<Row>>) {
        let old = match &row {
            Some(row) => self.rows.insert(id, Arc::clone(row)),
            None => self.rows.remove(&id),
        };
        for (columns, index) in shape.indexes.iter().zip(&mut self.indexes) {
            let old = old.as_ref().map(|it| Key::of(it, columns, id));
            let new = row.as_ref().map(|it| Key::of(it, columns, id));
            if old == new {
                continue;
            }
            if let Some(old) = old {
                index.remove(&old);
            }
            if let Some(new) = new {
                index.insert(new, ());
            }
        }
    }
}

impl Contents {
    /// The rows of one table and one owner, if there ever were some.
    pub(crate) fn partition(&self, table: &str, owner: Uuid) -> Option<&Partition> {
        self.tables.get(table)?.partitions.get(&owner).map(|it| &**it)
    }
}
