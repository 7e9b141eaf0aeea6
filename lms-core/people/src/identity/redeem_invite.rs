//! Joining a tenant with an invitation.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{AuthorizationError, Permission, Principal, signed_in},
    identity::{
        AddMember, AssignmentScope, Invite, InviteError, InviteEvent, InviteUsed, JoinError,
        MemberError, Membership, MembershipEvent, MembershipStatus, MembershipStatusChanged,
        PersonName, RegisterUser, RegisterUserError, RoleAssignment, Token, User, UserEvent,
        UserProfile, UserStatus,
        add_member::{admit, hold_place, take_on},
        join_tenant::open_settings,
    },
};
use lms_kernel::{Id, Title};
use lms_store::{StoreError, Transaction};

/// Why someone could not join with an invitation.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RedeemError {
    /// The invitation does not let them in.
    #[error(transparent)]
    #[fault(transparent)]
    Invite(#[from] InviteError),
    /// The tenant takes no new members.
    #[error(transparent)]
    #[fault(transparent)]
    Join(#[from] JoinError),
    /// The login could not be made.
    #[error(transparent)]
    #[fault(transparent)]
    Register(#[from] RegisterUserError),
    /// The membership could not be made.
    #[error(transparent)]
    #[fault(transparent)]
    Member(#[from] MemberError),
    /// No one has signed in.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Registers a login with the token of an invitation, and joins the tenant with it.
///
/// The token came by e-mail, so the address counts as verified and everything is active at once.
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Locks
/// The invitation: of two who use it at once one joins.
///
/// # Errors
/// [`RedeemError`].
#[operation("identity.sign_up_with_invite", secret)]
pub struct SignUpWithInvite {
    /// The token from the invitation, valid once.
    pub token: Token,
    /// The person's name.
    pub name: PersonName,
    /// The credentials to sign in with.
    pub login: RegisterUser,
}

impl Operation for SignUpWithInvite {
    const ACCESS: Access = Access::Credential("the invitation's token");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = (User, Membership);
    type Error = RedeemError;

    async fn run(self, tx: &mut Transaction) -> Result<(User, Membership), RedeemError> {
        let Self { token, name, login } = self;
        let token = &token;
        let invite = usable(tx, token).await?;
        let login = RegisterUser { email: Some(invite.email.clone()), ..login };
        let mut user = tx.run(login).await?;
        user.status = user.status.apply(UserEvent::Verify).unwrap_or(user.status);
        user.email_verified_at = Some(tx.now());
        tx.update(&mut user).await?;
        tx.insert(&UserProfile::new(tx.cx(), user.id, &name)).await?;
        let member = join_with(tx, invite, &user, name.full().clone()).await?;
        Ok((user, member))
    }
}

/// Redeems an invitation as the signed-in user and joins the tenant of the context. The invitation
/// must have been sent to the user's address.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Locks
/// The invitation.
///
/// # Errors
/// [`RedeemError`].
#[operation("identity.redeem_invite", secret)]
pub struct RedeemInvite {
    /// The token from the invitation, valid once.
    pub token: Token,
    /// The full name on the tenant's roster.
    pub full_name: Title,
}

impl Operation for RedeemInvite {
    const ACCESS: Access = Access::Credential("the invitation's token");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Membership;
    type Error = RedeemError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, RedeemError> {
        let Self { token, full_name } = self;
        let token = &token;
        let permission = Permission::ENROLLMENTS_ENROLL_SELF;
        let actor = signed_in(tx, permission)?;
        let invite = usable(tx, token).await?;
        let user = tx.require(Id::<User>::from_uuid(actor.uuid())).await?;
        if user.email.as_ref() != Some(&invite.email) {
            return Err(InviteError::OtherAddress.into());
        }
        if user.status != UserStatus::Active {
            return Err(MemberError::UserNotUsable.into());
        }
        join_with(tx, invite, &user, full_name).await
    }
}

async fn usable(tx: &mut Transaction, token: &Token) -> Result<Invite, RedeemError> {
    open_settings(tx).await?;
    let found = tx.first(Invite::by_hash(token.hash())).await?.ok_or(InviteError::NotValid)?;
    let invite = tx.lock(found.id).await?;
    if invite.is_usable(tx.now()) { Ok(invite) } else { Err(InviteError::NotValid.into()) }
}

async fn join_with(
    tx: &mut Transaction,
    mut invite: Invite,
    user: &User,
    full_name: Title,
) -> Result<Membership, RedeemError> {
    let member = match invite.member_id {
        Some(member) => link(tx, member, user).await?,
        None => {
            let command = AddMember {
                email: user.email.clone(),
                phone: user.phone.clone(),
                org_unit_id: invite.org_unit_id,
                user_id: Some(user.id),
                ..AddMember::new(invite.kind, invite.full_name.clone().unwrap_or(full_name))
            };
            admit(tx, command, MembershipStatus::Active).await?
        }
    };
    if let Some(role) = invite.role_id {
        let mut assignment = RoleAssignment::new(tx.cx(), member.id, role);
        if let Some(unit) = invite.org_unit_id {
            assignment = assignment.at(AssignmentScope::Unit, unit.uuid());
        }
        tx.insert(&assignment).await?;
    }
    invite.status = invite.status.apply(InviteEvent::Use).map_err(InviteError::State)?;
    invite.used_at = Some(tx.now());
    // Erasing the person erases the address and the name that the invitation holds.
    invite.member_id = Some(member.id);
    tx.update(&mut invite).await?;
    Principal::forget(tx);
    tx.emit(&InviteUsed { invite_id: invite.id, membership_id: member.id });
    Ok(member)
}

/// Gives someone on the roster a login; a person who had left comes back by it.
async fn link(
    tx: &mut Transaction,
    member: Id<Membership>,
    user: &User,
) -> Result<Membership, RedeemError> {
    let known = tx.require(member).await?;
    let returns = known.status == MembershipStatus::Left;
    if returns {
        hold_place(tx, known.kind, 1).await?;
    }
    let mut member = tx.lock(member).await?;
    if member.user_id.is_some_and(|it| it != user.id || !returns) {
        return Err(InviteError::HasLogin.into());
    }
    if member.status == MembershipStatus::Suspended {
        return Err(InviteError::NotValid.into());
    }
    take_on(tx, user.id, member.kind).await?;
    member.user_id = Some(user.id);
    if returns {
        member.status = member.status.apply(MembershipEvent::Rejoin).map_err(MemberError::from)?;
        let (membership_id, status) = (member.id, member.status);
        tx.emit(&MembershipStatusChanged { membership_id, status });
    }
    member.email = member.email.or_else(|| user.email.clone());
    // A pending member's place in the plan is kept already.
    member.status = member.status.apply(MembershipEvent::Activate).unwrap_or(member.status);
    member.joined_at = member.joined_at.or(Some(tx.now()));
    tx.update(&mut member).await.map_err(MemberError::from)?;
    Ok(member)
}
