//! Purging records that were deleted longer ago than their retention.
use lms_store::operation::{Access, Operation, Within, operation};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::retention::{PurgePlan, Reference};
use crate::{Fate, GovernanceError, due_until, fate};
use lms_kernel::Timestamp;
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::Tenant,
};
use lms_store::{
    Cursor, Direction, Expr, Op, Order, PageSize, RecordType, Row, Schema, Select, StoreError,
    Transaction, Value,
};

/// The position of a purge: the table and the row after which it continues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PurgePosition {
    table: String,
    after: Option<Cursor>,
}

/// A row that is due and stays because something refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldRow {
    /// The row's table.
    pub table: String,
    /// The row.
    pub id: Uuid,
    /// The table of what refers to it.
    pub held_by: String,
}

/// The outcome of a purge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PurgeReport {
    /// How many rows are gone, by table; the parts that went with a record among them.
    pub purged: BTreeMap<String, u64>,
    /// What is due and stays, because something that stays refers to it.
    pub held: Vec<HeldRow>,
    /// Where to go on; none when everything that was due has been looked at.
    pub next: Option<PurgePosition>,
}

/// Purges records that were deleted longer ago than the tenant's retention class allows: up to
/// `chunk` rows in one transaction. A host repeats it with the report's `next` until there is none,
/// each time in a new transaction.
///
/// What something still refers to is held and reported; parts of a record go with it. Money is kept
/// for seven years at least. The trail notes each record that is gone.
///
/// # Errors
/// [`GovernanceError::UnknownPosition`].
#[operation("governance.purge_deleted")]
pub struct PurgeDeleted {
    /// The position from the previous report; `None` starts a new run.
    pub from: Option<PurgePosition>,
    /// The most rows to handle in this call, from 1 to 200.
    pub chunk: PageSize,
}

impl Operation for PurgeDeleted {
    const ACCESS: Access = Access::Asks(&[Permission::RETENTION_MANAGE]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = PurgeReport;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<PurgeReport, GovernanceError> {
        let Self { from, chunk } = self;
        authorize_on(tx, Permission::RETENTION_MANAGE, &TheTenant).await?;
        let class = tx.require(Tenant::id_of(tx.tenant())).await?.retention_class;
        let plan = PurgePlan::of(&crate::registry::record_types());
        let (start, mut after) = start_of(&plan, from)?;
        let mut report = PurgeReport::default();
        let mut budget = chunk.get();
        for record in plan.tables.iter().skip(start) {
            let schema = record.schema();
            if budget == 0 {
                report.next = Some(PurgePosition { table: schema.table.to_owned(), after: None });
                return Ok(report);
            }
            let until = due_until(class, schema.table, tx.now());
            let select = due_rows(schema, until, (after.take(), budget));
            let (rows, next) = tx.rows(&select).await?;
            budget = budget.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            for row in rows {
                purge_row(tx, &plan, (record, row), &mut report).await?;
            }
            if next.is_some() {
                report.next = Some(PurgePosition { table: schema.table.to_owned(), after: next });
                return Ok(report);
            }
        }
        Ok(report)
    }
}

/// In which table of the plan a purge goes on, and after which row.
fn start_of(
    plan: &PurgePlan,
    from: Option<PurgePosition>,
) -> Result<(usize, Option<Cursor>), GovernanceError> {
    let Some(PurgePosition { table, after }) = from else { return Ok((0, None)) };
    let at = plan.tables.iter().position(|it| it.schema().table == table);
    Ok((at.ok_or(GovernanceError::UnknownPosition { table })?, after))
}

/// The first row that is due from a position on, and the position after it.
pub(super) async fn next_due(
    tx: &mut Transaction,
    from: Option<PurgePosition>,
) -> Result<Option<(Uuid, PurgePosition)>, GovernanceError> {
    let class = tx.require(Tenant::id_of(tx.tenant())).await?.retention_class;
    let plan = PurgePlan::of(&crate::registry::record_types());
    let (start, mut after) = start_of(&plan, from)?;
    for record in plan.tables.iter().skip(start) {
        let schema = record.schema();
        let until = due_until(class, schema.table, tx.now());
        let (rows, next) = tx.rows(&due_rows(schema, until, (after.take(), 1))).await?;
        if let Some(row) = rows.first() {
            let table = schema.table.to_owned();
            return Ok(Some((row.id(), PurgePosition { table, after: next })));
        }
    }
    Ok(None)
}

/// The deleted rows that are due, the youngest first: of rows of one table that refer to each
/// other, the answers go before the questions.
fn due_rows(
    schema: &'static Schema,
    until: Timestamp,
    (after, limit): (Option<Cursor>, u32),
) -> Select {
    let due = Expr::Compare("deleted_at", Op::Le, Value::Time(until));
    let order = Order { column: Schema::ID, direction: Direction::Desc };
    Select { filter: Some(due), order, after, limit, ..Select::all(schema) }
}

async fn purge_row(
    tx: &mut Transaction,
    plan: &PurgePlan,
    (record, row): (&RecordType, Row),
    report: &mut PurgeReport,
) -> Result<(), GovernanceError> {
    let (table, id) = (record.schema().table, row.id());
    match with_parts(tx, plan, (record.schema(), row)).await? {
        Err(held_by) => {
            let held_by = held_by.to_owned();
            report.held.push(HeldRow { table: table.to_owned(), id, held_by });
        }
        Ok(rows) => {
            for (schema, row) in rows.iter().rev() {
                tx.purge_row(schema, row).await?;
                *report.purged.entry(schema.table.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(())
}

type WithParts = Result<Vec<(&'static Schema, Row)>, &'static str>;

/// The row and everything that goes with it, each after what it refers to; or the table of
/// something that stays and refers to one of them.
async fn with_parts(
    tx: &mut Transaction,
    plan: &PurgePlan,
    whole: (&'static Schema, Row),
) -> Result<WithParts, StoreError> {
    let mut found = vec![whole];
    let mut at = 0;
    while let Some((schema, row)) = found.get(at) {
        let (table, id) = (schema.table, row.id());
        at += 1;
        for Reference { record, column } in plan.references_to(table) {
            let referrer = record.schema();
            let filter = Some(Expr::Compare(column, Op::Eq, Value::Uuid(id)));
            let select = Select { filter, ..Select::all(referrer) };
            if fate(referrer) == Fate::GoesWithWhole {
                for part in tx.all_rows(select).await? {
                    let is_new = !found
                        .iter()
                        .any(|(it, row)| it.table == referrer.table && row.id() == part.id());
                    if is_new {
                        found.push((referrer, part));
                    }
                }
            } else if !tx.rows(&Select { limit: 1, ..select }).await?.0.is_empty() {
                return Ok(Err(referrer.table));
            }
        }
    }
    Ok(Ok(found))
}
