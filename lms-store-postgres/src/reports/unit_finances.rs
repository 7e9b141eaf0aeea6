//! What a unit took and spent.
use lms_core::{
    commerce::{FinanceTotal, LedgerKind, UnitFinances},
    kernel::{Currency, Money, TenantId},
    store::StoreError,
};
use serde_json::Value as Json;
use sqlx::{Row as _, postgres::PgRow};

use super::{Source, broken, source, whole_days, written};
use crate::{error::BACKEND, transaction::PgTransaction};

pub(super) async fn answer(
    tx: &mut PgTransaction,
    tenant: TenantId,
    report: UnitFinances,
) -> Result<Json, StoreError> {
    let source =
        if whole_days(report.during) { source(tx, tenant).await? } else { Source::Records };
    let sql = match source {
        Source::Records => include_str!("../../queries/unit_finances.sql"),
        Source::Kept => include_str!("../../queries/kept/unit_finances.sql"),
    };
    let query = sqlx::query(sql)
        .bind(tenant.uuid())
        .bind(report.org_unit_id.uuid())
        .bind(report.during.start().utc())
        .bind(report.during.end().utc());
    let rows = tx.run(query).await?;
    let mut totals = rows.iter().map(total).collect::<Result<Vec<_>, _>>()?;
    totals.sort_by_key(|(kind, currency, _)| (*kind, *currency));
    let totals: Vec<FinanceTotal> = totals
        .into_iter()
        .map(|(kind, currency, minor)| FinanceTotal {
            kind,
            total: Money::from_minor(minor, currency),
        })
        .collect();
    written(&totals)
}

/// The sum travels as text, because it may be greater than an amount can be: that is an error
/// here as it is where the records are added up one by one.
fn total(row: &PgRow) -> Result<(LedgerKind, Currency, i64), StoreError> {
    let read = |column: &str| row.try_get::<String, _>(column).map_err(broken);
    let kind: LedgerKind = read("kind")?.parse().map_err(broken)?;
    let currency: Currency = read("currency")?.parse().map_err(broken)?;
    let sum: i128 = read("total")?.parse().map_err(broken)?;
    let signed = if kind.is_outgoing() { -sum } else { sum };
    let minor = i64::try_from(signed).map_err(|_| StoreError::Backend {
        backend: BACKEND,
        source: "a sum is greater than an amount can be".into(),
    })?;
    Ok((kind, currency, minor))
}
