//! How far the students are.
use lms_core::{
    kernel::{Id, Percent, TenantId, Timestamp},
    learning::{StudentProgress, StudentProgressLine},
    store::StoreError,
};
use serde_json::Value as Json;
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{Source, broken, count, source, written};
use crate::transaction::PgTransaction;

pub(super) async fn answer(
    tx: &mut PgTransaction,
    tenant: TenantId,
    report: StudentProgress,
) -> Result<Json, StoreError> {
    let sql = match source(tx, tenant).await? {
        Source::Records => include_str!("../../queries/student_progress.sql"),
        Source::Kept => include_str!("../../queries/kept/student_progress.sql"),
    };
    let query = sqlx::query(sql).bind(tenant.uuid()).bind(report.org_unit_id.map(Id::uuid));
    let rows = tx.run(query).await?;
    written(&rows.iter().map(line).collect::<Result<Vec<_>, _>>()?)
}

fn line(row: &PgRow) -> Result<StudentProgressLine, StoreError> {
    let learner: Uuid = row.try_get("learner_id").map_err(broken)?;
    let mean: i64 = row.try_get("mean_progress").map_err(broken)?;
    let last: Option<chrono::DateTime<chrono::Utc>> =
        row.try_get("last_activity_at").map_err(broken)?;
    Ok(StudentProgressLine {
        learner_id: Id::from_uuid(learner),
        active_courses: count(row, "active_courses")?,
        completed_courses: count(row, "completed_courses")?,
        mean_progress: Percent::from_ten_thousandths(mean).map_err(broken)?,
        lessons_completed: count(row, "lessons_completed")?,
        activities_completed: count(row, "activities_completed")?,
        time_spent_seconds: row.try_get("time_spent_seconds").map_err(broken)?,
        last_activity_at: last.map(Timestamp::from_utc),
    })
}
