//! Creating roles, and setting their permissions.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    authorization::{
        GrantScope, Permission, Principal, Role, RoleKey, RoleLevel, RoleLine, RolePermission,
        TheTenant, authorize_on,
    },
    identity::{
        RoleAssignment, RoleError,
        assign_role::{check_not_beyond, denials_lifted},
    },
};
use lms_kernel::{Id, Title};
use lms_store::Transaction;

/// Creates a role. Needs `roles.manage` in the whole tenant, and every permission that the role
/// allows.
///
/// # Errors
/// [`RoleError`].
#[operation("identity.create_role")]
#[derive(PartialEq)]
pub struct CreateRole {
    /// The key that programs use, unique in the tenant.
    pub key: RoleKey,
    /// The name shown to people.
    pub name: Title,
    /// The narrowest place it can be assigned for.
    pub scope: RoleLevel,
    /// Whether it can be assigned only for a unit, course or class, never for the whole tenant.
    pub needs_place: bool,
    /// The permissions that it allows and denies.
    pub lines: Vec<RoleLine>,
}

impl Operation for CreateRole {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_MANAGE]);
    type Answer = Role;
    type Error = RoleError;

    async fn run(self, tx: &mut Transaction) -> Result<Role, RoleError> {
        let command = self;
        authorize_on(tx, Permission::ROLES_MANAGE, &TheTenant).await?;
        if command.scope == RoleLevel::Platform {
            return Err(RoleError::PlatformOnly);
        }
        check_lines(tx, &command.lines).await?;
        let mut role = Role::new(tx.cx(), command.key, command.name, command.scope);
        role.needs_place = command.needs_place;
        tx.insert(&role).await?;
        let lines: Vec<_> =
            command.lines.into_iter().map(|it| RolePermission::new(tx.cx(), role.id, it)).collect();
        tx.insert_all(&lines).await?;
        Ok(role)
    }
}

/// Sets one permission of a role to allowed or denied, replacing an earlier line for the same
/// permission. Needs `roles.manage` in the whole tenant, and the permission where it is allowed.
///
/// # Errors
/// [`RoleError`].
#[operation("identity.set_role_permission")]
pub struct SetRolePermission {
    /// The role to change.
    pub role_id: Id<Role>,
    /// The permission, its reach, and whether it is allowed or denied.
    pub line: RoleLine,
}

impl Operation for SetRolePermission {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_MANAGE]);
    type Answer = RolePermission;
    type Error = RoleError;

    async fn run(self, tx: &mut Transaction) -> Result<RolePermission, RoleError> {
        let Self { role_id, line } = self;
        authorize_on(tx, Permission::ROLES_MANAGE, &TheTenant).await?;
        check_lines(tx, std::slice::from_ref(&line)).await?;
        tx.lock(role_id).await?;
        let lines = tx.all(RolePermission::of_roles([role_id])).await?;
        let known = lines.into_iter().find(|it| it.key == line.pattern && it.reach == line.reach);
        let written = match known {
            Some(mut known) => {
                known.effect = line.effect;
                tx.update(&mut known).await?;
                known
            }
            None => {
                let added = RolePermission::new(tx.cx(), role_id, line);
                tx.insert(&added).await?;
                added
            }
        };
        Principal::forget(tx);
        Ok(written)
    }
}

/// Removes a permission line from a role. Needs `roles.manage` in the whole tenant and, for a line
/// that denies, the permission that it denied.
///
/// # Errors
/// [`RoleError`].
#[operation("identity.remove_role_permission")]
pub struct RemoveRolePermission {
    /// The permission line to remove.
    pub line_id: Id<RolePermission>,
}

impl Operation for RemoveRolePermission {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_MANAGE]);
    type Answer = ();
    type Error = RoleError;

    async fn run(self, tx: &mut Transaction) -> Result<(), RoleError> {
        let Self { line_id } = self;
        authorize_on(tx, Permission::ROLES_MANAGE, &TheTenant).await?;
        let mut line = tx.require(line_id).await?;
        check_not_beyond(tx, &denials_lifted(vec![line.line()]), GrantScope::Tenant).await?;
        tx.delete(&mut line).await?;
        Principal::forget(tx);
        Ok(())
    }
}

/// Deletes a role of the tenant's own that no member has. Needs `roles.manage` in the whole tenant.
///
/// # Errors
/// [`RoleError::BuiltIn`], [`RoleError::InUse`].
#[operation("identity.delete_role")]
pub struct DeleteRole {
    /// The role to delete.
    pub role_id: Id<Role>,
}

impl Operation for DeleteRole {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_MANAGE]);
    type Answer = ();
    type Error = RoleError;

    async fn run(self, tx: &mut Transaction) -> Result<(), RoleError> {
        let Self { role_id } = self;
        authorize_on(tx, Permission::ROLES_MANAGE, &TheTenant).await?;
        let mut role = tx.lock(role_id).await?;
        if role.is_builtin {
            return Err(RoleError::BuiltIn);
        }
        if tx.exists(RoleAssignment::of_role(role_id)).await? {
            return Err(RoleError::InUse);
        }
        tx.delete(&mut role).await?;
        Ok(())
    }
}

/// Refuses lines about the platform, and lines that allow more than the actor may themselves.
async fn check_lines(tx: &mut Transaction, lines: &[RoleLine]) -> Result<(), RoleError> {
    if lines.iter().any(|it| it.pattern.as_str().starts_with("platform.")) {
        return Err(RoleError::PlatformOnly);
    }
    check_not_beyond(tx, lines, GrantScope::Tenant).await
}
