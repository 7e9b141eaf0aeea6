//! Permissions, roles, and decisions that explain themselves.
//!
//! A **permission** is the right to do one thing, by its key (`orders.review_proof`). A **role**
//! lists permissions that it allows or denies, and whose things each reaches: everyone's, what
//! the person leads, their own, or their wards'. A role is given to a member for a **scope**: the
//! tenant, a unit with all below it, a course or a class. Together they make a person's
//! **grants**, and [`decide`] is the whole rule: a denial that covers the **subject** (whose thing it
//! is, who leads it, where it is) wins, then a permission, otherwise no. An operation calls
//! [`authorize_on`] first and gets a **permit**, or an error that says which permission is missing,
//! and a note in the audit trail.
//!
//! This is the one context that reads the records of later ones (memberships, units), because
//! every service asks it.
mod authorize;
mod builtin_lines;
mod builtin_role;
mod decision;
mod giving;
mod grant;
mod held_rights;
mod listing;
mod login;
mod permit;
mod place;
mod principal;
mod role;
mod role_permission;
#[cfg(test)]
mod role_table;
mod seed_roles;
mod subject;

pub use authorize::{
    AuthorizationError, acting_member, authorize_on, get_authorized, is_permitted_on,
    lock_authorized, require_for,
};
pub(crate) use authorize::{forget_units, signed_in};
pub use builtin_role::BuiltinRole;
pub use decision::{Decision, decide};
pub(crate) use giving::beyond_own;
pub use grant::{Effect, Grant, GrantOrigin, GrantScope, Reach, RoleLine};
pub use held_rights::{HeldRights, HeldRightsRows, HeldRole};
pub use listing::{Listed, People, authorize_list, in_units, list_permitted};
pub use lms_kernel::{Access, CataloguedPermission, Permission, PermissionPattern};
pub(crate) use login::{acts_as, authorize_login};
pub use permit::Permit;
pub use place::{Place, Places};
pub use principal::Principal;
pub use role::{Role, RoleKey, RoleLevel};
pub use role_permission::RolePermission;
pub(crate) use seed_roles::seed_roles;
pub use subject::{Protected, Subject, ThePlatform, TheTenant};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Role>(), RecordType::of::<RolePermission>()]
}
