//! One line of a role.
use serde::{Deserialize, Serialize};

use crate::authorization::{Effect, PermissionPattern, Reach, Role, RoleLine};
use lms_kernel::{Context, Id};
use lms_store::{Query, Record, Stamp};

/// One line of a role: a permission, or several, that it allows or denies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "role_permissions", unique(role_id, key, reach))]
pub struct RolePermission {
    /// The line's id.
    pub id: Id<RolePermission>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The role.
    pub role_id: Id<Role>,
    /// What is allowed or denied.
    pub key: PermissionPattern,
    /// Whether it is allowed or denied; a denial wins.
    pub effect: Effect,
    /// Whose things it reaches.
    pub reach: Reach,
}

impl RolePermission {
    /// A line of a role.
    pub fn new(cx: &Context, role_id: Id<Role>, line: RoleLine) -> Self {
        let RoleLine { effect, pattern, reach } = line;
        Self { id: cx.id(), stamp: Stamp::new(cx), role_id, key: pattern, effect, reach }
    }

    /// What the line says.
    pub fn line(&self) -> RoleLine {
        RoleLine { effect: self.effect, pattern: self.key.clone(), reach: self.reach }
    }

    /// The lines of those roles.
    pub fn of_roles(roles: impl IntoIterator<Item = Id<Role>>) -> Query<Self> {
        Query::filter(Self::ROLE_ID.is_in(roles))
    }
}
