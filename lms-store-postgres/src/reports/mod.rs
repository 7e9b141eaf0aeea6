//! Reports in SQL, each in a file of its own, and the read models that keep their sums ready.
//!
//! The answer is the one that the report's own `compute` gives; a test compares the two. Where a
//! store [reads what is kept](crate::PgStore::with_read_models), it is the answer at the time of
//! the tenant's last [refresh](crate::PgStore::refresh_read_models).
mod class_nodes;
mod held_rights;
mod refresh;
mod student_progress;
mod tutor_load;
mod unit_finances;

use lms_core::{
    authorization::HeldRights,
    commerce::UnitFinances,
    delivery::TutorLoad,
    kernel::{Scope, TenantId, TimeRange, Timestamp},
    learning::{ClassNodes, StudentProgress},
    store::{Report, StoreError},
};
use serde::Serialize;
use serde_json::Value as Json;

use crate::{error::BACKEND, transaction::PgTransaction};

/// Where a report reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The records.
    Records,
    /// What the last refresh kept.
    Kept,
}

/// The report's answer, if this backend has a version of it and the scope is a tenant's.
pub(crate) async fn answer(
    tx: &mut PgTransaction,
    name: &str,
    parameters: &Json,
) -> Result<Option<Json>, StoreError> {
    let (Scope::Tenant(tenant) | Scope::TenantAndPlatform(tenant)) = tx.scope() else {
        return Ok(None);
    };
    match name {
        ClassNodes::NAME => class_nodes::answer(tx, tenant, read(parameters)?).await.map(Some),
        HeldRights::NAME => held_rights::answer(tx, tenant, read(parameters)?).await,
        StudentProgress::NAME => {
            student_progress::answer(tx, tenant, read(parameters)?).await.map(Some)
        }
        TutorLoad::NAME => tutor_load::answer(tx, tenant, read(parameters)?).await.map(Some),
        UnitFinances::NAME => unit_finances::answer(tx, tenant, read(parameters)?).await.map(Some),
        _ => Ok(None),
    }
}

fn read<R: Report + serde::de::DeserializeOwned>(parameters: &Json) -> Result<R, StoreError> {
    R::deserialize(parameters).map_err(broken)
}

fn written<T: Serialize>(output: &T) -> Result<Json, StoreError> {
    serde_json::to_value(output).map_err(broken)
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Backend { backend: BACKEND, source: error.into() }
}

/// What is kept, if the store reads it and the tenant was refreshed.
async fn source(tx: &mut PgTransaction, tenant: TenantId) -> Result<Source, StoreError> {
    if !tx.reads_kept() {
        return Ok(Source::Records);
    }
    let found = sqlx::query("SELECT 1 FROM lms.read_models WHERE tenant_id = $1");
    let rows = tx.run(found.bind(tenant.uuid())).await?;
    Ok(if rows.is_empty() { Source::Records } else { Source::Kept })
}

/// Sums are kept by day, so a time that begins or ends within one is read from the records.
fn whole_days(time: TimeRange) -> bool {
    const DAY_MICROS: i64 = 86_400_000_000;
    let at_midnight = |at: Timestamp| at.micros().rem_euclid(DAY_MICROS) == 0;
    at_midnight(time.start()) && at_midnight(time.end())
}

fn count(row: &sqlx::postgres::PgRow, column: &str) -> Result<u32, StoreError> {
    use sqlx::Row as _;
    let count: i64 = row.try_get(column).map_err(broken)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
