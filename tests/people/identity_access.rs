//! Who may do what with people: every service refuses whoever may not, and notes it.

use crate::school::{Person, School, email, title};
use lms::{
    authorization::{Effect, Permission, PermissionPattern, Place, Reach, RoleLine, authorize},
    identity::{
        AccessibilityNeed, AddMember, AssignRole, AssignmentScope, CreateRole, GuardianRelation,
        InterestIn, InviteMember, ListMembers, MemberDetails, MembershipEvent, MembershipKind,
        PlatformRole, RegisterUser, RegisterUserError, RoleError, RoleKey, RoleLevel,
        SaveLearnerProfile, SaveStaffProfile, SaveUserProfile, SensitiveFacts, TutorError,
        UserEvent, add_member, appoint, assign_role, assign_tutor, change_member,
        change_membership_status, change_user_status, close_all_sessions, create_role, delete_role,
        follow_member, guardians_of, invite_member, link_guardian, list_members, my_wards,
        place_member, register_user, roles_of, save_learner_profile, save_sensitive_facts,
        save_staff_profile, save_user_profile, set_extra_permissions, set_interests,
        set_role_permission, tutor_places, unlock_user, view_learner, view_member,
        view_user_profile,
    },
    kernel::{Actor, Context, DomainError as _, ErrorKind, LanguageTag, SeededEntropy},
    memory::MemoryStore,
    store::{PageSize, Store},
};
use lms_testkit::TestContext;

fn start(name: &str) -> (Store, TestContext) {
    (Store::new(MemoryStore::new()), TestContext::new(name))
}

/// People who have no business with somebody in the north: a learner, whoever runs the south, an
/// administrator of another tenant, and nobody at all.
async fn others(store: &Store, test: &TestContext, school: &School) -> [Context; 4] {
    let student = school.person("other@a.example", MembershipKind::Student, None).await;
    let south = school.supervisor("south@a.example", school.south.id).await;
    let outside = School::open(store, test).await;
    let admin = outside.person("admin@b.example", MembershipKind::Admin, None).await;
    let stranger = school.system.clone().with_actor(admin.cx.actor().clone());
    [student.cx, south.cx, stranger, school.system.clone().with_actor(Actor::Anonymous)]
}

fn line(pattern: &'static str) -> RoleLine {
    let pattern = PermissionPattern::from_static(pattern);
    RoleLine { effect: Effect::Allow, pattern, reach: Reach::All }
}

#[tokio::test]
async fn members_are_managed_by_those_who_manage_their_unit() {
    let (store, test) = start("members");
    let school = School::open(&store, &test).await;
    let [a, b, c, d] = others(&store, &test, &school).await;
    let head = school.supervisor("north@a.example", school.north.id).await;
    let north = school.north.id;
    let child = run!(school, head.cx, |tx| {
        add_member(tx, AddMember::new(MembershipKind::Student, title("Ada")).in_unit(north))
    })
    .unwrap();
    refused!(school, [a, b, c, d], |tx| {
        add_member(tx, AddMember::new(MembershipKind::Student, title("Bob")).in_unit(north))
    });
    refused!(school, [head.cx, a, b, c, d], |tx| {
        add_member(tx, AddMember::new(MembershipKind::Admin, title("Eve")).in_unit(north))
    });
    refused!(school, [a, b, c, d], |tx| {
        change_membership_status(tx, child.id, MembershipEvent::Suspend)
    });
    refused!(school, [a, b, c, d], |tx| {
        let details = MemberDetails { full_name: title("X"), email: None, phone: None };
        change_member(tx, child.id, details)
    });
    refused!(school, [head.cx, a, b, c, d], |tx| {
        place_member(tx, child.id, Some(school.south.id), false)
    });
    refused!(school, [a, c, d], |tx| view_member(tx, child.id));
    refused!(school, [a, c, d], |tx| {
        list_members(tx, ListMembers::default(), PageSize::MAX, None)
    });
    let entropy = SeededEntropy::new(1);
    refused!(school, [a, b, c, d], |tx| {
        let mut command = InviteMember::new(email("new@a.example"), MembershipKind::Student);
        command.org_unit_id = Some(north);
        invite_member(tx, &entropy, command)
    });
    let listed = run!(school, head.cx, |tx| {
        let in_unit = ListMembers { org_unit_id: Some(north), ..ListMembers::default() };
        list_members(tx, in_unit, PageSize::MAX, None)
    });
    assert_eq!(listed.unwrap().items.len(), 2);
    run!(school, head.cx, |tx| {
        change_membership_status(tx, child.id, MembershipEvent::Suspend)
    })
    .unwrap();
}

#[tokio::test]
async fn roles_are_given_by_those_who_have_them() {
    let (store, test) = start("roles");
    let school = School::open(&store, &test).await;
    let [a, b, c, d] = others(&store, &test, &school).await;
    let admin = school.person("boss@a.example", MembershipKind::Admin, None).await;
    let tutor = school.person("tutor@a.example", MembershipKind::Staff, None).await;
    let finance = school.role("finance").await;
    let give = AssignRole {
        membership_id: tutor.member.id,
        role_id: finance.id,
        scope: AssignmentScope::Tenant,
        scope_id: None,
    };
    refused!(school, [a, b, c, d], |tx| assign_role(tx, give.clone()));
    refused!(school, [a, b, c, d], |tx| {
        set_role_permission(tx, finance.id, line("courses.manage"))
    });
    refused!(school, [a, b, c, d], |tx| delete_role(tx, finance.id));
    refused!(school, [a, b, c, d], |tx| {
        let command = CreateRole {
            key: RoleKey::new("coach").unwrap(),
            name: title("Coach"),
            scope: RoleLevel::Tenant,
            needs_place: false,
            lines: Vec::new(),
        };
        create_role(tx, command)
    });
    refused!(school, [a, b, c, d], |tx| {
        set_extra_permissions(tx, tutor.member.id, vec![Permission::REPORTS_VIEW])
    });
    refused!(school, [a, c, d], |tx| roles_of(tx, tutor.member.id));
    refused!(school, [tutor.cx], |tx| {
        authorize(tx, Permission::PAYMENTS_REFUND, Place::Tenant)
    });
    run!(school, admin.cx, |tx| assign_role(tx, give.clone())).unwrap();
    run!(school, tutor.cx, |tx| { authorize(tx, Permission::PAYMENTS_REFUND, Place::Tenant) })
        .unwrap();
    let again = run!(school, admin.cx, |tx| assign_role(tx, give)).unwrap_err();
    assert!(matches!(again, RoleError::AlreadyAssigned));
    let builtin = run!(school, admin.cx, |tx| delete_role(tx, finance.id)).unwrap_err();
    assert!(matches!(builtin, RoleError::BuiltIn));
    let platform =
        run!(school, admin.cx, |tx| { set_role_permission(tx, finance.id, line("platform.*")) });
    assert!(matches!(platform.unwrap_err(), RoleError::PlatformOnly));

    // Somebody who may give roles, and nothing else, gives nobody more than they have.
    run!(school, admin.cx, |tx| {
        set_extra_permissions(tx, tutor.member.id, vec![Permission::ROLES_ASSIGN])
    })
    .unwrap();
    let role_id = school.role("admin").await.id;
    let climb = AssignRole {
        membership_id: tutor.member.id,
        role_id,
        scope: AssignmentScope::Tenant,
        scope_id: None,
    };
    let error = run!(school, tutor.cx, |tx| assign_role(tx, climb)).unwrap_err();
    assert!(matches!(error, RoleError::BeyondOwn { .. }), "{error}");

    // A denial takes back what another role gives.
    let deny = RoleLine { effect: Effect::Deny, ..line("payments.refund") };
    let staff = school.role("staff").await;
    run!(school, admin.cx, |tx| set_role_permission(tx, staff.id, deny)).unwrap();
    refused!(school, [tutor.cx], |tx| {
        authorize(tx, Permission::PAYMENTS_REFUND, Place::Tenant)
    });
}

/// A child of the north with a guardian, both with logins.
async fn family(school: &School, name: &str) -> (Person, Person) {
    let north = Some(school.north.id);
    let child = format!("{name}-child@a.example");
    let parent = format!("{name}-parent@a.example");
    let child = school.person(&child, MembershipKind::Student, north).await;
    let parent = school.person(&parent, MembershipKind::Guardian, None).await;
    run!(school, school.system, |tx| {
        let relation = GuardianRelation::Parent;
        link_guardian(tx, parent.member.id, child.member.id, relation)
    })
    .unwrap();
    (child, parent)
}

#[tokio::test]
async fn guardians_see_their_children_and_nobody_elses() {
    let (store, test) = start("guardians");
    let school = School::open(&store, &test).await;
    let (child, parent) = family(&school, "one").await;
    let (other, _) = family(&school, "two").await;
    let scores = |of: &Person| (Permission::SCORES_VIEW, Place::Own(of.member.id));
    let (mine, theirs) = (scores(&child), scores(&other));
    run!(school, parent.cx, |tx| authorize(tx, mine.0.clone(), mine.1)).unwrap();
    refused!(school, [parent.cx, child.cx], |tx| { authorize(tx, theirs.0.clone(), theirs.1) });
    refused!(school, [parent.cx], |tx| {
        authorize(tx, Permission::ATTEMPTS_TAKE, Place::Own(child.member.id))
    });
    refused!(school, [parent.cx], |tx| view_learner(tx, other.member.id));
    refused!(school, [parent.cx], |tx| guardians_of(tx, other.member.id));
    let wards = run!(school, parent.cx, |tx| my_wards(tx)).unwrap();
    assert_eq!(wards.iter().map(|it| it.id).collect::<Vec<_>>(), [child.member.id]);
    let [a, b, c, d] = others(&store, &test, &school).await;
    refused!(school, [a, b, c, d, parent.cx], |tx| {
        link_guardian(tx, parent.member.id, other.member.id, GuardianRelation::Guardian)
    });
}

#[tokio::test]
async fn what_is_sensitive_is_shown_to_few() {
    let (store, test) = start("sensitive");
    let school = School::open(&store, &test).await;
    let (child, parent) = family(&school, "one").await;
    let [a, b, c, d] = others(&store, &test, &school).await;
    let id = child.member.id;
    let mut facts = SensitiveFacts::default();
    facts.special_needs.insert("ADHD".to_owned());
    refused!(school, [a, b, c, d, parent.cx, child.cx], |tx| {
        save_sensitive_facts(tx, id, facts.clone())
    });
    refused!(school, [a, b, c, d], |tx| view_learner(tx, id));
    refused!(school, [a, b, c, d], |tx| {
        save_learner_profile(tx, id, SaveLearnerProfile::default())
    });
    refused!(school, [a, b, c, d], |tx| {
        save_staff_profile(tx, id, SaveStaffProfile::default())
    });
    let head = school.supervisor("north@a.example", school.north.id).await;
    run!(school, head.cx, |tx| save_sensitive_facts(tx, id, facts.clone())).unwrap();
    let helper = school.person("help@a.example", MembershipKind::Staff, None).await;
    school.give(&helper, "support", AssignmentScope::Tenant, None).await;
    let view = |cx: Context| {
        let school = &school;
        async move { run!(school, cx, |tx| view_learner(tx, id)).unwrap().sensitive }
    };
    for reader in [head.cx.clone(), parent.cx.clone(), child.cx.clone()] {
        assert_eq!(view(reader).await.as_ref(), Some(&facts));
    }
    assert_eq!(view(helper.cx.clone()).await, None);
}

#[tokio::test]
async fn a_tutor_has_as_many_learners_as_they_take() {
    let (store, test) = start("tutor");
    let school = School::open(&store, &test).await;
    let [a, b, c, d] = others(&store, &test, &school).await;
    let tutor = school.person("tutor@a.example", MembershipKind::Staff, None).await;
    let (one, _) = family(&school, "one").await;
    let (two, _) = family(&school, "two").await;
    let takes_one = SaveStaffProfile { max_students: Some(1), ..SaveStaffProfile::default() };
    run!(school, tutor.cx, |tx| { save_staff_profile(tx, tutor.member.id, takes_one.clone()) })
        .unwrap();
    let id = tutor.member.id;
    refused!(school, [a, b, c, d], |tx| assign_tutor(tx, one.member.id, Some(id)));
    refused!(school, [a, b, c, d], |tx| tutor_places(tx, id));
    let assign = |to: &Person, tutor| {
        let (school, to) = (&school, to.member.id);
        async move { run!(school, school.system, |tx| assign_tutor(tx, to, tutor)) }
    };
    assign(&one, Some(id)).await.unwrap();
    assign(&one, Some(id)).await.unwrap();
    let full = assign(&two, Some(id)).await.unwrap_err();
    assert!(matches!(full, TutorError::Full { limit: 1 }));
    assign(&one, None).await.unwrap();
    assign(&two, Some(id)).await.unwrap();
    let places = run!(school, tutor.cx, |tx| tutor_places(tx, id)).unwrap();
    assert_eq!((places.current_students, places.has_room()), (1, false));
    let child = assign(&one, Some(two.member.id)).await.unwrap_err();
    assert!(matches!(child, TutorError::NotATutor));
}

#[tokio::test]
async fn logins_are_changed_by_their_owners_and_the_platform() {
    let (store, test) = start("logins");
    let school = School::open(&store, &test).await;
    let [a, b, c, d] = others(&store, &test, &school).await;
    let admin = school.person("boss@a.example", MembershipKind::Admin, None).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let id = ada.user.id;
    refused!(school, [a, b, c, d, admin.cx], |tx| { change_user_status(tx, id, UserEvent::Erase) });
    refused!(school, [a, b, c, d, admin.cx, ada.cx], |tx| unlock_user(tx, id));
    refused!(school, [a, b, c, d, admin.cx], |tx| close_all_sessions(tx, id));
    refused!(school, [a, b, c, d, admin.cx, ada.cx], |tx| {
        appoint(tx, id, PlatformRole::PlatformAdmin)
    });
    let erased = run!(school, ada.cx, |tx| change_user_status(tx, id, UserEvent::Erase)).unwrap();
    assert_eq!((erased.email, erased.password_hash), (None, None));
}

#[tokio::test]
async fn people_follow_each_other_once() {
    let (store, test) = start("follow");
    let school = School::open(&store, &test).await;
    let [_, _, c, d] = others(&store, &test, &school).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let tutor = school.person("tutor@a.example", MembershipKind::Staff, None).await;
    let id = tutor.member.id;
    let first = run!(school, ada.cx, |tx| follow_member(tx, id)).unwrap();
    let second = run!(school, ada.cx, |tx| follow_member(tx, id)).unwrap();
    assert_eq!(first.id, second.id);
    let own = run!(school, ada.cx, |tx| follow_member(tx, ada.member.id));
    assert_eq!(own.unwrap_err().kind(), ErrorKind::Invalid);
    for cx in [c, d] {
        let error = run!(school, cx, |tx| follow_member(tx, id)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
    let rust = InterestIn::Named(title("Rust"));
    let kept =
        run!(school, ada.cx, |tx| { set_interests(tx, vec![rust.clone(), rust.clone()]) }).unwrap();
    assert_eq!(kept.len(), 1);
    let cleared = run!(school, ada.cx, |tx| set_interests(tx, Vec::new())).unwrap();
    assert!(cleared.is_empty());
}

#[tokio::test]
async fn a_person_has_one_profile_that_says_how_to_reach_and_help_them() {
    let (store, test) = start("profiles");
    let school = School::open(&store, &test).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let tags = ["hi", "en"].map(|it| LanguageTag::new(it).unwrap());
    let mut save = SaveUserProfile::new(crate::school::name("Ada"));
    save.languages = tags.to_vec();
    save.accessibility.insert(AccessibilityNeed::ScreenReader);
    let id = ada.user.id;
    let first = run!(school, ada.cx, |tx| save_user_profile(tx, id, save.clone())).unwrap();
    save.accessibility.insert(AccessibilityNeed::HighContrast);
    let second = run!(school, ada.cx, |tx| save_user_profile(tx, id, save)).unwrap();
    assert_eq!(first.id, second.id, "a user has one profile");
    let kept = run!(school, ada.cx, |tx| view_user_profile(tx, id)).unwrap().unwrap();
    assert_eq!(kept.languages, tags, "in the order in which they were given");
    assert_eq!(kept.accessibility.len(), 2);

    let tutor = school.person("tutor@a.example", MembershipKind::Staff, None).await;
    let member = tutor.member.id;
    let save = |title_of: &str| SaveStaffProfile {
        title: Some(title(title_of)),
        expertise: vec![title("Reading")],
        ..SaveStaffProfile::default()
    };
    let (one, two) = (save("Tutor"), save("Senior tutor"));
    let one = run!(school, school.system, |tx| save_staff_profile(tx, member, one));
    let two = run!(school, school.system, |tx| save_staff_profile(tx, member, two));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.id, two.title), (two.id, Some(title("Senior tutor"))), "one for each member");
    assert_eq!(two.expertise, [title("Reading")]);
}

#[tokio::test]
async fn a_telephone_number_has_one_login() {
    let (store, test) = start("telephones");
    let school = School::open(&store, &test).await;
    let login =
        || RegisterUser { phone: Some("+14155550123".parse().unwrap()), ..RegisterUser::default() };
    run!(school, school.system, |tx| register_user(tx, login())).unwrap();
    let error = run!(school, school.system, |tx| register_user(tx, login())).unwrap_err();
    assert!(matches!(error, RegisterUserError::PhoneTaken), "{error}");
}
