//! Who acts inside a tenant, and all that they are granted.
use std::{collections::HashMap, sync::Arc};

use crate::{
    authorization::{
        BuiltinRole, Effect, Grant, GrantOrigin, GrantScope, PermissionPattern, Reach, Role,
        RoleLine, RolePermission,
    },
    identity::{GuardianLink, Membership, PlatformAssignment, RoleAssignment},
    tenancy::{Tenant, TenantStatus},
};
use lms_kernel::{ActorId, Id, TenantId};
use lms_store::{StoreError, Transaction};

/// A person as the decision sees them: their membership and what they are granted.
///
/// It is loaded once for a transaction, in at most seven statements, and kept there.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    actor: ActorId,
    tenant: TenantId,
    tenant_status: Option<TenantStatus>,
    membership: Option<Membership>,
    grants: Vec<Grant>,
}

impl Principal {
    /// The user or integration.
    pub fn actor(&self) -> ActorId {
        self.actor
    }

    /// The person's membership in the tenant, whatever its status.
    pub fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// The status of the tenant; nothing where the tenant is not known.
    pub fn tenant_status(&self) -> Option<TenantStatus> {
        self.tenant_status
    }

    /// What the person is granted.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// The user that acts, with all that they are granted: from the transaction if it was loaded
    /// there before.
    pub async fn of(tx: &mut Transaction, actor: ActorId) -> Result<Arc<Self>, StoreError> {
        let known = tx.extension::<Arc<Self>>();
        if let Some(known) = known.filter(|it| it.actor == actor && it.tenant == tx.tenant()) {
            return Ok(Arc::clone(known));
        }
        let loaded = Arc::new(Self::load(tx, actor).await?);
        tx.set_extension(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Forgets what the transaction loaded, after a change to roles or memberships in it.
    pub(crate) fn forget(tx: &mut Transaction) {
        tx.remove_extension::<Arc<Self>>();
    }

    async fn load(tx: &mut Transaction, actor: ActorId) -> Result<Self, StoreError> {
        let tenant = tx.get(Tenant::id_of(tx.tenant())).await?;
        let user = Id::from_uuid(actor.uuid());
        let membership = tx.first(Membership::of_user(user)).await?;
        let mut grants = Vec::new();
        if tx.scope().includes_platform() {
            for assignment in tx.all(PlatformAssignment::of_user(user)).await? {
                grants.extend(assignment.grants());
            }
        }
        if let Some(member) = &membership {
            grants.extend(member_grants(tx, member).await?);
        }
        Ok(Self {
            actor,
            tenant: tx.tenant(),
            tenant_status: tenant.map(|it| it.status),
            membership,
            grants,
        })
    }
}

async fn member_grants(
    tx: &mut Transaction,
    member: &Membership,
) -> Result<Vec<Grant>, StoreError> {
    let assignments = tx.all(RoleAssignment::of_member(member.id)).await?;
    let roles = tx.get_many::<Role>(&role_ids(&assignments)).await?;
    let roles: HashMap<_, _> = roles.into_iter().map(|it| (it.id, it.key)).collect();
    let lines = match roles.is_empty() {
        true => Vec::new(),
        false => tx.all(RolePermission::of_roles(roles.keys().copied())).await?,
    };
    let wards = match lines.iter().any(|it| it.reach == Reach::Wards) {
        true => tx.all(GuardianLink::of_guardian(member.id)).await?,
        false => Vec::new(),
    };
    let wards: Vec<_> = wards.into_iter().map(|it| it.student_id).collect();
    let mut grants = own_grants(member);
    for assignment in &assignments {
        let Some(key) = roles.get(&assignment.role_id) else { continue };
        for line in lines.iter().filter(|it| it.role_id == assignment.role_id) {
            let origin = GrantOrigin::Role(key.to_string());
            let scope = assignment.grant_scope();
            grants.push(Grant::of_line(&line.line(), scope, member.id, &wards, origin));
        }
    }
    Ok(grants)
}

fn role_ids(assignments: &[RoleAssignment]) -> Vec<Id<Role>> {
    let mut ids: Vec<_> = assignments.iter().map(|it| it.role_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What the membership itself grants: its own permissions, and its unit to the person who runs it.
fn own_grants(member: &Membership) -> Vec<Grant> {
    let extra = member.permissions.iter().map(|it| RoleLine {
        effect: Effect::Allow,
        pattern: PermissionPattern::from(it.clone()),
        reach: Reach::All,
    });
    let mut grants: Vec<_> =
        extra.map(|line| (line, GrantScope::Tenant, GrantOrigin::Membership)).collect();
    if let (true, Some(unit)) = (member.is_unit_admin, member.org_unit_id) {
        let lines = BuiltinRole::Admin.lines().into_iter();
        grants.extend(lines.map(|it| (it, GrantScope::Unit(unit), GrantOrigin::UnitAdmin)));
    }
    grants
        .into_iter()
        .map(|(line, scope, origin)| Grant::of_line(&line, scope, member.id, &[], origin))
        .collect()
}
