//! Events of tenancy.
use serde::{Deserialize, Serialize};

use crate::tenancy::{
    Month, OrgUnit, PlanStanding, PlanState, Tenant, TenantPlan, TenantSettings, TenantStatus,
    TenantUsage, UnitStatus,
};
use lms_kernel::{Id, Timestamp};
use lms_store::outbox::DomainEvent;

/// A tenant was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.tenant_opened", subject = Tenant::ENTITY, id = tenant_id)]
pub struct TenantOpened {
    /// The tenant.
    pub tenant_id: Id<Tenant>,
}

/// A tenant was suspended, brought back or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.tenant_status_changed", subject = Tenant::ENTITY, id = tenant_id)]
pub struct TenantStatusChanged {
    /// The tenant.
    pub tenant_id: Id<Tenant>,
    /// Its present status.
    pub status: TenantStatus,
}

/// A tenant changed how it wants to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.settings_changed", subject = TenantSettings::ENTITY, id = settings_id)]
pub struct SettingsChanged {
    /// The settings.
    pub settings_id: Id<TenantSettings>,
}

/// A tenant has another plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.plan_changed", subject = TenantPlan::ENTITY, id = plan_id)]
pub struct PlanChanged {
    /// The plan.
    pub plan_id: Id<TenantPlan>,
}

/// The plan of a tenant is tried no more, is overdue, suspended, cancelled, or all is well
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.plan_state_changed", subject = PlanStanding::ENTITY, id = standing_id)]
pub struct PlanStateChanged {
    /// The record of the plan status.
    pub standing_id: Id<PlanStanding>,
    /// Its earlier status.
    pub from: PlanState,
    /// Its status.
    pub to: PlanState,
    /// Since when.
    pub at: Timestamp,
}

/// A tenant's usage was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.usage_taken", subject = TenantUsage::ENTITY, id = usage_id)]
pub struct UsageTaken {
    /// The snapshot.
    pub usage_id: Id<TenantUsage>,
    /// Its month.
    pub period: Month,
}

/// A unit was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.unit_created", subject = OrgUnit::ENTITY, id = unit_id)]
pub struct UnitCreated {
    /// The unit.
    pub unit_id: Id<OrgUnit>,
    /// The unit above it.
    pub parent_id: Option<Id<OrgUnit>>,
}

/// A unit was moved with all units below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.unit_moved", subject = OrgUnit::ENTITY, id = unit_id)]
pub struct UnitMoved {
    /// The unit.
    pub unit_id: Id<OrgUnit>,
    /// The unit above it now.
    pub parent_id: Option<Id<OrgUnit>>,
}

/// A unit was opened or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("tenancy.unit_status_changed", subject = OrgUnit::ENTITY, id = unit_id)]
pub struct UnitStatusChanged {
    /// The unit.
    pub unit_id: Id<OrgUnit>,
    /// Whether it works now.
    pub status: UnitStatus,
}
