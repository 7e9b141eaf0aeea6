//! What tenancy announces.
use serde::{Deserialize, Serialize};

use crate::tenancy::{
    Month, OrgUnit, PlanStanding, PlanState, Tenant, TenantPlan, TenantSettings, TenantStatus,
    TenantUsage, UnitStatus,
};
use lms_kernel::{EntityRef, Id, Timestamp};
use lms_store::outbox::DomainEvent;

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident $kind:literal on $subject:ident by $id:ident {
        $($(#[$field_meta:meta])* $field:ident: $ty:ty,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)+
        }

        impl DomainEvent for $name {
            const KIND: &'static str = $kind;
            fn subject(&self) -> EntityRef {
                EntityRef::to($subject::ENTITY, self.$id)
            }
        }
    )+};
}

events! {
    /// A tenant was opened.
    TenantOpened "tenancy.tenant_opened" on Tenant by tenant_id {
        /// The tenant.
        tenant_id: Id<Tenant>,
    }

    /// A tenant was suspended, brought back or closed.
    TenantStatusChanged "tenancy.tenant_status_changed" on Tenant by tenant_id {
        /// The tenant.
        tenant_id: Id<Tenant>,
        /// Its present status.
        status: TenantStatus,
    }

    /// A tenant changed how it wants to work.
    SettingsChanged "tenancy.settings_changed" on TenantSettings by settings_id {
        /// The settings.
        settings_id: Id<TenantSettings>,
    }

    /// A tenant has another plan.
    PlanChanged "tenancy.plan_changed" on TenantPlan by plan_id {
        /// The plan.
        plan_id: Id<TenantPlan>,
    }

    /// The plan of a tenant is tried no more, is overdue, suspended, cancelled, or all is well
    /// again.
    PlanStateChanged "tenancy.plan_state_changed" on PlanStanding by standing_id {
        /// The record of the plan status.
        standing_id: Id<PlanStanding>,
        /// Its earlier status.
        from: PlanState,
        /// Its status.
        to: PlanState,
        /// Since when.
        at: Timestamp,
    }

    /// A tenant's usage was counted.
    UsageTaken "tenancy.usage_taken" on TenantUsage by usage_id {
        /// The snapshot.
        usage_id: Id<TenantUsage>,
        /// Its month.
        period: Month,
    }

    /// A unit was added.
    UnitCreated "tenancy.unit_created" on OrgUnit by unit_id {
        /// The unit.
        unit_id: Id<OrgUnit>,
        /// The unit above it.
        parent_id: Option<Id<OrgUnit>>,
    }

    /// A unit was moved with all units below it.
    UnitMoved "tenancy.unit_moved" on OrgUnit by unit_id {
        /// The unit.
        unit_id: Id<OrgUnit>,
        /// The unit above it now.
        parent_id: Option<Id<OrgUnit>>,
    }

    /// A unit was opened or closed.
    UnitStatusChanged "tenancy.unit_status_changed" on OrgUnit by unit_id {
        /// The unit.
        unit_id: Id<OrgUnit>,
        /// Whether it works now.
        status: UnitStatus,
    }
}
