//! The list of a tenant's roles.
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::{
    authorization::{
        Permission, Role, RoleKey, RoleLevel, RoleLine, RolePermission, TheTenant, authorize_on,
    },
    identity::{DirectoryError, RoleAssignment},
};
use lms_kernel::{Id, Title};
use lms_store::{Cursor, Direction, Page, PageSize, Query, Transaction};

/// A role, as a list shows one.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleView {
    /// The role's id.
    pub id: Id<Role>,
    /// Its name for programs.
    pub key: RoleKey,
    /// Its name for people.
    pub name: Title,
    /// The narrowest place that it can be given for.
    pub scope: RoleLevel,
    /// Whether it can be given only for a unit, course or class.
    pub needs_place: bool,
    /// Whether the library brought it; such a role can be changed but not deleted.
    pub is_builtin: bool,
    /// The permissions that it allows and denies, each with its reach.
    pub lines: Vec<RoleLine>,
    /// How often it is given; a member who has it for two places counts twice.
    pub times_given: u64,
}

/// Lists the roles of the tenant by name, with their permissions.
///
/// # Permission
/// `roles.view` in the whole tenant.
///
/// # Errors
/// [`DirectoryError`].
#[operation("identity.list_roles")]
pub struct ListRoles {
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListRoles {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<RoleView>;
    type Error = DirectoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<RoleView>, DirectoryError> {
        let Self { size, after } = self;
        authorize_on(tx, Permission::ROLES_VIEW, &TheTenant).await?;
        let query = Query::<Role>::all().order_by(Role::NAME, Direction::Asc);
        let Page { items, next } = tx.page(query.page(size, after)).await?;
        let lines = tx.all(RolePermission::of_roles(items.iter().map(|it| it.id))).await?;
        let mut views = Vec::with_capacity(items.len());
        for role in items {
            let own = lines.iter().filter(|it| it.role_id == role.id);
            views.push(RoleView {
                id: role.id,
                lines: own.map(RolePermission::line).collect(),
                times_given: tx.count(RoleAssignment::of_role(role.id)).await?,
                key: role.key,
                name: role.name,
                scope: role.scope,
                needs_place: role.needs_place,
                is_builtin: role.is_builtin,
            });
        }
        Ok(Page { items: views, next })
    }
}
