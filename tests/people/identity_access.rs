//! Who may do what with people: every service refuses whoever may not, and notes it.

use crate::school::{Person, School, email, title};
use std::sync::Arc;

use lms::{
    authorization::{
        Effect, Permission, PermissionPattern, Reach, RoleLine, Subject, TheTenant, authorize_on,
    },
    identity::{
        AccessibilityNeed, AddMember, AppointPlatformRole, AssignRole, AssignTutor,
        AssignmentScope, ChangeMember, ChangeMembershipStatus, ChangeUserStatus, CloseAllSessions,
        CreateRole, DeleteRole, EditLearnerProfile, EditStaffProfile, EditUserProfile, FindMembers,
        FollowMember, GuardianRelation, InterestIn, InviteMember, LinkGuardian, ListGuardians,
        ListMembers, ListRolesOfMember, ListWards, MemberDetails, MembershipEvent, MembershipKind,
        PlaceMember, PlatformRole, RegisterUser, RegisterUserError, RoleError, RoleKey, RoleLevel,
        SaveLearnerProfile, SaveSensitiveFacts, SaveStaffProfile, SaveUserProfile, SensitiveFacts,
        SetExtraPermissions, SetInterests, SetRolePermission, TutorError, UnlockUser, UserEvent,
        ViewLearner, ViewMember, ViewTutorPlaces, ViewUserProfile,
    },
    kernel::{Actor, Context, DomainError as _, Entropy, ErrorKind, LanguageTag, SeededEntropy},
    memory::MemoryStore,
    store::{PageSize, Store},
};
use lms_testkit::TestContext;

fn start(name: &str) -> (Store, TestContext) {
    let entropy = Arc::new(SeededEntropy::new(1));
    let store = Store::new(MemoryStore::new()).with_port::<dyn Entropy>(entropy);
    (store, TestContext::new(name))
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
        tx.run(AddMember::new(MembershipKind::Student, title("Ada")).in_unit(north))
    })
    .unwrap();
    refused!(school, [a, b, c, d], |tx| {
        tx.run(AddMember::new(MembershipKind::Student, title("Bob")).in_unit(north))
    });
    refused!(school, [head.cx, a, b, c, d], |tx| {
        tx.run(AddMember::new(MembershipKind::Admin, title("Eve")).in_unit(north))
    });
    refused!(school, [a, b, c, d], |tx| {
        tx.run(ChangeMembershipStatus { membership_id: child.id, event: MembershipEvent::Suspend })
    });
    refused!(school, [a, b, c, d], |tx| {
        let details = MemberDetails { full_name: title("X"), email: None, phone: None };
        tx.run(ChangeMember { membership_id: child.id, details })
    });
    refused!(school, [head.cx, a, b, c, d], |tx| {
        tx.run(PlaceMember {
            membership_id: child.id,
            unit_id: Some(school.south.id),
            runs_it: false,
        })
    });
    refused!(school, [a, c, d], |tx| tx.run(ViewMember { membership_id: child.id }));
    refused!(school, [a, c, d], |tx| {
        tx.run(FindMembers { filter: ListMembers::default(), size: PageSize::MAX, after: None })
    });
    refused!(school, [a, b, c, d], |tx| {
        let mut command = InviteMember::new(email("new@a.example"), MembershipKind::Student);
        command.org_unit_id = Some(north);
        tx.run(command)
    });
    let listed = run!(school, head.cx, |tx| {
        let in_unit = ListMembers { org_unit_id: Some(north), ..ListMembers::default() };
        tx.run(FindMembers { filter: in_unit, size: PageSize::MAX, after: None })
    });
    assert_eq!(listed.unwrap().items.len(), 2);
    run!(school, head.cx, |tx| {
        tx.run(ChangeMembershipStatus { membership_id: child.id, event: MembershipEvent::Suspend })
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
    refused!(school, [a, b, c, d], |tx| tx.run(give.clone()));
    refused!(school, [a, b, c, d], |tx| {
        tx.run(SetRolePermission { role_id: finance.id, line: line("courses.manage") })
    });
    refused!(school, [a, b, c, d], |tx| tx.run(DeleteRole { role_id: finance.id }));
    refused!(school, [a, b, c, d], |tx| {
        let command = CreateRole {
            key: RoleKey::new("coach").unwrap(),
            name: title("Coach"),
            scope: RoleLevel::Tenant,
            needs_place: false,
            lines: Vec::new(),
        };
        tx.run(command)
    });
    refused!(school, [a, b, c, d], |tx| {
        tx.run(SetExtraPermissions {
            membership_id: tutor.member.id,
            permissions: vec![Permission::REPORTS_VIEW],
        })
    });
    refused!(school, [a, c, d], |tx| tx.run(ListRolesOfMember { membership_id: tutor.member.id }));
    refused!(school, [tutor.cx], |tx| {
        authorize_on(tx, Permission::PAYMENTS_REFUND, &TheTenant)
    });
    run!(school, admin.cx, |tx| tx.run(give.clone())).unwrap();
    run!(school, tutor.cx, |tx| { authorize_on(tx, Permission::PAYMENTS_REFUND, &TheTenant) })
        .unwrap();
    let again = run!(school, admin.cx, |tx| tx.run(give)).unwrap_err();
    assert!(matches!(again, RoleError::AlreadyAssigned));
    let builtin =
        run!(school, admin.cx, |tx| tx.run(DeleteRole { role_id: finance.id })).unwrap_err();
    assert!(matches!(builtin, RoleError::BuiltIn));
    let platform = run!(school, admin.cx, |tx| {
        tx.run(SetRolePermission { role_id: finance.id, line: line("platform.*") })
    });
    assert!(matches!(platform.unwrap_err(), RoleError::PlatformOnly));

    // Somebody who may give roles, and nothing else, gives nobody more than they have.
    run!(school, admin.cx, |tx| {
        tx.run(SetExtraPermissions {
            membership_id: tutor.member.id,
            permissions: vec![Permission::ROLES_ASSIGN],
        })
    })
    .unwrap();
    let role_id = school.role("admin").await.id;
    let climb = AssignRole {
        membership_id: tutor.member.id,
        role_id,
        scope: AssignmentScope::Tenant,
        scope_id: None,
    };
    let error = run!(school, tutor.cx, |tx| tx.run(climb)).unwrap_err();
    assert!(matches!(error, RoleError::BeyondOwn { .. }), "{error}");

    // A denial takes back what another role gives.
    let deny = RoleLine { effect: Effect::Deny, ..line("payments.refund") };
    let staff = school.role("staff").await;
    run!(school, admin.cx, |tx| tx.run(SetRolePermission { role_id: staff.id, line: deny }))
        .unwrap();
    refused!(school, [tutor.cx], |tx| {
        authorize_on(tx, Permission::PAYMENTS_REFUND, &TheTenant)
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
        tx.run(LinkGuardian {
            guardian_id: parent.member.id,
            student_id: child.member.id,
            relationship: relation,
        })
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
    let scores = |of: &Person| (Permission::SCORES_VIEW, Subject::of(of.member.id));
    let (mine, theirs) = (scores(&child), scores(&other));
    run!(school, parent.cx, |tx| authorize_on(tx, mine.0.clone(), &mine.1)).unwrap();
    refused!(school, [parent.cx, child.cx], |tx| { authorize_on(tx, theirs.0.clone(), &theirs.1) });
    let childs = Subject::of(child.member.id);
    refused!(school, [parent.cx], |tx| { authorize_on(tx, Permission::ATTEMPTS_TAKE, &childs) });
    refused!(school, [parent.cx], |tx| tx.run(ViewLearner { member_id: other.member.id }));
    refused!(school, [parent.cx], |tx| tx.run(ListGuardians { student_id: other.member.id }));
    let wards = run!(school, parent.cx, |tx| tx.run(ListWards {})).unwrap();
    assert_eq!(wards.iter().map(|it| it.id).collect::<Vec<_>>(), [child.member.id]);
    let [a, b, c, d] = others(&store, &test, &school).await;
    refused!(school, [a, b, c, d, parent.cx], |tx| {
        tx.run(LinkGuardian {
            guardian_id: parent.member.id,
            student_id: other.member.id,
            relationship: GuardianRelation::Guardian,
        })
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
        tx.run(SaveSensitiveFacts { member_id: id, facts: facts.clone() })
    });
    refused!(school, [a, b, c, d], |tx| tx.run(ViewLearner { member_id: id }));
    refused!(school, [a, b, c, d], |tx| {
        tx.run(EditLearnerProfile { member_id: id, profile: SaveLearnerProfile::default() })
    });
    refused!(school, [a, b, c, d], |tx| {
        tx.run(EditStaffProfile { member_id: id, profile: SaveStaffProfile::default() })
    });
    let head = school.supervisor("north@a.example", school.north.id).await;
    run!(school, head.cx, |tx| tx.run(SaveSensitiveFacts { member_id: id, facts: facts.clone() }))
        .unwrap();
    let helper = school.person("help@a.example", MembershipKind::Staff, None).await;
    school.give(&helper, "support", AssignmentScope::Tenant, None).await;
    let view = |cx: Context| {
        let school = &school;
        async move { run!(school, cx, |tx| tx.run(ViewLearner { member_id: id })).unwrap().sensitive }
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
    run!(school, tutor.cx, |tx| {
        tx.run(EditStaffProfile { member_id: tutor.member.id, profile: takes_one.clone() })
    })
    .unwrap();
    let id = tutor.member.id;
    refused!(school, [a, b, c, d], |tx| tx
        .run(AssignTutor { student_id: one.member.id, tutor_id: Some(id) }));
    refused!(school, [a, b, c, d], |tx| tx.run(ViewTutorPlaces { tutor_id: id }));
    let assign = |to: &Person, tutor| {
        let (school, to) = (&school, to.member.id);
        async move {
            run!(school, school.system, |tx| tx
                .run(AssignTutor { student_id: to, tutor_id: tutor }))
        }
    };
    assign(&one, Some(id)).await.unwrap();
    assign(&one, Some(id)).await.unwrap();
    let full = assign(&two, Some(id)).await.unwrap_err();
    assert!(matches!(full, TutorError::Full { limit: 1 }));
    assign(&one, None).await.unwrap();
    assign(&two, Some(id)).await.unwrap();
    let places = run!(school, tutor.cx, |tx| tx.run(ViewTutorPlaces { tutor_id: id })).unwrap();
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
    refused!(school, [a, b, c, d, admin.cx], |tx| {
        tx.run(ChangeUserStatus { user_id: id, event: UserEvent::Erase })
    });
    refused!(school, [a, b, c, d, admin.cx, ada.cx], |tx| tx.run(UnlockUser { user_id: id }));
    refused!(school, [a, b, c, d, admin.cx], |tx| tx.run(CloseAllSessions { user_id: id }));
    refused!(school, [a, b, c, d, admin.cx, ada.cx], |tx| {
        tx.run(AppointPlatformRole { user_id: id, role: PlatformRole::PlatformAdmin })
    });
    let erased = run!(school, ada.cx, |tx| tx
        .run(ChangeUserStatus { user_id: id, event: UserEvent::Erase }))
    .unwrap();
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
    let first = run!(school, ada.cx, |tx| tx.run(FollowMember { following_id: id })).unwrap();
    let second = run!(school, ada.cx, |tx| tx.run(FollowMember { following_id: id })).unwrap();
    assert_eq!(first.id, second.id);
    let own = run!(school, ada.cx, |tx| tx.run(FollowMember { following_id: ada.member.id }));
    assert_eq!(own.unwrap_err().kind(), ErrorKind::Invalid);
    for cx in [c, d] {
        let error = run!(school, cx, |tx| tx.run(FollowMember { following_id: id })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
    let rust = InterestIn::Named(title("Rust"));
    let kept = run!(school, ada.cx, |tx| {
        tx.run(SetInterests { interests: vec![rust.clone(), rust.clone()] })
    })
    .unwrap();
    assert_eq!(kept.len(), 1);
    let cleared =
        run!(school, ada.cx, |tx| tx.run(SetInterests { interests: Vec::new() })).unwrap();
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
    let first = run!(school, ada.cx, |tx| tx
        .run(EditUserProfile { user_id: id, profile: save.clone() }))
    .unwrap();
    save.accessibility.insert(AccessibilityNeed::HighContrast);
    let second =
        run!(school, ada.cx, |tx| tx.run(EditUserProfile { user_id: id, profile: save })).unwrap();
    assert_eq!(first.id, second.id, "a user has one profile");
    let kept = run!(school, ada.cx, |tx| tx.run(ViewUserProfile { user_id: id })).unwrap().unwrap();
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
    let one = run!(school, school.system, |tx| tx
        .run(EditStaffProfile { member_id: member, profile: one }));
    let two = run!(school, school.system, |tx| tx
        .run(EditStaffProfile { member_id: member, profile: two }));
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
    run!(school, school.system, |tx| tx.run(login())).unwrap();
    let error = run!(school, school.system, |tx| tx.run(login())).unwrap_err();
    assert!(matches!(error, RegisterUserError::PhoneTaken), "{error}");
}
