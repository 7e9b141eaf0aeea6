//! Purging expired secrets of logins.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, authorize_on},
    identity::{RefreshToken, Verification},
};
use lms_store::{PageSize, StoreError, Transaction};

/// Why secrets could not be removed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PurgeLoginsError {
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Purges refresh tokens of ended sessions and expired verifications, and returns how many. A host
/// repeats it, each time in a new transaction, until it returns zero. The count of messages sent
/// within the last hour is kept.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Permission
/// `platform.manage_users`; a job of the host has it as the system.
///
/// # Errors
/// [`PurgeLoginsError`].
#[operation("identity.purge_logins")]
pub struct PurgeLogins {
    /// The most rows to handle in this call, from 1 to 200.
    pub chunk: PageSize,
}

impl Operation for PurgeLogins {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = usize;
    type Error = PurgeLoginsError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, PurgeLoginsError> {
        let Self { chunk } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_USERS, &ThePlatform).await?;
        let hour_ago = tx.now().saturating_sub(chrono::TimeDelta::hours(1));
        let tokens = tx.page(RefreshToken::spent(tx.now()).limit(chunk)).await?.items;
        for token in &tokens {
            tx.purge(token).await?;
        }
        let sent = tx.page(Verification::spent(hour_ago).limit(chunk)).await?.items;
        for verification in &sent {
            tx.purge(verification).await?;
        }
        Ok(tokens.len().saturating_add(sent.len()))
    }
}
