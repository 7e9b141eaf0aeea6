//! Reading all sources of a person's rights in a tenant at once.
use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    authorization::{Reach, Role, RoleKey, RoleLine, RolePermission},
    identity::{AssignmentScope, GuardianLink, Membership, RoleAssignment, User},
    tenancy::{PlanStanding, PlanState, Tenant, TenantStatus},
};
use lms_kernel::Id;
use lms_store::{Report, StoreError, Transaction};

/// Reads a user's membership in the tenant, the roles that it holds, and whether the tenant takes
/// changes.
///
/// Every operation of a person who is signed in begins with it, so a server answers it in one
/// statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldRights {
    /// The user.
    pub user_id: Id<User>,
}

/// The answer to [`HeldRights`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldRightsRows {
    /// The status of the tenant; nothing where the tenant is not known.
    pub tenant_status: Option<TenantStatus>,
    /// The status of the tenant's plan; active where it never had one.
    pub plan_state: PlanState,
    /// The user's membership, whatever its status.
    pub membership: Option<Membership>,
    /// The roles of the membership, each with its place.
    pub roles: Vec<HeldRole>,
    /// The learners whom the membership is a guardian of, where a role reaches wards.
    pub wards: Vec<Id<Membership>>,
}

/// A role that a membership holds, with its place and its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldRole {
    /// The key of the role.
    pub key: RoleKey,
    /// The kind of place it holds for.
    pub scope: AssignmentScope,
    /// The place.
    pub scope_id: Uuid,
    /// What it permits and forbids.
    pub lines: Vec<RoleLine>,
}

impl HeldRole {
    /// Whether a line reaches the learners whom the holder is a guardian of.
    pub fn reaches_wards(&self) -> bool {
        self.lines.iter().any(|it| it.reach == Reach::Wards)
    }
}

#[async_trait]
impl Report for HeldRights {
    const NAME: &'static str = "authorization.held_rights";
    type Output = HeldRightsRows;

    async fn compute(&self, tx: &mut Transaction) -> Result<HeldRightsRows, StoreError> {
        let tenant = tx.get(Tenant::id_of(tx.tenant())).await?;
        let standing = tx.get(PlanStanding::id_of(tx.cx())).await?;
        let membership = tx.first(Membership::of_user(self.user_id)).await?;
        let (mut roles, mut wards) = (Vec::new(), Vec::new());
        if let Some(member) = &membership {
            roles = held_roles(tx, member.id).await?;
            if roles.iter().any(HeldRole::reaches_wards) {
                let links = tx.all(GuardianLink::of_guardian(member.id)).await?;
                wards = links.into_iter().map(|it| it.student_id).collect();
            }
        }
        Ok(HeldRightsRows {
            tenant_status: tenant.map(|it| it.status),
            plan_state: standing.map_or(PlanState::Active, |it| it.state),
            membership,
            roles,
            wards,
        })
    }
}

async fn held_roles(
    tx: &mut Transaction,
    member: Id<Membership>,
) -> Result<Vec<HeldRole>, StoreError> {
    let assignments = tx.all(RoleAssignment::of_member(member)).await?;
    let mut ids: Vec<_> = assignments.iter().map(|it| it.role_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let roles = tx.get_many::<Role>(&ids).await?;
    let keys: HashMap<_, _> = roles.into_iter().map(|it| (it.id, it.key)).collect();
    let mut lines: HashMap<_, Vec<_>> = HashMap::new();
    if !keys.is_empty() {
        for line in tx.all(RolePermission::of_roles(keys.keys().copied())).await? {
            lines.entry(line.role_id).or_default().push(line.line());
        }
    }
    let held = assignments.into_iter().filter_map(|it| {
        let key = keys.get(&it.role_id)?.clone();
        let lines = lines.get(&it.role_id).cloned().unwrap_or_default();
        Some(HeldRole { key, scope: it.scope, scope_id: it.scope_id, lines })
    });
    Ok(held.collect())
}
