//! What a transaction sees: committed contents, its own writes over them, within its scope.
use std::sync::Arc;

use lms_kernel::Scope;
use lms_store::{Ownership, Row, Schema, Value};
use uuid::Uuid;

use crate::{
    contents::{Contents, Partition},
    key::Key,
    own::{Own, OwnPartition},
    shape::{PLATFORM, Shape},
    tree::{Bounds, Range, Walk},
};

/// Committed contents with a transaction's own writes over them.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    pub(crate) base: &'v Contents,
    pub(crate) own: &'v Own,
}

/// The rows of one table and one owner.
#[derive(Clone, Copy)]
pub(crate) struct Part<'v> {
    pub(crate) owner: Uuid,
    pub(crate) shape: &'v Shape,
    base: Option<&'v Partition>,
    own: Option<&'v OwnPartition>,
    /// Only rows that hold this id at this position.
    pub(crate) only: Option<(usize, Uuid)>,
}

impl<'v> View<'v> {
    /// The shape of a table, if anything was ever written to it.
    pub(crate) fn shape(&self, table: &str) -> Option<&'v Arc<Shape>> {
        let own = self.own.tables.get(table).map(|it| &it.shape);
        own.or_else(|| self.base.tables.get(table).map(|it| &it.shape))
    }

    /// Every table that was ever written to.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = &'v Shape> {
        let base = self.base;
        let new = self.own.tables.iter().filter(|(table, _)| base.tables.get(**table).is_none());
        let committed = base.tables.iter().map(|(_, table)| &*table.shape);
        committed.chain(new.map(|(_, table)| &*table.shape))
    }

    /// The rows of one owner, whatever the scope.
    pub(crate) fn part(&self, table: &str, owner: Uuid) -> Option<Part<'v>> {
        let shape = self.shape(table)?;
        let base = self.base.partition(table, owner);
        let own = self.own.partition(table, owner);
        (base.is_some() || own.is_some()).then_some(Part { owner, shape, base, own, only: None })
    }

    /// The rows of every owner.
    pub(crate) fn all_parts(&self, table: &str) -> Vec<Part<'v>> {
        let base = self.base.tables.get(table).into_iter().flat_map(|it| it.partitions.iter());
        let own = self.own.tables.get(table).into_iter().flat_map(|it| it.partitions.keys());
        let mut owners: Vec<Uuid> = base.map(|(owner, _)| *owner).chain(own.copied()).collect();
        owners.sort_unstable();
        owners.dedup();
        owners.into_iter().filter_map(|it| self.part(table, it)).collect()
    }

    /// What of a table `scope` includes.
    pub(crate) fn parts(&self, schema: &Schema, scope: Scope) -> Vec<Part<'v>> {
        match (schema.ownership, scope) {
            (Ownership::Tenant, Scope::AllTenants) => self.all_parts(schema.table),
            (Ownership::Tenant, Scope::Platform) => Vec::new(),
            (Ownership::Tenant, Scope::Tenant(own) | Scope::TenantAndPlatform(own)) => {
                self.part(schema.table, own.uuid()).into_iter().collect()
            }
            (Ownership::Platform, Scope::Tenant(own)) => {
                let part = self.part(schema.table, PLATFORM).zip(schema.tenant_position());
                let only = |(part, at)| Part { only: Some((at, own.uuid())), ..part };
                part.map(only).into_iter().collect()
            }
            (Ownership::Platform, _) => self.part(schema.table, PLATFORM).into_iter().collect(),
        }
    }
}

impl<'v> Part<'v> {
    /// How many rows there are at most.
    pub(crate) fn len(&self) -> usize {
        self.base.map_or(0, |it| it.rows.len()) + self.own.map_or(0, |it| it.now.rows.len())
    }

    /// The row of that id.
    pub(crate) fn get(&self, id: Uuid) -> Option<&'v Arc<Row>> {
        let row = match self.own.and_then(|it| it.changes.get(&id)) {
            Some(change) => change.row.as_ref(),
            None => self.base.and_then(|it| it.rows.get(&id)),
        };
        row.filter(|it| self.admits(it))
    }

    fn admits(&self, row: &Row) -> bool {
        self.only.is_none_or(|(at, id)| row.0.get(at) == Some(&Value::Uuid(id)))
    }

    /// The rows whose id is in that range, by id.
    pub(crate) fn rows<'b>(
        &self,
        bounds: Bounds<'b, Uuid>,
        walk: Walk,
    ) -> impl Iterator<Item = &'v Arc<Row>> + use<'v, 'b> {
        let part = *self;
        let both = Both {
            base: self.base.map(|it| it.rows.range(bounds, walk)),
            own: self.own.map(|it| it.now.rows.range(bounds, walk)),
            next: (None, None),
            hidden: self.own,
            id_of: |it: &Uuid| *it,
            walk,
        };
        both.map(|(_, row)| row).filter(move |it| part.admits(it))
    }

    /// The rows whose key in that index is in that range, by key.
    pub(crate) fn in_index<'b>(
        &self,
        index: usize,
        bounds: Bounds<'b, [u8]>,
        walk: Walk,
    ) -> impl Iterator<Item = &'v Arc<Row>> + use<'v, 'b> {
        let part = *self;
        let range = |it: &'v Partition| it.indexes.get(index).map(|it| it.range(bounds, walk));
        let both = Both {
            base: self.base.and_then(range),
            own: self.own.and_then(|it| range(&it.now)),
            next: (None, None),
            hidden: self.own,
            id_of: Key::id,
            walk,
        };
        both.filter_map(move |(key, ())| part.get(key.id()))
    }

    /// How many rows there are in that range of an index, at most.
    pub(crate) fn count(&self, index: usize, bounds: Bounds<'_, [u8]>) -> usize {
        let count = |it: &Partition| it.indexes.get(index).map_or(0, |it| it.count(bounds));
        self.base.map_or(0, count) + self.own.map_or(0, |it| count(&it.now))
    }
}

type Entry<'v, K, T> = &'v (K, T);
/// The next committed entry and the next own one, once looked at.
type Next<'v, K, T> = (Option<Entry<'v, K, T>>, Option<Entry<'v, K, T>>);

/// Committed entries and own ones in one order; committed ones of rows that were written since
/// are hidden.
struct Both<'v, 'b, K, T, Q: ?Sized> {
    base: Option<Range<'v, 'b, K, T, Q>>,
    own: Option<Range<'v, 'b, K, T, Q>>,
    next: Next<'v, K, T>,
    hidden: Option<&'v OwnPartition>,
    id_of: fn(&K) -> Uuid,
    walk: Walk,
}

impl<'v, K, T, Q> Iterator for Both<'v, '_, K, T, Q>
where
    K: std::borrow::Borrow<Q> + Ord,
    Q: Ord + ?Sized,
{
    type Item = Entry<'v, K, T>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(own) = &mut self.own else { return self.base.as_mut()?.next() };
        if self.next.0.is_none() {
            let (hidden, id_of) = (self.hidden, self.id_of);
            let seen = |it: &Entry<'v, K, T>| {
                hidden.is_none_or(|own| !own.changes.contains_key(&id_of(&it.0)))
            };
            self.next.0 = self.base.as_mut().and_then(|it| it.find(seen));
        }
        if self.next.1.is_none() {
            self.next.1 = own.next();
        }
        let base_first = match (self.next.0, self.next.1) {
            (Some((base, _)), Some((own, _))) => (base < own) == (self.walk == Walk::Forward),
            (base, _) => base.is_some(),
        };
        if base_first { self.next.0.take() } else { self.next.1.take() }
    }
}
