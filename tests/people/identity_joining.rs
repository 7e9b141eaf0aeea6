//! Joining a tenant: sign-up modes, invitations, the roster, staff of other tenants.
use lms::{
    identity::{
        AddMember, InviteError, InviteMember, InviteToSend, JoinError, JoinTenant, MemberError,
        MembershipKind, MembershipStatus, RedeemError, RedeemInvite, RegisterUser, RevokeInvite,
        SignUpWithInvite, Token, UserStatus,
    },
    kernel::{Actor, Context, Scope},
    store::StoreError,
    tenancy::{ChangeSettings, MailDomain, SignupError, SignupMode},
};

use crate::{
    identity_logins::{ada, nobody, start},
    school::{School, email, name, title},
};

#[tokio::test]
async fn each_sign_up_mode_lets_its_people_in() {
    let (store, test) = start("modes");
    let school = School::open(&store, &test).await;
    let cx = nobody(&school);
    let mode = |signup_mode, domains: &[&str]| ChangeSettings {
        signup_mode: Some(signup_mode),
        allowed_domains: Some(domains.iter().map(|it| MailDomain::new(it).unwrap()).collect()),
        ..ChangeSettings::default()
    };
    let restricted = mode(SignupMode::DomainRestricted, &["a.example"]);
    run!(school, school.system, |tx| tx.run(restricted)).unwrap();
    let error = run!(school, cx, |tx| tx.run(ada("ada@b.example"))).unwrap_err();
    assert!(matches!(error, JoinError::Signup(SignupError::DomainNotAllowed)));
    run!(school, cx, |tx| tx.run(ada("ada@a.example"))).unwrap();
    let user = school.user("eve@a.example").await;
    let eve = school.system.clone().with_actor(Actor::User(user.actor_id()));
    let member = run!(school, eve, |tx| tx.run(JoinTenant { full_name: title("Eve") })).unwrap();
    assert_eq!(member.status, MembershipStatus::Active);
    let invited = mode(SignupMode::InviteOnly, &[]);
    run!(school, school.system, |tx| tx.run(invited)).unwrap();
    let user = school.user("bob@a.example").await;
    let bob = school.system.clone().with_actor(Actor::User(user.actor_id()));
    let error = run!(school, bob, |tx| tx.run(JoinTenant { full_name: title("Bob") })).unwrap_err();
    assert!(matches!(error, JoinError::Signup(SignupError::InvitationNeeded)));
}

#[tokio::test]
async fn an_invitation_lets_one_person_in_once() {
    let (store, test) = start("invite");
    let school = School::open(&store, &test).await;
    let admin = school.person("boss@a.example", MembershipKind::Admin, None).await;
    let command = InviteMember::new(email("Ada@a.example"), MembershipKind::Staff);
    let InviteToSend { invite, token } =
        run!(school, admin.cx, |tx| tx.run(command.clone())).unwrap();
    let again = run!(school, admin.cx, |tx| tx.run(command));
    assert!(matches!(again.unwrap_err(), InviteError::AlreadyInvited));
    let mallory = school.user("mallory@a.example").await;
    let mallory = school.system.clone().with_actor(Actor::User(mallory.actor_id()));
    let error = run!(school, mallory, |tx| tx
        .run(RedeemInvite { token: token.clone(), full_name: title("M") }));
    assert!(matches!(error.unwrap_err(), RedeemError::Invite(InviteError::OtherAddress)));
    let late = nobody(&school).at(invite.expires_at);
    let join = |cx: Context, token: Token| {
        let school = &school;
        async move {
            run!(school, cx, |tx| {
                tx.run(SignUpWithInvite {
                    token: token.clone(),
                    name: name("Ada"),
                    login: RegisterUser::default(),
                })
            })
        }
    };
    let error = join(late, token.clone()).await.unwrap_err();
    assert!(matches!(error, RedeemError::Invite(InviteError::NotValid)));
    let (user, member) = join(nobody(&school), token.clone()).await.unwrap();
    assert_eq!((user.status, member.kind), (UserStatus::Active, MembershipKind::Staff));
    let error = join(nobody(&school), token).await.unwrap_err();
    assert!(matches!(error, RedeemError::Invite(InviteError::NotValid)));
    let error =
        run!(school, admin.cx, |tx| tx.run(RevokeInvite { invite_id: invite.id })).unwrap_err();
    assert!(matches!(error, InviteError::State(_)));
}

#[tokio::test]
async fn a_child_on_the_roster_gets_a_login_by_invitation() {
    let (store, test) = start("roster");
    let school = School::open(&store, &test).await;
    let command = AddMember::new(MembershipKind::Student, title("Ada"));
    let child = run!(school, school.system, |tx| tx.run(command)).unwrap();
    let mut command = InviteMember::new(email("ada@a.example"), MembershipKind::Student);
    command.member_id = Some(child.id);
    let token = run!(school, school.system, |tx| tx.run(command)).unwrap().token;
    let (user, member) = run!(school, nobody(&school), |tx| {
        tx.run(SignUpWithInvite {
            token: token.clone(),
            name: name("Ada L"),
            login: RegisterUser::default(),
        })
    })
    .unwrap();
    assert_eq!((member.id, member.user_id), (child.id, Some(user.id)));
    assert_eq!(member.full_name, title("Ada"));
}

#[tokio::test]
async fn staff_work_for_one_tenant_unless_it_allows_others() {
    let (store, test) = start("employer");
    let (one, two) = (School::open(&store, &test).await, School::open(&store, &test).await);
    let tutor = one.person("tutor@a.example", MembershipKind::Staff, None).await;
    let hire = AddMember::new(MembershipKind::Staff, title("Tutor")).with_user(tutor.user.id);
    let error = run!(two, two.system, |tx| tx.run(hire.clone())).unwrap_err();
    assert!(matches!(error, MemberError::WorksElsewhere));
    let change =
        ChangeSettings { staff_may_work_elsewhere: Some(true), ..ChangeSettings::default() };
    run!(two, two.system, |tx| tx.run(change)).unwrap();
    run!(two, two.system, |tx| tx.run(hire.clone())).unwrap();
    let twice = run!(two, two.system, |tx| tx.run(hire.clone())).unwrap_err();
    assert!(matches!(twice, MemberError::AlreadyMember), "{twice}");
    let mut tx = two.store.begin_in(&two.system, Scope::Tenant(two.system.tenant())).await.unwrap();
    let error = tx.run(hire).await.unwrap_err();
    assert!(matches!(error, MemberError::Store(StoreError::NeedsPlatform { table: "users" })));
}
