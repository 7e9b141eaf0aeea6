//! Passwords: resetting and changing them, and logins that others prepared.
use lms::{
    identity::{
        AuthMethodKind, ChangePassword, FinishLogin, LinkAuthMethod, LockoutPolicy, LoginOutcome,
        LoginRefusal, LookUpLogin, MembershipStatus, PasswordHash, PasswordHashError,
        PasswordHasher, PhoneCode, ResetPassword, SignIn, SignInWith, StartVerification, Token,
        UserStatus, VerificationPurpose, VerifyEmail, VerifyPhone,
    },
    kernel::{Actor, SecretText},
    tenancy::{ChangeSettings, MailDomain, SignupMode},
};

use crate::{
    identity_logins::{Reversed, ada, hasher, nobody, secret, start},
    school::{School, email},
};

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

/// The worthless hasher, which finds every hash outdated.
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
