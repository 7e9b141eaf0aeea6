//! Declared upserts: insert, or say beforehand what happens to the row that is there.
use std::marker::PhantomData;

use uuid::Uuid;

use crate::{Col, Expr, Filter, Record, Row, Schema, StoreError, query::hide_deleted};
use lms_kernel::{Id, Version};

/// How an existing record with the same key is treated.
#[derive(Clone, Debug)]
pub struct Upsert<R> {
    key: Vec<&'static str>,
    columns: Vec<&'static str>,
    newer_by: Option<&'static str>,
    parent: Option<ParentGuard>,
    of: PhantomData<fn() -> R>,
}

impl<R: Record> Upsert<R> {
    /// Records are the same when they agree on `column`, which must be declared unique.
    pub fn on<T>(column: Col<R, T>) -> Self {
        Self {
            key: vec![column.name()],
            columns: Vec::new(),
            newer_by: None,
            parent: None,
            of: PhantomData,
        }
    }

    /// …and on this column too.
    #[must_use]
    pub fn and<T>(mut self, column: Col<R, T>) -> Self {
        self.key.push(column.name());
        self
    }

    /// Overwrites this column of the record that is there. Without any, the record is kept.
    #[must_use]
    pub fn replace<T>(mut self, column: Col<R, T>) -> Self {
        self.columns.push(column.name());
        self
    }

    /// Overwrites only when the new record is greater in `column`, and overwrites it too: a late
    /// duplicate never replaces what is newer.
    #[must_use]
    pub fn if_newer<T>(mut self, column: Col<R, T>) -> Self {
        self.columns.push(column.name());
        self.newer_by = Some(column.name());
        self
    }

    /// Writes only while the record that `column` refers to matches `filter`. That record is
    /// share-locked, so it cannot stop matching before the transaction ends.
    #[must_use]
    pub fn only_while<P: Record>(mut self, column: Col<R, Id<P>>, filter: Filter<P>) -> Self {
        let schema = P::schema();
        self.parent = Some(ParentGuard {
            column: column.name(),
            schema,
            filter: hide_deleted(schema, Some(filter.into_expr())),
        });
        self
    }

    pub(crate) fn rows(self, rows: Vec<Row>) -> Result<UpsertRows, StoreError> {
        let schema = R::schema();
        let same = |columns: &[&str]| {
            columns.len() == self.key.len() && self.key.iter().all(|it| columns.contains(it))
        };
        if !(same(&[Schema::ID]) || schema.uniques.iter().any(|it| same(it.columns))) {
            let reason = "the key of an upsert must be declared unique";
            return Err(StoreError::InvalidQuery { table: schema.table, reason });
        }
        Ok(UpsertRows {
            schema,
            rows,
            key: self.key,
            columns: self.columns,
            newer_by: self.newer_by,
            parent: self.parent,
        })
    }
}

/// The untyped upsert a backend executes.
#[derive(Clone, Debug)]
pub struct UpsertRows {
    /// The table.
    pub schema: &'static Schema,
    /// The rows, no two with the same key.
    pub rows: Vec<Row>,
    /// The columns of a declared unique, or the id.
    pub key: Vec<&'static str>,
    /// The columns to overwrite; with `updated_at` and `updated_by` where there are some. Empty
    /// keeps the row that is there.
    pub columns: Vec<&'static str>,
    /// Overwrite only when the new row is greater in this column.
    pub newer_by: Option<&'static str>,
    /// Write only while the row's parent matches.
    pub parent: Option<ParentGuard>,
}

/// A condition on the row that a column refers to.
#[derive(Clone, Debug)]
pub struct ParentGuard {
    /// The column that holds the parent's id.
    pub column: &'static str,
    /// The parent's table.
    pub schema: &'static Schema,
    /// What the parent must match, to be written under a share lock.
    pub filter: Option<Expr>,
}

/// The outcome of an upsert for one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upserted {
    /// It was added.
    Inserted,
    /// The row that was there now holds the new values, as this id at this version.
    Replaced {
        /// The id of the row that was there.
        id: Uuid,
        /// Its version now.
        version: Version,
    },
    /// Nothing changed: the row that is there is kept or newer, or the parent did not match.
    Kept,
}

impl Upserted {
    /// Whether the new values are stored.
    pub fn is_written(self) -> bool {
        !matches!(self, Self::Kept)
    }
}
