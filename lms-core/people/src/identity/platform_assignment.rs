//! Roles of platform staff.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{
        BuiltinRole, Effect, Grant, GrantOrigin, GrantScope, Permission, PermissionPattern,
    },
    identity::User,
};
use lms_kernel::{Context, Id};
use lms_store::{PlatformStamp, Query, Record};

/// A role on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum PlatformRole {
    /// Runs the platform and may do everything in every tenant.
    #[text("platform_admin", "super_admin", "admin")]
    PlatformAdmin,
    /// Looks at tenants to help them, and changes nothing.
    PlatformSupport,
}

/// A role that a user has on the platform. It counts in transactions that include the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "platform_assignments", platform, unaudited, unique(user_id, role))]
pub struct PlatformAssignment {
    /// The assignment's id.
    pub id: Id<PlatformAssignment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// Who has the role.
    pub user_id: Id<User>,
    /// The role.
    pub role: PlatformRole,
}

impl PlatformAssignment {
    /// Gives a user a role on the platform.
    pub fn new(cx: &Context, user_id: Id<User>, role: PlatformRole) -> Self {
        Self { id: cx.id(), stamp: PlatformStamp::new(cx), user_id, role }
    }

    /// The platform roles of a user.
    pub fn of_user(user: Id<User>) -> Query<Self> {
        Query::filter(Self::USER_ID.eq(user))
    }

    /// What the role grants, in every tenant and on the platform.
    pub fn grants(&self) -> Vec<Grant> {
        let patterns: Vec<PermissionPattern> = match self.role {
            PlatformRole::PlatformAdmin => {
                BuiltinRole::PlatformAdmin.lines().into_iter().map(|it| it.pattern).collect()
            }
            PlatformRole::PlatformSupport => [
                Permission::PLATFORM_VIEW_TENANTS,
                Permission::TENANT_VIEW,
                Permission::SETTINGS_VIEW,
                Permission::UNITS_VIEW,
                Permission::MEMBERS_VIEW,
                Permission::ROLES_VIEW,
                Permission::AUDIT_VIEW,
            ]
            .map(PermissionPattern::from)
            .to_vec(),
        };
        let grant = |pattern| Grant {
            effect: Effect::Allow,
            pattern,
            scope: GrantScope::Platform,
            reach: crate::authorization::Reach::All,
            members: None,
            origin: GrantOrigin::Platform(self.role.as_str().into()),
        };
        patterns.into_iter().map(grant).collect()
    }
}
