//! Inviting people, and revoking invitations.
use chrono::TimeDelta;
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{
        AuthorizationError, GrantScope, Permission, PermissionPattern, Protected, Role, Subject,
        TheTenant, authorize_on, get_authorized, lock_authorized,
    },
    identity::{
        AssignmentScope, Invite, InviteEvent, InviteStatus, MemberInvited, Membership,
        MembershipKind, MembershipStatus, RoleError, Token,
        assign_role::{check_not_beyond, check_scope},
        giving::{beyond_kind, beyond_member, lines_of},
        user::lower_case,
    },
    tenancy::{Feature, FeatureError, OrgUnit, require_feature},
};
use lms_kernel::{EmailAddress, Entropy, Id, Rejected, Title};
use lms_store::{DueRows, StoreError, Transaction};

/// Invites a person, and answers the token for the host to send.
///
/// An invitation gives what the member will be able to do: the first role of the kind, or all that
/// the person on the roster has, and the further role. Inviting an administrator, or giving a
/// further role, needs `roles.assign` as well; and beyond what the library gives a learner, a
/// guardian or staff the actor needs all of it themselves.
///
/// # Errors
/// [`InviteError`].
#[operation("identity.invite_member", secret)]
#[derive(PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteMember {
    /// Where the invitation is sent.
    pub email: EmailAddress,
    /// The name to put on the roster, if it is known.
    pub full_name: Option<Title>,
    /// What the person will be to the tenant.
    pub kind: MembershipKind,
    /// A further role that they will have.
    pub role_id: Option<Id<Role>>,
    /// The unit they will belong to, and for which they will have the role.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The person on the roster who will get a login by it.
    pub member_id: Option<Id<Membership>>,
    /// For how many hours the invitation can be used.
    pub valid_hours: u32,
}

impl InviteMember {
    /// For how many hours an invitation can be used where nothing else is said: a week.
    pub const VALID_HOURS: u32 = 7 * 24;

    /// An invitation that is good for a week.
    pub const fn new(email: EmailAddress, kind: MembershipKind) -> Self {
        Self {
            email,
            full_name: None,
            kind,
            role_id: None,
            org_unit_id: None,
            member_id: None,
            valid_hours: Self::VALID_HOURS,
        }
    }
}

/// Why someone could not be invited, or an invitation not be used.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum InviteError {
    /// The person has an invitation that can still be used.
    #[error("the address has an open invitation; take it back first")]
    #[fault(conflict, field = "email")]
    AlreadyInvited,
    /// The person on the roster has a login.
    #[error("the person has a login already")]
    #[fault(conflict, field = "member_id")]
    HasLogin,
    /// The invitation is unknown, used, taken back or too old.
    #[error("the invitation is not valid any more; ask for a new one")]
    #[fault(invalid, field = "token")]
    NotValid,
    /// The invitation was sent to another address.
    #[error("the invitation was sent to another address; sign in with that one")]
    #[fault(forbidden, field = "email")]
    OtherAddress,
    /// The tenant has no guardians.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The role cannot be given.
    #[error(transparent)]
    #[fault(transparent)]
    Role(#[from] RoleError),
    /// The invitation cannot take this step in its present status.
    #[error(transparent)]
    #[fault(transparent)]
    State(#[from] Rejected),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// An invitation, and the token for the host to send. The token cannot be had again.
#[derive(Clone, Debug)]
pub struct InviteToSend {
    /// The invitation.
    pub invite: Invite,
    /// Opens it, once; only its hash is stored.
    pub token: Token,
}

impl Operation for InviteMember {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_INVITE, Permission::ROLES_ASSIGN]);
    type Answer = InviteToSend;
    type Error = InviteError;

    async fn run(self, tx: &mut Transaction) -> Result<InviteToSend, InviteError> {
        let there = Subject::default().in_unit(self.org_unit_id);
        let permit = authorize_on(tx, Permission::MEMBERS_INVITE, &there).await?;
        let given = match self.member_id {
            Some(member) => given_by_member(tx, member).await?,
            None => given_by_kind(tx, self.kind).await?,
        };
        within_own(given)?;
        if let Some(role) = self.role_id {
            authorize_on(tx, Permission::ROLES_ASSIGN, &there).await?;
            check_role(tx, role, self.org_unit_id).await?;
        }
        if let Some(unit) = self.org_unit_id {
            tx.require(unit).await?;
        }
        if tx.exists(Invite::to_address(tx.cx(), &self.email)).await? {
            return Err(InviteError::AlreadyInvited);
        }
        let token = Token::new(&*tx.port::<dyn Entropy>()?);
        let valid = TimeDelta::hours(i64::from(self.valid_hours.max(1)));
        let invite = Invite {
            id: tx.id(),
            stamp: lms_store::Stamp::new(tx.cx()),
            email: lower_case(&self.email),
            full_name: self.full_name,
            invited_by: permit.member(),
            kind: self.kind,
            role_id: self.role_id,
            org_unit_id: self.org_unit_id,
            member_id: self.member_id,
            token_hash: token.hash(),
            status: InviteStatus::Open,
            expires_at: tx.now().saturating_add(valid),
            used_at: None,
        };
        tx.insert(&invite).await?;
        tx.emit(&MemberInvited { invite_id: invite.id });
        Ok(InviteToSend { invite, token })
    }
}

/// What the actor could not give by inviting a person as that kind of member.
async fn given_by_kind(
    tx: &mut Transaction,
    kind: MembershipKind,
) -> Result<Option<PermissionPattern>, InviteError> {
    if kind == MembershipKind::Admin {
        authorize_on(tx, Permission::ROLES_ASSIGN, &TheTenant).await?;
    }
    if kind == MembershipKind::Guardian {
        require_feature(tx, Feature::Guardians).await?;
    }
    Ok(beyond_kind(tx, kind).await?)
}

/// What the actor could not give by inviting a person to act as a member who is on the roster.
async fn given_by_member(
    tx: &mut Transaction,
    member: Id<Membership>,
) -> Result<Option<PermissionPattern>, InviteError> {
    let member = get_authorized(tx, Permission::MEMBERS_INVITE, member).await?;
    if member.user_id.is_some() && member.status != MembershipStatus::Left {
        return Err(InviteError::HasLogin);
    }
    if member.kind == MembershipKind::Admin {
        authorize_on(tx, Permission::ROLES_ASSIGN, &TheTenant).await?;
    }
    Ok(beyond_member(tx, &member).await?)
}

/// Refuses a further role that cannot be given for the unit, or allows more than the actor may.
async fn check_role(
    tx: &mut Transaction,
    role: Id<Role>,
    unit: Option<Id<OrgUnit>>,
) -> Result<(), InviteError> {
    let role = tx.require(role).await?;
    let (scope, at) = match unit {
        Some(unit) => (AssignmentScope::Unit, GrantScope::Unit(unit)),
        None => (AssignmentScope::Tenant, GrantScope::Tenant),
    };
    check_scope(&role, scope, unit.map(Id::uuid))?;
    let lines = lines_of(tx, role.id).await?;
    Ok(check_not_beyond(tx, &lines, at).await?)
}

fn within_own(beyond: Option<PermissionPattern>) -> Result<(), RoleError> {
    match beyond {
        None => Ok(()),
        Some(pattern) => Err(RoleError::BeyondOwn { permission: pattern.to_string() }),
    }
}

impl Protected for Invite {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default().in_unit(self.org_unit_id))
    }
}

/// Revokes an open invitation.
///
/// # Errors
/// [`InviteError::State`] if it was used, taken back or expired before.
#[operation("identity.revoke_invite")]
pub struct RevokeInvite {
    /// The invitation to revoke.
    pub invite_id: Id<Invite>,
}

impl Operation for RevokeInvite {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_INVITE]);
    type Answer = Invite;
    type Error = InviteError;

    async fn run(self, tx: &mut Transaction) -> Result<Invite, InviteError> {
        let Self { invite_id } = self;
        let mut invite = lock_authorized(tx, Permission::MEMBERS_INVITE, invite_id).await?;
        invite.status = invite.status.apply(InviteEvent::Revoke)?;
        tx.update(&mut invite).await?;
        Ok(invite)
    }
}

/// Expires invitations that are past their date, and returns how many. Run it from a job; an
/// expired invitation is refused with or without it.
///
/// # Errors
/// [`InviteError`].
#[operation("identity.expire_invites")]
pub struct ExpireInvites {
    /// Which of the rows that are due: the first ones, or those with given ids.
    pub due: DueRows,
}

impl Operation for ExpireInvites {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_INVITE]);
    type Answer = usize;
    type Error = InviteError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, InviteError> {
        let Self { due } = self;
        authorize_on(tx, Permission::MEMBERS_INVITE, &TheTenant).await?;
        let mut overdue = tx.page(due.of(Invite::overdue(tx.now()))).await?.items;
        for invite in &mut overdue {
            invite.status = invite.status.apply(InviteEvent::Expire)?;
        }
        tx.update_all(&mut overdue).await?;
        Ok(overdue.len())
    }
}
