//! Changing a membership: its status, its unit, its contacts.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{Permission, Principal, Subject, TheTenant, acts_as, authorize_on},
    identity::{
        MemberError, Membership, MembershipEvent, MembershipKind, MembershipStatus,
        MembershipStatusChanged, User,
        add_member::{hold_place, within_own},
        giving::{beyond_permissions, beyond_unit},
        user::lower_case,
    },
    tenancy::OrgUnit,
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, Title};
use lms_store::Transaction;

/// Suspends, reinstates, activates or removes a member, or takes them back, after asking for
/// permission. The operation is with the learners' places, which a departure gives up.
///
/// # Errors
/// [`MemberError`].
#[doc(hidden)]
pub async fn change_membership(
    tx: &mut Transaction,
    membership_id: Id<Membership>,
    event: MembershipEvent,
) -> Result<Membership, MemberError> {
    let found = tx.get(membership_id).await?;
    let login = found.as_ref().and_then(|it| it.user_id);
    let leaves = event == MembershipEvent::Leave && login.is_some_and(|user| acts_as(tx, user));
    if !leaves {
        authorize_change(tx, membership_id, found.as_ref()).await?;
    }
    let present = found.as_ref().map_or(MembershipStatus::Left, |it| it.status);
    if matches!(present, MembershipStatus::Left | MembershipStatus::Suspended)
        && let Some(member) = &found
        && matches!(event, MembershipEvent::Rejoin | MembershipEvent::Reinstate)
    {
        hold_place(tx, member.kind, 1).await?;
    }
    let mut member = tx.lock(membership_id).await?;
    member.status = member.status.apply(event)?;
    if event == MembershipEvent::Leave {
        release(tx, &member).await?;
    }
    member.joined_at = member.joined_at.or_else(|| member.is_active().then(|| tx.now()));
    tx.update(&mut member).await?;
    Principal::forget(tx);
    tx.emit(&MembershipStatusChanged { membership_id, status: member.status });
    Ok(member)
}

/// How the tenant knows a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberDetails {
    /// The name on the roster.
    pub full_name: Title,
    /// How to write to them.
    pub email: Option<EmailAddress>,
    /// How to call them.
    pub phone: Option<PhoneNumber>,
}

/// Changes a member's name and contact details. Needs permission to manage members in their unit.
///
/// # Errors
/// [`MemberError`].
#[operation("identity.change_member")]
pub struct ChangeMember {
    /// The membership to change.
    pub membership_id: Id<Membership>,
    /// The new details, which replace all earlier ones.
    pub details: MemberDetails,
}

impl Operation for ChangeMember {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE, Permission::ROLES_ASSIGN]);
    type Answer = Membership;
    type Error = MemberError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, MemberError> {
        let Self { membership_id, details } = self;
        let found = tx.get(membership_id).await?;
        authorize_change(tx, membership_id, found.as_ref()).await?;
        let mut member = tx.require(membership_id).await?;
        member.full_name = details.full_name;
        member.email = details.email.as_ref().map(lower_case);
        member.phone = details.phone;
        tx.update(&mut member).await?;
        Ok(member)
    }
}

/// Moves a member into a unit, and sets whether they head it.
///
/// Needs permission to manage members in the unit they leave and in the unit they join; making
/// someone the head of a unit needs `roles.assign` there, and every permission of administrators.
///
/// # Errors
/// [`MemberError`].
#[operation("identity.place_member")]
pub struct PlaceMember {
    /// The membership to move.
    pub membership_id: Id<Membership>,
    /// The new unit; `None` for the tenant as a whole.
    pub unit_id: Option<Id<OrgUnit>>,
    /// Whether the member heads that unit.
    pub runs_it: bool,
}

impl Operation for PlaceMember {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE, Permission::ROLES_ASSIGN]);
    type Answer = Membership;
    type Error = MemberError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, MemberError> {
        let Self { membership_id, unit_id: unit, runs_it } = self;
        let found = tx.get(membership_id).await?;
        authorize_change(tx, membership_id, found.as_ref()).await?;
        let there = Subject::default().in_unit(unit);
        authorize_on(tx, Permission::MEMBERS_MANAGE, &there).await?;
        if runs_it && unit.is_none() {
            return Err(MemberError::UnitNeeded);
        }
        let ran = found.as_ref().is_some_and(|it| it.is_unit_admin);
        if runs_it || ran {
            authorize_on(tx, Permission::ROLES_ASSIGN, &there).await?;
        }
        if let Some(unit) = unit.filter(|_| runs_it) {
            within_own(beyond_unit(tx, unit).await?)?;
        }
        if let Some(unit) = unit {
            tx.require(unit).await?;
        }
        let mut member = tx.require(membership_id).await?;
        if runs_it {
            member = member.present()?;
        }
        member.org_unit_id = unit;
        member.is_unit_admin = runs_it;
        tx.update(&mut member).await?;
        Principal::forget(tx);
        Ok(member)
    }
}

/// Sets the permissions that a member has in addition to their roles. Needs `roles.assign` in the
/// whole tenant, and every permission that is added.
///
/// # Errors
/// [`MemberError`].
#[operation("identity.set_extra_permissions")]
pub struct SetExtraPermissions {
    /// The member who receives them.
    pub membership_id: Id<Membership>,
    /// The complete list; it replaces the earlier one, and an empty list removes all.
    pub permissions: Vec<Permission>,
}

impl Operation for SetExtraPermissions {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_ASSIGN]);
    type Answer = Membership;
    type Error = MemberError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, MemberError> {
        let Self { membership_id, permissions } = self;
        authorize_on(tx, Permission::ROLES_ASSIGN, &TheTenant).await?;
        let mut member = tx.require(membership_id).await?;
        let mut added = permissions.clone();
        added.retain(|it| !member.permissions.contains(it));
        if !added.is_empty() {
            member = member.present()?;
        }
        within_own(beyond_permissions(tx, &added).await?)?;
        member.permissions = permissions;
        tx.update(&mut member).await?;
        Principal::forget(tx);
        Ok(member)
    }
}

/// A member as what is asked about; one who is not known is asked about like a member without a
/// unit, so that both are refused alike.
pub(super) fn subject_of(id: Id<Membership>, found: Option<&Membership>) -> Subject {
    Subject::of(id).in_unit(found.and_then(|it| it.org_unit_id))
}

async fn authorize_change(
    tx: &mut Transaction,
    id: Id<Membership>,
    found: Option<&Membership>,
) -> Result<(), MemberError> {
    authorize_on(tx, Permission::MEMBERS_MANAGE, &subject_of(id, found)).await?;
    if found.is_some_and(|it| it.kind == MembershipKind::Admin) {
        authorize_on(tx, Permission::ROLES_ASSIGN, &TheTenant).await?;
    }
    Ok(())
}

/// Lets staff who leave work elsewhere.
async fn release(tx: &mut Transaction, member: &Membership) -> Result<(), MemberError> {
    let works_here = matches!(member.kind, MembershipKind::Staff | MembershipKind::Admin);
    let Some(user) = member.user_id.filter(|_| works_here) else { return Ok(()) };
    let mut user = tx.lock::<User>(user).await?;
    if user.employer_id == Some(tx.tenant()) {
        user.employer_id = None;
        tx.update(&mut user).await?;
    }
    Ok(())
}
