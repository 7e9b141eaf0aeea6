//! The built-in roles as rows of a new tenant.
use crate::authorization::{BuiltinRole, Role, RoleKey, RolePermission};
use lms_kernel::Title;
use lms_store::{StoreError, Transaction};

/// Adds the built-in roles, with what they allow, to a tenant that has none of them yet.
///
/// Opening a tenant calls it; it asks for no permission of its own.
pub(crate) async fn seed_roles(tx: &mut Transaction) -> Result<(), StoreError> {
    let mut roles = Vec::new();
    let mut lines = Vec::new();
    for builtin in BuiltinRole::of_tenants() {
        let name = Title::new(builtin.title()).map_err(|_| StoreError::InvalidValue {
            table: "roles",
            column: "name",
            reason: "the name of a built-in role is not a title",
        })?;
        let mut role = Role::new(tx.cx(), RoleKey::from(builtin), name, builtin.level());
        role.is_builtin = true;
        lines.extend(
            builtin.lines().into_iter().map(|it| RolePermission::new(tx.cx(), role.id, it)),
        );
        roles.push(role);
    }
    tx.insert_all(&roles).await?;
    tx.insert_all(&lines).await
}
