//! Events of identity.
use serde::{Deserialize, Serialize};

use crate::{
    authorization::Role,
    identity::{Invite, Membership, MembershipKind, MembershipStatus, User, UserStatus},
};
use lms_kernel::Id;
use lms_store::outbox::DomainEvent;

/// A person has a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.user_registered", subject = User::ENTITY, id = user_id)]
pub struct UserRegistered {
    /// The user.
    pub user_id: Id<User>,
}

/// A person has shown that an address or a number is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.user_verified", subject = User::ENTITY, id = user_id)]
pub struct UserVerified {
    /// The user.
    pub user_id: Id<User>,
}

/// A user was switched off, locked out, let in again or erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.user_status_changed", subject = User::ENTITY, id = user_id)]
pub struct UserStatusChanged {
    /// The user.
    pub user_id: Id<User>,
    /// Their present status.
    pub status: UserStatus,
}

/// Someone was invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.member_invited", subject = Invite::ENTITY, id = invite_id)]
pub struct MemberInvited {
    /// The invitation.
    pub invite_id: Id<Invite>,
}

/// Someone joined with an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.invite_used", subject = Invite::ENTITY, id = invite_id)]
pub struct InviteUsed {
    /// The invitation.
    pub invite_id: Id<Invite>,
    /// Who joined.
    pub membership_id: Id<Membership>,
}

/// A learner has another tutor, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.tutor_assigned", subject = Membership::ENTITY, id = student_id)]
pub struct TutorAssigned {
    /// The learner.
    pub student_id: Id<Membership>,
    /// The tutor.
    pub tutor_id: Option<Id<Membership>>,
}

/// A person is responsible for a learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.guardian_linked", subject = Membership::ENTITY, id = student_id)]
pub struct GuardianLinked {
    /// The learner.
    pub student_id: Id<Membership>,
    /// Who is responsible.
    pub guardian_id: Id<Membership>,
}

/// A person is no longer responsible for a learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.guardian_unlinked", subject = Membership::ENTITY, id = student_id)]
pub struct GuardianUnlinked {
    /// The learner.
    pub student_id: Id<Membership>,
    /// Who was responsible.
    pub guardian_id: Id<Membership>,
}

/// Someone follows someone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.member_followed", subject = Membership::ENTITY, id = following_id)]
pub struct MemberFollowed {
    /// Who follows.
    pub follower_id: Id<Membership>,
    /// The membership of the member who is followed.
    pub following_id: Id<Membership>,
}

/// Someone became a member of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.member_added", subject = Membership::ENTITY, id = membership_id)]
pub struct MemberAdded {
    /// The membership.
    pub membership_id: Id<Membership>,
    /// What the person is to the tenant.
    pub kind: MembershipKind,
    /// The status of the membership.
    pub status: MembershipStatus,
}

/// The status of a membership changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.membership_status_changed", subject = Membership::ENTITY, id = membership_id)]
pub struct MembershipStatusChanged {
    /// The membership.
    pub membership_id: Id<Membership>,
    /// Its present status.
    pub status: MembershipStatus,
}

/// A member has one more role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.role_assigned", subject = Membership::ENTITY, id = membership_id)]
pub struct RoleAssigned {
    /// The member.
    pub membership_id: Id<Membership>,
    /// The role.
    pub role_id: Id<Role>,
}

/// A member has one role less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("identity.role_unassigned", subject = Membership::ENTITY, id = membership_id)]
pub struct RoleUnassigned {
    /// The member.
    pub membership_id: Id<Membership>,
    /// The role.
    pub role_id: Id<Role>,
}
