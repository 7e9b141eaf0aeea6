//! Opening tenants, growing within the plan, keeping the tree of units, switching features.

use crate::school::{School, title};
use lms::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    identity::{
        AddMember, AppointPlatformRole, ChangeMembershipStatus, MemberError, Membership,
        MembershipEvent, MembershipKind, PlatformRole, Role,
    },
    kernel::{
        Actor, Currency, DomainError as _, ErrorKind, LanguageTag, Money, Slug, TenantId, Timestamp,
    },
    memory::MemoryStore,
    store::{Query, Store},
    tenancy::{
        ApplyPreset, ChangePlan, ChangeSettings, ChangeTenant, ChangeTenantStatus, ChangeUnit,
        CreateTenant, CreateTenantError, CreateUnit, DataRegion, EndPlan, Feature, FeatureError,
        MailDomain, Month, MoveUnit, NewPlan, OpenSingleTenant, OrgUnitKind, PlanLimits, Preset,
        QuotaError, RegionalStores, RetentionClass, SetDataRules, SetUnitStatus, SettingsError,
        SignupMode, SnapshotUsage, TenantDetails, TenantEvent, TenantStatus, TenantUsage,
        UnitDetails, UnitError, UnitStatus, UnitTreeError, UsageFigures, ViewCurrentPlan,
        require_feature,
    },
};
use lms_testkit::TestContext;

fn start(name: &str) -> (Store, TestContext) {
    (Store::new(MemoryStore::new()), TestContext::new(name))
}

fn plan(name: &str, limits: PlanLimits) -> NewPlan {
    NewPlan { name: title(name), price_per_month: Money::from_minor(10_00, Currency::EUR), limits }
}

fn english() -> LanguageTag {
    LanguageTag::new("en").unwrap()
}

#[tokio::test]
async fn a_tenant_opens_with_settings_and_roles_once() {
    let (store, test) = start("open");
    let school = School::open(&store, &test).await;
    let mut tx = store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(Query::<Role>::all()).await.unwrap(), 9);
    drop(tx);
    let again = CreateTenant::new(title("Again"), Slug::new("again").unwrap(), english());
    let error = run!(school, school.system, |tx| tx.run(again.clone())).unwrap_err();
    assert!(matches!(error, CreateTenantError::AlreadyOpen));
    let other = test.build().with_actor(Actor::system("test"));
    run!(school, other, |tx| tx.run(again.clone())).unwrap();
    let third = test.build().with_actor(Actor::system("test"));
    let error = run!(school, third, |tx| tx.run(again)).unwrap_err();
    assert!(matches!(error, CreateTenantError::SlugTaken));
}

#[tokio::test]
async fn only_the_platform_opens_and_suspends_tenants() {
    let (store, test) = start("platform");
    let school = School::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let outsider = School::open(&store, &test).await;
    let stranger = outsider.person("admin@b.example", MembershipKind::Admin, None).await;
    let stranger = school.system.clone().with_actor(stranger.cx.actor().clone());
    let nobody = school.system.clone().with_actor(Actor::Anonymous);
    refused!(school, [admin.cx, stranger, nobody], |tx| {
        tx.run(ChangeTenantStatus { event: TenantEvent::Suspend })
    });
    refused!(school, [admin.cx, stranger, nobody], |tx| {
        tx.run(SetDataRules {
            data_region: DataRegion::default(),
            retention_class: RetentionClass::Regulated,
        })
    });
    refused!(school, [admin.cx, stranger, nobody], |tx| {
        let pro = plan("Pro", PlanLimits::UNLIMITED);
        tx.run(ChangePlan { plan: pro, starts_at: tx.now(), expires_at: None })
    });
    refused!(school, [admin.cx, stranger, nobody], |tx| { tx.run(EndPlan { plan_id: tx.id() }) });
    refused!(school, [admin.cx, stranger, nobody], |tx| {
        let figures =
            UsageFigures { active_students: 0, total_enrollments: 0, storage_used_bytes: 0 };
        tx.run(SnapshotUsage { period: "2024-03".parse().unwrap(), figures })
    });
    refused!(school, [admin.cx, stranger, nobody], |tx| {
        let command = CreateTenant::new(title("X"), Slug::new("x").unwrap(), english());
        tx.run(command)
    });

    let root = school.user("root@platform.example").await;
    run!(school, school.system, |tx| {
        tx.run(AppointPlatformRole { user_id: root.id, role: PlatformRole::PlatformAdmin })
    })
    .unwrap();
    let root = school.system.clone().with_actor(Actor::User(root.actor_id()));
    let closed =
        run!(school, root, |tx| tx.run(ChangeTenantStatus { event: TenantEvent::Close })).unwrap();
    assert_eq!(closed.status, TenantStatus::Closed);
    let moved = run!(school, root, |tx| {
        tx.run(SetDataRules {
            data_region: DataRegion::new("eu").unwrap(),
            retention_class: RetentionClass::Regulated,
        })
    })
    .unwrap();
    assert_eq!(moved.retention_class.days(), 2_557);
}

#[tokio::test]
async fn a_suspended_tenant_reads_and_does_not_write() {
    let (store, test) = start("suspend");
    let school = School::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    run!(school, school.system, |tx| tx.run(ChangeTenantStatus { event: TenantEvent::Suspend }))
        .unwrap();
    let asks = |permission| async {
        run!(school, admin.cx, |tx| authorize_on(tx, permission, &TheTenant))
    };
    assert!(asks(Permission::COURSES_VIEW).await.is_ok());
    let error = asks(Permission::COURSES_MANAGE).await.unwrap_err();
    let expected = TenantStatus::Suspended;
    assert!(
        matches!(error, AuthorizationError::TenantInactive { status, .. } if status == expected)
    );
    run!(school, school.system, |tx| tx.run(ChangeTenantStatus { event: TenantEvent::Close }))
        .unwrap();
    assert_eq!(asks(Permission::COURSES_VIEW).await.unwrap_err().kind(), ErrorKind::Forbidden);
    run!(school, school.system, |tx| tx.run(ChangeTenantStatus { event: TenantEvent::Reopen }))
        .unwrap();
    assert!(asks(Permission::COURSES_MANAGE).await.is_ok());
}

#[tokio::test]
async fn a_host_with_one_tenant_opens_it_whenever_it_starts() {
    let (store, test) = start("single");
    let school = School::open(&store, &test).await;
    let single = test.clone().of_tenant(TenantId::SINGLE).build();
    let single = single.with_actor(Actor::system("start"));
    let command = CreateTenant::new(title("Ours"), Slug::new("ours").unwrap(), english());
    let first =
        run!(school, single, |tx| tx.run(OpenSingleTenant { tenant: command.clone() })).unwrap();
    let second = run!(school, single, |tx| tx.run(OpenSingleTenant { tenant: command })).unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn units_are_managed_where_one_manages_units() {
    let (store, test) = start("units");
    let school = School::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let student = school.person("s@a.example", MembershipKind::Student, None).await;
    let mut head = school.person("h@a.example", MembershipKind::Staff, Some(school.north.id)).await;
    head.member.is_unit_admin = true;
    let mut tx = store.begin(&school.system).await.unwrap();
    tx.update(&mut head.member).await.unwrap();
    tx.commit().await.unwrap();
    let outsider = School::open(&store, &test).await;
    let stranger = outsider.person("admin@b.example", MembershipKind::Admin, None).await;
    let stranger = school.system.clone().with_actor(stranger.cx.actor().clone());

    let below = run!(school, head.cx, |tx| {
        tx.run(CreateUnit::new(OrgUnitKind::Branch, title("N1"), Some(school.north.id)))
    })
    .unwrap();
    let deeper = run!(school, head.cx, |tx| {
        tx.run(CreateUnit::new(OrgUnitKind::Branch, title("N2"), Some(below.id)))
    })
    .unwrap();
    let south = school.south.id;
    refused!(school, [head.cx, student.cx, stranger], |tx| {
        tx.run(CreateUnit::new(OrgUnitKind::Branch, title("S1"), Some(south)))
    });
    refused!(school, [head.cx, student.cx, stranger], |tx| {
        tx.run(MoveUnit { unit_id: below.id, parent_id: Some(south) })
    });
    refused!(school, [head.cx, student.cx, stranger], |tx| {
        tx.run(SetUnitStatus { unit_id: south, status: UnitStatus::Inactive })
    });
    refused!(school, [head.cx, student.cx, stranger], |tx| {
        let details = UnitDetails {
            name: title("X"),
            location: None,
            contact_email: None,
            contact_phone: None,
            time_zone: None,
        };
        tx.run(ChangeUnit { unit_id: south, details })
    });

    let error = run!(school, admin.cx, |tx| tx
        .run(MoveUnit { unit_id: below.id, parent_id: Some(deeper.id) }))
    .unwrap_err();
    assert!(matches!(error, UnitError::Tree(UnitTreeError::Cycle)));
    run!(school, admin.cx, |tx| tx.run(MoveUnit { unit_id: below.id, parent_id: Some(south) }))
        .unwrap();
    let mut tx = store.begin(&school.system).await.unwrap();
    let moved = tx.require(deeper.id).await.unwrap();
    assert_eq!(moved.path.ancestors().collect::<Vec<_>>(), [south, below.id]);
}

#[tokio::test]
async fn nothing_changes_in_a_closed_unit_or_below_it() {
    let (store, test) = start("closed unit");
    let school = School::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let below = school.unit("N1", Some(school.north.id)).await;
    run!(school, admin.cx, |tx| {
        tx.run(SetUnitStatus { unit_id: school.north.id, status: UnitStatus::Inactive })
    })
    .unwrap();
    refused!(school, [admin.cx], |tx| { authorize_on(tx, Permission::CLASSES_MANAGE, &below) });
    run!(school, admin.cx, |tx| { authorize_on(tx, Permission::CLASSES_VIEW, &below) }).unwrap();
    run!(school, admin.cx, |tx| {
        tx.run(SetUnitStatus { unit_id: school.north.id, status: UnitStatus::Active })
    })
    .unwrap();
    run!(school, admin.cx, |tx| { authorize_on(tx, Permission::CLASSES_MANAGE, &below) }).unwrap();
}

#[tokio::test]
async fn settings_and_details_are_the_administrators() {
    let (store, test) = start("settings");
    let school = School::open(&store, &test).await;
    let admin = school.person("admin@a.example", MembershipKind::Admin, None).await;
    let student = school.person("s@a.example", MembershipKind::Student, None).await;
    let head = school.supervisor("h@a.example", school.north.id).await;
    let outsider = School::open(&store, &test).await;
    let stranger = outsider.person("admin@b.example", MembershipKind::Admin, None).await;
    let stranger = school.system.clone().with_actor(stranger.cx.actor().clone());
    refused!(school, [student.cx, head.cx, stranger], |tx| { tx.run(ChangeSettings::default()) });
    refused!(school, [student.cx, head.cx, stranger], |tx| {
        tx.run(ApplyPreset { preset: Preset::B2cSaas })
    });
    refused!(school, [student.cx, head.cx, stranger], |tx| tx.run(ViewCurrentPlan {}));
    refused!(school, [student.cx, head.cx, stranger], |tx| {
        let details = TenantDetails {
            name: title("Mine"),
            logo_url: None,
            location: None,
            contact_email: None,
            contact_phone: None,
        };
        tx.run(ChangeTenant { details })
    });

    let error = run!(school, admin.cx, |tx| tx.run(ApplyPreset { preset: Preset::B2bInternal }))
        .unwrap_err();
    assert!(matches!(error, SettingsError::DomainsNeeded));
    let change = ChangeSettings {
        allowed_domains: Some(vec![MailDomain::new("a.example").unwrap()]),
        ..ChangeSettings::default()
    };
    run!(school, admin.cx, |tx| tx.run(change)).unwrap();
    let settings =
        run!(school, admin.cx, |tx| tx.run(ApplyPreset { preset: Preset::B2bInternal })).unwrap();
    assert_eq!(settings.signup_mode, SignupMode::DomainRestricted);
    let error = run!(school, admin.cx, |tx| require_feature(tx, Feature::Sales));
    assert!(matches!(
        error.unwrap_err(),
        FeatureError::FeatureDisabled { feature: Feature::Sales }
    ));
}

#[tokio::test]
async fn a_feature_that_is_switched_on_is_on_at_once() {
    let (store, test) = start("features");
    let school = School::open(&store, &test).await;
    run!(school, school.system, |tx| async move {
        for on in [false, true, false] {
            let features = vec![(Feature::Badges, on)];
            let change = ChangeSettings { features, ..ChangeSettings::default() };
            tx.run(change).await.unwrap();
            let asked = require_feature(tx, Feature::Badges).await;
            assert_eq!(asked.is_ok(), on);
        }
        Ok::<_, lms::store::StoreError>(())
    })
    .unwrap();
}

#[tokio::test]
async fn the_plan_limits_growth_and_lets_go_what_leaves() {
    let (store, test) = start("plan");
    let limits = PlanLimits { max_students: Some(2), max_staff: Some(1), max_storage_mb: None };
    let school = School::with_plan(&store, &test, Some(plan("Free", limits))).await;
    let add = |kind, name: &'static str| {
        let school = &school;
        async move {
            let command = AddMember::new(kind, title(name));
            run!(school, school.system, |tx| tx.run(command))
        }
    };
    let first = add(MembershipKind::Student, "one").await.unwrap();
    add(MembershipKind::Student, "two").await.unwrap();
    add(MembershipKind::Staff, "tutor").await.unwrap();
    add(MembershipKind::Guardian, "parent").await.unwrap();
    for (kind, name) in [(MembershipKind::Student, "three"), (MembershipKind::Admin, "boss")] {
        let error = add(kind, name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Quota, "{error}");
    }
    let change = |event| {
        let (school, id) = (&school, first.id);
        async move {
            run!(school, school.system, |tx| tx
                .run(ChangeMembershipStatus { membership_id: id, event }))
        }
    };
    change(MembershipEvent::Leave).await.unwrap();
    add(MembershipKind::Student, "three").await.unwrap();
    let error = change(MembershipEvent::Rejoin).await.unwrap_err();
    assert!(matches!(error, MemberError::Quota(QuotaError::LimitReached { limit: 2, .. })));

    let larger = PlanLimits { max_students: Some(3), ..limits };
    let next = run!(school, school.system, |tx| {
        tx.run(ChangePlan { plan: plan("Pro", larger), starts_at: tx.now(), expires_at: None })
    })
    .unwrap();
    change(MembershipEvent::Rejoin).await.unwrap();
    let current = run!(school, school.system, |tx| tx.run(ViewCurrentPlan {})).unwrap().unwrap();
    assert_eq!(current.id, next.id);
    run!(school, school.system, |tx| tx.run(EndPlan { plan_id: next.id })).unwrap();
    let error = add(MembershipKind::Staff, "late").await.unwrap_err();
    assert!(matches!(error, MemberError::Quota(QuotaError::PlanOver)), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_place_of_a_plan_is_given_once() {
    let (store, test) = start("race");
    let limits = PlanLimits { max_students: Some(5), ..PlanLimits::UNLIMITED };
    let school = School::with_plan(&store, &test, Some(plan("Free", limits))).await;
    let mut tasks = Vec::new();
    for at in 0..30 {
        let (store, cx) = (store.clone(), school.system.clone());
        tasks.push(tokio::spawn(async move {
            let name = title(&format!("student {at}"));
            let command = AddMember::new(MembershipKind::Student, name);
            loop {
                let command = command.clone();
                let (cx, again) = (cx.clone(), &store);
                let done = again
                    .transact(&cx, |tx| {
                        let command = command.clone();
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await;
                match done {
                    Ok(_) => return true,
                    Err(error) if error.kind() == ErrorKind::Quota => return false,
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        tokio::task::yield_now().await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    let mut joined = 0;
    for task in tasks {
        joined += usize::from(task.await.unwrap());
    }
    assert_eq!(joined, 5);
    let mut tx = store.begin(&school.system).await.unwrap();
    let members = Membership::active([MembershipKind::Student]);
    assert_eq!(tx.count(members).await.unwrap(), 5);
}

#[tokio::test]
async fn a_month_has_one_snapshot_and_the_latest_stays() {
    let (store, test) = start("usage");
    let school = School::open(&store, &test).await;
    let period: Month = "2024-03".parse().unwrap();
    let take = |bytes, at: &'static str| {
        let school = &school;
        async move {
            let at: Timestamp = at.parse().unwrap();
            let figures = UsageFigures {
                active_students: 7,
                total_enrollments: 3,
                storage_used_bytes: bytes,
            };
            let cx = school.system.clone().at(at);
            run!(school, cx, |tx| tx.run(SnapshotUsage { period, figures })).unwrap()
        }
    };
    let first = take(1_500_000, "2024-03-31T00:00:00Z").await;
    assert_eq!((first.storage_used_mb, first.active_students), (2, 7));
    let second = take(3_000_000, "2024-04-01T00:00:00Z").await;
    assert_eq!((second.id, second.storage_used_mb), (first.id, 3));
    let late = take(9_000_000, "2024-03-30T00:00:00Z").await;
    assert_eq!(late.storage_used_mb, 3);
    let mut tx = store.begin(&school.system).await.unwrap();
    assert_eq!(tx.count(TenantUsage::latest_first()).await.unwrap(), 1);
}

#[tokio::test]
async fn each_region_has_a_store_of_its_own_and_none_stands_in_for_another() {
    let (store, _) = start("regions");
    let eu = DataRegion::new("eu").unwrap();
    let stores = RegionalStores::single(store.clone()).with(eu.clone(), store);
    assert!(stores.of(&eu).is_ok() && stores.of(&DataRegion::default()).is_ok());
    let error = stores.of(&DataRegion::new("au").unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(stores.regions().count(), 2);
}
