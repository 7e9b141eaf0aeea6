//! The person who acts inside a tenant, with all grants.
use std::sync::Arc;

use crate::{
    authorization::{
        BuiltinRole, Effect, Grant, GrantOrigin, GrantScope, HeldRights, HeldRole,
        PermissionPattern, Reach, RoleLine,
    },
    identity::{Membership, PlatformAssignment},
    tenancy::{TenantStatus, note_plan_state},
};
use lms_kernel::{ActorId, Id, TenantId};
use lms_store::{StoreError, Transaction};

/// A person as the decision sees them: their membership and what they are granted.
///
/// It is loaded once for a transaction, on a server in one statement, and kept there.
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
        let user_id = Id::from_uuid(actor.uuid());
        let held = tx.report(HeldRights { user_id }).await?;
        note_plan_state(tx, held.plan_state);
        let mut grants = Vec::new();
        if tx.scope().includes_platform() {
            for assignment in tx.all(PlatformAssignment::of_user(user_id)).await? {
                grants.extend(assignment.grants());
            }
        }
        if let Some(member) = &held.membership {
            grants.extend(own_grants(member));
            let of_role = |it| role_grants(it, member.id, &held.wards);
            grants.extend(held.roles.iter().flat_map(of_role));
        }
        Ok(Self {
            actor,
            tenant: tx.tenant(),
            tenant_status: held.tenant_status,
            membership: held.membership,
            grants,
        })
    }
}

fn role_grants(role: &HeldRole, member: Id<Membership>, wards: &[Id<Membership>]) -> Vec<Grant> {
    let scope = role.scope.grant_scope(role.scope_id);
    let of_line =
        |line| Grant::of_line(line, scope, member, wards, GrantOrigin::Role(role.key.to_string()));
    role.lines.iter().map(of_line).collect()
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
