//! What identity announces.
use serde::{Deserialize, Serialize};

use crate::{
    authorization::Role,
    identity::{Invite, Membership, MembershipKind, MembershipStatus, User, UserStatus},
};
use lms_kernel::{EntityRef, Id};
use lms_store::outbox::DomainEvent;

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident $kind:literal on $subject:ident by $id:ident {
        $($(#[$field_meta:meta])* $field:ident: $ty:ty,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)+
        }

        impl DomainEvent for $name {
            const KIND: &'static str = $kind;
            fn subject(&self) -> EntityRef {
                EntityRef::to($subject::ENTITY, self.$id)
            }
        }
    )+};
}

events! {
    /// A person has a login.
    UserRegistered "identity.user_registered" on User by user_id {
        /// The user.
        user_id: Id<User>,
    }

    /// A person has shown that an address or a number is theirs.
    UserVerified "identity.user_verified" on User by user_id {
        /// The user.
        user_id: Id<User>,
    }

    /// A user was switched off, locked out, let in again or erased.
    UserStatusChanged "identity.user_status_changed" on User by user_id {
        /// The user.
        user_id: Id<User>,
        /// Their present status.
        status: UserStatus,
    }

    /// Someone was invited.
    MemberInvited "identity.member_invited" on Invite by invite_id {
        /// The invitation.
        invite_id: Id<Invite>,
    }

    /// Someone joined with an invitation.
    InviteUsed "identity.invite_used" on Invite by invite_id {
        /// The invitation.
        invite_id: Id<Invite>,
        /// Who joined.
        membership_id: Id<Membership>,
    }

    /// A learner has another tutor, or none.
    TutorAssigned "identity.tutor_assigned" on Membership by student_id {
        /// The learner.
        student_id: Id<Membership>,
        /// The tutor.
        tutor_id: Option<Id<Membership>>,
    }

    /// A person is responsible for a learner.
    GuardianLinked "identity.guardian_linked" on Membership by student_id {
        /// The learner.
        student_id: Id<Membership>,
        /// Who is responsible.
        guardian_id: Id<Membership>,
    }

    /// A person is no longer responsible for a learner.
    GuardianUnlinked "identity.guardian_unlinked" on Membership by student_id {
        /// The learner.
        student_id: Id<Membership>,
        /// Who was responsible.
        guardian_id: Id<Membership>,
    }

    /// Someone follows someone.
    MemberFollowed "identity.member_followed" on Membership by following_id {
        /// Who follows.
        follower_id: Id<Membership>,
        /// The membership of the member who is followed.
        following_id: Id<Membership>,
    }

    /// Someone became a member of the tenant.
    MemberAdded "identity.member_added" on Membership by membership_id {
        /// The membership.
        membership_id: Id<Membership>,
        /// What the person is to the tenant.
        kind: MembershipKind,
        /// The status of the membership.
        status: MembershipStatus,
    }

    /// The status of a membership changed.
    MembershipStatusChanged "identity.membership_status_changed" on Membership by membership_id {
        /// The membership.
        membership_id: Id<Membership>,
        /// Its present status.
        status: MembershipStatus,
    }

    /// A member has one more role.
    RoleAssigned "identity.role_assigned" on Membership by membership_id {
        /// The member.
        membership_id: Id<Membership>,
        /// The role.
        role_id: Id<Role>,
    }

    /// A member has one role less.
    RoleUnassigned "identity.role_unassigned" on Membership by membership_id {
        /// The member.
        membership_id: Id<Membership>,
        /// The role.
        role_id: Id<Role>,
    }
}
