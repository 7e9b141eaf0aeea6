//! Opening, refreshing and closing sessions.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};
use uuid::Uuid;

use crate::{
    authorization::{AuthorizationError, Permission, authorize_login},
    identity::{
        LoginRefusal, Presented, RefreshToken, SessionPolicy, Token, User,
        sign_in::{note, refusal},
    },
};
use lms_kernel::{Entropy, Id, Timestamp};
use lms_store::{
    audit::Action,
    {StoreError, Transaction},
};

/// A session's next key, for the host to hand out.
#[derive(Clone, Debug)]
pub struct IssuedSession {
    /// Whose session it is.
    pub user_id: Id<User>,
    /// The session.
    pub family_id: Uuid,
    /// The id of the token, for access tokens to name.
    pub jti: Uuid,
    /// The token; only its hash is stored.
    pub token: Token,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
}

/// The outcome of a refresh token. What it changes takes effect when the transaction commits, so
/// commit it whatever the outcome is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refreshed {
    /// Here is the next one; the old one is used up.
    Next(IssuedSession),
    /// The session is over: the token is unknown, too old or taken back, or its user may not
    /// sign in any more.
    Over,
    /// The token was used before, so a person has a copy: the whole session is ended.
    Stolen {
        /// Whose session it was.
        user_id: Id<User>,
    },
}

/// Why a session could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SessionError {
    /// The actor may not end another person's sessions.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Opens a session for a user who has signed in, second factor included.
///
/// # Errors
/// [`SessionError::Store`].
#[operation("identity.open_session", secret)]
pub struct OpenSession {
    /// The user, whom [`SignIn`](super::SignIn) or another way of signing in has let in.
    pub user_id: Id<User>,
    /// How long the session lasts.
    pub policy: SessionPolicy,
}

impl Operation for OpenSession {
    const ACCESS: Access = Access::Credential("the login that the host has let in");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = IssuedSession;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<IssuedSession, SessionError> {
        let token = Token::new(&*tx.port::<dyn Entropy>()?);
        let record = RefreshToken::first(tx.cx(), self.user_id, token.hash(), &self.policy);
        tx.insert(&record).await?;
        Ok(issued(&record, token))
    }
}

/// Exchanges a refresh token for the next one. A token that was used before ends its session.
///
/// # Locks
/// The token's row: of two who present the same token at once one gets the next, and the other one
/// ends the session, because no one can know which of them stole it.
///
/// # Errors
/// [`SessionError::Store`].
#[operation("identity.refresh_session", secret)]
pub struct RefreshSession {
    /// The token that is presented.
    pub presented: Token,
    /// How long the session lasts.
    pub policy: SessionPolicy,
}

impl Operation for RefreshSession {
    const ACCESS: Access = Access::Credential("the session's token");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Refreshed;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Refreshed, SessionError> {
        let entropy = tx.port::<dyn Entropy>()?;
        let Some(found) = tx.first(RefreshToken::by_hash(self.presented.hash())).await? else {
            return Ok(Refreshed::Over);
        };
        let mut used = tx.lock(found.id).await?;
        match used.presented(tx.now()) {
            Presented::Expired | Presented::Revoked => return Ok(Refreshed::Over),
            Presented::Reused => {
                revoke(tx, RefreshToken::of_session(used.family_id)).await?;
                let user = tx.require(used.user_id).await?;
                note(tx, &user, Action::Denied, "refresh_token_reused");
                return Ok(Refreshed::Stolen { user_id: user.id });
            }
            Presented::Valid => {}
        }
        let user = tx.require(used.user_id).await?;
        match refusal(tx, &user).await? {
            None => {}
            // The tenant may come back, and with it the session.
            Some(LoginRefusal::TenantNotActive { .. }) => return Ok(Refreshed::Over),
            Some(_) => {
                revoke(tx, RefreshToken::of_user(user.id)).await?;
                return Ok(Refreshed::Over);
            }
        }
        let token = Token::new(&*entropy);
        let next = used.next(tx.cx(), token.hash(), &self.policy);
        used.used_at = Some(tx.now());
        tx.update(&mut used).await?;
        tx.insert(&next).await?;
        Ok(Refreshed::Next(issued(&next, token)))
    }
}

/// Signs out: ends the session of a refresh token. An unknown token ends nothing and is no error.
///
/// # Errors
/// [`SessionError::Store`].
#[operation("identity.close_session", secret)]
pub struct CloseSession {
    /// The refresh token of the session.
    pub presented: Token,
}

impl Operation for CloseSession {
    const ACCESS: Access = Access::Credential("the session's token");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ();
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<(), SessionError> {
        let Self { presented } = self;
        let presented = &presented;
        if let Some(found) = tx.first(RefreshToken::by_hash(presented.hash())).await? {
            revoke(tx, RefreshToken::of_session(found.family_id)).await?;
            let user = tx.require(found.user_id).await?;
            note(tx, &user, Action::Logout, "signed_out");
        }
        Ok(())
    }
}

/// Ends all sessions of a user: one's own, or any user's for platform staff.
///
/// # Errors
/// [`SessionError`].
#[operation("identity.close_all_sessions")]
pub struct CloseAllSessions {
    /// The user to sign out everywhere.
    pub user_id: Id<User>,
}

impl Operation for CloseAllSessions {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ();
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<(), SessionError> {
        let Self { user_id } = self;
        authorize_login(tx, user_id).await?;
        revoke(tx, RefreshToken::of_user(user_id)).await?;
        Ok(())
    }
}

/// Takes tokens back.
pub(super) async fn revoke(
    tx: &mut Transaction,
    which: lms_store::Query<RefreshToken>,
) -> Result<(), StoreError> {
    let mut tokens = tx.all(which).await?;
    for token in &mut tokens {
        token.revoked_at = Some(tx.now());
    }
    tx.update_all(&mut tokens).await
}

fn issued(record: &RefreshToken, token: Token) -> IssuedSession {
    let RefreshToken { user_id, family_id, jti, expires_at, .. } = *record;
    IssuedSession { user_id, family_id, jti, token, expires_at }
}
