//! What identity announces.
use serde::{Deserialize, Serialize};

use crate::{
    authorization::Role,
    identity::{Membership, MembershipKind, MembershipStatus, User},
    kernel::{EntityRef, Id},
    outbox::DomainEvent,
};

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
    /// Somebody has a login.
    UserRegistered "identity.user_registered" on User by user_id {
        /// The user.
        user_id: Id<User>,
    }

    /// Somebody became a member of the tenant.
    MemberAdded "identity.member_added" on Membership by membership_id {
        /// The membership.
        membership_id: Id<Membership>,
        /// What the person is to the tenant.
        kind: MembershipKind,
        /// Where the membership stands.
        status: MembershipStatus,
    }

    /// A membership stands somewhere else.
    MembershipStatusChanged "identity.membership_status_changed" on Membership by membership_id {
        /// The membership.
        membership_id: Id<Membership>,
        /// Where it stands now.
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
