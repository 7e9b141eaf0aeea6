//! What must be stored after the commits so far: every row of both tenants and of the platform.
use std::collections::{BTreeMap, HashMap, HashSet};

use lms_core::{
    kernel::{Scope, TenantId},
    store::{Backend, Record, Row, Schema, Select, StoreError, Value},
};
use uuid::Uuid;

use super::recording::Written;

/// Rows by their id, in the order of their ids.
pub(crate) type Rows = BTreeMap<Uuid, Row>;

/// The rows that must be stored.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    tables: BTreeMap<&'static str, (Option<&'static Schema>, Rows)>,
    /// The tenant of every id that was ever stored; none for the platform's.
    owners: HashMap<Uuid, Option<TenantId>>,
    /// Ids by tenant and kind of record, in the order in which they came.
    pools: HashMap<(TenantId, &'static str), Vec<Uuid>>,
    /// Ids of another tenant's things that were named in a tenant's inputs.
    named: HashSet<(TenantId, Uuid)>,
}

impl Mirror {
    /// Takes a commit.
    pub(crate) fn take(&mut self, written: &Written) {
        let (schema, id) = (written.schema, written.id);
        let (known, rows) = self.tables.entry(schema.table).or_default();
        *known = Some(schema);
        let Some(row) = &written.row else {
            rows.remove(&id);
            return;
        };
        rows.insert(id, row.clone());
        let owner = schema.owner(row);
        if self.owners.insert(id, owner).is_none()
            && let Some(owner) = owner
        {
            self.pools.entry((owner, schema.kind)).or_default().push(id);
        }
    }

    /// The rows of a table.
    pub(crate) fn rows(&self, table: &str) -> &Rows {
        static NONE: Rows = BTreeMap::new();
        self.tables.get(table).map_or(&NONE, |it| &it.1)
    }

    /// The row with that id.
    pub(crate) fn row(&self, table: &str, id: Uuid) -> Option<&Row> {
        self.rows(table).get(&id)
    }

    /// The records of a kind that belong to a tenant and are not deleted.
    pub(crate) fn all<R: Record>(&self, tenant: TenantId) -> impl Iterator<Item = R> {
        let schema = R::schema();
        self.rows(R::TABLE)
            .values()
            .filter(move |row| {
                schema.owner(row) == Some(tenant)
                    && !matches!(schema.value(row, "deleted_at"), Value::Time(_))
            })
            .filter_map(|row| R::from_row(row.clone()).ok())
    }

    /// The record with that id.
    pub(crate) fn get<R: Record>(&self, id: Uuid) -> Option<R> {
        self.row(R::TABLE, id).and_then(|row| R::from_row(row.clone()).ok())
    }

    /// The tenant whose row has that id; none where no row ever had it, or one of the platform.
    pub(crate) fn owner(&self, id: Uuid) -> Option<TenantId> {
        self.owners.get(&id).copied().flatten()
    }

    /// Notes an id that people of a tenant named, whose ever it is.
    pub(crate) fn name(&mut self, tenant: TenantId, id: Uuid) {
        if self.owner(id).is_some_and(|it| it != tenant) {
            self.named.insert((tenant, id));
        }
    }

    /// Whether people of a tenant named that id.
    pub(crate) fn is_named(&self, tenant: TenantId, id: Uuid) -> bool {
        self.named.contains(&(tenant, id))
    }

    /// The ids of a kind of record that a tenant has or had.
    pub(crate) fn pool(&self, tenant: TenantId, kind: &str) -> &[Uuid] {
        let mut pools = self.pools.iter();
        let found = pools.find(|it| it.0.0 == tenant && it.0.1 == kind);
        found.map_or(&[], |it| it.1.as_slice())
    }

    /// The kinds of record of which a tenant has or had any, sorted.
    pub(crate) fn kinds(&self, tenant: TenantId) -> Vec<&'static str> {
        let mut kinds: Vec<_> =
            self.pools.keys().filter(|it| it.0 == tenant).map(|it| it.1).collect();
        kinds.sort_unstable();
        kinds
    }

    /// The tables with their rows.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&'static Schema, &Rows)> {
        self.tables.values().filter_map(|(schema, rows)| Some(((*schema)?, rows)))
    }

    /// Compares rows with what the store has.
    pub(crate) async fn compare(
        &self,
        backend: &dyn Backend,
        written: &[Written],
    ) -> Result<Option<String>, StoreError> {
        let mut tx = backend.begin(Scope::AllTenants).await?;
        let mut by_table: BTreeMap<&str, (&'static Schema, Vec<Uuid>)> = BTreeMap::new();
        for it in written {
            by_table.entry(it.schema.table).or_insert((it.schema, Vec::new())).1.push(it.id);
        }
        for (table, (schema, mut ids)) in by_table {
            ids.sort_unstable();
            ids.dedup();
            for ids in ids.chunks(100) {
                let stored = tx.select(&Select::by_ids(schema, ids)).await?;
                let stored: Rows = stored.into_iter().map(|row| (row.id(), row)).collect();
                for id in ids {
                    if self.row(table, *id) != stored.get(id) {
                        let (want, have) = (self.row(table, *id), stored.get(id));
                        return Ok(Some(format!(
                            "the store has {have:?} of `{table}`, not {want:?}"
                        )));
                    }
                }
            }
        }
        tx.rollback().await?;
        Ok(None)
    }

    /// Compares every table with what the store has of these tenants: nothing else was written.
    pub(crate) async fn compare_all(
        &self,
        backend: &dyn Backend,
        tenants: &[TenantId],
    ) -> Result<Option<String>, StoreError> {
        for (schema, rows) in self.tables() {
            for tenant in tenants {
                let mut tx = backend.begin(Scope::Tenant(*tenant)).await?;
                let of_tenant = |row: &&Row| schema.owner(row) == Some(*tenant);
                let want = rows.values().filter(of_tenant).count();
                let have = tx.count(&Select::all(schema)).await?;
                tx.rollback().await?;
                if schema.tenant_position().is_some() && u64::try_from(want).ok() != Some(have) {
                    let table = schema.table;
                    return Ok(Some(format!("the store has {have} rows of `{table}`, not {want}")));
                }
            }
        }
        Ok(None)
    }
}

pub(crate) fn text<'r>(schema: &Schema, row: &'r Row, column: &str) -> &'r str {
    match schema.value(row, column) {
        Value::Text(text) => text,
        _ => "",
    }
}

pub(crate) fn uuid(schema: &Schema, row: &Row, column: &str) -> Option<Uuid> {
    match schema.value(row, column) {
        Value::Uuid(id) => Some(*id),
        _ => None,
    }
}

pub(crate) fn int(schema: &Schema, row: &Row, column: &str) -> Option<i64> {
    match schema.value(row, column) {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}

pub(crate) fn time(
    schema: &Schema,
    row: &Row,
    column: &str,
) -> Option<lms_core::kernel::Timestamp> {
    match schema.value(row, column) {
        Value::Time(at) => Some(*at),
        _ => None,
    }
}
