//! The rights that come with a membership, a login or a unit, beside assigned roles.
use crate::{
    authorization::{
        BuiltinRole, Effect, GrantScope, Permission, PermissionPattern, Reach, Role, RoleLine,
        RolePermission, beyond_own,
    },
    identity::{Membership, MembershipKind, RoleAssignment},
    tenancy::OrgUnit,
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// What a role allows and denies.
pub(super) async fn lines_of(
    tx: &mut Transaction,
    role: Id<Role>,
) -> Result<Vec<RoleLine>, StoreError> {
    let lines = tx.all(RolePermission::of_roles([role])).await?;
    Ok(lines.iter().map(RolePermission::line).collect())
}

/// What the actor could not give by adding a member of that kind. Learners, guardians and staff
/// are added with what the library gives their kind; what the tenant added to the first role of
/// the kind, and all that administrators may do, the actor needs themselves.
pub(super) async fn beyond_kind(
    tx: &mut Transaction,
    kind: MembershipKind,
) -> Result<Option<PermissionPattern>, StoreError> {
    let Some(role) = tx.first(Role::by_key(kind.first_role())).await? else { return Ok(None) };
    let lines = beside_kind(lines_of(tx, role.id).await?, kind);
    beyond_own(tx, &lines, GrantScope::Tenant).await
}

/// What the actor could not give by handing a membership to a person: all that it may do beyond
/// what the library gives its kind.
pub(super) async fn beyond_member(
    tx: &mut Transaction,
    member: &Membership,
) -> Result<Option<PermissionPattern>, StoreError> {
    for assignment in tx.all(RoleAssignment::of_member(member.id)).await? {
        let scope = assignment.grant_scope();
        let mut lines = lines_of(tx, assignment.role_id).await?;
        if scope == GrantScope::Tenant {
            lines = beside_kind(lines, member.kind);
        }
        if let Some(beyond) = beyond_own(tx, &lines, scope).await? {
            return Ok(Some(beyond));
        }
    }
    if let Some(beyond) = beyond_permissions(tx, &member.permissions).await? {
        return Ok(Some(beyond));
    }
    match member.org_unit_id.filter(|_| member.is_unit_admin) {
        Some(unit) => beyond_unit(tx, unit).await,
        None => Ok(None),
    }
}

/// What the actor could not give by listing those permissions on a membership.
pub(super) async fn beyond_permissions(
    tx: &mut Transaction,
    permissions: &[Permission],
) -> Result<Option<PermissionPattern>, StoreError> {
    let lines: Vec<_> = permissions
        .iter()
        .map(|it| RoleLine {
            effect: Effect::Allow,
            pattern: PermissionPattern::from(it.clone()),
            reach: Reach::All,
        })
        .collect();
    beyond_own(tx, &lines, GrantScope::Tenant).await
}

/// What the actor could not give by making a person run a unit.
pub(super) async fn beyond_unit(
    tx: &mut Transaction,
    unit: Id<OrgUnit>,
) -> Result<Option<PermissionPattern>, StoreError> {
    beyond_own(tx, &BuiltinRole::Admin.lines(), GrantScope::Unit(unit)).await
}

/// The lines that are not what the library gives every member of that kind.
fn beside_kind(mut lines: Vec<RoleLine>, kind: MembershipKind) -> Vec<RoleLine> {
    if kind != MembershipKind::Admin {
        let usual = kind.first_role().lines();
        lines.retain(|it| !usual.contains(it));
    }
    lines
}
