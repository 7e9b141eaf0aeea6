//! Assigning roles to members, and removing them.
use lms_derive::DomainError;
use lms_store::operation::{self, Operation, operation};
use uuid::Uuid;

use crate::{
    authorization::{
        AuthorizationError, Effect, GrantScope, Permission, Principal, Protected, Role, RoleLevel,
        RoleLine, Subject, authorize_on, beyond_own,
    },
    identity::{
        Absence, AssignmentScope, Membership, RequirePresent, RoleAssigned, RoleAssignment,
        RoleUnassigned, giving::lines_of,
    },
    tenancy::OrgUnit,
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// Assigns a role to a member for the whole tenant or for one place in it. Needs `roles.assign`
/// there, and every permission that the role allows.
///
/// Of two who give the same role at the same time one is refused by the store.
///
/// # Errors
/// [`RoleError`].
#[operation("identity.assign_role")]
#[derive(PartialEq)]
pub struct AssignRole {
    /// The member who receives the role.
    pub membership_id: Id<Membership>,
    /// The role to assign.
    pub role_id: Id<Role>,
    /// Whether the role holds for the tenant, a unit, a course or a class.
    pub scope: AssignmentScope,
    /// The unit, course or class; `None` exactly when `scope` is the tenant.
    pub scope_id: Option<Uuid>,
}

/// Why a role could not be given, taken, made or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RoleError {
    /// The role cannot be given for so narrow a place.
    #[error("the role cannot be given for a {scope}; choose a wider place")]
    #[fault(invalid, field = "scope")]
    TooNarrow {
        /// The kind of place.
        scope: AssignmentScope,
    },
    /// The role is given for a unit, course or class, and none was named.
    #[error("the role is given for a unit, course or class; name one")]
    #[fault(invalid, field = "scope_id")]
    PlaceNeeded,
    /// The member has the role there already.
    #[error("the member has the role there already")]
    #[fault(conflict)]
    AlreadyAssigned,
    /// Another role has the same key.
    #[error("the role key is taken; choose another")]
    #[fault(conflict, field = "key")]
    KeyTaken,
    /// The role came with the library and stays.
    #[error("a built-in role cannot be deleted; change what it allows")]
    #[fault(conflict)]
    BuiltIn,
    /// Members have the role.
    #[error("members have the role; take it from them first")]
    #[fault(conflict)]
    InUse,
    /// What belongs to the platform cannot be granted by a tenant.
    #[error("`platform` permissions cannot be given by a tenant's role")]
    #[fault(forbidden, field = "key")]
    PlatformOnly,
    /// The actor must have every permission that the role allows.
    #[error("the role allows `{permission}`, which you may not do there yourself")]
    #[fault(forbidden)]
    BeyondOwn {
        /// What the role allows and the actor may not.
        permission: String,
    },
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RoleError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "role_assignments", .. } => Self::AlreadyAssigned,
            StoreError::Duplicate { table: "roles", .. } => Self::KeyTaken,
            error => Self::Store(error),
        }
    }
}

impl Operation for AssignRole {
    const ACCESS: operation::Access = operation::Access::Asks(&[Permission::ROLES_ASSIGN]);
    type Answer = RoleAssignment;
    type Error = RoleError;

    async fn run(self, tx: &mut Transaction) -> Result<RoleAssignment, RoleError> {
        let command = self;
        let AssignRole { membership_id, role_id, scope, scope_id } = command;
        let at = grant_scope(scope, scope_id);
        authorize_on(tx, Permission::ROLES_ASSIGN, &subject_at(at)).await?;
        let role = tx.require(role_id).await?;
        check_scope(&role, scope, scope_id)?;
        let lines = lines_of(tx, role_id).await?;
        check_not_beyond(tx, &lines, at).await?;
        let member = tx.part(RequirePresent { member_id: membership_id }).await??;
        let mut assignment = RoleAssignment::new(tx.cx(), member.id, role_id);
        if let (AssignmentScope::Unit, Some(unit)) = (scope, scope_id) {
            tx.require(Id::<OrgUnit>::from_uuid(unit)).await?;
        }
        if let Some(id) = scope_id {
            assignment = assignment.at(scope, id);
        }
        tx.insert(&assignment).await?;
        Principal::forget(tx);
        tx.emit(&RoleAssigned { membership_id, role_id });
        Ok(assignment)
    }
}

/// Removes a role from a member. Needs `roles.assign` where the role was given and, because
/// removing a denial restores what it denied, every permission that the role denies.
///
/// # Errors
/// [`RoleError`].
#[operation("identity.unassign_role")]
pub struct UnassignRole {
    /// The role assignment to remove.
    pub assignment_id: Id<RoleAssignment>,
}

impl Operation for UnassignRole {
    const ACCESS: operation::Access = operation::Access::Asks(&[Permission::ROLES_ASSIGN]);
    type Answer = ();
    type Error = RoleError;

    async fn run(self, tx: &mut Transaction) -> Result<(), RoleError> {
        let Self { assignment_id } = self;
        let found = tx.get(assignment_id).await?;
        let at = found.as_ref().map_or(GrantScope::Tenant, RoleAssignment::grant_scope);
        authorize_on(tx, Permission::ROLES_ASSIGN, &subject_at(at)).await?;
        let mut assignment = tx.require(assignment_id).await?;
        let denied = denials_lifted(lines_of(tx, assignment.role_id).await?);
        check_not_beyond(tx, &denied, at).await?;
        tx.delete(&mut assignment).await?;
        Principal::forget(tx);
        let RoleAssignment { membership_id, role_id, .. } = assignment;
        tx.emit(&RoleUnassigned { membership_id, role_id });
        Ok(())
    }
}

/// Refuses to give lines that allow more than the actor may do there themselves.
pub(super) async fn check_not_beyond(
    tx: &mut Transaction,
    lines: &[RoleLine],
    at: GrantScope,
) -> Result<(), RoleError> {
    match beyond_own(tx, lines, at).await? {
        None => Ok(()),
        Some(pattern) => Err(RoleError::BeyondOwn { permission: pattern.to_string() }),
    }
}

/// What is given when lines are taken away: what they denied.
pub(super) fn denials_lifted(lines: Vec<RoleLine>) -> Vec<RoleLine> {
    let denied = lines.into_iter().filter(|it| it.effect == Effect::Deny);
    denied.map(|it| RoleLine { effect: Effect::Allow, ..it }).collect()
}

fn grant_scope(scope: AssignmentScope, id: Option<Uuid>) -> GrantScope {
    match (scope, id) {
        (AssignmentScope::Tenant, _) | (_, None) => GrantScope::Tenant,
        (AssignmentScope::Unit, Some(id)) => GrantScope::Unit(Id::from_uuid(id)),
        (AssignmentScope::Course, Some(id)) => GrantScope::Course(id),
        (AssignmentScope::Class, Some(id)) => GrantScope::Class(id),
    }
}

/// The place for which a role is given, as what is asked about.
fn subject_at(at: GrantScope) -> Subject {
    match at {
        GrantScope::Platform => Subject::platform(),
        GrantScope::Tenant => Subject::default(),
        GrantScope::Unit(unit) => Subject::default().in_unit(Some(unit)),
        GrantScope::Course(course) => Subject::in_course(course),
        GrantScope::Class(class) => Subject::default().in_class(class),
    }
}

impl Protected for RoleAssignment {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(subject_at(self.grant_scope()))
    }
}

/// Whether a role can be given for a place: not for one narrower than the role's level, and a
/// role that needs a place not for the whole tenant.
pub(super) fn check_scope(
    role: &Role,
    scope: AssignmentScope,
    scope_id: Option<Uuid>,
) -> Result<(), RoleError> {
    let narrowest = match role.scope {
        RoleLevel::Platform => return Err(RoleError::PlatformOnly),
        RoleLevel::Tenant => AssignmentScope::Tenant,
        RoleLevel::Unit => AssignmentScope::Unit,
        RoleLevel::Course => AssignmentScope::Course,
        RoleLevel::Class => AssignmentScope::Class,
    };
    if scope > narrowest {
        return Err(RoleError::TooNarrow { scope });
    }
    let is_placed = scope != AssignmentScope::Tenant && scope_id.is_some();
    let needs_place = role.needs_place || scope != AssignmentScope::Tenant;
    if needs_place && !is_placed { Err(RoleError::PlaceNeeded) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lms_kernel::Context;

    use super::*;
    use crate::authorization::RoleKey;
    use lms_kernel::{Actor, SequentialIds, TenantId, Timestamp, Title};

    #[test]
    fn a_role_is_given_no_narrower_than_its_level() {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        let role = |level, needs_place| {
            let key = RoleKey::new("coach").unwrap();
            let role = Role::new(&cx, key, Title::new("Coach").unwrap(), level);
            Role { needs_place, ..role }
        };
        let somewhere = Some(Uuid::from_u128(1));
        let fits = |level, needs_place, scope, id| {
            check_scope(&role(level, needs_place), scope, id).is_ok()
        };
        use AssignmentScope::{Class, Course, Tenant, Unit};
        assert!(fits(RoleLevel::Tenant, false, Tenant, None));
        assert!(!fits(RoleLevel::Tenant, false, Unit, somewhere));
        assert!(fits(RoleLevel::Class, false, Course, somewhere));
        assert!(fits(RoleLevel::Course, false, Course, somewhere));
        assert!(!fits(RoleLevel::Course, false, Class, somewhere));
        assert!(!fits(RoleLevel::Unit, true, Tenant, None));
        assert!(!fits(RoleLevel::Unit, false, Unit, None));
        assert!(fits(RoleLevel::Unit, true, Unit, somewhere));
        assert!(!fits(RoleLevel::Platform, false, Tenant, None));
    }
}
