//! Setting a tenant's trial and grace period.
use crate::{
    authorization::{Permission, ThePlatform, TheTenant, authorize_on},
    tenancy::{
        PlanError, PlanStanding, TenantPlan, TenantSettings,
        change_plan::{Noted, note_plans},
        change_standing, hold_standing,
    },
};
use lms_kernel::{Id, Timestamp};
use lms_store::Transaction;
use lms_store::operation::{Access, Effect, Operation, Within, operation};

/// Sets, moves or removes the trial of a plan of the tenant of the context. Days of the trial cost
/// nothing; without one, its days cost what the plan costs. Reserved for platform staff.
///
/// After the trial the plan goes on and is billed; one that ends with its trial is owed for until
/// another one follows.
///
/// # Locks
/// The settings row, under which plans change.
///
/// # Errors
/// [`PlanError`].
#[operation("tenancy.set_trial")]
pub struct SetTrial {
    /// The plan to try.
    pub plan_id: Id<TenantPlan>,
    /// The first instant that is billed; `None` removes the trial.
    pub ends_at: Option<Timestamp>,
}

impl Operation for SetTrial {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_PLANS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = TenantPlan;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<TenantPlan, PlanError> {
        let Self { plan_id, ends_at } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_PLANS, &ThePlatform).await?;
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let mut plan = tx.require(plan_id).await?;
        if ends_at.is_some_and(|end| end <= plan.started_at) {
            return Err(PlanError::TrialEndsBeforeStart);
        }
        plan.trial_ends_at = ends_at;
        tx.update(&mut plan).await?;
        note_plans(tx, Noted::Given).await?;
        Ok(plan)
    }
}

/// Sets the grace period of the tenant of the context: how many days after a missed due date it is
/// suspended. Reserved for platform staff.
///
/// # Errors
/// [`PlanError`].
#[operation("tenancy.set_grace_days")]
pub struct SetGraceDays {
    /// The grace period in days; 0 suspends on the due date.
    pub days: u16,
}

impl Operation for SetGraceDays {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = PlanStanding;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<PlanStanding, PlanError> {
        let Self { days } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let held = hold_standing(tx).await?;
        Ok(change_standing(tx, held, |it| it.grace_days = days).await?)
    }
}

/// Shows the plan status of the tenant of the context. Needs permission to see the tenant's plan;
/// answers `None` for a tenant that never had a trial, a change of plan or an invoice.
///
/// # Errors
/// [`PlanError`].
#[operation("tenancy.view_plan_standing")]
pub struct ViewPlanStanding {}

impl Operation for ViewPlanStanding {
    const ACCESS: Access = Access::Asks(&[Permission::TENANT_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<PlanStanding>;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<PlanStanding>, PlanError> {
        authorize_on(tx, Permission::TENANT_VIEW, &TheTenant).await?;
        Ok(tx.get(PlanStanding::id_of(tx.cx())).await?)
    }
}
