//! Choosing a new password.
use lms_derive::DomainError;

use crate::{
    authorization::{AuthorizationError, Permission, Place, authorize},
    identity::{
        PasswordHash, RefreshToken, Token, User, VerificationPurpose, VerifyError, session::revoke,
        sign_in::note, verify::redeem,
    },
};
use lms_kernel::Id;
use lms_store::{
    audit::Action,
    {StoreError, Transaction},
};

/// Why a password could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ChangePasswordError {
    /// The link is not valid.
    #[error(transparent)]
    #[fault(transparent)]
    Verify(#[from] VerifyError),
    /// The actor may not change somebody else's password.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Takes the token of a link for a new password. All sessions of the user end, and so does a
/// lock after failed logins.
///
/// The host checks the password with its [`PasswordPolicy`](crate::identity::PasswordPolicy) and
/// hashes it before. Runs in
/// [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Errors
/// [`ChangePasswordError`].
pub async fn reset_password(
    tx: &mut Transaction,
    token: &Token,
    password_hash: PasswordHash,
) -> Result<User, ChangePasswordError> {
    let (_, user) = redeem(tx, token, VerificationPurpose::PasswordReset).await?;
    set(tx, user, password_hash).await
}

/// Sets a user's password: their own, after the host has asked for the old one, or anybody's
/// for the platform's people. All sessions of the user end.
///
/// # Errors
/// [`ChangePasswordError`].
pub async fn change_password(
    tx: &mut Transaction,
    user_id: Id<User>,
    password_hash: PasswordHash,
) -> Result<User, ChangePasswordError> {
    if tx.actor_id().is_none_or(|actor| actor.uuid() != user_id.uuid()) {
        authorize(tx, Permission::PLATFORM_MANAGE_USERS, Place::Platform).await?;
    }
    let user = tx.lock(user_id).await?;
    set(tx, user, password_hash).await
}

async fn set(
    tx: &mut Transaction,
    mut user: User,
    password_hash: PasswordHash,
) -> Result<User, ChangePasswordError> {
    user.password_hash = Some(password_hash);
    user.login_attempts = 0;
    user.locked_until = None;
    tx.update(&mut user).await?;
    revoke(tx, RefreshToken::of_user(user.id)).await?;
    note(tx, &user, Action::Update, "password");
    Ok(user)
}
