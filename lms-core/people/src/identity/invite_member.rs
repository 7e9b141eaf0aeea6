//! Inviting people, and taking invitations back.
use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, Place, Role, authorize},
    identity::{
        Invite, InviteEvent, InviteStatus, MemberInvited, Membership, MembershipKind, RoleError,
        Token, assign_role::check_not_beyond, user::lower_case,
    },
    tenancy::{Feature, FeatureError, OrgUnit, require_feature},
};
use lms_kernel::{EmailAddress, Entropy, Id, Rejected, Title};
use lms_store::{PageSize, StoreError, Transaction};

/// Somebody to invite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// Why somebody could not be invited, or an invitation not be used.
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
    /// It is not a step from where the invitation stands.
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

/// Invites somebody. The token is for the host to send; it cannot be had again.
///
/// Inviting an administrator, or anybody with a further role, needs `roles.assign` as well,
/// because that is what the invitation gives.
///
/// # Errors
/// [`InviteError`].
pub async fn invite_member(
    tx: &mut Transaction,
    entropy: &dyn Entropy,
    command: InviteMember,
) -> Result<(Invite, Token), InviteError> {
    let place = command.org_unit_id.map_or(Place::Tenant, Place::Unit);
    let permit = authorize(tx, Permission::MEMBERS_INVITE, place).await?;
    if command.kind == MembershipKind::Admin {
        authorize(tx, Permission::ROLES_ASSIGN, Place::Tenant).await?;
    }
    if command.kind == MembershipKind::Guardian {
        require_feature(tx, Feature::Guardians).await?;
    }
    if let Some(role) = command.role_id {
        authorize(tx, Permission::ROLES_ASSIGN, place).await?;
        tx.require(role).await?;
        check_not_beyond(tx, role, place).await?;
    }
    if let Some(unit) = command.org_unit_id {
        tx.require(unit).await?;
    }
    if let Some(member) = command.member_id {
        let member = tx.require(member).await?;
        authorize(tx, Permission::MEMBERS_INVITE, Place::Own(member.id)).await?;
        if member.user_id.is_some() {
            return Err(InviteError::HasLogin);
        }
    }
    if tx.exists(Invite::to_address(tx.cx(), &command.email)).await? {
        return Err(InviteError::AlreadyInvited);
    }
    let token = Token::new(entropy);
    let valid = TimeDelta::hours(i64::from(command.valid_hours.max(1)));
    let invite = Invite {
        id: tx.id(),
        stamp: lms_store::Stamp::new(tx.cx()),
        email: lower_case(&command.email),
        full_name: command.full_name,
        invited_by: permit.member(),
        kind: command.kind,
        role_id: command.role_id,
        org_unit_id: command.org_unit_id,
        member_id: command.member_id,
        token_hash: token.hash(),
        status: InviteStatus::Open,
        expires_at: tx.now().saturating_add(valid),
        used_at: None,
    };
    tx.insert(&invite).await?;
    tx.emit(&MemberInvited { invite_id: invite.id });
    Ok((invite, token))
}

/// Takes an invitation back.
///
/// # Errors
/// [`InviteError::State`] if it was used, taken back or expired before.
pub async fn revoke_invite(
    tx: &mut Transaction,
    invite_id: Id<Invite>,
) -> Result<Invite, InviteError> {
    let found = tx.get(invite_id).await?;
    let unit = found.and_then(|it| it.org_unit_id);
    let place = unit.map_or(Place::Tenant, Place::Unit);
    authorize(tx, Permission::MEMBERS_INVITE, place).await?;
    let mut invite = tx.lock(invite_id).await?;
    invite.status = invite.status.apply(InviteEvent::Revoke)?;
    tx.update(&mut invite).await?;
    Ok(invite)
}

/// Marks up to `batch` invitations as expired whose time is over, and says how many there were.
/// A job of the host calls it; an invitation that is too old is refused in any case.
///
/// # Errors
/// [`InviteError`].
pub async fn expire_invites(tx: &mut Transaction, batch: PageSize) -> Result<usize, InviteError> {
    authorize(tx, Permission::MEMBERS_INVITE, Place::Tenant).await?;
    let mut overdue = tx.page(Invite::overdue(tx.now()).limit(batch)).await?.items;
    for invite in &mut overdue {
        invite.status = invite.status.apply(InviteEvent::Expire)?;
    }
    tx.update_all(&mut overdue).await?;
    Ok(overdue.len())
}
