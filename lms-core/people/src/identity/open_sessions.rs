//! Where a user is signed in, and ending one of the sessions.
use lms_store::operation::{Access, Effect, Operation, Within, operation};
use uuid::Uuid;

use crate::{
    authorization::{Permission, authorize_login},
    identity::{RefreshToken, SessionError, User, session::revoke},
};
use lms_kernel::{Id, Timestamp};
use lms_store::Transaction;

/// A session that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionView {
    /// The session, as access tokens name it and as [`EndSession`] takes it.
    pub session_id: Uuid,
    /// When the user last got a token of it: at sign-in, or when it was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used before, exclusive.
    pub expires_at: Timestamp,
    /// When it ends however often it is used, exclusive.
    pub ends_at: Timestamp,
}

/// Lists the sessions of a user that go on, the one used last first: one's own, or any user's for
/// platform staff.
///
/// # Permission
/// `platform.manage_users` for a user other than the actor.
///
/// # Errors
/// [`SessionError`].
#[operation("identity.list_open_sessions")]
pub struct ListOpenSessions {
    /// The user.
    pub user_id: Id<User>,
}

impl Operation for ListOpenSessions {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const EFFECT: Effect = Effect::Reads;
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Vec<SessionView>;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<SessionView>, SessionError> {
        authorize_login(tx, self.user_id).await?;
        let live = tx.all(RefreshToken::live_of_user(self.user_id, tx.now())).await?;
        let views = live.into_iter().map(|it| SessionView {
            session_id: it.family_id,
            last_used_at: it.stamp.created_at,
            expires_at: it.expires_at,
            ends_at: it.session_ends_at,
        });
        let mut views: Vec<_> = views.collect();
        views.sort_by_key(|it| std::cmp::Reverse((it.last_used_at, it.session_id)));
        Ok(views)
    }
}

/// Ends one session of a user: one's own, or any user's for platform staff. A session that is over
/// already, or that is not the user's, ends nothing and is no error.
///
/// # Permission
/// `platform.manage_users` for a user other than the actor.
///
/// # Errors
/// [`SessionError`].
#[operation("identity.end_session")]
pub struct EndSession {
    /// The user whose session it is.
    pub user_id: Id<User>,
    /// The session, from [`ListOpenSessions`].
    pub session_id: Uuid,
}

impl Operation for EndSession {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ();
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<(), SessionError> {
        let Self { user_id, session_id } = self;
        authorize_login(tx, user_id).await?;
        let own = RefreshToken::of_session(session_id).and(RefreshToken::USER_ID.eq(user_id));
        Ok(revoke(tx, own).await?)
    }
}
