//! Changes of a login by the platform and by its user.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{
        AuthorizationError, Permission, ThePlatform, acts_as, authorize_login, authorize_on,
    },
    identity::{
        AuthMethod, PlatformAssignment, PlatformRole, RefreshToken, RegisterUserError, User,
        UserEvent, UserProfile, UserStatusChanged, Verification, session::revoke, sign_in::note,
        user::lower_case,
    },
};
use lms_kernel::{EmailAddress, Id, PhoneNumber, Rejected};
use lms_store::{
    audit::Action,
    {StoreError, Transaction},
};

/// Why a login could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UserError {
    /// A user verifies an address by its token, not by hand.
    #[error("an address is verified with the token that was sent to it")]
    #[fault(invalid, field = "event")]
    NotByHand,
    /// The user has the role on the platform already.
    #[error("the user has the platform role already")]
    #[fault(conflict)]
    AlreadyAppointed,
    /// The address or number belongs to another login.
    #[error(transparent)]
    #[fault(transparent)]
    Address(#[from] RegisterUserError),
    /// The user cannot take this step in its present status.
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
    Store(StoreError),
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "platform_assignments", .. } => Self::AlreadyAppointed,
            StoreError::Duplicate { table: "users", .. } => Self::Address(error.into()),
            error => Self::Store(error),
        }
    }
}

/// Changes the status of a login: deactivates, suspends, reactivates or erases it. Reserved for
/// platform staff, except that users may deactivate and erase themselves.
///
/// Users who may not sign in any more have no sessions. Erasing removes the address, the number,
/// the password, the profile, the sign-in methods and the platform roles; tenants keep their own
/// records, which they erase themselves. Runs in
/// [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform), as all of these do.
///
/// # Errors
/// [`UserError`].
#[operation("identity.change_user_status")]
pub struct ChangeUserStatus {
    /// The user to change.
    pub user_id: Id<User>,
    /// The transition to apply.
    pub event: UserEvent,
}

impl Operation for ChangeUserStatus {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = UserError;

    async fn run(self, tx: &mut Transaction) -> Result<User, UserError> {
        let Self { user_id, event } = self;
        let by_hand = matches!(event, UserEvent::Deactivate | UserEvent::Erase);
        if !(by_hand && acts_as(tx, user_id)) {
            authorize_on(tx, Permission::PLATFORM_MANAGE_USERS, &ThePlatform).await?;
        }
        if event == UserEvent::Verify {
            return Err(UserError::NotByHand);
        }
        let mut user = tx.lock(user_id).await?;
        user.status = user.status.apply(event)?;
        if event == UserEvent::Erase {
            erase(tx, &mut user).await?;
        }
        tx.update(&mut user).await?;
        if user.status != crate::identity::UserStatus::Active {
            revoke(tx, RefreshToken::of_user(user_id)).await?;
        }
        let action = if event == UserEvent::Erase { Action::Erase } else { Action::Update };
        note(tx, &user, action, event.as_str());
        tx.emit(&UserStatusChanged { user_id, status: user.status });
        Ok(user)
    }
}

/// Removes what says who the user was, on the platform.
async fn erase(tx: &mut Transaction, user: &mut User) -> Result<(), StoreError> {
    user.email = None;
    user.phone = None;
    user.password_hash = None;
    user.email_verified_at = None;
    user.phone_verified_at = None;
    user.mfa_enabled = false;
    user.last_login_at = None;
    user.locked_until = None;
    user.employer_id = None;
    user.stamp.metadata = lms_kernel::Metadata::default();
    for profile in tx.all(UserProfile::of_user(user.id).with_deleted()).await? {
        tx.purge(&profile).await?;
    }
    for method in tx.all(AuthMethod::of_user(user.id).with_deleted()).await? {
        tx.purge(&method).await?;
    }
    for sent in tx.all(Verification::of_user(user.id).with_deleted()).await? {
        tx.purge(&sent).await?;
    }
    for role in tx.all(PlatformAssignment::of_user(user.id).with_deleted()).await? {
        tx.purge(&role).await?;
    }
    Ok(())
}

/// Changes the e-mail address and telephone number that a user signs in with; a new one has to be
/// verified. Users change their own, platform staff any.
///
/// # Errors
/// [`UserError::Address`] if there would be neither, or another login has it.
#[operation("identity.change_login")]
pub struct ChangeLogin {
    /// The user to change.
    pub user_id: Id<User>,
    /// The new e-mail address; `None` removes it, which needs a telephone number.
    pub email: Option<EmailAddress>,
    /// The new telephone number; `None` removes it, which needs an e-mail address.
    pub phone: Option<PhoneNumber>,
}

impl Operation for ChangeLogin {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = UserError;

    async fn run(self, tx: &mut Transaction) -> Result<User, UserError> {
        let Self { user_id, email, phone } = self;
        authorize_login(tx, user_id).await?;
        if email.is_none() && phone.is_none() {
            return Err(RegisterUserError::AddressNeeded.into());
        }
        let mut user = tx.lock(user_id).await?;
        let email = email.as_ref().map(lower_case);
        if user.email != email {
            user.email = email;
            user.email_verified_at = None;
        }
        if user.phone != phone {
            user.phone = phone;
            user.phone_verified_at = None;
        }
        tx.update(&mut user).await?;
        note(tx, &user, Action::Update, "login_address");
        Ok(user)
    }
}

/// Sets whether sign-in requires a second factor, which the host enrolls and verifies. Users set
/// their own, platform staff any.
///
/// # Errors
/// [`UserError`].
#[operation("identity.set_second_factor")]
pub struct SetSecondFactor {
    /// The user to change.
    pub user_id: Id<User>,
    /// Whether sign-in requires a second factor.
    pub enabled: bool,
}

impl Operation for SetSecondFactor {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = UserError;

    async fn run(self, tx: &mut Transaction) -> Result<User, UserError> {
        let Self { user_id, enabled } = self;
        authorize_login(tx, user_id).await?;
        let mut user = tx.lock(user_id).await?;
        user.mfa_enabled = enabled;
        tx.update(&mut user).await?;
        note(tx, &user, Action::Update, if enabled { "mfa_on" } else { "mfa_off" });
        Ok(user)
    }
}

/// Unlocks an account that was locked after failed sign-ins. Reserved for platform staff.
///
/// # Errors
/// [`UserError`].
#[operation("identity.unlock_user")]
pub struct UnlockUser {
    /// The locked user.
    pub user_id: Id<User>,
}

impl Operation for UnlockUser {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = UserError;

    async fn run(self, tx: &mut Transaction) -> Result<User, UserError> {
        let Self { user_id } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_USERS, &ThePlatform).await?;
        let mut user = tx.lock(user_id).await?;
        user.login_attempts = 0;
        user.locked_until = None;
        tx.update(&mut user).await?;
        note(tx, &user, Action::Update, "unlocked");
        Ok(user)
    }
}

/// Assigns a platform role to a user. Reserved for platform administrators; the system appoints the
/// first one.
///
/// # Errors
/// [`UserError`].
#[operation("identity.appoint_platform_role")]
pub struct AppointPlatformRole {
    /// The user who receives the role.
    pub user_id: Id<User>,
    /// The platform role to assign.
    pub role: PlatformRole,
}

impl Operation for AppointPlatformRole {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_ADMINS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = PlatformAssignment;
    type Error = UserError;

    async fn run(self, tx: &mut Transaction) -> Result<PlatformAssignment, UserError> {
        let Self { user_id, role } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_ADMINS, &ThePlatform).await?;
        let user = tx.require(user_id).await?;
        let appointed = PlatformAssignment::new(tx.cx(), user_id, role);
        tx.insert(&appointed).await?;
        note(tx, &user, Action::Update, role.as_str());
        Ok(appointed)
    }
}

/// Removes a platform role from a user. Reserved for platform administrators.
///
/// # Errors
/// [`UserError`].
#[operation("identity.dismiss_platform_role")]
pub struct DismissPlatformRole {
    /// The platform assignment to remove.
    pub assignment_id: Id<PlatformAssignment>,
}

impl Operation for DismissPlatformRole {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_ADMINS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ();
    type Error = UserError;

    async fn run(self, tx: &mut Transaction) -> Result<(), UserError> {
        let Self { assignment_id } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_ADMINS, &ThePlatform).await?;
        let assignment = tx.require(assignment_id).await?;
        let user = tx.require(assignment.user_id).await?;
        tx.purge(&assignment).await?;
        note(tx, &user, Action::Update, "dismissed");
        Ok(())
    }
}
