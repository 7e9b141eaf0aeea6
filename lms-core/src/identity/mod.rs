//! People: users of the platform, and their memberships, roles and profiles in a tenant.
//!
//! A **user** is a person with a login; the platform owns it. A **membership** is a tenant's own
//! record of a person, and everything in the tenant that refers to a person refers to it. A
//! member has **roles**, each given for the tenant, a unit, a course or a class. A **guardian**
//! is responsible for learners and sees what is theirs.
mod add_member;
mod assign_role;
mod events;
mod guardian_link;
mod manage_roles;
mod membership;
mod password_hash;
mod platform_assignment;
mod register_user;
mod role_assignment;
mod user;

pub use crate::authorization::{Role, RoleKey, RoleLevel, RolePermission};
pub use add_member::{AddMember, MemberError, add_member};
pub use assign_role::{AssignRole, RoleError, assign_role, unassign_role};
pub use events::{
    MemberAdded, MembershipStatusChanged, RoleAssigned, RoleUnassigned, UserRegistered,
};
pub use guardian_link::{GuardianLink, GuardianRelation};
pub use manage_roles::{
    CreateRole, create_role, delete_role, remove_role_permission, set_role_permission,
};
pub use membership::{Membership, MembershipKind, MembershipStatus};
pub use password_hash::PasswordHash;
pub use platform_assignment::{PlatformAssignment, PlatformRole};
pub use register_user::{RegisterUser, RegisterUserError, register_user};
pub use role_assignment::{AssignmentScope, RoleAssignment};
pub use user::{User, UserStatus};

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<User>(),
        RecordType::of::<PlatformAssignment>(),
        RecordType::of::<Membership>(),
        RecordType::of::<RoleAssignment>(),
        RecordType::of::<GuardianLink>(),
    ]
}
