//! Signing in with a password.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, Within, operation};

use crate::{
    identity::{
        LockoutPolicy, LoginFailures, PasswordHash, PasswordHashError, PasswordHasher,
        PlatformAssignment, User, UserStatus,
    },
    tenancy::{Tenant, TenantStatus},
};
use lms_kernel::{EmailAddress, Id, SecretText, Timestamp};
use lms_store::{
    audit::{Action, AuditEntry},
    {StoreError, Transaction},
};

/// A user who signs in, and the hash that their password is compared with.
#[derive(Clone, Debug)]
pub struct LoginCandidate {
    user_id: Option<Id<User>>,
    hash: Option<PasswordHash>,
}

impl LoginCandidate {
    /// Whether the password is right. A person who is not known is never right, and takes as long
    /// as a person who is.
    ///
    /// It is slow and needs no transaction: do it between two.
    ///
    /// # Errors
    /// [`PasswordHashError`].
    pub fn check(
        &self,
        hasher: &dyn PasswordHasher,
        password: &SecretText,
    ) -> Result<CheckedLogin, PasswordHashError> {
        let hash = self.hash.as_ref().unwrap_or_else(|| hasher.decoy());
        let is_right = hasher.verify(password, hash)? && self.hash.is_some();
        let new_hash = match is_right && hasher.is_outdated(hash) {
            true => Some(hasher.hash(password)?),
            false => None,
        };
        let checked_hash = self.hash.clone();
        Ok(CheckedLogin { user_id: self.user_id, is_right, checked_hash, new_hash })
    }
}

/// A user who signs in, and whether their password is right.
#[derive(Clone, Debug)]
pub struct CheckedLogin {
    user_id: Option<Id<User>>,
    is_right: bool,
    /// What the password was compared with: it says nothing about one that was chosen since.
    checked_hash: Option<PasswordHash>,
    new_hash: Option<PasswordHash>,
}

/// The outcome of a login. A failure is counted when the transaction commits, so commit it whatever
/// the outcome is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LoginOutcome {
    /// They are who they say.
    SignedIn {
        /// The user.
        user: Box<User>,
        /// Whether the host has to check a second factor before it opens a session.
        needs_second_factor: bool,
    },
    /// They are not let in.
    Refused(LoginRefusal),
}

/// Why a person is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum LoginRefusal {
    /// The address or the password is wrong; which one is not said.
    #[error("the address or the password is wrong; try again")]
    #[fault(forbidden, code = "login.wrong_credentials")]
    WrongCredentials,
    /// Too many logins failed.
    #[error("too many failed sign-ins; try again after {until}")]
    #[fault(forbidden, code = "login.locked")]
    Locked {
        /// When the next one is accepted.
        until: Timestamp,
    },
    /// The address has to be verified first.
    #[error("the address is not verified; open the link that was sent to it")]
    #[fault(forbidden, code = "login.not_verified")]
    NotVerified,
    /// The login is inactive, suspended or erased.
    #[error("the login is {status}; contact support")]
    #[fault(forbidden, code = "login.not_active")]
    NotActive {
        /// The status of the login.
        status: UserStatus,
    },
    /// The tenant is suspended or closed.
    #[error("the organisation is {status}; contact its administrators")]
    #[fault(forbidden, code = "login.tenant_not_active")]
    TenantNotActive {
        /// The status of the tenant.
        status: TenantStatus,
    },
}

/// Why a login could not be decided.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SignInError {
    /// The hasher failed.
    #[error(transparent)]
    #[fault(transparent)]
    Password(#[from] PasswordHashError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Looks up who signs in with an address; the answer does not say whether there is such a login.
///
/// The first of three steps for a host that checks passwords on threads of its own: then
/// [`LoginCandidate::check`] outside of any transaction, and [`FinishLogin`]. [`SignIn`] does all
/// three.
///
/// # Errors
/// [`SignInError::Store`].
#[operation("identity.look_up_login", secret)]
pub struct LookUpLogin {
    /// The address, in whatever case it was typed.
    pub email: EmailAddress,
}

impl Operation for LookUpLogin {
    const ACCESS: Access = Access::Public("the answer does not say whether there is such a login");
    const WITHIN: Within = Within::TenantAndPlatform;
    const EFFECT: Effect = Effect::Reads;
    type Answer = LoginCandidate;
    type Error = SignInError;

    async fn run(self, tx: &mut Transaction) -> Result<LoginCandidate, SignInError> {
        let user = tx.first(User::by_email(&self.email)).await?;
        let user_id = user.as_ref().map(|it| it.id);
        Ok(LoginCandidate { user_id, hash: user.and_then(|it| it.password_hash) })
    }
}

/// Completes a sign-in after the password was checked, or counts the failure.
///
/// While an account is locked even the right password is refused, and so is one that was compared
/// with a password that has been changed since; that is no failure and is not counted.
///
/// # Locks
/// The user's row, so that attempts side by side are all counted.
///
/// # Errors
/// [`SignInError::Store`].
#[operation("identity.finish_login", secret)]
pub struct FinishLogin {
    /// Who wants to sign in, and whether the password is right.
    pub checked: CheckedLogin,
    /// After how many failures an account is locked, and for how long.
    pub policy: LockoutPolicy,
}

impl Operation for FinishLogin {
    const ACCESS: Access = Access::Credential("the checked password");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = LoginOutcome;
    type Error = SignInError;

    async fn run(self, tx: &mut Transaction) -> Result<LoginOutcome, SignInError> {
        let Self { checked, policy } = self;
        let policy = &policy;
        let Some(user_id) = checked.user_id else {
            return Ok(LoginOutcome::Refused(LoginRefusal::WrongCredentials));
        };
        let mut user = tx.lock(user_id).await?;
        let failures =
            LoginFailures { attempts: user.login_attempts, locked_until: user.locked_until };
        if let Some(until) = failures.locked_until.filter(|_| failures.is_locked(tx.now())) {
            return Ok(LoginOutcome::Refused(LoginRefusal::Locked { until }));
        }
        if !checked.is_right {
            let failures = failures.after_failure(policy, tx.now());
            user.login_attempts = failures.attempts;
            user.locked_until = failures.locked_until;
            tx.update(&mut user).await?;
            note(tx, &user, Action::Denied, "wrong_password");
            return Ok(LoginOutcome::Refused(LoginRefusal::WrongCredentials));
        }
        if !is_current(&checked, &user) {
            return Ok(LoginOutcome::Refused(LoginRefusal::WrongCredentials));
        }
        if let Some(refusal) = refusal(tx, &user).await? {
            return Ok(LoginOutcome::Refused(refusal));
        }
        user.login_attempts = 0;
        user.locked_until = None;
        user.last_login_at = Some(tx.now());
        if let Some(hash) = checked.new_hash {
            user.password_hash = Some(hash);
        }
        tx.update(&mut user).await?;
        note(tx, &user, Action::Login, "password");
        let needs_second_factor = user.mfa_enabled;
        Ok(LoginOutcome::SignedIn { user: Box::new(user), needs_second_factor })
    }
}

/// Whether the password that was checked is still the user's.
fn is_current(checked: &CheckedLogin, user: &User) -> bool {
    let text = |it: &Option<PasswordHash>| it.as_ref().map(|it| it.expose().to_owned());
    text(&checked.checked_hash) == text(&user.password_hash)
}

/// Why a person who is who they say may still not sign in to the tenant of `cx`. The platform's own
/// people may sign in to a tenant that is suspended.
pub(super) async fn refusal(
    tx: &mut Transaction,
    user: &User,
) -> Result<Option<LoginRefusal>, StoreError> {
    match user.status {
        UserStatus::Active => {}
        UserStatus::PendingVerification => return Ok(Some(LoginRefusal::NotVerified)),
        status @ (UserStatus::Inactive | UserStatus::Suspended | UserStatus::Erased) => {
            return Ok(Some(LoginRefusal::NotActive { status }));
        }
    }
    let tenant = tx.get(Tenant::id_of(tx.tenant())).await?;
    match tenant.map(|it| it.status) {
        None | Some(TenantStatus::Active) => Ok(None),
        Some(status @ (TenantStatus::Suspended | TenantStatus::Closed)) => {
            let is_platform = tx.exists(PlatformAssignment::of_user(user.id)).await?;
            Ok((!is_platform).then_some(LoginRefusal::TenantNotActive { status }))
        }
    }
}

/// Signs in with a password.
///
/// It compares the password with the [`PasswordHasher`] of the store before it locks the user. That
/// takes tens of milliseconds of a processor: a busy host runs [`LookUpLogin`],
/// [`LoginCandidate::check`] and [`FinishLogin`] itself.
///
/// # Locks
/// The user, so that attempts side by side are all counted.
///
/// # Errors
/// [`SignInError`]. A wrong password is no error but a [`LoginOutcome::Refused`], so that it is
/// counted.
#[operation("identity.sign_in", secret)]
pub struct SignIn {
    /// The address, in whatever case it was typed.
    pub email: EmailAddress,
    /// The password.
    pub password: SecretText,
    /// After how many failures an account is locked, and for how long.
    pub policy: LockoutPolicy,
}

impl SignIn {
    /// A login under the usual policy.
    pub fn new(email: EmailAddress, password: SecretText) -> Self {
        Self { email, password, policy: LockoutPolicy::default() }
    }
}

impl Operation for SignIn {
    const ACCESS: Access = Access::Credential("the password");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = LoginOutcome;
    type Error = SignInError;

    async fn run(self, tx: &mut Transaction) -> Result<LoginOutcome, SignInError> {
        let hasher = tx.port::<dyn PasswordHasher>()?;
        let candidate = tx.run(LookUpLogin { email: self.email }).await?;
        let checked = candidate.check(&*hasher, &self.password)?;
        tx.run(FinishLogin { checked, policy: self.policy }).await
    }
}

/// Notes what happened to a login, in the trail of the tenant through which it happened.
pub(super) fn note(tx: &mut Transaction, user: &User, action: Action, how: &str) {
    let what = serde_json::json!({ "how": how });
    tx.record_audit(AuditEntry::of(tx.cx(), action, User::ENTITY.as_str(), user.id.uuid(), what));
}
