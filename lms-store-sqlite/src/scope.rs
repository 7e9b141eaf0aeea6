//! Which rows a scope reaches.
use lms_kernel::{Scope, TenantId};
use lms_store::{Ownership, Row, Schema, StoreError, Value};

use crate::ddl::own_row_column;

/// Whether a condition is for reading (and locking) rows or for writing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Which rows of a table a scope reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    None,
    Own(&'static str, TenantId),
}

impl Reach {
    pub(crate) fn of(schema: &Schema, scope: Scope, access: Access) -> Self {
        match (scope, schema.ownership) {
            (Scope::AllTenants, _) => Self::All,
            (Scope::Platform | Scope::TenantAndPlatform(_), Ownership::Platform) => Self::All,
            (Scope::Tenant(own) | Scope::TenantAndPlatform(own), Ownership::Tenant) => {
                Self::Own("tenant_id", own)
            }
            (Scope::Tenant(own), Ownership::Platform) => match own_row_column(schema) {
                Some(column) if access == Access::Read => Self::Own(column, own),
                _ => Self::None,
            },
            (Scope::Platform, Ownership::Tenant) => Self::None,
        }
    }

    /// Whether the row is among them.
    pub(crate) fn includes(self, schema: &Schema, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Own(column, tenant) => *schema.value(row, column) == Value::Uuid(tenant.uuid()),
        }
    }
}

/// Refuses rows that the scope does not own. The port has checked that already; this holds for
/// anyone who uses the backend without it.
pub(crate) fn require_own(
    schema: &'static Schema,
    rows: &[Row],
    scope: Scope,
) -> Result<(), StoreError> {
    let reach = Reach::of(schema, scope, Access::Write);
    let within = |row: &Row| {
        reach.includes(schema, row)
            && (schema.ownership == Ownership::Platform || schema.owner(row).is_some())
    };
    if rows.iter().all(within) {
        Ok(())
    } else {
        Err(StoreError::OutOfScope { table: schema.table })
    }
}

/// The scope of the row's own owner.
pub(crate) fn owner_of(schema: &Schema, row: &Row) -> Scope {
    match (schema.ownership, schema.owner(row)) {
        (Ownership::Tenant, Some(tenant)) => Scope::Tenant(tenant),
        _ => Scope::Platform,
    }
}
