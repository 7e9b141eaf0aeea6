//! Getting in: sign-up, invitations, verification, passwords, lockout, sessions.
use std::sync::Arc;

use lms::{
    identity::{
        AddMember, AuthMethod, AuthMethodError, AuthMethodKind, AuthMethodRank, ChangePassword,
        CloseSession, FinishLogin, InviteError, InviteMember, InviteToSend, JoinError, JoinTenant,
        LinkAuthMethod, LockoutPolicy, LoginOutcome, LoginRefusal, LookUpLogin, MakePrimary,
        MemberError, MembershipKind, MembershipStatus, OpenSession, PasswordHash,
        PasswordHashError, PasswordHasher, PhoneCode, PurgeLogins, RedeemError, RedeemInvite,
        RefreshSession, Refreshed, RegisterUser, RegisterUserError, ResetPassword, RevokeInvite,
        SessionPolicy, SetSecondFactor, SignIn, SignInWith, SignUp, SignUpWithInvite,
        StartVerification, Token, UnlinkAuthMethod, UserStatus, Verification, VerificationPurpose,
        VerifyEmail, VerifyError, VerifyPhone,
    },
    kernel::{Actor, Context, Entropy, PhoneNumber, Scope, SecretText, SeededEntropy},
    memory::MemoryStore,
    store::{PageSize, Store},
    tenancy::{
        ChangeSettings, ChangeTenantStatus, MailDomain, SignupError, SignupMode, TenantEvent,
    },
};
use lms_testkit::TestContext;

use crate::school::{School, email, name, title};

/// A hasher that is fast and worthless, for tests.
#[derive(Debug)]
struct Reversed(PasswordHash);

impl PasswordHasher for Reversed {
    fn hash(&self, password: &SecretText) -> Result<PasswordHash, PasswordHashError> {
        Ok(PasswordHash::new(password.expose().chars().rev().collect()))
    }
    fn verify(
        &self,
        password: &SecretText,
        hash: &PasswordHash,
    ) -> Result<bool, PasswordHashError> {
        Ok(self.hash(password)?.expose() == hash.expose())
    }
    fn is_outdated(&self, _: &PasswordHash) -> bool {
        false
    }
    fn decoy(&self) -> &PasswordHash {
        &self.0
    }
}

fn hasher() -> Reversed {
    Reversed(PasswordHash::new("decoy".to_owned()))
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn start(name: &str) -> (Store, TestContext) {
    let store = Store::new(MemoryStore::new())
        .with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(7)))
        .with_port::<dyn PasswordHasher>(Arc::new(hasher()));
    (store, TestContext::new(name))
}

fn nobody(school: &School) -> Context {
    school.system.clone().with_actor(Actor::Anonymous)
}

fn ada(address: &str) -> SignUp {
    let login = RegisterUser {
        email: Some(email(address)),
        phone: Some(PhoneNumber::new("+442071838750").unwrap()),
        password_hash: Some(hasher().hash(&secret("correct horse")).unwrap()),
    };
    SignUp { name: name("Ada"), login }
}

#[tokio::test]
async fn somebody_signs_up_verifies_and_signs_in() {
    let (store, test) = start("sign up");
    let school = School::open(&store, &test).await;
    let cx = nobody(&school);
    let (user, member) = run!(school, cx, |tx| tx.run(ada("Ada@A.example"))).unwrap();
    assert_eq!(
        (user.status, member.status),
        (UserStatus::PendingVerification, MembershipStatus::Pending)
    );
    let twice = run!(school, cx, |tx| tx.run(ada("ada@a.example"))).unwrap_err();
    assert!(matches!(twice, JoinError::Register(RegisterUserError::EmailTaken)), "{twice}");
    let password = secret("correct horse");
    let address = email("ADA@a.example");
    let early = run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), password.clone())));
    assert_eq!(early.unwrap(), LoginOutcome::Refused(LoginRefusal::NotVerified));

    let purpose = VerificationPurpose::Email;
    let old =
        run!(school, cx, |tx| tx.run(StartVerification { user_id: user.id, purpose })).unwrap();
    let sent =
        run!(school, cx, |tx| tx.run(StartVerification { user_id: user.id, purpose })).unwrap();
    assert_eq!(sent.sent_to, "ada@a.example");
    let old = Token::parse(old.secret.expose()).unwrap();
    assert!(run!(school, cx, |tx| tx.run(VerifyEmail { token: old.clone() })).is_err());
    let token = Token::parse(sent.secret.expose()).unwrap();
    run!(school, cx, |tx| tx.run(VerifyEmail { token: token.clone() })).unwrap();
    assert!(run!(school, cx, |tx| tx.run(VerifyEmail { token: token.clone() })).is_err());

    let outcome = run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), password.clone())));
    assert!(matches!(outcome.unwrap(), LoginOutcome::SignedIn { needs_second_factor: false, .. }));
    let id = user.id;
    run!(school, school.system, |tx| tx.run(SetSecondFactor { user_id: id, enabled: true }))
        .unwrap();
    let outcome = run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), password.clone())));
    assert!(matches!(outcome.unwrap(), LoginOutcome::SignedIn { needs_second_factor: true, .. }));
    let mut tx = store.begin(&school.system).await.unwrap();
    assert_eq!(tx.require(member.id).await.unwrap().status, MembershipStatus::Active);
    drop(tx);
    run!(school, school.system, |tx| tx.run(ChangeTenantStatus { event: TenantEvent::Suspend }))
        .unwrap();
    let outcome = run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), password.clone())));
    assert!(matches!(
        outcome.unwrap(),
        LoginOutcome::Refused(LoginRefusal::TenantNotActive { .. })
    ));
}

#[tokio::test]
async fn failed_logins_lock_even_the_right_password_out() {
    let (store, test) = start("lockout");
    let school = School::open(&store, &test).await;
    let cx = nobody(&school);
    let (user, _) = run!(school, cx, |tx| tx.run(ada("ada@a.example"))).unwrap();
    let address = email("ada@a.example");
    for _ in 0..5 {
        let wrong = secret("battery staple");
        let outcome = run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), wrong.clone())));
        assert_eq!(outcome.unwrap(), LoginOutcome::Refused(LoginRefusal::WrongCredentials));
    }
    let right = secret("correct horse");
    let outcome =
        run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), right.clone()))).unwrap();
    let LoginOutcome::Refused(LoginRefusal::Locked { until }) = outcome else {
        panic!("{outcome:?}")
    };
    let later = cx.clone().at(until);
    let outcome = run!(school, later, |tx| tx.run(SignIn::new(address.clone(), right.clone())));
    assert_eq!(outcome.unwrap(), LoginOutcome::Refused(LoginRefusal::NotVerified));
    let unknown = email("nobody@a.example");
    let outcome = run!(school, cx, |tx| tx.run(SignIn::new(unknown.clone(), secret("decoy"))));
    assert_eq!(outcome.unwrap(), LoginOutcome::Refused(LoginRefusal::WrongCredentials));
    assert_eq!(user.login_attempts, 0);
}

#[tokio::test]
async fn a_code_can_be_tried_five_times() {
    let (store, test) = start("code");
    let school = School::open(&store, &test).await;
    let cx = nobody(&school);
    let (user, _) = run!(school, cx, |tx| tx.run(ada("ada@a.example"))).unwrap();
    let purpose = VerificationPurpose::Phone;
    let sent =
        run!(school, cx, |tx| tx.run(StartVerification { user_id: user.id, purpose })).unwrap();
    for left in (0..5).rev() {
        let outcome = run!(school, cx, |tx| tx
            .run(VerifyPhone { user_id: user.id, code: secret("nonsense") }));
        assert_eq!(outcome.unwrap(), PhoneCode::Wrong { attempts_left: left });
    }
    assert!(
        run!(school, cx, |tx| tx.run(VerifyPhone { user_id: user.id, code: sent.secret.clone() }))
            .is_err()
    );
    let sent =
        run!(school, cx, |tx| tx.run(StartVerification { user_id: user.id, purpose })).unwrap();
    let outcome = run!(school, cx, |tx| tx
        .run(VerifyPhone { user_id: user.id, code: sent.secret.clone() }))
    .unwrap();
    let PhoneCode::Verified(user) = outcome else { panic!("the code is right") };
    // The number is verified, and the address still waits for its own link.
    assert_eq!(
        (user.status, user.phone_verified_at.is_some()),
        (UserStatus::PendingVerification, true)
    );
}

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
    assert!(matches!(error, MemberError::PlatformScopeNeeded));
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_a_copy_ends_the_session() {
    let (store, test) = start("session");
    let school = School::open(&store, &test).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let policy = SessionPolicy::default();
    let cx = ada.cx.clone();
    let open = run!(school, cx, |tx| tx.run(OpenSession { user_id: ada.user.id, policy })).unwrap();
    let refresh = |token: Token, cx: Context| {
        let (school, refresh) = (&school, RefreshSession { presented: token, policy });
        async move { run!(school, cx, |tx| tx.run(refresh)).unwrap() }
    };
    let Refreshed::Next(second) = refresh(open.token.clone(), cx.clone()).await else {
        panic!("the first token is good")
    };
    assert_eq!(second.family_id, open.family_id);
    assert!(matches!(refresh(open.token, cx.clone()).await, Refreshed::Stolen { .. }));
    assert!(matches!(refresh(second.token, cx.clone()).await, Refreshed::Over));

    let other =
        run!(school, cx, |tx| tx.run(OpenSession { user_id: ada.user.id, policy })).unwrap();
    let late = cx.clone().at(other.expires_at);
    assert!(matches!(refresh(other.token.clone(), late).await, Refreshed::Over));
    run!(school, cx, |tx| tx.run(CloseSession { presented: other.token.clone() })).unwrap();
    assert!(matches!(refresh(other.token, cx.clone()).await, Refreshed::Over));

    let third =
        run!(school, cx, |tx| tx.run(OpenSession { user_id: ada.user.id, policy })).unwrap();
    let hash = PasswordHash::new("new".to_owned());
    run!(school, cx, |tx| tx.run(ChangePassword { user_id: ada.user.id, password_hash: hash }))
        .unwrap();
    assert!(matches!(refresh(third.token, cx).await, Refreshed::Over));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_once() {
    let (store, test) = start("reset");
    let school = School::open(&store, &test).await;
    let user = school.user("ada@a.example").await;
    let cx = nobody(&school);
    let purpose = VerificationPurpose::PasswordReset;
    let sent =
        run!(school, cx, |tx| tx.run(StartVerification { user_id: user.id, purpose })).unwrap();
    let token = Token::parse(sent.secret.expose()).unwrap();
    let hash = hasher().hash(&secret("new password")).unwrap();
    run!(school, cx, |tx| tx
        .run(ResetPassword { token: token.clone(), password_hash: hash.clone() }))
    .unwrap();
    assert!(
        run!(school, cx, |tx| tx.run(ResetPassword { token: token.clone(), password_hash: hash }))
            .is_err()
    );
    let (address, password) = (email("ada@a.example"), secret("new password"));
    let outcome = run!(school, cx, |tx| tx.run(SignIn::new(address.clone(), password.clone())));
    assert!(matches!(outcome.unwrap(), LoginOutcome::SignedIn { .. }));
}

#[tokio::test]
async fn a_user_has_one_primary_way_to_sign_in() {
    let (store, test) = start("methods");
    let school = School::open(&store, &test).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let eve = school.person("eve@a.example", MembershipKind::Student, None).await;
    let link = |cx: Context, method: AuthMethodKind, subject: &'static str| {
        let (school, id) = (&school, ada.user.id);
        async move {
            run!(school, cx, |tx| {
                tx.run(LinkAuthMethod {
                    user_id: id,
                    method,
                    provider_subject: subject.to_owned(),
                    provider_data: None,
                })
            })
        }
    };
    let google = link(ada.cx.clone(), AuthMethodKind::Google, "g-1").await.unwrap();
    let apple = link(ada.cx.clone(), AuthMethodKind::Apple, "a-1").await.unwrap();
    assert_eq!((google.rank, apple.rank), (AuthMethodRank::Primary, AuthMethodRank::Secondary));
    let taken = link(ada.cx.clone(), AuthMethodKind::Google, "g-1").await.unwrap_err();
    assert!(matches!(taken, AuthMethodError::AlreadyLinked));
    refused!(school, [eve.cx, nobody(&school)], |tx| tx.run(MakePrimary { method_id: apple.id }));
    refused!(school, [eve.cx, nobody(&school)], |tx| tx
        .run(UnlinkAuthMethod { method_id: apple.id }));
    run!(school, ada.cx, |tx| tx.run(MakePrimary { method_id: apple.id })).unwrap();
    run!(school, ada.cx, |tx| tx.run(UnlinkAuthMethod { method_id: apple.id })).unwrap();
    let last =
        run!(school, ada.cx, |tx| tx.run(UnlinkAuthMethod { method_id: google.id })).unwrap_err();
    assert!(matches!(last, AuthMethodError::LastOne));
    let scope = Scope::TenantAndPlatform(school.system.tenant());
    let mut tx = store.begin_in(&school.system, scope).await.unwrap();
    let left = tx.all(AuthMethod::of_user(ada.user.id)).await.unwrap();
    assert_eq!(left.iter().map(|it| it.rank).collect::<Vec<_>>(), [AuthMethodRank::Primary]);
    drop(tx);
    let outcome = run!(school, nobody(&school), |tx| {
        tx.run(SignInWith { method: AuthMethodKind::Google, provider_subject: "g-1".to_owned() })
    });
    assert!(matches!(outcome.unwrap(), LoginOutcome::SignedIn { .. }));
}

#[tokio::test]
async fn a_login_needs_an_address() {
    let (store, test) = start("address");
    let school = School::open(&store, &test).await;
    let error = run!(school, nobody(&school), |tx| { tx.run(RegisterUser::default()) });
    assert!(matches!(error.unwrap_err(), RegisterUserError::AddressNeeded));
}

/// A login that was made in Ada's name by a person who is not Ada: with her address, the maker's
/// telephone and the maker's account at a provider.
async fn prepared(school: &School) -> lms::identity::User {
    let (user, _) = run!(school, nobody(school), |tx| tx.run(ada("ada@a.example"))).unwrap();
    let cx = school.system.clone().with_actor(Actor::User(user.actor_id()));
    let google = AuthMethodKind::Google;
    run!(school, cx, |tx| tx.run(LinkAuthMethod {
        user_id: user.id,
        method: google,
        provider_subject: "mallory".to_owned(),
        provider_data: None
    }))
    .unwrap();
    let sent = run!(school, nobody(school), |tx| {
        tx.run(StartVerification { user_id: user.id, purpose: VerificationPurpose::Phone })
    })
    .unwrap();
    let code = run!(school, nobody(school), |tx| tx
        .run(VerifyPhone { user_id: user.id, code: sent.secret.clone() }))
    .unwrap();
    let PhoneCode::Verified(user) = code else { panic!("the code is right") };
    *user
}

async fn domain_school(name: &str) -> School {
    let (store, test) = start(name);
    let school = School::open(&store, &test).await;
    let change = ChangeSettings {
        signup_mode: Some(SignupMode::DomainRestricted),
        allowed_domains: Some(vec![MailDomain::new("a.example").unwrap()]),
        ..ChangeSettings::default()
    };
    run!(school, school.system, |tx| tx.run(change)).unwrap();
    school
}

#[tokio::test]
async fn a_telephone_does_not_verify_the_address_of_another_person() {
    let school = domain_school("phone_for_mail").await;
    let user = prepared(&school).await;
    assert_eq!(user.status, UserStatus::PendingVerification);
    assert!(user.phone_verified_at.is_some() && user.email_verified_at.is_none());
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let member = tx.first(lms::identity::Membership::of_user(user.id)).await.unwrap().unwrap();
    assert_eq!(member.status, MembershipStatus::Pending);
    drop(tx);
    let google = run!(school, nobody(&school), |tx| {
        tx.run(SignInWith {
            method: AuthMethodKind::Google,
            provider_subject: "mallory".to_owned(),
        })
    });
    assert!(matches!(google.unwrap(), LoginOutcome::Refused(LoginRefusal::NotVerified)));
    // The address itself verifies it.
    let sent = run!(school, nobody(&school), |tx| {
        tx.run(StartVerification { user_id: user.id, purpose: VerificationPurpose::Email })
    })
    .unwrap();
    let token = Token::parse(sent.secret.expose()).unwrap();
    let user =
        run!(school, nobody(&school), |tx| tx.run(VerifyEmail { token: token.clone() })).unwrap();
    assert_eq!(user.status, UserStatus::Active);
}

#[tokio::test]
async fn who_prepared_a_login_does_not_keep_it_after_its_owner_resets_the_password() {
    let school = domain_school("prepared").await;
    let user = prepared(&school).await;
    let sent = run!(school, nobody(&school), |tx| {
        tx.run(StartVerification { user_id: user.id, purpose: VerificationPurpose::PasswordReset })
    })
    .unwrap();
    let token = Token::parse(sent.secret.expose()).unwrap();
    let chosen = hasher().hash(&secret("ada's own")).unwrap();
    let user = run!(school, nobody(&school), |tx| tx
        .run(ResetPassword { token: token.clone(), password_hash: chosen }))
    .unwrap();
    assert_eq!((user.status, user.phone.as_ref()), (UserStatus::Active, None));
    assert!(user.email_verified_at.is_some() && user.phone_verified_at.is_none());
    let google = run!(school, nobody(&school), |tx| {
        tx.run(SignInWith {
            method: AuthMethodKind::Google,
            provider_subject: "mallory".to_owned(),
        })
    });
    assert!(matches!(google.unwrap(), LoginOutcome::Refused(LoginRefusal::WrongCredentials)));
    // What the owner links from then on outlives the next reset.
    let later =
        school.system.clone().at(school.system.now().saturating_add(chrono::TimeDelta::hours(2)));
    let cx = later.clone().with_actor(Actor::User(user.actor_id()));
    let apple = AuthMethodKind::Apple;
    run!(school, cx, |tx| tx.run(LinkAuthMethod {
        user_id: user.id,
        method: apple,
        provider_subject: "ada".to_owned(),
        provider_data: None
    }))
    .unwrap();
    let sent = run!(school, later, |tx| {
        tx.run(StartVerification { user_id: user.id, purpose: VerificationPurpose::PasswordReset })
    })
    .unwrap();
    let token = Token::parse(sent.secret.expose()).unwrap();
    let again = hasher().hash(&secret("another")).unwrap();
    run!(school, later, |tx| tx.run(ResetPassword { token: token.clone(), password_hash: again }))
        .unwrap();
    let apple = run!(school, later, |tx| tx
        .run(SignInWith { method: AuthMethodKind::Apple, provider_subject: "ada".to_owned() }))
    .unwrap();
    assert!(matches!(apple, LoginOutcome::SignedIn { .. }));
}

#[tokio::test]
async fn a_check_of_the_old_password_does_not_undo_its_change() {
    let (store, test) = start("stale");
    let school = School::open(&store, &test).await;
    let user = school.user("ada@a.example").await;
    let old = hasher().hash(&secret("old horse")).unwrap();
    run!(school, school.system, |tx| tx
        .run(ChangePassword { user_id: user.id, password_hash: old }))
    .unwrap();
    let address = email("ada@a.example");
    let candidate =
        run!(school, nobody(&school), |tx| tx.run(LookUpLogin { email: address.clone() })).unwrap();
    let outdated = Outdated(hasher());
    let checked = candidate.check(&outdated, &secret("old horse")).unwrap();
    let new = hasher().hash(&secret("new horse")).unwrap();
    run!(school, school.system, |tx| tx
        .run(ChangePassword { user_id: user.id, password_hash: new }))
    .unwrap();
    let policy = LockoutPolicy::default();
    let done = run!(school, nobody(&school), |tx| tx.run(FinishLogin { checked, policy })).unwrap();
    assert!(matches!(done, LoginOutcome::Refused(LoginRefusal::WrongCredentials)));
    let sign = |password: &'static str| {
        let (school, address) = (&school, &address);
        async move {
            let sign_in = SignIn::new(address.clone(), secret(password));
            run!(school, nobody(school), |tx| tx.run(sign_in)).unwrap()
        }
    };
    let old = sign("old horse").await;
    assert!(matches!(old, LoginOutcome::Refused(LoginRefusal::WrongCredentials)));
    assert!(matches!(sign("new horse").await, LoginOutcome::SignedIn { .. }));
}

/// The same hasher, which finds every hash outdated.
#[derive(Debug)]
struct Outdated(Reversed);

impl PasswordHasher for Outdated {
    fn hash(&self, password: &SecretText) -> Result<PasswordHash, PasswordHashError> {
        self.0.hash(password)
    }
    fn verify(
        &self,
        password: &SecretText,
        hash: &PasswordHash,
    ) -> Result<bool, PasswordHashError> {
        self.0.verify(password, hash)
    }
    fn is_outdated(&self, _: &PasswordHash) -> bool {
        true
    }
    fn decoy(&self) -> &PasswordHash {
        self.0.decoy()
    }
}

#[tokio::test]
async fn messages_are_not_sent_without_end_and_what_is_spent_is_removed() {
    let (store, test) = start("resend");
    let school = School::open(&store, &test).await;
    let user = school.user("ada@a.example").await;
    let send = |cx: Context| {
        let school = &school;
        async move {
            run!(school, cx, |tx| {
                tx.run(StartVerification {
                    user_id: user.id,
                    purpose: VerificationPurpose::PasswordReset,
                })
            })
        }
    };
    for _ in 0..Verification::MAX_PER_HOUR {
        send(nobody(&school)).await.unwrap();
    }
    let error = send(nobody(&school)).await.unwrap_err();
    assert!(matches!(error, VerifyError::TooMany { most: 5 }), "{error}");
    let later = |hours| {
        let now = school.system.now().saturating_add(chrono::TimeDelta::hours(hours));
        school.system.clone().at(now)
    };
    send(later(1).with_actor(Actor::Anonymous)).await.unwrap();
    let cx = school.system.clone().with_actor(Actor::User(user.actor_id()));
    run!(school, cx, |tx| tx
        .run(OpenSession { user_id: user.id, policy: SessionPolicy::default() }))
    .unwrap();
    let purge = |cx: Context| {
        let school = &school;
        async move { run!(school, cx, |tx| tx.run(PurgeLogins { chunk: PageSize::MAX })).unwrap() }
    };
    assert_eq!(purge(later(1)).await, 0);
    assert_eq!(purge(later(4)).await, 6);
    assert_eq!(purge(later(24 * 400)).await, 1);
    assert_eq!(purge(later(24 * 400)).await, 0);
}
