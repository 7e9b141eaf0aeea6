//! Checking the limits of a plan under a lock.
use lms_derive::DomainError;

use crate::tenancy::{
    PlanLimits, PlanState, QuotaError, TenantPlan, TenantSettings, effective_plan, plan_state,
};
use lms_store::operation::{Effect, Part};
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
/// An operation counts and adds after it: it runs this first, counts,
/// [`check`](PlanLimits::check)s, then writes. A tenant that never had a plan has no limits; one whose
/// plan is over or suspended may not grow.
///
/// # Locks
/// The tenant's settings, so that growth counts what everyone before has added.
///
/// # Errors
/// [`QuotaError::PlanOver`], [`QuotaError::PlanSuspended`]; [`StoreError::NotFound`] for a tenant that
/// was never opened.
#[derive(Clone, Copy, Debug)]
pub struct LockLimits {}

impl Part for LockLimits {
    const NAME: &'static str = "tenancy.lock_limits";
    const EFFECT: Effect = Effect::Writes;
    type Answer = PlanLimits;
    type Error = GrowthError;

    async fn run(self, tx: &mut Transaction) -> Result<PlanLimits, GrowthError> {
        lock_limits(tx).await
    }
}

/// Reads how large the tenant may grow, without a lock: to tell before a long upload that there is
/// no room for it. [`LockLimits`] decides when it is added.
///
/// # Errors
/// As for [`LockLimits`].
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {}

impl Part for ReadLimits {
    const NAME: &'static str = "tenancy.read_limits";
    const EFFECT: Effect = Effect::Reads;
    type Answer = PlanLimits;
    type Error = GrowthError;

    async fn run(self, tx: &mut Transaction) -> Result<PlanLimits, GrowthError> {
        limits_now(tx).await
    }
}

pub(crate) async fn lock_limits(tx: &mut Transaction) -> Result<PlanLimits, GrowthError> {
    tx.lock(TenantSettings::id_of(tx.cx())).await?;
    limits_now(tx).await
}

async fn limits_now(tx: &mut Transaction) -> Result<PlanLimits, GrowthError> {
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
