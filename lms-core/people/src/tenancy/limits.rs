//! Growing within the plan, one at a time.
use lms_derive::DomainError;

use crate::tenancy::{
    PlanLimits, PlanState, QuotaError, TenantPlan, TenantSettings, effective_plan, plan_state,
};
use lms_store::{StoreError, Transaction};

/// Why a tenant may not grow.
#[derive(Debug, thiserror::Error, DomainError)]
pub enum GrowthError {
    /// The plan does not allow it.
    #[error(transparent)]
    #[fault(transparent)]
    Quota(#[from] QuotaError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// How large the tenant may grow now, with growth held until the transaction ends.
///
/// It locks the tenant's settings row, so that anyone who counts and adds afterwards counts what
/// everyone before has added: call it first, count, [`check`](PlanLimits::check), then write. A
/// tenant that never had a plan has no limits; one whose plan is over or suspended may not grow.
///
/// # Errors
/// [`QuotaError::PlanOver`], [`QuotaError::PlanSuspended`]; [`StoreError::NotFound`] for a tenant that was never opened.
pub async fn lock_limits(tx: &mut Transaction) -> Result<PlanLimits, GrowthError> {
    tx.lock(TenantSettings::id_of(tx.cx())).await?;
    if plan_state(tx).await? == PlanState::Suspended {
        return Err(QuotaError::PlanSuspended.into());
    }
    let plans = tx.all(TenantPlan::latest_first()).await?;
    match effective_plan(&plans, tx.now()) {
        Some(plan) => Ok(plan.limits()),
        None if plans.is_empty() => Ok(PlanLimits::UNLIMITED),
        None => Err(QuotaError::PlanOver.into()),
    }
}
