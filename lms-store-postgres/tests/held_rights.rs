//! What a person holds, in one statement, is what ordinary queries find.
use lms_core::{
    authorization::{
        Effect, HeldRights, HeldRightsRows, Permission, Reach, Role, RoleKey, RoleLevel, RoleLine,
        RolePermission,
    },
    identity::{
        AssignmentScope, GuardianLink, GuardianRelation, Membership, MembershipKind,
        RoleAssignment, User,
    },
    kernel::{Context, Id, Scope},
    store::{Report as _, Store},
    tenancy::{PlanStanding, PlanState, Tenant, TenantStatus},
};
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;

struct Stage {
    database: TestDatabase,
    store: Store,
    cx: Context,
    neighbour: Context,
    users: Vec<Id<User>>,
}

fn role(cx: &Context, key: &str) -> Role {
    let key: RoleKey = key.parse().unwrap();
    Role::new(cx, key, "A role".parse().unwrap(), RoleLevel::Tenant)
}

fn line(cx: &Context, role: &Role, effect: Effect, reach: Reach) -> RolePermission {
    let pattern = Permission::ATTEMPTS_TAKE.into();
    RolePermission::new(cx, role.id, RoleLine { effect, pattern, reach })
}

/// The same users in two tenants, with other roles in each.
async fn stage() -> Stage {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = Store::new(database.store());
    let test = TestContext::new("held rights");
    let (cx, neighbour) = (test.build(), test.build());
    let users: Vec<User> = (0..6).map(|_| User::new(&cx)).collect();
    for (cx, status) in [(&neighbour, TenantStatus::Active), (&cx, TenantStatus::Suspended)] {
        let slug = format!("school-{}", cx.tenant()).parse().unwrap();
        let mut tenant = Tenant::new(cx, "School".parse().unwrap(), slug);
        tenant.status = status;
        let both = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(cx, both).await.unwrap();
        tx.insert(&tenant).await.unwrap();
        if status == TenantStatus::Active {
            for user in &users {
                tx.insert(user).await.unwrap();
            }
        } else {
            let mut standing = PlanStanding::new(cx);
            standing.state = PlanState::Suspended;
            tx.insert(&standing).await.unwrap();
        }
        let (teacher, parent) = (role(cx, "a_teacher"), role(cx, "a_parent"));
        let gone = role(cx, "gone");
        tx.insert_all(&[teacher.clone(), parent.clone(), gone.clone()]).await.unwrap();
        tx.insert_all(&[
            line(cx, &teacher, Effect::Allow, Reach::Led),
            line(cx, &teacher, Effect::Deny, Reach::Own),
            line(cx, &parent, Effect::Allow, Reach::Wards),
            line(cx, &gone, Effect::Allow, Reach::All),
        ])
        .await
        .unwrap();
        let mut removed = line(cx, &teacher, Effect::Allow, Reach::All);
        tx.insert(&removed).await.unwrap();
        tx.delete(&mut removed).await.unwrap();
        // The last user has no membership.
        let mut members = Vec::new();
        for (at, user) in users.iter().take(5).enumerate() {
            let name = format!("Person {at}").parse().unwrap();
            let mut member = Membership::new(cx, MembershipKind::Staff, name);
            member.user_id = Some(user.id);
            if at == 0 {
                member.permissions = vec![Permission::ATTEMPTS_TAKE];
            }
            members.push(member);
        }
        tx.insert_all(&members).await.unwrap();
        let given =
            |member: usize, role: &Role| RoleAssignment::new(cx, members[member].id, role.id);
        let place = cx.tenant().uuid();
        let mut taken = given(1, &parent);
        tx.insert_all(&[
            given(1, &teacher).at(AssignmentScope::Course, place),
            given(1, &teacher).at(AssignmentScope::Class, place),
            taken.clone(),
            given(2, &parent),
            given(2, &gone),
            given(3, &teacher).at(AssignmentScope::Unit, place),
        ])
        .await
        .unwrap();
        tx.delete(&mut taken).await.unwrap();
        tx.delete(&mut gone.clone()).await.unwrap();
        let link = |guardian: usize, student: usize| {
            let (guardian, student) = (members[guardian].id, members[student].id);
            GuardianLink::new(cx, guardian, student, GuardianRelation::Parent)
        };
        let mut ended = link(2, 4);
        tx.insert_all(&[link(2, 0), link(2, 3), link(1, 0), ended.clone()]).await.unwrap();
        tx.delete(&mut ended).await.unwrap();
        tx.delete(&mut members[4]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let users = users.into_iter().map(|it| it.id).collect();
    Stage { database, store, cx, neighbour, users }
}

async fn both(store: &Store, cx: &Context, user_id: Id<User>) -> (HeldRightsRows, HeldRightsRows) {
    let report = HeldRights { user_id };
    let mut tx = store.begin(cx).await.unwrap();
    let computed = report.compute(&mut tx).await.unwrap();
    (tx.report(report).await.unwrap(), computed)
}

#[tokio::test]
async fn the_statement_finds_what_ordinary_queries_find() {
    let stage = stage().await;
    for cx in [&stage.cx, &stage.neighbour] {
        let mut roles = Vec::new();
        for user in &stage.users {
            let (reported, computed) = both(&stage.store, cx, *user).await;
            assert_eq!(reported, computed);
            roles.push((computed.membership.is_some(), computed.roles.len(), computed.wards.len()));
        }
        let expected =
            [(true, 0, 0), (true, 2, 0), (true, 1, 2), (true, 1, 0), (false, 0, 0), (false, 0, 0)];
        assert_eq!(roles, expected);
    }
    let (here, _) = both(&stage.store, &stage.cx, stage.users[0]).await;
    assert_eq!(here.tenant_status, Some(TenantStatus::Suspended));
    assert_eq!(here.plan_state, PlanState::Suspended);
    let (there, _) = both(&stage.store, &stage.neighbour, stage.users[0]).await;
    assert_eq!(there.tenant_status, Some(TenantStatus::Active));
    assert_eq!(there.plan_state, PlanState::Active);
}

/// Without row-level security, the conditions of the statement alone suffice.
#[tokio::test]
async fn the_statement_is_of_one_tenant_by_its_conditions_alone() {
    let stage = stage().await;
    let unbound = Store::new(PgStore::new(stage.database.admin_pool()).allow_unbound_role());
    for user in &stage.users {
        let (reported, _) = both(&unbound, &stage.cx, *user).await;
        let (_, computed) = both(&stage.store, &stage.cx, *user).await;
        assert_eq!(reported, computed);
    }
}
