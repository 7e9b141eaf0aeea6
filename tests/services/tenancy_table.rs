//! Who may call the services of tenancy.
use lms::{
    kernel::{Context, LanguageTag, Scope, Slug},
    tenancy::*,
};

use crate::{
    table::{Service, check},
    world::{World, title},
};

fn tenant_details() -> TenantDetails {
    TenantDetails {
        name: title("X"),
        logo_url: None,
        location: None,
        contact_email: None,
        contact_phone: None,
    }
}

fn unit_details() -> UnitDetails {
    UnitDetails {
        name: title("X"),
        location: None,
        contact_email: None,
        contact_phone: None,
        time_zone: None,
    }
}

fn figures() -> UsageFigures {
    UsageFigures { active_students: 0, total_enrollments: 0, storage_used_bytes: 0 }
}

fn new_plan() -> NewPlan {
    NewPlan {
        name: title("Max"),
        price_per_month: "20.00 EUR".parse().unwrap(),
        limits: PlanLimits::UNLIMITED,
    }
}

/// A tenant that is not open yet.
fn new_tenant() -> CreateTenant {
    let slug = Slug::new("another").unwrap();
    CreateTenant::new(title("X"), slug, LanguageTag::new("en").unwrap())
}

pub(crate) fn rows() -> Vec<Service> {
    services! { |w, cx|
        change_plan[ChangePlan { plan: new_plan(), starts_at: cx.now(), expires_at: None }] by Root, not TENANT, Missing;
        end_plan[EndPlan { plan_id: w.things().plan.id }] by Root, not TENANT, Missing;
        view_current_plan[ViewCurrentPlan {}] by Admin, not ALL, Own;
        set_trial[SetTrial { plan_id: w.things().plan.id, ends_at: Some(cx.now().saturating_add(chrono::TimeDelta::days(14))) }]
            by Root, not TENANT, Missing;
        set_grace_days[SetGraceDays { days: 7 }] by Root, not TENANT, Missing;
        view_plan_standing[ViewPlanStanding {}] by Admin, not ALL, Own;
        change_settings[ChangeSettings::default()] by Admin, not ALL, Own;
        apply_preset[ApplyPreset { preset: Preset::B2cSaas }] by Admin, not ALL, Own;
        change_tenant_status[ChangeTenantStatus { event: TenantEvent::Suspend }] by Root, not TENANT, Missing;
        set_data_rules[SetDataRules { data_region: DataRegion::default(), retention_class: RetentionClass::Regulated }]
            by Root, not TENANT, Missing;
        change_tenant[ChangeTenant { details: tenant_details() }] by Admin, not ALL, Own;
        move_unit[MoveUnit { unit_id: w.north.id, parent_id: None }] by Admin, not ALL, Missing;
        set_unit_status[SetUnitStatus { unit_id: w.north.id, status: UnitStatus::Inactive }] by Admin, not ALL, Missing;
        change_unit[ChangeUnit { unit_id: w.north.id, details: unit_details() }] by Admin, not ALL, Missing;
        create_unit[CreateUnit::new(OrgUnitKind::Branch, title("N1"), Some(w.north.id))]
            by Admin, not ALL, Missing;
        snapshot_usage[SnapshotUsage { period: "2025-02".parse().unwrap(), figures: figures() }] by Root, not TENANT, Missing;
    }
}

/// Opens another tenant, and leaves it unopened.
async fn open_another(w: &World, cx: &Context) -> Result<Tenant, CreateTenantError> {
    let fresh = lms_testkit::TestContext::new("fresh").build().with_actor(cx.actor().clone());
    let scope = Scope::TenantAndPlatform(fresh.tenant());
    let mut tx = w.store.begin_in(&fresh, scope).await.unwrap();
    let done = tx.run(new_tenant()).await;
    tx.rollback().await.unwrap();
    done
}

/// What is asked in a tenant that is not there yet; its own test looks at the notes of refusals.
pub(crate) fn opening() -> Vec<Service> {
    services! { |w, cx|
        create_tenant{open_another(w, cx)} by Root, not TENANT, Missing;
    }
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check(rows()));
}

/// Opening a tenant is for the platform, in a tenant that is not open yet.
#[tokio::test]
async fn only_the_platform_opens_a_tenant() {
    use crate::world::Who;
    use lms::kernel::{DomainError as _, ErrorKind};

    let world = World::people(lms::store::Store::new(lms::memory::MemoryStore::new())).await;
    for who in crate::table::TENANT {
        let cx = world.cx(*who);
        let before = world.denials().await;
        let error = act!(world.store, cx, |tx| tx.run(new_tenant()));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Forbidden, "{who:?}");
        assert_eq!(world.denials().await, before + 1);
    }
    let fresh = lms_testkit::TestContext::new("fresh").build();
    let fresh = fresh.with_actor(world.cx(Who::Root).actor().clone());
    act!(world.store, fresh, |tx| tx.run(new_tenant())).unwrap();
}
