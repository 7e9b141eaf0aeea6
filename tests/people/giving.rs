//! Nobody gives more than they have, by whichever way of giving; and nobody decides on their own.
use std::sync::Arc;

use lms::{
    authorization::{
        Effect, Permission, PermissionPattern, Reach, RoleLine, TheTenant, authorize_on,
    },
    identity::{
        AddMember, AssignRole, AssignTutor, AssignmentScope, CreateRole, GuardianRelation,
        InviteError, InviteMember, LinkGuardian, ListRoles, MemberError, MembershipKind,
        PlaceMember, RemoveRolePermission, Role, RoleAssignment, RoleError, RoleKey, RoleLevel,
        RolePermission, SetExtraPermissions, SetRolePermission, TutorError, UnassignRole,
    },
    kernel::{DomainError as _, Entropy, ErrorKind, SeededEntropy},
    memory::MemoryStore,
    store::{PageSize, Query, Store},
};
use lms_testkit::TestContext;

use crate::school::{Person, School, email, title};

async fn start(name: &str) -> School {
    let entropy = Arc::new(SeededEntropy::new(1));
    let store = Store::new(MemoryStore::new()).with_port::<dyn Entropy>(entropy);
    School::open(&store, &TestContext::new(name)).await
}

fn line(effect: Effect, pattern: &'static str, reach: Reach) -> RoleLine {
    RoleLine { effect, pattern: PermissionPattern::from_static(pattern), reach }
}

/// A member of staff with those permissions in the whole tenant.
async fn with(school: &School, address: &str, permissions: &[Permission]) -> Person {
    let person = school.person(address, MembershipKind::Staff, None).await;
    let permissions = permissions.to_vec();
    run!(school, school.system, |tx| tx
        .run(SetExtraPermissions { membership_id: person.member.id, permissions }))
    .unwrap();
    person
}

fn assignment(person: &Person, role: &Role) -> AssignRole {
    AssignRole {
        membership_id: person.member.id,
        role_id: role.id,
        scope: AssignmentScope::Tenant,
        scope_id: None,
    }
}

async fn role_with(school: &School, key: &str, lines: Vec<RoleLine>) -> Role {
    let command = CreateRole {
        key: RoleKey::new(key).unwrap(),
        name: title(key),
        scope: RoleLevel::Tenant,
        needs_place: false,
        lines,
    };
    run!(school, school.system, |tx| tx.run(command)).unwrap()
}

#[tokio::test]
async fn a_manager_of_members_does_not_make_themselves_run_a_unit() {
    let school = start("unit_admin").await;
    let can = [Permission::MEMBERS_MANAGE, Permission::ROLES_ASSIGN];
    let eve = with(&school, "eve@a.example", &can).await;
    let (me, north) = (eve.member.id, school.north.id);
    let error = run!(school, eve.cx, |tx| tx.run(PlaceMember {
        membership_id: me,
        unit_id: Some(north),
        runs_it: true
    }))
    .unwrap_err();
    assert!(matches!(error, MemberError::BeyondOwn { .. }), "{error}");
    run!(school, eve.cx, |tx| tx.run(PlaceMember {
        membership_id: me,
        unit_id: Some(north),
        runs_it: false
    }))
    .unwrap();
    let boss = school.person("boss@a.example", MembershipKind::Admin, None).await;
    run!(school, boss.cx, |tx| tx.run(PlaceMember {
        membership_id: me,
        unit_id: Some(north),
        runs_it: true
    }))
    .unwrap();
}

#[tokio::test]
async fn a_line_of_any_reach_is_not_given_by_those_who_lack_it() {
    let school = start("reach").await;
    let can = [Permission::ROLES_MANAGE, Permission::ROLES_ASSIGN];
    let eve = with(&school, "eve@a.example", &can).await;
    for pattern in ["wallets.adjust", "payments.refund", "scores.override", "tests.grade"] {
        for reach in Reach::ALL {
            let lines = vec![line(Effect::Allow, pattern, *reach)];
            let staff = school.role("staff").await;
            let added = lines.clone();
            let error = run!(school, eve.cx, |tx| {
                tx.run(SetRolePermission {
                    role_id: staff.id,
                    line: added.into_iter().next().unwrap(),
                })
            });
            assert!(matches!(error, Err(RoleError::BeyondOwn { .. })), "{pattern} {reach}");
            let key = format!("{}_{reach}", pattern.replace('.', "_"));
            let role = role_with(&school, &key, lines).await;
            let give = assignment(&eve, &role);
            let error = run!(school, eve.cx, |tx| tx.run(give));
            assert!(matches!(error, Err(RoleError::BeyondOwn { .. })), "{pattern} {reach}");
        }
    }
}

#[tokio::test]
async fn extra_permissions_are_not_given_by_those_who_are_denied_them_somewhere() {
    let school = start("extra").await;
    let can = [Permission::ROLES_ASSIGN, Permission::PAYMENTS_REFUND];
    let eve = with(&school, "eve@a.example", &can).await;
    let friend = school.person("friend@a.example", MembershipKind::Staff, None).await;
    let give = |what: Permission| vec![what];
    let error = run!(school, eve.cx, |tx| {
        tx.run(SetExtraPermissions {
            membership_id: friend.member.id,
            permissions: give(Permission::WALLETS_ADJUST),
        })
    });
    assert!(matches!(error.unwrap_err(), MemberError::BeyondOwn { .. }));
    run!(school, eve.cx, |tx| {
        tx.run(SetExtraPermissions {
            membership_id: friend.member.id,
            permissions: give(Permission::PAYMENTS_REFUND),
        })
    })
    .unwrap();
    let denied =
        role_with(&school, "denied", vec![line(Effect::Deny, "payments.*", Reach::All)]).await;
    let place = AssignRole { scope: AssignmentScope::Tenant, ..assignment(&eve, &denied) };
    run!(school, school.system, |tx| tx.run(place)).unwrap();
    let other = school.person("other@a.example", MembershipKind::Staff, None).await;
    let error = run!(school, eve.cx, |tx| {
        tx.run(SetExtraPermissions {
            membership_id: other.member.id,
            permissions: give(Permission::PAYMENTS_REFUND),
        })
    });
    assert!(matches!(error.unwrap_err(), MemberError::BeyondOwn { .. }));
    // What a member has already is not given anew.
    run!(school, eve.cx, |tx| {
        tx.run(SetExtraPermissions {
            membership_id: friend.member.id,
            permissions: give(Permission::PAYMENTS_REFUND),
        })
    })
    .unwrap();
}

#[tokio::test]
async fn support_does_not_become_administrator_by_inviting_itself_as_one_from_the_roster() {
    let school = start("roster_admin").await;
    let help = school.person("help@a.example", MembershipKind::Staff, None).await;
    school.give(&help, "support", AssignmentScope::Tenant, None).await;
    let add = |kind, name: &'static str| AddMember::new(kind, title(name));
    let head =
        run!(school, school.system, |tx| { tx.run(add(MembershipKind::Admin, "Head")) }).unwrap();
    let clerk =
        run!(school, school.system, |tx| { tx.run(add(MembershipKind::Staff, "Clerk")) }).unwrap();
    let child =
        run!(school, school.system, |tx| { tx.run(add(MembershipKind::Student, "Ada")) }).unwrap();
    let role_id = school.role("finance").await.id;
    let finance = AssignRole {
        membership_id: clerk.id,
        role_id,
        scope: AssignmentScope::Tenant,
        scope_id: None,
    };
    run!(school, school.system, |tx| tx.run(finance)).unwrap();
    let invite = |member, address: &'static str| InviteMember {
        member_id: Some(member),
        ..InviteMember::new(email(address), MembershipKind::Student)
    };
    for (member, address) in [(head.id, "one@a.example"), (clerk.id, "two@a.example")] {
        let command = invite(member, address);
        let error = run!(school, help.cx, |tx| tx.run(command)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    }
    let command = invite(child.id, "ada@a.example");
    run!(school, help.cx, |tx| tx.run(command)).unwrap();
}

#[tokio::test]
async fn administrators_are_not_made_by_those_who_may_only_give_roles() {
    let school = start("admins").await;
    let can = [Permission::MEMBERS_MANAGE, Permission::MEMBERS_INVITE, Permission::ROLES_ASSIGN];
    let eve = with(&school, "eve@a.example", &can).await;
    let command = InviteMember::new(email("friend@a.example"), MembershipKind::Admin);
    let error = run!(school, eve.cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(error, InviteError::Role(RoleError::BeyondOwn { .. })), "{error}");
    let command = AddMember::new(MembershipKind::Admin, title("Friend"));
    let error = run!(school, eve.cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(error, MemberError::BeyondOwn { .. }), "{error}");
    // What a tenant adds to the first role of a kind is given with the kind.
    let staff = school.role("staff").await;
    let refund = line(Effect::Allow, "payments.refund", Reach::All);
    run!(school, school.system, |tx| tx.run(SetRolePermission { role_id: staff.id, line: refund }))
        .unwrap();
    let command = InviteMember::new(email("clerk@a.example"), MembershipKind::Staff);
    run!(school, eve.cx, |tx| tx.run(command)).unwrap();
    let plain = with(&school, "plain@a.example", &[]).await;
    let has_refund =
        run!(school, plain.cx, |tx| authorize_on(tx, Permission::PAYMENTS_REFUND, &TheTenant));
    has_refund.unwrap();
}

#[tokio::test]
async fn a_denial_is_not_taken_away_by_those_whom_it_binds() {
    let school = start("denial").await;
    let can = [Permission::ROLES_MANAGE, Permission::ROLES_ASSIGN, Permission::PAYMENTS_REFUND];
    let eve = with(&school, "eve@a.example", &can).await;
    let bound =
        role_with(&school, "bound", vec![line(Effect::Deny, "payments.refund", Reach::All)]).await;
    let give = assignment(&eve, &bound);
    let given = run!(school, school.system, |tx| tx.run(give)).unwrap();
    let error =
        run!(school, eve.cx, |tx| tx.run(UnassignRole { assignment_id: given.id })).unwrap_err();
    assert!(matches!(error, RoleError::BeyondOwn { .. }), "{error}");
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let denial = tx.first(RolePermission::of_roles([bound.id])).await.unwrap().unwrap();
    drop(tx);
    let error =
        run!(school, eve.cx, |tx| tx.run(RemoveRolePermission { line_id: denial.id })).unwrap_err();
    assert!(matches!(error, RoleError::BeyondOwn { .. }), "{error}");
    let instead = line(Effect::Allow, "payments.refund", Reach::All);
    let error = run!(school, eve.cx, |tx| tx
        .run(SetRolePermission { role_id: bound.id, line: instead }))
    .unwrap_err();
    assert!(matches!(error, RoleError::BeyondOwn { .. }), "{error}");
    let boss = school.person("boss@a.example", MembershipKind::Admin, None).await;
    run!(school, boss.cx, |tx| tx.run(UnassignRole { assignment_id: given.id })).unwrap();
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let left = Query::filter(RoleAssignment::ROLE_ID.eq(bound.id));
    assert_eq!(tx.count(left).await.unwrap(), 0);
}

#[tokio::test]
async fn nobody_makes_themselves_the_guardian_of_a_learner() {
    let school = start("guardian").await;
    let boss = school.person("boss@a.example", MembershipKind::Admin, None).await;
    let other = school.person("other@a.example", MembershipKind::Admin, None).await;
    let child = school.person("ada@a.example", MembershipKind::Student, None).await;
    refused!(school, [boss.cx], |tx| {
        tx.run(LinkGuardian {
            guardian_id: boss.member.id,
            student_id: child.member.id,
            relationship: GuardianRelation::Parent,
        })
    });
    run!(school, other.cx, |tx| {
        tx.run(LinkGuardian {
            guardian_id: boss.member.id,
            student_id: child.member.id,
            relationship: GuardianRelation::Parent,
        })
    })
    .unwrap();
}

#[tokio::test]
async fn a_supervisor_does_not_take_the_tutor_of_another_branch() {
    let school = start("tutors").await;
    let head = school.supervisor("north@a.example", school.north.id).await;
    let child =
        school.person("ada@a.example", MembershipKind::Student, Some(school.north.id)).await;
    let south = school.person("s@a.example", MembershipKind::Staff, Some(school.south.id)).await;
    let north = school.person("n@a.example", MembershipKind::Staff, Some(school.north.id)).await;
    let free = school.person("f@a.example", MembershipKind::Staff, None).await;
    let error = run!(school, head.cx, |tx| {
        tx.run(AssignTutor { student_id: child.member.id, tutor_id: Some(south.member.id) })
    });
    assert!(matches!(error.unwrap_err(), TutorError::Authorization(_)));
    for tutor in [north.member.id, free.member.id] {
        run!(school, head.cx, |tx| tx
            .run(AssignTutor { student_id: child.member.id, tutor_id: Some(tutor) }))
        .unwrap();
    }
}

#[tokio::test]
async fn roles_are_listed_with_their_permissions_and_how_often_they_are_given() {
    let school = start("roles").await;
    let lines = vec![
        line(Effect::Allow, "courses.view", Reach::All),
        line(Effect::Deny, "orders.view", Reach::Own),
    ];
    let coach = role_with(&school, "coach", lines.clone()).await;
    for address in ["one@a.example", "two@a.example"] {
        let person = with(&school, address, &[]).await;
        run!(school, school.system, |tx| tx.run(assignment(&person, &coach))).unwrap();
    }
    let list = |size, after| {
        let (school, cx) = (&school, school.system.clone());
        async move { run!(school, cx, |tx| tx.run(ListRoles { size, after })).unwrap() }
    };
    let all = list(PageSize::MAX, None).await.items;
    let found = all.iter().find(|it| it.id == coach.id).unwrap();
    assert_eq!((found.times_given, found.is_builtin), (2, false));
    assert!(lines.iter().all(|it| found.lines.contains(it)) && found.lines.len() == 2);
    assert!(all.iter().any(|it| it.is_builtin && !it.lines.is_empty()));
    // In pages, each role once and by name.
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = list(PageSize::new(3), after).await;
        paged.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    assert!(all.is_sorted_by_key(|it| it.name.to_string()));
}
