//! Adding a member to a tenant.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{
        AuthorizationError, Permission, PermissionPattern, Principal, Role, Subject, TheTenant,
        authorize_on,
    },
    identity::{
        Absence, MemberAdded, Membership, MembershipEvent, MembershipKind, MembershipStatus,
        MembershipStatusChanged, RoleAssignment, User, giving::beyond_kind, user::lower_case,
    },
    tenancy::{
        Feature, FeatureError, GrowthError, OrgUnit, QuotaError, TenantSettings, lock_limits,
        require_feature,
    },
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, Rejected, Title};
use lms_store::{StoreError, Transaction};

/// Adds an active member with the first role of their kind.
///
/// Needs permission to manage members of the unit to add learners, guardians and staff;
/// administrators are added by those who assign roles in the whole tenant and have every permission
/// of administrators. Permissions that a tenant added to the first role of a kind, the actor needs
/// themselves. The plan's limits are checked under a lock on the tenant's settings row, so that the
/// last place is taken once. A login that left comes back in the membership that it had, without its
/// former roles.
///
/// # Errors
/// [`MemberError`].
#[operation("identity.add_member")]
#[derive(PartialEq)]
pub struct AddMember {
    /// The kind of member, which decides the role given first.
    pub kind: MembershipKind,
    /// The person's full name on the roster.
    pub full_name: Title,
    /// The e-mail address to reach them at; `None` takes the verified address of the login, if any.
    pub email: Option<EmailAddress>,
    /// The telephone number to reach them at, if known.
    pub phone: Option<PhoneNumber>,
    /// The unit they belong to; `None` for the tenant as a whole.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The login to link; `None` adds a member who cannot sign in. In a transaction of the host's
    /// own, linking needs [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
    pub user_id: Option<Id<User>>,
}

impl AddMember {
    /// A person with a name and nothing else.
    pub const fn new(kind: MembershipKind, full_name: Title) -> Self {
        Self { kind, full_name, email: None, phone: None, org_unit_id: None, user_id: None }
    }

    /// The same, acting with that login.
    #[must_use]
    pub const fn with_user(mut self, user: Id<User>) -> Self {
        self.user_id = Some(user);
        self
    }

    /// The same, in that unit.
    #[must_use]
    pub const fn in_unit(mut self, unit: Id<OrgUnit>) -> Self {
        self.org_unit_id = Some(unit);
        self
    }
}

/// Why someone could not become a member, or their membership could not change.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum MemberError {
    /// The login is a member already.
    #[error("the person is a member already; change that membership")]
    #[fault(conflict, field = "user_id")]
    AlreadyMember,
    /// The person works for another tenant, and this one wants its staff for itself.
    #[error("the person works for another organisation; allow it in the settings or end that")]
    #[fault(conflict, field = "user_id")]
    WorksElsewhere,
    /// The login is suspended or erased.
    #[error("the login cannot be used; it is suspended or erased")]
    #[fault(conflict, field = "user_id")]
    UserNotUsable,
    /// The head of a unit must belong to one.
    #[error("the head of a unit must belong to it; name the unit")]
    #[fault(invalid, field = "org_unit_id")]
    UnitNeeded,
    /// The membership may do what the actor may not, and no one gives more than they have.
    #[error("the membership allows `{permission}`, which you may not do there yourself")]
    #[fault(forbidden)]
    BeyondOwn {
        /// What would be given and the actor may not do.
        permission: String,
    },
    /// The membership cannot take this step in its present status.
    #[error(transparent)]
    #[fault(transparent)]
    State(#[from] Rejected),
    /// The plan does not allow one more.
    #[error(transparent)]
    #[fault(transparent)]
    Quota(#[from] QuotaError),
    /// The tenant has no guardians.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
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

impl From<StoreError> for MemberError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "memberships", .. } => Self::AlreadyMember,
            error => Self::Store(error),
        }
    }
}

impl From<GrowthError> for MemberError {
    fn from(error: GrowthError) -> Self {
        match error {
            GrowthError::Quota(error) => Self::Quota(error),
            GrowthError::Store(error) => error.into(),
        }
    }
}

impl Operation for AddMember {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE, Permission::ROLES_ASSIGN]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Membership;
    type Error = MemberError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, MemberError> {
        let command = self;
        let there = Subject::default().in_unit(command.org_unit_id);
        authorize_on(tx, Permission::MEMBERS_MANAGE, &there).await?;
        if command.kind == MembershipKind::Admin {
            authorize_on(tx, Permission::ROLES_ASSIGN, &TheTenant).await?;
        }
        within_own(beyond_kind(tx, command.kind).await?)?;
        admit(tx, command, MembershipStatus::Active).await
    }
}

/// Refuses what a person would give beyond what they have.
pub(super) fn within_own(beyond: Option<PermissionPattern>) -> Result<(), MemberError> {
    match beyond {
        None => Ok(()),
        Some(pattern) => Err(MemberError::BeyondOwn { permission: pattern.to_string() }),
    }
}

/// Adds a member who was found to be allowed in: within the plan, with their first role. A person
/// who left comes back in the membership that they had.
pub(super) async fn admit(
    tx: &mut Transaction,
    mut command: AddMember,
    status: MembershipStatus,
) -> Result<Membership, MemberError> {
    if command.kind == MembershipKind::Guardian {
        require_feature(tx, Feature::Guardians).await?;
    }
    hold_place(tx, command.kind, 1).await?;
    if let Some(user) = command.user_id {
        let login = take_on(tx, user, command.kind).await?;
        let verified = login.email.filter(|_| login.email_verified_at.is_some());
        command.email = command.email.or(verified);
        let known = tx.first(Membership::of_user(user)).await?;
        if let Some(known) = known.filter(|it| it.status == MembershipStatus::Left) {
            return take_back(tx, known.id, command, status).await;
        }
    }
    if let Some(unit) = command.org_unit_id {
        tx.require(unit).await?;
    }
    let mut member = Membership::new(tx.cx(), command.kind, command.full_name);
    member.email = command.email.as_ref().map(lower_case);
    member.phone = command.phone;
    member.org_unit_id = command.org_unit_id;
    member.user_id = command.user_id;
    member.status = status;
    member.joined_at = (status == MembershipStatus::Active).then(|| tx.now());
    tx.insert(&member).await?;
    give_first_role(tx, &member).await?;
    let (membership_id, kind) = (member.id, member.kind);
    tx.emit(&MemberAdded { membership_id, kind, status });
    Ok(member)
}

/// Takes back a person who left, in the membership that they had, so that what they did is theirs
/// again. They are what they come back as: of what they were allowed to do before nothing is left.
async fn take_back(
    tx: &mut Transaction,
    member: Id<Membership>,
    command: AddMember,
    status: MembershipStatus,
) -> Result<Membership, MemberError> {
    if let Some(unit) = command.org_unit_id {
        tx.require(unit).await?;
    }
    let mut member = tx.lock(member).await?;
    member.status.apply(MembershipEvent::Rejoin)?;
    for mut role in tx.all(RoleAssignment::of_member(member.id)).await? {
        tx.delete(&mut role).await?;
    }
    member.permissions = Vec::new();
    member.is_unit_admin = false;
    member.kind = command.kind;
    member.full_name = command.full_name;
    member.email = command.email.as_ref().map(lower_case).or(member.email);
    member.phone = command.phone.or(member.phone);
    member.org_unit_id = command.org_unit_id;
    member.status = status;
    member.joined_at = member.joined_at.or_else(|| member.is_active().then(|| tx.now()));
    tx.update(&mut member).await?;
    give_first_role(tx, &member).await?;
    Principal::forget(tx);
    let membership_id = member.id;
    tx.emit(&MembershipStatusChanged { membership_id, status });
    Ok(member)
}

/// Holds the tenant's growth until the transaction ends, and checks that the plan has room for
/// `added` more of that kind. Pending members count: their place is kept for them.
pub(super) async fn hold_place(
    tx: &mut Transaction,
    kind: MembershipKind,
    added: u64,
) -> Result<(), MemberError> {
    let limits = lock_limits(tx).await?;
    let Some(resource) = kind.resource() else { return Ok(()) };
    let kinds = MembershipKind::ALL.iter().copied().filter(|it| it.resource() == Some(resource));
    let present = tx.count(Membership::taking_places(kinds)).await?;
    Ok(limits.check(resource, present, added)?)
}

/// Checks that a login may become a member of that kind, notes whom staff work for, and answers the
/// login.
pub(super) async fn take_on(
    tx: &mut Transaction,
    user: Id<User>,
    kind: MembershipKind,
) -> Result<User, MemberError> {
    let mut user = tx.lock(user).await?;
    if !user.status.is_usable() {
        return Err(MemberError::UserNotUsable);
    }
    if !matches!(kind, MembershipKind::Staff | MembershipKind::Admin) {
        return Ok(user);
    }
    let settings = tx.require(TenantSettings::id_of(tx.cx())).await?;
    match user.employer_id {
        Some(employer) if employer == tx.tenant() || settings.staff_may_work_elsewhere => {}
        Some(_) => return Err(MemberError::WorksElsewhere),
        None => {
            user.employer_id = Some(tx.tenant());
            tx.update(&mut user).await?;
        }
    }
    Ok(user)
}

async fn give_first_role(tx: &mut Transaction, member: &Membership) -> Result<(), StoreError> {
    // A tenant may have deleted the role; the member then starts without one.
    if let Some(role) = tx.first(Role::by_key(member.kind.first_role())).await? {
        tx.insert(&RoleAssignment::new(tx.cx(), member.id, role.id)).await?;
    }
    Ok(())
}
