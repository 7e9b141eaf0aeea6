//! What a class did in the nodes of its course.
use std::collections::BTreeMap;

use lms_core::{
    content::ContentNode,
    kernel::{Id, TenantId},
    learning::{ClassNodes, NodeCounts},
    store::StoreError,
};
use serde_json::Value as Json;
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{broken, written};
use crate::transaction::PgTransaction;

pub(super) async fn answer(
    tx: &mut PgTransaction,
    tenant: TenantId,
    report: ClassNodes,
) -> Result<Json, StoreError> {
    let nodes: Vec<Uuid> = report.asked.keys().map(|it| it.uuid()).collect();
    let least: Vec<i64> = report.asked.values().map(|it| it.ten_thousandths()).collect();
    let query = sqlx::query(include_str!("../../queries/class_nodes.sql"))
        .bind(tenant.uuid())
        .bind(report.class_id.uuid())
        .bind(nodes)
        .bind(least);
    let rows = tx.run(query).await?;
    written(&rows.iter().map(line).collect::<Result<BTreeMap<_, _>, _>>()?)
}

fn line(row: &PgRow) -> Result<(Id<ContentNode>, NodeCounts), StoreError> {
    let node: Uuid = row.try_get("node_id").map_err(broken)?;
    let count = |column| -> Result<u64, StoreError> {
        let count: i64 = row.try_get(column).map_err(broken)?;
        Ok(u64::try_from(count).unwrap_or(0))
    };
    let counts = NodeCounts {
        opened: count("opened")?,
        completed: count("completed")?,
        scored: count("scored")?,
        short: count("short")?,
    };
    Ok((Id::from_uuid(node), counts))
}
