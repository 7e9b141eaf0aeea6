//! Logins: signing up and in, verification, lockout, ways to sign in, sessions.
use std::sync::Arc;

use lms::{
    identity::{
        AuthMethod, AuthMethodError, AuthMethodKind, AuthMethodRank, ChangePassword, CloseSession,
        EndSession, JoinError, LinkAuthMethod, ListOpenSessions, LoginOutcome, LoginRefusal,
        MakePrimary, MembershipKind, MembershipStatus, OpenSession, PasswordHash,
        PasswordHashError, PasswordHasher, PhoneCode, PurgeLogins, RefreshSession, Refreshed,
        RegisterUser, RegisterUserError, SessionPolicy, SessionView, SetSecondFactor, SignIn,
        SignInWith, SignUp, StartVerification, Token, UnlinkAuthMethod, UserStatus, Verification,
        VerificationPurpose, VerifyEmail, VerifyError, VerifyPhone,
    },
    kernel::{Actor, Context, Entropy, PhoneNumber, Scope, SecretText, SeededEntropy},
    memory::MemoryStore,
    store::{PageSize, Store},
    tenancy::{ChangeTenantStatus, TenantEvent},
};
use lms_testkit::TestContext;

use crate::school::{School, email, name};

/// A hasher that is fast and worthless, for tests.
#[derive(Debug)]
pub(crate) struct Reversed(PasswordHash);

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

pub(crate) fn hasher() -> Reversed {
    Reversed(PasswordHash::new("decoy".to_owned()))
}

pub(crate) fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

pub(crate) fn start(name: &str) -> (Store, TestContext) {
    let store = Store::new(MemoryStore::new())
        .with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(7)))
        .with_port::<dyn PasswordHasher>(Arc::new(hasher()));
    (store, TestContext::new(name))
}

pub(crate) fn nobody(school: &School) -> Context {
    school.system.clone().with_actor(Actor::Anonymous)
}

pub(crate) fn ada(address: &str) -> SignUp {
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
async fn a_user_sees_where_they_are_signed_in_and_ends_one_session() {
    let (store, test) = start("sessions");
    let school = School::open(&store, &test).await;
    let ada = school.person("ada@a.example", MembershipKind::Student, None).await;
    let eve = school.person("eve@a.example", MembershipKind::Student, None).await;
    let policy = SessionPolicy::default();
    let cx = ada.cx.clone();
    let open = |cx: Context, user_id| {
        let school = &school;
        async move { run!(school, cx, |tx| tx.run(OpenSession { user_id, policy })).unwrap() }
    };
    let phone = open(cx.clone(), ada.user.id).await;
    let later = cx.clone().at(cx.now().saturating_add(chrono::TimeDelta::hours(1)));
    let laptop = open(later.clone(), ada.user.id).await;
    let of_eve = open(eve.cx.clone(), eve.user.id).await;
    let list = |cx: Context| {
        let (school, user_id) = (&school, ada.user.id);
        async move { run!(school, cx, |tx| tx.run(ListOpenSessions { user_id })) }
    };
    let listed = |views: Vec<SessionView>| -> Vec<_> {
        views.into_iter().map(|it| (it.session_id, it.last_used_at)).collect()
    };
    let all = listed(list(later.clone()).await.unwrap());
    assert_eq!(all, [(laptop.family_id, later.now()), (phone.family_id, cx.now())]);
    // A session that is refreshed is one session, used just now.
    let latest = later.clone().at(later.now().saturating_add(chrono::TimeDelta::hours(1)));
    let refresh = RefreshSession { presented: phone.token, policy };
    let refreshed = run!(school, latest, |tx| tx.run(refresh)).unwrap();
    assert!(matches!(refreshed, Refreshed::Next(_)));
    let all = listed(list(latest.clone()).await.unwrap());
    assert_eq!(all, [(phone.family_id, latest.now()), (laptop.family_id, later.now())]);

    assert!(list(eve.cx.clone()).await.is_err(), "no one sees where another is signed in");
    refused!(school, [eve.cx.clone(), nobody(&school)], |tx| tx
        .run(EndSession { user_id: ada.user.id, session_id: phone.family_id }));
    // Named as one's own, another's session is not ended.
    for session_id in [of_eve.family_id, phone.family_id] {
        let end = EndSession { user_id: ada.user.id, session_id };
        run!(school, latest, |tx| tx.run(end)).unwrap();
    }
    let all = listed(list(latest.clone()).await.unwrap());
    assert_eq!(all, [(laptop.family_id, later.now())]);
    let Refreshed::Next(next) = refreshed else { panic!("it was refreshed") };
    let over = RefreshSession { presented: next.token, policy };
    assert!(matches!(run!(school, latest, |tx| tx.run(over)).unwrap(), Refreshed::Over));
    let good = RefreshSession { presented: of_eve.token, policy };
    assert!(matches!(run!(school, eve.cx, |tx| tx.run(good)).unwrap(), Refreshed::Next(_)));
    // A session that was not used in time is not listed.
    let much_later = cx.clone().at(next.expires_at.max(laptop.expires_at));
    assert_eq!(list(much_later).await.unwrap(), []);
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
