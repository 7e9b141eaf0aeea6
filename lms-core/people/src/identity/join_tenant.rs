//! Signing up, and joining a tenant without an invitation.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{AuthorizationError, Permission, signed_in},
    identity::{
        AddMember, MemberError, Membership, MembershipKind, MembershipStatus, PersonName,
        RegisterUser, RegisterUserError, User, UserProfile, UserStatus, add_member::admit,
    },
    tenancy::{SignupError, Tenant, TenantSettings, TenantStatus, check_signup},
};
use lms_kernel::{Id, Title};
use lms_store::{StoreError, Transaction};

/// Why someone could not join.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum JoinError {
    /// The tenant does not let them in on their own.
    #[error(transparent)]
    #[fault(transparent)]
    Signup(#[from] SignupError),
    /// The tenant does not take new members now.
    #[error("the tenant takes no new members now")]
    #[fault(forbidden)]
    TenantNotOpen,
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

/// Registers a login and joins the tenant of the context as a learner, where its sign-up mode
/// allows it. Both stay pending until the e-mail address is verified.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform). Everyone may ask; it
/// holds the tenant's growth (see [`LockLimits`](crate::tenancy::LockLimits)).
///
/// # Errors
/// [`JoinError`].
#[operation("identity.sign_up", secret)]
#[derive(PartialEq)]
pub struct SignUp {
    /// The person's name.
    pub name: PersonName,
    /// The credentials to sign in with.
    pub login: RegisterUser,
}

impl Operation for SignUp {
    const ACCESS: Access = Access::Public("everyone may ask to join; the sign-up mode decides");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = (User, Membership);
    type Error = JoinError;

    async fn run(self, tx: &mut Transaction) -> Result<(User, Membership), JoinError> {
        let command = self;
        let settings = open_settings(tx).await?;
        let email = command.login.email.clone();
        check_signup(settings.signup_mode, &settings.allowed_domains, email.as_ref())?;
        let user = tx.run(command.login).await?;
        let mut profile = UserProfile::new(tx.cx(), user.id, &command.name);
        profile.locale = Some(settings.locale);
        tx.insert(&profile).await?;
        let member = learner(&user, command.name.full().clone());
        let member = admit(tx, member, MembershipStatus::Pending).await?;
        Ok((user, member))
    }
}

/// Joins the tenant of the context as a learner with the signed-in user, where its sign-up mode
/// allows it. The membership is active at once if the login is, and otherwise pending like it.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Errors
/// [`JoinError`].
#[operation("identity.join_tenant")]
pub struct JoinTenant {
    /// The full name on the tenant's roster.
    pub full_name: Title,
}

impl Operation for JoinTenant {
    const ACCESS: Access = Access::Asks(&[Permission::ENROLLMENTS_ENROLL_SELF]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Membership;
    type Error = JoinError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, JoinError> {
        let Self { full_name } = self;
        let permission = Permission::ENROLLMENTS_ENROLL_SELF;
        let actor = signed_in(tx, permission)?;
        let settings = open_settings(tx).await?;
        let user = tx.require(Id::<User>::from_uuid(actor.uuid())).await?;
        // An address that nobody has verified opens no domain.
        let email = user.email.as_ref().filter(|_| user.email_verified_at.is_some());
        check_signup(settings.signup_mode, &settings.allowed_domains, email)?;
        let status = match user.status {
            UserStatus::Active => MembershipStatus::Active,
            _ => MembershipStatus::Pending,
        };
        Ok(admit(tx, learner(&user, full_name), status).await?)
    }
}

fn learner(user: &User, full_name: Title) -> AddMember {
    AddMember {
        email: user.email.clone(),
        phone: user.phone.clone(),
        user_id: Some(user.id),
        ..AddMember::new(MembershipKind::Student, full_name)
    }
}

/// The settings of a tenant that takes new members.
pub(super) async fn open_settings(tx: &mut Transaction) -> Result<TenantSettings, JoinError> {
    let tenant = tx.require(Tenant::id_of(tx.tenant())).await?;
    match tenant.status {
        TenantStatus::Active => Ok(tx.require(TenantSettings::id_of(tx.cx())).await?),
        TenantStatus::Suspended | TenantStatus::Closed => Err(JoinError::TenantNotOpen),
    }
}
