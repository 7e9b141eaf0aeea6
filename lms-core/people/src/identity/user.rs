//! A person with a login on the platform.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::identity::PasswordHash;
use lms_kernel::{
    Actor, ActorId, Context, EmailAddress, EntityKind, Id, PhoneNumber, TenantId, Timestamp,
};
use lms_store::{PlatformStamp, Query, Record};

/// The status of a user. A lock after failed logins is another matter: see `locked_until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum UserStatus {
    /// Has signed up and not yet shown that the address is theirs.
    PendingVerification,
    /// May sign in.
    Active,
    /// Has left, or was switched off without blame; may come back.
    Inactive,
    /// Was locked out by the platform.
    Suspended,
    /// Is gone: name and addresses are removed, what they did is kept without them.
    Erased,
}

impl UserStatus {
    /// Whether the login can still be used, now or after verification.
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::PendingVerification | Self::Active | Self::Inactive)
    }
}

/// A person with a login. The platform owns it; tenants know the person by a
/// [`Membership`](crate::identity::Membership) of their own.
///
/// Changes leave no entry in the audit trail of any tenant; what happens to a login is noted by
/// the service that does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "users",
    platform,
    unaudited,
    unique(email),
    unique(phone),
    index(status),
    index(created_at),
    index(email_verified_at)
)]
pub struct User {
    /// The user's id, which is also that of the [`Actor`](lms_kernel::Actor) they are.
    pub id: Id<User>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// The address they sign in with, in lower case and unique on the platform.
    pub email: Option<EmailAddress>,
    /// The number they sign in with, unique on the platform.
    pub phone: Option<PhoneNumber>,
    /// The hash of their password; none where they sign in another way.
    pub password_hash: Option<PasswordHash>,
    /// Their status.
    pub status: UserStatus,
    /// When they showed that the address is theirs.
    pub email_verified_at: Option<Timestamp>,
    /// When they showed that the number is theirs.
    pub phone_verified_at: Option<Timestamp>,
    /// Whether signing in takes a second factor, which the host checks.
    pub mfa_enabled: bool,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
    /// How many logins failed since the last one that did not.
    pub login_attempts: u32,
    /// Until when no login is accepted.
    pub locked_until: Option<Timestamp>,
    /// The tenant they work for, where staff may work for only one.
    pub employer_id: Option<TenantId>,
}

impl User {
    /// What a user is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("user");

    /// A user who has signed up and not yet verified anything.
    pub fn new(cx: &Context) -> Self {
        Self {
            id: cx.id(),
            stamp: PlatformStamp::new(cx),
            email: None,
            phone: None,
            password_hash: None,
            status: UserStatus::PendingVerification,
            email_verified_at: None,
            phone_verified_at: None,
            mfa_enabled: false,
            last_login_at: None,
            login_attempts: 0,
            locked_until: None,
            employer_id: None,
        }
    }

    /// The actor of the operations that the user runs, for the context of a signed-in request.
    pub const fn actor(&self) -> Actor {
        Actor::User(self.actor_id())
    }

    /// The actor that the user is.
    pub const fn actor_id(&self) -> ActorId {
        ActorId::from_uuid(self.id.uuid())
    }

    /// Whether logins are refused at an instant because too many failed.
    pub fn is_locked(&self, at: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| at < until)
    }

    /// The user who signs in with that address, however its letters are written.
    pub fn by_email(email: &EmailAddress) -> Query<Self> {
        Query::filter(Self::EMAIL.is(lower_case(email)))
    }

    /// The user who signs in with that number.
    pub fn by_phone(phone: PhoneNumber) -> Query<Self> {
        Query::filter(Self::PHONE.is(phone))
    }
}

/// The address as people are found by it: hardly any mailbox tells cases apart.
pub(crate) fn lower_case(email: &EmailAddress) -> EmailAddress {
    EmailAddress::new(&email.normalized()).unwrap_or_else(|_| email.clone())
}
