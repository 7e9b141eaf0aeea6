//! Adding and removing ways to sign in.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{AuthorizationError, Permission, authorize_login},
    identity::{
        AuthMethod, AuthMethodKind, AuthMethodRank, LoginOutcome, LoginRefusal, ProviderData, User,
        sign_in::{note, refusal},
    },
};
use lms_kernel::Id;
use lms_store::{
    audit::Action,
    {StoreError, Transaction},
};

/// Why a way to sign in could not be added, changed or used.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AuthMethodError {
    /// Someone signs in with it.
    #[error("the account at the provider is linked to a login; sign in with it")]
    #[fault(conflict, field = "provider_subject")]
    AlreadyLinked,
    /// The provider's name for the user is empty or too long.
    #[error(
        "the provider's name for the user has 1 to {} characters",
        AuthMethod::MAX_SUBJECT_LENGTH
    )]
    #[fault(invalid, field = "provider_subject")]
    BadSubject,
    /// The user could not sign in any more.
    #[error("this is the only way to sign in; add another one first")]
    #[fault(conflict)]
    LastOne,
    /// The actor may not change another person's ways to sign in.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AuthMethodError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "auth_methods", .. } => Self::AlreadyLinked,
            error => Self::Store(error),
        }
    }
}

/// Links a sign-in method to a user, after the host has verified it with the provider. The first
/// one becomes the primary method.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform), as all of these do.
///
/// # Locks
/// The user.
///
/// # Errors
/// [`AuthMethodError`].
#[operation("identity.link_auth_method")]
pub struct LinkAuthMethod {
    /// The user who will sign in with it.
    pub user_id: Id<User>,
    /// The kind of sign-in method, such as an OpenID provider.
    pub method: AuthMethodKind,
    /// The user's identifier at the provider (`sub`), at most 255 characters.
    pub provider_subject: String,
    /// The profile that the provider sent, stored as is; `None` stores nothing.
    pub provider_data: Option<serde_json::Value>,
}

impl Operation for LinkAuthMethod {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = AuthMethod;
    type Error = AuthMethodError;

    async fn run(self, tx: &mut Transaction) -> Result<AuthMethod, AuthMethodError> {
        let Self { user_id, method, provider_subject, provider_data } = self;
        authorize_login(tx, user_id).await?;
        let length = provider_subject.chars().count();
        if length == 0 || length > AuthMethod::MAX_SUBJECT_LENGTH {
            return Err(AuthMethodError::BadSubject);
        }
        let user = tx.lock(user_id).await?;
        let has_any = tx.exists(AuthMethod::of_user(user_id)).await?;
        let mut added = AuthMethod::new(tx.cx(), user_id, method, provider_subject);
        added.provider_data = provider_data.map(ProviderData::new);
        if !has_any {
            added.rank = AuthMethodRank::Primary;
        }
        tx.insert(&added).await?;
        note(tx, &user, Action::Update, "sign_in_method_added");
        Ok(added)
    }
}

/// Makes a sign-in method the primary one; the previous primary becomes secondary.
///
/// # Locks
/// The user.
///
/// # Errors
/// [`AuthMethodError`].
#[operation("identity.make_primary")]
pub struct MakePrimary {
    /// The sign-in method to promote.
    pub method_id: Id<AuthMethod>,
}

impl Operation for MakePrimary {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = AuthMethod;
    type Error = AuthMethodError;

    async fn run(self, tx: &mut Transaction) -> Result<AuthMethod, AuthMethodError> {
        let Self { method_id } = self;
        let chosen = tx.require(method_id).await?;
        authorize_login(tx, chosen.user_id).await?;
        tx.lock(chosen.user_id).await?;
        let mut methods = tx.all(AuthMethod::of_user(chosen.user_id)).await?;
        // The old one first: there is never a moment with two.
        for method in methods.iter_mut().filter(|it| it.id != method_id) {
            if method.rank == AuthMethodRank::Primary {
                method.rank = AuthMethodRank::Secondary;
                tx.update(method).await?;
            }
        }
        let mut chosen = tx.require(method_id).await?;
        if chosen.rank != AuthMethodRank::Primary {
            chosen.rank = AuthMethodRank::Primary;
            tx.update(&mut chosen).await?;
        }
        Ok(chosen)
    }
}

/// Removes a sign-in method. The last method cannot be removed, unless the user has a password.
/// When the primary is removed, the oldest remaining method becomes primary.
///
/// # Locks
/// The user.
///
/// # Errors
/// [`AuthMethodError::LastOne`].
#[operation("identity.unlink_auth_method")]
pub struct UnlinkAuthMethod {
    /// The sign-in method to remove.
    pub method_id: Id<AuthMethod>,
}

impl Operation for UnlinkAuthMethod {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ();
    type Error = AuthMethodError;

    async fn run(self, tx: &mut Transaction) -> Result<(), AuthMethodError> {
        let Self { method_id } = self;
        let removed = tx.require(method_id).await?;
        authorize_login(tx, removed.user_id).await?;
        let user = tx.lock(removed.user_id).await?;
        let removed = tx.require(method_id).await?;
        let others: Vec<_> = tx
            .all(AuthMethod::of_user(user.id))
            .await?
            .into_iter()
            .filter(|it| it.id != method_id)
            .collect();
        if others.is_empty() && user.password_hash.is_none() {
            return Err(AuthMethodError::LastOne);
        }
        tx.purge(&removed).await?;
        if removed.rank == AuthMethodRank::Primary
            && let Some(mut next) = others.into_iter().min_by_key(|it| it.id)
        {
            next.rank = AuthMethodRank::Primary;
            tx.update(&mut next).await?;
        }
        note(tx, &user, Action::Update, "sign_in_method_removed");
        Ok(())
    }
}

/// Signs a user in with a linked provider, after the host has verified the provider's answer. An
/// account that is not linked is refused like a wrong password.
///
/// # Errors
/// [`AuthMethodError::Store`].
#[operation("identity.sign_in_with")]
pub struct SignInWith {
    /// The kind of sign-in method that was verified.
    pub method: AuthMethodKind,
    /// The user's identifier at the provider (`sub`), at most 255 characters.
    pub provider_subject: String,
}

impl Operation for SignInWith {
    const ACCESS: Access = Access::Credential("the provider's word");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = LoginOutcome;
    type Error = AuthMethodError;

    async fn run(self, tx: &mut Transaction) -> Result<LoginOutcome, AuthMethodError> {
        let Self { method, provider_subject } = self;
        let provider_subject = provider_subject.as_str();
        let Some(known) = tx.first(AuthMethod::by_subject(method, provider_subject)).await? else {
            return Ok(LoginOutcome::Refused(LoginRefusal::WrongCredentials));
        };
        let mut user = tx.lock(known.user_id).await?;
        if let Some(refusal) = refusal(tx, &user).await? {
            return Ok(LoginOutcome::Refused(refusal));
        }
        user.last_login_at = Some(tx.now());
        tx.update(&mut user).await?;
        note(tx, &user, Action::Login, &known.method.to_string());
        let needs_second_factor = user.mfa_enabled;
        Ok(LoginOutcome::SignedIn { user: Box::new(user), needs_second_factor })
    }
}
