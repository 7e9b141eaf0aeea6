//! What the platform owns is closed to tenants, but for a tenant's own row.
use lms_core::{
    kernel::{Scope, TenantId, Version},
    store::{Expr, Lock, RecordType, Schema, Select, Value},
};

use super::prepared;
use crate::{
    Fill, Outcome,
    failure::{ensure, ensure_eq},
    stage::Stage,
};

pub(super) async fn is_closed_to_tenants(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let cx = stage.cx();
    let mut sampler = stage.sampler(&cx);
    sampler.set_fill(Fill::All);
    let row = prepared(&stage, &mut sampler, schema).await?;
    stage.keep(std::slice::from_ref(&row)).await?;
    let there = || Some(Expr::In(Schema::ID, vec![Value::Uuid(row.id())]));
    let mut tx = stage.raw(cx.scope()).await?;
    for lock in [Lock::None, Lock::Share, Lock::Update, Lock::SkipLocked] {
        let select = Select { filter: there(), lock, ..Select::all(schema) };
        ensure_eq!(tx.select(&select).await?, [], "a tenant sees it, {lock:?}");
        ensure_eq!(tx.count(&select).await?, 0, "a tenant counts it");
    }
    drop(tx);
    for scope in [cx.scope(), Scope::Tenant(TenantId::from_uuid(row.id()))] {
        let next = row.next_version();
        let mut tx = stage.raw(scope).await?;
        ensure!(tx.update(schema, vec![next.row]).await.is_err(), "a tenant updates it");
        let mut tx = stage.raw(scope).await?;
        let done = tx.delete(schema, row.id(), Version::FIRST).await;
        ensure!(done.is_err(), "a tenant removes it");
        let mut tx = stage.raw(scope).await?;
        if let Some(filter) = there()
            && tx.delete_where(schema, &filter).await.is_ok()
        {
            tx.commit().await?;
        }
        let other = row.clone().with("id", Value::Uuid(cx.tenant().uuid()));
        let mut tx = stage.raw(scope).await?;
        ensure!(tx.insert(schema, vec![other.row]).await.is_err(), "a tenant adds one");
    }
    let own = Scope::Tenant(TenantId::from_uuid(row.id()));
    let found = stage.row(own, schema, row.id()).await?;
    let expected = schema.tenant_position().map(|_| row.row.clone());
    ensure_eq!(found, expected, "a tenant sees its own row, and that alone");
    for scope in [Scope::Platform, Scope::TenantAndPlatform(cx.tenant()), Scope::AllTenants] {
        let found = stage.row(scope, schema, row.id()).await?;
        ensure_eq!(found.as_ref(), Some(&row.row), "the platform's row in {scope:?}");
    }
    Ok(())
}
