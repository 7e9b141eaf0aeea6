//! The tenant's roster, as far as the reader may see it.
use lms_derive::DomainError;

use crate::{
    authorization::{AuthorizationError, Permission, Subject, TheTenant, authorize_on},
    identity::{
        Invite, Membership, MembershipKind, MembershipStatus, RoleAssignment,
        change_member::subject_of,
    },
    tenancy::OrgUnit,
};
use lms_kernel::Id;
use lms_store::{Cursor, Direction, Page, PageSize, Query, StoreError, Transaction};

/// Why the roster could not be read.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Which members to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMembers {
    /// Those who belong to this unit itself; those of the whole tenant where there is none.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Those of this kind.
    pub kind: Option<MembershipKind>,
    /// Those who stand there.
    pub status: Option<MembershipStatus>,
    /// Those whose name starts like this, letter for letter.
    pub name_starts_with: Option<String>,
}

/// The members, by name. Needs `members.view` in the unit, or in the tenant for all of them.
///
/// # Errors
/// [`DirectoryError`].
pub async fn list_members(
    tx: &mut Transaction,
    command: ListMembers,
    size: PageSize,
    after: Option<Cursor>,
) -> Result<Page<Membership>, DirectoryError> {
    let there = Subject::default().in_unit(command.org_unit_id);
    authorize_on(tx, Permission::MEMBERS_VIEW, &there).await?;
    let mut query = Query::all();
    if let Some(unit) = command.org_unit_id {
        query = query.and(Membership::ORG_UNIT_ID.is(unit));
    }
    if let Some(kind) = command.kind {
        query = query.and(Membership::KIND.eq(kind));
    }
    if let Some(status) = command.status {
        query = query.and(Membership::STATUS.eq(status));
    }
    if let Some(start) = command.name_starts_with {
        query = query.and(Membership::FULL_NAME.starts_with(start));
    }
    let query = query.order_by(Membership::FULL_NAME, Direction::Asc);
    Ok(tx.page(query.page(size, after)).await?)
}

/// One member: oneself, or anybody for those who have `members.view` there.
///
/// # Errors
/// [`DirectoryError`].
pub async fn view_member(
    tx: &mut Transaction,
    membership_id: Id<Membership>,
) -> Result<Membership, DirectoryError> {
    let found = tx.get(membership_id).await?;
    let is_own = tx.actor_id().is_some_and(|actor| {
        found.as_ref().and_then(|it| it.user_id).is_some_and(|it| it.uuid() == actor.uuid())
    });
    if !is_own {
        let member = subject_of(membership_id, found.as_ref());
        authorize_on(tx, Permission::MEMBERS_VIEW, &member).await?;
    }
    Ok(tx.require(membership_id).await?)
}

/// The roles of a member. Needs `roles.view` there.
///
/// # Errors
/// [`DirectoryError`].
pub async fn roles_of(
    tx: &mut Transaction,
    membership_id: Id<Membership>,
) -> Result<Vec<RoleAssignment>, DirectoryError> {
    let found = tx.get(membership_id).await?;
    let member = subject_of(membership_id, found.as_ref());
    authorize_on(tx, Permission::ROLES_VIEW, &member).await?;
    Ok(tx.all(RoleAssignment::of_member(membership_id)).await?)
}

/// The invitations that nobody has used yet. Needs `members.invite` in the tenant.
///
/// # Errors
/// [`DirectoryError`].
pub async fn open_invites(
    tx: &mut Transaction,
    size: PageSize,
    after: Option<Cursor>,
) -> Result<Page<Invite>, DirectoryError> {
    authorize_on(tx, Permission::MEMBERS_INVITE, &TheTenant).await?;
    Ok(tx.page(Invite::open().page(size, after)).await?)
}
