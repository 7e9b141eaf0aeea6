//! Who acts, and what they hold.
use std::sync::LazyLock;

use lms_core::{
    authorization::{HeldRights, HeldRightsRows, HeldRole},
    identity::Membership,
    kernel::{Id, TenantId},
    store::{Record as _, StoreError},
    tenancy::{PlanState, TenantStatus},
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Row as _, postgres::PgRow};

use super::{broken, written};
use crate::{codec, transaction::PgTransaction};

/// The membership's columns come first, as its codec reads them.
static SQL: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> =
        Membership::schema().columns.iter().map(|it| format!("m.{}", it.name)).collect();
    format!("SELECT {},\n{}", columns.join(", "), include_str!("../../queries/held_rights.sql"))
});

/// Nothing for a user without a membership, who is rare: ordinary queries answer that.
pub(super) async fn answer(
    tx: &mut PgTransaction,
    tenant: TenantId,
    report: HeldRights,
) -> Result<Option<Json>, StoreError> {
    let query = sqlx::query(AssertSqlSafe(SQL.as_str()));
    let rows = tx.run(query.bind(tenant.uuid()).bind(report.user_id.uuid())).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let membership = Membership::from_row(codec::read(Membership::schema(), row)?)?;
    let roles: Vec<HeldRole> = json(row, "roles")?;
    let wards: Vec<Id<Membership>> = match roles.iter().any(HeldRole::reaches_wards) {
        true => json(row, "wards")?,
        false => Vec::new(),
    };
    let tenant_status: Option<TenantStatus> = word(row, "tenant_status")?;
    let plan_state: Option<PlanState> = word(row, "plan_state")?;
    let plan_state = plan_state.unwrap_or(PlanState::Active);
    let membership = Some(membership);
    written(&HeldRightsRows { tenant_status, plan_state, membership, roles, wards }).map(Some)
}

fn json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<T, StoreError> {
    serde_json::from_value(row.try_get(column).map_err(broken)?).map_err(broken)
}

fn word<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<Option<T>, StoreError> {
    let word: Option<String> = row.try_get(column).map_err(broken)?;
    word.map(|it| serde_json::from_value(Json::String(it))).transpose().map_err(broken)
}
