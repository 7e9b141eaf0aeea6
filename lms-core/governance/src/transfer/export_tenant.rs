//! A tenant out, as JSON lines.
use lms_store::operation::{Access, Operation, Within, operation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{TransferError, line::Line};
use lms_kernel::TenantId;
use lms_people::{
    authorization::{Permission, ThePlatform, authorize_on},
    identity::Membership,
    tenancy::Tenant,
};
use lms_store::{
    audit::{Action, AuditEntry},
    {
        Cursor, Expr, Op, Ownership, PageSize, Record as _, RecordType, Related, Row, Schema,
        Select, Transaction, Value,
    },
};

/// The position of an export: the table, the row after which it continues, and the number of rows
/// before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TransferPosition {
    table: String,
    after: Option<Cursor>,
    rows: u64,
}

/// Some lines of a tenant's file.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedPage {
    /// The lines, without their ends. The host writes them in this order.
    pub lines: Vec<String>,
    /// Where to go on; none when the last line is among these.
    pub next: Option<TransferPosition>,
}

/// Exports every row of the tenant of the context as JSON lines, including deleted rows, the audit
/// trail and the logins of its members: up to `chunk` rows at a time. A host repeats it with the
/// page's `next` until there is none. Rows added meanwhile may be missing: suspend the tenant
/// first, or export within one transaction.
///
/// The file holds credentials, such as password hashes and the keys of gateways: it is for moving
/// a tenant to another store, and for the platform's people only. Runs in
/// [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform). The trail notes the
/// start.
///
/// # Errors
/// [`TransferError`].
#[operation("governance.export_tenant")]
pub struct ExportTenant {
    /// The position from the previous page; `None` starts at the beginning.
    pub from: Option<TransferPosition>,
    /// The most rows to handle in this call, from 1 to 200.
    pub chunk: PageSize,
}

impl Operation for ExportTenant {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_TENANTS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ExportedPage;
    type Error = TransferError;

    async fn run(self, tx: &mut Transaction) -> Result<ExportedPage, TransferError> {
        let Self { from, chunk } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_TENANTS, &ThePlatform).await?;
        let tables = transferred(&crate::registry::record_types());
        let mut lines = Vec::new();
        let (start, mut after, mut count) = match from {
            None => {
                lines.push(Line::head(tx.tenant(), tx.now()).to_text());
                let about = (Tenant::ENTITY, tx.tenant().uuid());
                let note = json!({ "format": super::TRANSFER_FORMAT });
                tx.record_audit(AuditEntry::of(
                    tx.cx(),
                    Action::Export,
                    about.0.as_str(),
                    about.1,
                    note,
                ));
                (0, None, 0)
            }
            Some(TransferPosition { table, after, rows }) => {
                let at = tables.iter().position(|it| it.schema().table == table);
                (at.ok_or(TransferError::UnknownPosition { table })?, after, rows)
            }
        };
        let mut budget = chunk.get();
        for record in tables.iter().skip(start) {
            let schema = record.schema();
            let table = || schema.table.to_owned();
            if budget == 0 {
                let next = TransferPosition { table: table(), after: None, rows: count };
                return Ok(ExportedPage { lines, next: Some(next) });
            }
            let select = Select {
                filter: tenants_part(schema, tx.tenant()),
                after: after.take(),
                limit: budget,
                ..Select::all(schema)
            };
            let (rows, next) = tx.rows(&select).await?;
            budget = budget.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            count += u64::try_from(rows.len()).unwrap_or(u64::MAX);
            lines.extend(rows.iter().map(|row: &Row| Line::row(schema, row).to_text()));
            if next.is_some() {
                let next = TransferPosition { table: table(), after: next, rows: count };
                return Ok(ExportedPage { lines, next: Some(next) });
            }
        }
        lines.push(Line::End { rows: count }.to_text());
        Ok(ExportedPage { lines, next: None })
    }
}

/// The platform's own records that come along: the tenant's row, and the logins of its members
/// with what they need to sign in. Sessions, codes and platform roles stay.
const OF_PLATFORM: [&str; 4] = ["tenants", "users", "user_profiles", "auth_methods"];

/// What is moved with a tenant, referred-to records first.
pub(super) fn transferred(types: &[RecordType]) -> Vec<RecordType> {
    let moved = |it: &RecordType| {
        let schema = it.schema();
        schema.ownership == Ownership::Tenant || OF_PLATFORM.contains(&schema.table)
    };
    types.iter().copied().filter(moved).collect()
}

/// Which rows of a table are the tenant's, or its members'; all that the transaction sees where it
/// sees no others.
fn tenants_part(schema: &'static Schema, tenant: TenantId) -> Option<Expr> {
    let of_members = |column| {
        let (other, target) = (Membership::schema(), Membership::USER_ID.name());
        Some(Expr::Related(Box::new(Related { column, schema: other, target, filter: None })))
    };
    match schema.table {
        Tenant::TABLE => Some(Expr::Compare(Schema::ID, Op::Eq, Value::Uuid(tenant.uuid()))),
        "users" => of_members(Schema::ID),
        "user_profiles" | "auth_methods" => of_members("user_id"),
        _ => None,
    }
}
