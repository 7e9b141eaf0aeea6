//! Changing a password.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{AuthorizationError, Permission, authorize_login},
    identity::{
        AuthMethod, PasswordHash, RefreshToken, Token, User, UserStatus, Verification,
        VerificationPurpose, VerifyError,
        sign_in::note,
        verify::{redeem, verified},
    },
};
use lms_kernel::{Id, Timestamp};
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
    /// The actor may not change another person's password.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Resets a password with the token of a reset link. All sessions of the user end, and so does a
/// lock after failed sign-ins.
///
/// The link came by e-mail, so the address counts as verified. Credentials set up before the
/// verification may be those of another person who prepared the login in the owner's name: other
/// sign-in methods, a telephone number and a second factor from before are removed.
///
/// The host checks the password with its [`PasswordPolicy`](crate::identity::PasswordPolicy) and
/// hashes it before. Runs in
/// [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Errors
/// [`ChangePasswordError`].
#[operation("identity.reset_password", secret)]
pub struct ResetPassword {
    /// The token from the reset link, valid once.
    pub token: Token,
    /// The hash of the new password, made by the host.
    pub password_hash: PasswordHash,
}

impl Operation for ResetPassword {
    const ACCESS: Access = Access::Credential("the token that was sent to the address");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = ChangePasswordError;

    async fn run(self, tx: &mut Transaction) -> Result<User, ChangePasswordError> {
        let Self { token, password_hash } = self;
        let token = &token;
        let (_, mut user) = redeem(tx, token, VerificationPurpose::PasswordReset).await?;
        remove_prepared(tx, &mut user).await?;
        if user.email_verified_at.is_none() {
            user.email_verified_at = Some(tx.now());
            if user.status == UserStatus::PendingVerification {
                user = verified(tx, user).await?;
            }
        }
        set(tx, user, password_hash).await
    }
}

/// Removes credentials set up before the address of a login was verified.
async fn remove_prepared(tx: &mut Transaction, user: &mut User) -> Result<(), StoreError> {
    let verified_at = user.email_verified_at;
    let is_prepared = |at: Timestamp| verified_at.is_none_or(|verified| at <= verified);
    for method in tx.all(AuthMethod::of_user(user.id)).await? {
        if is_prepared(method.stamp.created_at) {
            tx.purge(&method).await?;
        }
    }
    if user.phone.is_some() && user.phone_verified_at.is_none_or(is_prepared) {
        (user.phone, user.phone_verified_at) = (None, None);
    }
    if verified_at.is_none() {
        user.mfa_enabled = false;
    }
    Ok(())
}

/// Changes a user's password: their own, after the host has asked for the old one, or any user's
/// for platform staff. All sessions of the user end.
///
/// # Errors
/// [`ChangePasswordError`].
#[operation("identity.change_password", secret)]
pub struct ChangePassword {
    /// The user whose password changes.
    pub user_id: Id<User>,
    /// The hash of the new password, made by the host.
    pub password_hash: PasswordHash,
}

impl Operation for ChangePassword {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = ChangePasswordError;

    async fn run(self, tx: &mut Transaction) -> Result<User, ChangePasswordError> {
        let Self { user_id, password_hash } = self;
        authorize_login(tx, user_id).await?;
        let user = tx.lock(user_id).await?;
        set(tx, user, password_hash).await
    }
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
    tx.purge_all(RefreshToken::USER_ID.eq(user.id)).await?;
    tx.purge_all(Verification::USER_ID.eq(user.id).and(Verification::EXPIRES_AT.le(tx.now())))
        .await?;
    note(tx, &user, Action::Update, "password");
    Ok(user)
}
