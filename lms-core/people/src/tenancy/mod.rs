//! Tenants, their units, settings, plans and limits.
//!
//! A **tenant** is a customer of the platform, whose data no one else sees. Inside it, **units**
//! form trees: countries, regions, centres, branches, departments. Its **settings** say who may
//! join (**sign-up mode**) and which **features** are on; a **preset** is a set of them for a
//! business model. Its **plan** limits how many learners and staff it has and how much it stores,
//! and **usage** is a monthly snapshot. The status of the plan (trial, active, overdue, suspended,
//! cancelled) follows from facts: the end of a trial, the oldest unpaid invoice.
mod change_plan;
mod change_settings;
mod change_tenant;
mod change_unit;
mod create_tenant;
mod create_unit;
mod events;
mod features;
mod limits;
mod list_tenants;
mod list_units;
mod month;
mod org_unit;
mod plan_limits;
mod plan_standing;
mod plan_state;
mod preset;
mod regional_stores;
mod require_feature;
mod residency;
mod set_trial;
mod signup;
mod snapshot_usage;
mod tenant;
mod tenant_plan;
mod tenant_settings;
mod tenant_state;
mod tenant_usage;
mod unit_path;
mod view_settings;

pub use change_plan::{ChangePlan, EndPlan, PlanError, ViewCurrentPlan};
pub use change_settings::{ApplyPreset, ChangeSettings, SettingsError};
pub use change_tenant::{
    ChangeTenant, ChangeTenantStatus, SetDataRules, TenantDetails, TenantError,
};
pub use change_unit::{ChangeUnit, MoveUnit, SetUnitStatus, UnitDetails};
pub use create_tenant::{CreateTenant, CreateTenantError, NewPlan, OpenSingleTenant};
pub use create_unit::{CreateUnit, UnitError};
pub use events::{
    PlanChanged, PlanStateChanged, SettingsChanged, TenantOpened, TenantStatusChanged, UnitCreated,
    UnitMoved, UnitStatusChanged, UsageTaken,
};
pub use features::{Feature, Features};
pub(crate) use limits::lock_limits;
pub use limits::{GrowthError, LockLimits, ReadLimits};
pub use list_tenants::{ListTenants, TenantFilter, TenantView};
pub use list_units::{ListUnits, UnitFilter, UnitView};
pub use month::Month;
pub use org_unit::{OrgUnit, OrgUnitKind, UnitStatus};
pub use plan_limits::{BYTES_PER_MB, PlanLimits, QuotaError, Resource};
pub use plan_standing::{HoldPlan, PlanStanding, RestatePlan};
pub(crate) use plan_standing::{change_standing, hold_standing, note_plan_state, plan_state};
pub use plan_state::{GRACE_DAYS, PlanFacts, PlanState};
pub use preset::Preset;
pub use regional_stores::{RegionError, RegionalStores};
pub use require_feature::{FeatureError, require_feature};
pub use residency::{DataRegion, RetentionClass};
pub use set_trial::{SetGraceDays, SetTrial, ViewPlanStanding};
pub use signup::{MailDomain, SignupError, SignupMode, check_signup};
pub use snapshot_usage::{SnapshotUsage, UsageError, UsageFigures};
pub use tenant::{Tenant, TenantStatus};
pub use tenant_plan::{TenantPlan, TenantPlanStatus, effective_plan};
pub use tenant_settings::TenantSettings;
pub use tenant_state::TenantEvent;
pub use tenant_usage::TenantUsage;
pub use unit_path::{UnitPath, UnitTreeError};
pub use view_settings::ViewSettings;

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Tenant>(),
        RecordType::of::<OrgUnit>(),
        RecordType::of::<TenantSettings>(),
        RecordType::of::<TenantPlan>(),
        RecordType::of::<PlanStanding>(),
        RecordType::of::<TenantUsage>(),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<PlanChanged>(),
        EventType::of::<PlanStateChanged>(),
        EventType::of::<SettingsChanged>(),
        EventType::of::<TenantOpened>(),
        EventType::of::<TenantStatusChanged>(),
        EventType::of::<UnitCreated>(),
        EventType::of::<UnitMoved>(),
        EventType::of::<UnitStatusChanged>(),
        EventType::of::<UsageTaken>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<ApplyPreset>(),
        OperationType::of::<ChangePlan>(),
        OperationType::of::<ChangeSettings>(),
        OperationType::of::<ChangeTenant>(),
        OperationType::of::<ChangeTenantStatus>(),
        OperationType::of::<ChangeUnit>(),
        OperationType::of::<CreateTenant>(),
        OperationType::of::<CreateUnit>(),
        OperationType::of::<EndPlan>(),
        OperationType::of::<ListTenants>(),
        OperationType::of::<ListUnits>(),
        OperationType::of::<MoveUnit>(),
        OperationType::of::<OpenSingleTenant>(),
        OperationType::of::<SetDataRules>(),
        OperationType::of::<SetGraceDays>(),
        OperationType::of::<SetTrial>(),
        OperationType::of::<SetUnitStatus>(),
        OperationType::of::<SnapshotUsage>(),
        OperationType::of::<ViewCurrentPlan>(),
        OperationType::of::<ViewPlanStanding>(),
        OperationType::of::<ViewSettings>(),
    ]
}
