//! Registering a login on the platform.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::identity::{PasswordHash, User, UserRegistered, user::lower_case};
use lms_kernel::{EmailAddress, PhoneNumber};
use lms_store::{StoreError, Transaction};

/// Registers a login, pending until its address is verified. Open to everyone: the tenants that a
/// login joins decide what it may do.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform). Two logins never
/// get one address: the store refuses the second.
///
/// # Errors
/// [`RegisterUserError`].
#[operation("identity.register_user", secret)]
#[derive(Default, PartialEq)]
pub struct RegisterUser {
    /// The e-mail address to sign in with; `None` needs a telephone number.
    pub email: Option<EmailAddress>,
    /// The telephone number to sign in with; `None` needs an e-mail address.
    pub phone: Option<PhoneNumber>,
    /// The hash of the password, made by the host; `None` for a login without a password.
    pub password_hash: Option<PasswordHash>,
}

/// Why a login could not be made.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RegisterUserError {
    /// There is neither an address nor a number.
    #[error("a login needs an e-mail address or a telephone number")]
    #[fault(invalid, field = "email")]
    AddressNeeded,
    /// Someone signs in with that address.
    #[error("the e-mail address has a login; sign in, or recover the password")]
    #[fault(conflict, field = "email")]
    EmailTaken,
    /// Someone signs in with that number.
    #[error("the telephone number has a login; sign in with it")]
    #[fault(conflict, field = "phone")]
    PhoneTaken,
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RegisterUserError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "users", columns } if columns.contains(&"email") => {
                Self::EmailTaken
            }
            StoreError::Duplicate { table: "users", columns } if columns.contains(&"phone") => {
                Self::PhoneTaken
            }
            error => Self::Store(error),
        }
    }
}

impl Operation for RegisterUser {
    const ACCESS: Access = Access::Public("a login is made before anyone has signed in");
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = User;
    type Error = RegisterUserError;

    async fn run(self, tx: &mut Transaction) -> Result<User, RegisterUserError> {
        let command = self;
        if command.email.is_none() && command.phone.is_none() {
            return Err(RegisterUserError::AddressNeeded);
        }
        let mut user = User::new(tx.cx());
        user.email = command.email.as_ref().map(lower_case);
        user.phone = command.phone;
        user.password_hash = command.password_hash;
        tx.insert(&user).await?;
        tx.emit(&UserRegistered { user_id: user.id });
        Ok(user)
    }
}
