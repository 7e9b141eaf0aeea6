//! The directory of members, as far as the reader may see it.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::{
    authorization::{
        AuthorizationError, Permission, Subject, TheTenant, authorize_list, authorize_on,
    },
    identity::{
        Invite, Membership, MembershipKind, MembershipStatus, RoleAssignment,
        change_member::subject_of,
    },
    tenancy::OrgUnit,
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, Timestamp, Title};
use lms_store::{Cursor, Direction, Named, Names, Page, PageSize, StoreError, Transaction};

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
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ListMembers {
    /// Those who belong to this unit itself; those of the whole tenant where there is none.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Those of this kind.
    pub kind: Option<MembershipKind>,
    /// Only members with this status.
    pub status: Option<MembershipStatus>,
    /// Those whose name starts like this, letter for letter.
    pub name_starts_with: Option<String>,
}

/// A member, as a list shows one.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberView {
    /// The membership's id.
    pub id: Id<Membership>,
    /// The person's name.
    pub name: Title,
    /// What the person is to the tenant.
    pub kind: MembershipKind,
    /// The status of the membership.
    pub status: MembershipStatus,
    /// The unit that the person belongs to.
    pub org_unit: Option<Named<OrgUnit>>,
    /// How to write to the person.
    pub email: Option<EmailAddress>,
    /// How to call the person.
    pub phone: Option<PhoneNumber>,
    /// Whether the person has a login.
    pub has_login: bool,
    /// When the person became active for the first time.
    pub joined_at: Option<Timestamp>,
}

/// Lists members by name.
///
/// # Permission
/// `members.view`; the list holds the members of the units in which the reader has it. A unit that
/// is named asks for it there.
///
/// # Errors
/// [`DirectoryError`].
#[operation("identity.find_members")]
pub struct FindMembers {
    /// Which members to list; the default lists every member of the tenant.
    pub filter: ListMembers,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for FindMembers {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<MemberView>;
    type Error = DirectoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<MemberView>, DirectoryError> {
        let Self { filter: command, size, after } = self;
        let mut query = authorize_list::<Membership>(tx, Permission::MEMBERS_VIEW).await?;
        if let Some(unit) = command.org_unit_id {
            let there = Subject::default().in_unit(Some(unit));
            authorize_on(tx, Permission::MEMBERS_VIEW, &there).await?;
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
        let Page { items, next } = tx.page(query.page(size, after)).await?;
        let units = items.iter().filter_map(|it| it.org_unit_id);
        let units = Names::read(tx, units, |it: &OrgUnit| it.name.to_string()).await?;
        let views = items.into_iter().map(|it| MemberView {
            id: it.id,
            name: it.full_name,
            kind: it.kind,
            status: it.status,
            org_unit: it.org_unit_id.map(|id| units.of(id)),
            email: it.email,
            phone: it.phone,
            has_login: it.user_id.is_some(),
            joined_at: it.joined_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}

/// Shows one member: oneself, or any member with `members.view` in their unit.
///
/// # Errors
/// [`DirectoryError`].
#[operation("identity.view_member")]
pub struct ViewMember {
    /// The membership to show.
    pub membership_id: Id<Membership>,
}

impl Operation for ViewMember {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Membership;
    type Error = DirectoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, DirectoryError> {
        let Self { membership_id } = self;
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
}

/// Lists the roles of a member. Needs `roles.view` in their unit.
///
/// # Errors
/// [`DirectoryError`].
#[operation("identity.list_roles_of_member")]
pub struct ListRolesOfMember {
    /// The member whose roles are listed.
    pub membership_id: Id<Membership>,
}

impl Operation for ListRolesOfMember {
    const ACCESS: Access = Access::Asks(&[Permission::ROLES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<RoleAssignment>;
    type Error = DirectoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<RoleAssignment>, DirectoryError> {
        let Self { membership_id } = self;
        let found = tx.get(membership_id).await?;
        let member = subject_of(membership_id, found.as_ref());
        authorize_on(tx, Permission::ROLES_VIEW, &member).await?;
        Ok(tx.all(RoleAssignment::of_member(membership_id)).await?)
    }
}

/// Lists invitations that are still open. Needs `members.invite` in the tenant.
///
/// # Errors
/// [`DirectoryError`].
#[operation("identity.list_open_invites")]
pub struct ListOpenInvites {
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListOpenInvites {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_INVITE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<Invite>;
    type Error = DirectoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<Invite>, DirectoryError> {
        let Self { size, after } = self;
        authorize_on(tx, Permission::MEMBERS_INVITE, &TheTenant).await?;
        Ok(tx.page(Invite::open().page(size, after)).await?)
    }
}
