//! Opening a transaction for a scope, and the part of a condition that says whose rows.
use lms_core::{
    kernel::{Scope, TenantId},
    store::{Ownership, Row, Schema, StoreError},
};
use sqlx::SqlStr;

use super::{
    Server,
    shapes::vouched,
    sink::{Argument, Sink},
};
use crate::ddl::own_row_column;

/// `BEGIN` and the scope, message by message: one for one server, so that they travel in one round
/// trip; one for each command for a cluster, which sends the whole message on to its nodes as the
/// text of a `SET LOCAL`. With a literal it reaches them, which `set_config()` does not.
///
/// Statements see the state committed before them, whatever isolation the server defaults to: the
/// races that the library settles by conditional writes are settled so at this level.
pub(crate) fn begin(scope: Scope, server: Server) -> Vec<SqlStr> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned();
    messages(std::iter::once(begin).chain(settings(scope)), server)
}

/// The scope's settings alone, for a transaction that a host began.
pub(crate) fn enter(scope: Scope, server: Server) -> Vec<SqlStr> {
    messages(settings(scope).into_iter(), server)
}

fn messages(commands: impl Iterator<Item = String>, server: Server) -> Vec<SqlStr> {
    match server {
        Server::Single => vec![vouched(commands.collect::<Vec<_>>().join("; "))],
        Server::Cluster => commands.map(vouched).collect(),
    }
}

fn settings(scope: Scope) -> Vec<String> {
    // Both are set every time, so that nothing that a host left in the session shines through.
    let tenant = scope.tenant().map(|it| it.uuid().to_string()).unwrap_or_default();
    let platform = if scope.includes_platform() { "on" } else { "" };
    match scope {
        // Its role has a policy of its own.
        Scope::AllTenants => Vec::new(),
        _ => vec![
            format!("SET LOCAL lms.tenant_id = '{tenant}'"),
            format!("SET LOCAL lms.platform = '{platform}'"),
        ],
    }
}

/// Whether a condition is for reading (and locking) rows or for writing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Which rows of a table a scope reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    None,
    Own(&'static str, TenantId),
}

/// INVARIANT: the same as the table's policy, so that either alone keeps tenants apart.
pub(super) fn reach(schema: &'static Schema, scope: Scope, access: Access) -> Reach {
    match (scope, schema.ownership) {
        (Scope::AllTenants, _) => Reach::All,
        (Scope::Platform | Scope::TenantAndPlatform(_), Ownership::Platform) => Reach::All,
        (Scope::Tenant(own) | Scope::TenantAndPlatform(own), Ownership::Tenant) => {
            Reach::Own("tenant_id", own)
        }
        (Scope::Tenant(own), Ownership::Platform) => match own_row_column(schema) {
            Some(column) if access == Access::Read => Reach::Own(column, own),
            _ => Reach::None,
        },
        (Scope::Platform, Ownership::Tenant) => Reach::None,
    }
}

/// Refuses rows that the scope does not own. The port has checked that already; this holds for
/// anyone who uses the backend without it.
pub(crate) fn require_own(
    schema: &'static Schema,
    rows: &[Row],
    scope: Scope,
) -> Result<(), StoreError> {
    let within = match reach(schema, scope, Access::Write) {
        Reach::All => true,
        Reach::None => rows.is_empty(),
        Reach::Own(_, tenant) => rows.iter().all(|row| schema.owner(row) == Some(tenant)),
    };
    if within { Ok(()) } else { Err(StoreError::OutOfScope { table: schema.table }) }
}

/// Writes the condition for `alias` (with its dot); nothing where all rows are reached. Returns
/// whether it wrote one.
pub(super) fn owner_condition(
    sink: &mut dyn Sink,
    alias: &'static str,
    reach: Reach,
) -> Result<bool, StoreError> {
    match reach {
        Reach::All => return Ok(false),
        Reach::None => sink.text("false"),
        Reach::Own(column, tenant) => {
            sink.text(alias);
            sink.text(column);
            sink.text(" = ");
            sink.bind(Argument::Id(tenant.uuid()))?;
        }
    }
    Ok(true)
}
