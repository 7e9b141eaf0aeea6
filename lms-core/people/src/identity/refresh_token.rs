//! Refresh tokens of sessions.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identity::{SecretHash, User};
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{Direction, PlatformStamp, Query, Record};

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionPolicy {
    /// How many hours a session survives without being used.
    pub idle_hours: u32,
    /// After how many days a session ends however often it is used.
    pub longest_days: u32,
}

impl Default for SessionPolicy {
    /// 14 days without use, 90 days in all.
    fn default() -> Self {
        Self { idle_hours: 14 * 24, longest_days: 90 }
    }
}

/// One refresh token. It is used once and replaced by the next of its session.
///
/// The tokens of a session form a family. Presenting one that was used before means that two
/// people hold it, and ends the whole family (RFC 9700, section 4.14.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "refresh_tokens",
    platform,
    unaudited,
    unique(jti),
    unique(token_hash),
    index(user_id),
    index(family_id),
    index(expires_at)
)]
pub struct RefreshToken {
    /// The record's id.
    pub id: Id<RefreshToken>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// Whose session it is.
    pub user_id: Id<User>,
    /// The session, which all its tokens share.
    pub family_id: Uuid,
    /// The token's id, for access tokens that name the one they were issued with.
    pub jti: Uuid,
    /// The hash of the token.
    pub token_hash: SecretHash,
    /// When it stops being accepted, exclusive.
    pub expires_at: Timestamp,
    /// When its session ends however often it is used, exclusive.
    pub session_ends_at: Timestamp,
    /// When it was used for the next one.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The validity of a presented token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presented {
    /// It is good for the next one.
    Valid,
    /// It is too old.
    Expired,
    /// It was revoked.
    Revoked,
    /// It was used before: a person has a copy.
    Reused,
}

impl RefreshToken {
    /// The first token of a new session.
    pub fn first(
        cx: &Context,
        user_id: Id<User>,
        token_hash: SecretHash,
        policy: &SessionPolicy,
    ) -> Self {
        let ends = cx.now().saturating_add(TimeDelta::days(i64::from(policy.longest_days)));
        let jti = cx.id::<Self>().uuid();
        Self::make(cx, user_id, [jti, jti], token_hash, ends).until(cx, policy)
    }

    /// The token after this one.
    pub fn next(&self, cx: &Context, token_hash: SecretHash, policy: &SessionPolicy) -> Self {
        let ids = [self.family_id, cx.id::<Self>().uuid()];
        Self::make(cx, self.user_id, ids, token_hash, self.session_ends_at).until(cx, policy)
    }

    fn make(
        cx: &Context,
        user_id: Id<User>,
        [family_id, jti]: [Uuid; 2],
        token_hash: SecretHash,
        session_ends_at: Timestamp,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: PlatformStamp::new(cx),
            user_id,
            family_id,
            jti,
            token_hash,
            expires_at: session_ends_at,
            session_ends_at,
            used_at: None,
            revoked_at: None,
        }
    }

    fn until(mut self, cx: &Context, policy: &SessionPolicy) -> Self {
        let idle = cx.now().saturating_add(TimeDelta::hours(i64::from(policy.idle_hours)));
        self.expires_at = idle.min(self.session_ends_at);
        self
    }

    /// The validity of the token at an instant. A copied token is recognized even when it is old.
    pub fn presented(&self, at: Timestamp) -> Presented {
        if self.revoked_at.is_some() {
            Presented::Revoked
        } else if self.used_at.is_some() {
            Presented::Reused
        } else if at >= self.expires_at {
            Presented::Expired
        } else {
            Presented::Valid
        }
    }

    /// The token with that hash.
    pub fn by_hash(hash: SecretHash) -> Query<Self> {
        Query::filter(Self::TOKEN_HASH.eq(hash))
    }

    /// The tokens of a session that are not revoked.
    pub fn of_session(family: Uuid) -> Query<Self> {
        Query::filter(Self::FAMILY_ID.eq(family).and(Self::REVOKED_AT.is_null()))
    }

    /// The tokens of sessions that ended before an instant, the earliest to expire first. Until its
    /// session has ended a token that was used is kept, to tell a copy of it.
    pub fn spent(before: Timestamp) -> Query<Self> {
        let ended = Self::SESSION_ENDS_AT.lt(before).and(Self::EXPIRES_AT.lt(before));
        Query::filter(ended).order_by(Self::EXPIRES_AT, Direction::Asc)
    }

    /// The token of each session of a user that goes on at an instant: the one not used yet.
    pub fn live_of_user(user: Id<User>, at: Timestamp) -> Query<Self> {
        Self::of_user(user).and(Self::USED_AT.is_null()).and(Self::EXPIRES_AT.gt(at))
    }

    /// The tokens of a user that are not revoked.
    pub fn of_user(user: Id<User>) -> Query<Self> {
        Query::filter(Self::USER_ID.eq(user).and(Self::REVOKED_AT.is_null()))
    }
}
