//! A pending verification of an address or a telephone number.
use chrono::TimeDelta;
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::identity::{SecretHash, User};
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{Col, Direction, PlatformStamp, Query, Record};

/// The purpose of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum VerificationPurpose {
    /// The e-mail address is theirs.
    Email,
    /// The telephone number is theirs.
    Phone,
    /// They may choose a new password.
    PasswordReset,
}

impl VerificationPurpose {
    /// For how many minutes it can be used: a day for an address, ten minutes for a code sent to
    /// a telephone (the longest that NIST SP 800-63B allows), an hour for a new password.
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Email => 24 * 60,
            Self::Phone => 10,
            Self::PasswordReset => 60,
        }
    }
}

/// A secret that was sent to an address or a number; anyone who repeats it has shown that it is
/// theirs. It is kept as its hash and good once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "verifications",
    platform,
    unaudited,
    index(secret_hash),
    index(user_id, purpose),
    index(expires_at)
)]
pub struct Verification {
    /// The record's id.
    pub id: Id<Verification>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// Whose address it is said to be.
    pub user_id: Id<User>,
    /// What it is for.
    pub purpose: VerificationPurpose,
    /// The address or number that the secret was sent to.
    #[record(personal)]
    pub sent_to: String,
    /// The hash of the secret.
    pub secret_hash: SecretHash,
    /// How often a wrong secret was tried.
    pub attempts: u32,
    /// When it stops being accepted, exclusive.
    pub expires_at: Timestamp,
    /// When it was used, or made worthless by too many attempts or a newer one.
    pub closed_at: Option<Timestamp>,
}

impl Verification {
    /// How many wrong secrets make it worthless.
    pub const MAX_ATTEMPTS: u32 = 5;
    /// How many are sent to a user for one purpose within an hour.
    pub const MAX_PER_HOUR: u32 = 5;

    /// The column that says when it was sent.
    pub const CREATED_AT: Col<Self, Timestamp> = Col::new("created_at");

    /// A secret that was just sent.
    pub fn new(
        cx: &Context,
        user_id: Id<User>,
        purpose: VerificationPurpose,
        sent_to: String,
        secret_hash: SecretHash,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: PlatformStamp::new(cx),
            user_id,
            purpose,
            sent_to,
            secret_hash,
            attempts: 0,
            expires_at: cx.now().saturating_add(TimeDelta::minutes(purpose.minutes())),
            closed_at: None,
        }
    }

    /// Whether the secret is still accepted at an instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.closed_at.is_none() && at < self.expires_at && self.attempts < Self::MAX_ATTEMPTS
    }

    /// The unused verifications for that purpose, latest first.
    pub fn waiting(user: Id<User>, purpose: VerificationPurpose) -> Query<Self> {
        let waiting =
            Self::USER_ID.eq(user).and(Self::PURPOSE.eq(purpose)).and(Self::CLOSED_AT.is_null());
        Query::filter(waiting).order_by(Self::ID, Direction::Desc)
    }

    /// The verifications sent to a user for that purpose after an instant, used or not.
    pub fn sent_since(
        user: Id<User>,
        purpose: VerificationPurpose,
        after: Timestamp,
    ) -> Query<Self> {
        let of_user = Self::USER_ID.eq(user).and(Self::PURPOSE.eq(purpose));
        Query::filter(of_user.and(Self::CREATED_AT.gt(after)))
    }

    /// What has stopped being accepted before an instant, the earliest first.
    pub fn spent(before: Timestamp) -> Query<Self> {
        Query::filter(Self::EXPIRES_AT.lt(before)).order_by(Self::EXPIRES_AT, Direction::Asc)
    }

    /// Everything that was sent to a user.
    pub fn of_user(user: Id<User>) -> Query<Self> {
        Query::filter(Self::USER_ID.eq(user))
    }

    /// The verification with that secret for that purpose.
    pub fn by_hash(hash: SecretHash, purpose: VerificationPurpose) -> Query<Self> {
        Query::filter(Self::SECRET_HASH.eq(hash).and(Self::PURPOSE.eq(purpose)))
    }
}
