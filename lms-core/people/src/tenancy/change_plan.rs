//! Changing a tenant's plan.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, Within, operation};

use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, TheTenant, authorize_on},
    tenancy::{
        NewPlan, PlanChanged, TenantPlan, TenantPlanStatus, TenantSettings, change_standing,
        effective_plan, hold_standing,
        plan_state::{is_any_left, lapse, trial_end},
    },
};
use lms_kernel::{Id, Timestamp};
use lms_store::{StoreError, Transaction};

/// Why a plan could not be given.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PlanError {
    /// The plan would end before it starts.
    #[error("a plan ends after it starts; choose a later end")]
    #[fault(invalid, field = "expires_at")]
    EndsBeforeStart,
    /// The trial would end before the plan starts.
    #[error("a trial ends after its plan starts; choose a later end, or none")]
    #[fault(invalid, field = "trial_ends_at")]
    TrialEndsBeforeStart,
    /// The price is below zero.
    #[error("the price is below zero; choose at least zero")]
    #[fault(invalid, field = "price_per_month")]
    NegativePrice,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Assigns a plan to the tenant of the context, valid from `starts_at` until just before
/// `expires_at`. Plans still valid then end when it starts. Reserved for platform staff.
///
/// A plan with less room than the tenant uses takes nothing away; the tenant cannot grow until it
/// fits.
///
/// # Locks
/// The settings row, under which the tenant grows.
///
/// # Errors
/// [`PlanError`].
#[operation("tenancy.change_plan")]
pub struct ChangePlan {
    /// The plan's name, monthly price and limits.
    pub plan: NewPlan,
    /// The first instant at which the plan is valid.
    pub starts_at: Timestamp,
    /// The instant from which it is no longer valid; `None` for a plan without an end.
    pub expires_at: Option<Timestamp>,
}

impl Operation for ChangePlan {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_PLANS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantPlan;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantPlan, PlanError> {
        let Self { plan, starts_at, expires_at } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_PLANS, &ThePlatform).await?;
        if expires_at.is_some_and(|end| end <= starts_at) {
            return Err(PlanError::EndsBeforeStart);
        }
        if plan.price_per_month.is_negative() {
            return Err(PlanError::NegativePrice);
        }
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let mut ended: Vec<_> = tx
            .all(TenantPlan::latest_first())
            .await?
            .into_iter()
            .filter_map(|it| it.ended_by(starts_at))
            .collect();
        tx.update_all(&mut ended).await?;
        let mut next = TenantPlan::new(tx.cx(), plan.name, plan.price_per_month, plan.limits);
        next.started_at = starts_at;
        next.expires_at = expires_at;
        tx.insert(&next).await?;
        tx.emit(&PlanChanged { plan_id: next.id });
        note_plans(tx, Noted::Given).await?;
        Ok(next)
    }
}

/// Ends a plan at once; the days until now are still billed. A tenant left without a plan is
/// cancelled: its people can read but not change anything until it gets another plan. Reserved for
/// platform staff.
///
/// # Errors
/// [`PlanError`].
#[operation("tenancy.end_plan")]
pub struct EndPlan {
    /// The plan to end.
    pub plan_id: Id<TenantPlan>,
}

impl Operation for EndPlan {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_PLANS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantPlan;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantPlan, PlanError> {
        let Self { plan_id } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_PLANS, &ThePlatform).await?;
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let mut plan = tx.require(plan_id).await?;
        if let Some(ended) = plan.ended_by(tx.now()) {
            plan = ended;
            tx.update(&mut plan).await?;
        }
        tx.emit(&PlanChanged { plan_id });
        note_plans(tx, Noted::Ended).await?;
        Ok(plan)
    }
}

/// Shows the tenant's present plan. Needs permission to see the tenant's plan.
///
/// # Errors
/// [`PlanError`].
#[operation("tenancy.view_current_plan")]
pub struct ViewCurrentPlan {}

impl Operation for ViewCurrentPlan {
    const ACCESS: Access = Access::Asks(&[Permission::TENANT_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<TenantPlan>;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<TenantPlan>, PlanError> {
        authorize_on(tx, Permission::TENANT_VIEW, &TheTenant).await?;
        let plans = tx.all(TenantPlan::latest_first()).await?;
        Ok(effective_plan(&plans, tx.now()).cloned())
    }
}

/// The change that was made to a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// It was given, or its trial changed.
    Given,
    /// It was ended by hand.
    Ended,
}

/// Updates the plan status from the tenant's plans. The settings row must be locked.
pub(super) async fn note_plans(tx: &mut Transaction, done: Noted) -> Result<(), StoreError> {
    let plans = tx.all(TenantPlan::latest_first()).await?;
    let held = hold_standing(tx).await?;
    let now = tx.now();
    change_standing(tx, held, |it| {
        it.trial_ends_at = trial_end(&plans);
        it.lapses_at = lapse(&plans);
        if is_any_left(&plans, now) {
            it.cancelled_at = None;
        } else if done == Noted::Ended {
            it.cancelled_at = it.cancelled_at.or(Some(now));
        }
    })
    .await?;
    Ok(())
}

impl TenantPlan {
    /// The plan cut off where the next one starts; nothing where it needs no cut.
    fn ended_by(&self, next_start: Timestamp) -> Option<Self> {
        let lasts = self.expires_at.is_none_or(|end| end > next_start);
        if self.status == TenantPlanStatus::Inactive || !lasts {
            return None;
        }
        let mut ended = self.clone();
        if self.started_at < next_start {
            ended.expires_at = Some(next_start);
        } else {
            ended.status = TenantPlanStatus::Inactive;
        }
        Some(ended)
    }
}
