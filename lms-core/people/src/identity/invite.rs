//! An invitation to join a tenant.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    authorization::Role,
    identity::{Membership, MembershipKind, SecretHash},
    tenancy::OrgUnit,
};
use lms_kernel::{Context, EmailAddress, EntityKind, Id, Timestamp, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// The status of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum InviteStatus {
    /// It can be used.
    Open,
    /// Someone joined with it.
    Used,
    /// It was not used in time.
    Expired,
    /// It was revoked.
    Revoked,
}

/// An event in the lifecycle of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum InviteEvent {
    /// Someone joins with it.
    Use,
    /// Its time is over.
    Expire,
    /// It is revoked.
    Revoke,
}

lms_kernel::machine! {
    /// The status of the invitation after `event`: an open one can be used, expire or be taken
    /// back, once.
    "invitation": InviteStatus x InviteEvent {
                 [Use   Expire   Revoke ]
        Open:    [Used  Expired  Revoked]
        Used:    [-     -        -      ]
        Expired: [-     -        -      ]
        Revoked: [-     -        -      ]
    }
}

/// An invitation to join a tenant. Its token is handed out once, stored as its hash, and good
/// for one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "invites", unique_always(token_hash), index(email), index(status, expires_at))]
pub struct Invite {
    /// The invitation's id.
    pub id: Id<Invite>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// To whom it was sent, in lower case.
    pub email: EmailAddress,
    /// The name to put on the roster, if it is known.
    #[record(personal)]
    pub full_name: Option<Title>,
    /// Who invites; no one where the system does.
    pub invited_by: Option<Id<Membership>>,
    /// What the person will be to the tenant.
    pub kind: MembershipKind,
    /// A further role that they will have.
    pub role_id: Option<Id<Role>>,
    /// The unit they will belong to, and for which they will have the role.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The person on the roster who will get a login by it, where they are there already; once it is
    /// used, the person who joined with it.
    pub member_id: Option<Id<Membership>>,
    /// The hash of the token.
    pub token_hash: SecretHash,
    /// Its status.
    pub status: InviteStatus,
    /// When it stops being accepted, exclusive.
    pub expires_at: Timestamp,
    /// When someone joined with it.
    pub used_at: Option<Timestamp>,
}

impl Invite {
    /// What an invitation is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("invite");

    /// Whether a person may join with it at an instant.
    pub fn is_usable(&self, at: Timestamp) -> bool {
        self.status == InviteStatus::Open && at < self.expires_at
    }

    /// The invitation with that token.
    pub fn by_hash(hash: SecretHash) -> Query<Self> {
        Query::filter(Self::TOKEN_HASH.eq(hash))
    }

    /// The invitations that no one used yet, the latest first.
    pub fn open() -> Query<Self> {
        Query::filter(Self::STATUS.eq(InviteStatus::Open)).order_by(Self::ID, Direction::Desc)
    }

    /// The open invitations whose time is over at an instant.
    pub fn overdue(at: Timestamp) -> Query<Self> {
        Query::filter(Self::STATUS.eq(InviteStatus::Open).and(Self::EXPIRES_AT.le(at)))
    }

    /// An open invitation for that address.
    pub fn to_address(cx: &Context, email: &EmailAddress) -> Query<Self> {
        let open = Self::STATUS.eq(InviteStatus::Open).and(Self::EXPIRES_AT.gt(cx.now()));
        Query::filter(Self::EMAIL.eq(super::user::lower_case(email)).and(open))
    }
}
