//! How much those who teach have to do.
use lms_core::{
    delivery::{TutorLoad, TutorLoadLine},
    kernel::{Id, TenantId},
    store::StoreError,
};
use serde_json::Value as Json;
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{Source, broken, count, source, whole_days, written};
use crate::transaction::PgTransaction;

pub(super) async fn answer(
    tx: &mut PgTransaction,
    tenant: TenantId,
    report: TutorLoad,
) -> Result<Json, StoreError> {
    let source =
        if whole_days(report.window) { source(tx, tenant).await? } else { Source::Records };
    let sql = match source {
        Source::Records => include_str!("../../queries/tutor_load.sql"),
        Source::Kept => include_str!("../../queries/kept/tutor_load.sql"),
    };
    let query = sqlx::query(sql)
        .bind(tenant.uuid())
        .bind(report.org_unit_id.map(Id::uuid))
        .bind(report.window.start().utc())
        .bind(report.window.end().utc());
    let rows = tx.run(query).await?;
    written(&rows.iter().map(line).collect::<Result<Vec<_>, _>>()?)
}

fn line(row: &PgRow) -> Result<TutorLoadLine, StoreError> {
    let tutor: Uuid = row.try_get("tutor_id").map_err(broken)?;
    Ok(TutorLoadLine {
        tutor_id: Id::from_uuid(tutor),
        active_classes: count(row, "active_classes")?,
        students: count(row, "students")?,
        sessions: count(row, "sessions")?,
        minutes: row.try_get("minutes").map_err(broken)?,
    })
}
