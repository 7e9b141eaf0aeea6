//! Opening and closing gateway accounts, and rotating their secrets.
use chrono::TimeDelta;
use lms_store::operation::{Access, Operation, operation};

use crate::{GatewayAccount, GatewayAccountStatus, GatewaySecret, StoredSecret, WebhookError};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{StoreError, Transaction};

/// How long the secret before still verifies unless the caller says otherwise, in hours: gateways
/// sign with both for a day.
pub const SECRET_OVERLAP_HOURS: u32 = 24;

/// Adds an account with a payment gateway.
///
/// # Permission
/// `gateways.manage`.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.open_gateway_account", secret)]
pub struct OpenGatewayAccount {
    /// The gateway's name, such as `xendit`.
    pub gateway: String,
    /// The tenant's name for the account, such as `main`.
    pub name: String,
    /// The secret that verifies the gateway's webhooks.
    pub secret: StoredSecret,
}

impl Operation for OpenGatewayAccount {
    const ACCESS: Access = Access::Asks(&[Permission::GATEWAYS_MANAGE]);
    type Answer = GatewayAccount;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<GatewayAccount, WebhookError> {
        let Self { gateway, name, secret } = self;
        let gateway = gateway.as_str();
        let name = name.as_str();
        authorize_on(tx, Permission::GATEWAYS_MANAGE, &TheTenant).await?;
        check_name(gateway)?;
        check_name(name)?;
        check_secret(&secret)?;
        let account = GatewayAccount::new(tx.cx(), gateway, name);
        tx.insert(&account).await.map_err(|error| match error {
            StoreError::Duplicate { .. } => WebhookError::NameTaken { name: name.to_owned() },
            error => error.into(),
        })?;
        tx.insert(&GatewaySecret::new(tx.cx(), account.id, secret)).await?;
        Ok(account)
    }
}

/// Rotates the webhook secret of a gateway account. Earlier secrets verify for `overlap_hours`
/// more.
///
/// # Permission
/// `gateways.manage`.
///
/// # Locks
/// The account's row.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.rotate_gateway_secret", secret)]
pub struct RotateGatewaySecret {
    /// The account to change.
    pub account: Id<GatewayAccount>,
    /// The new secret.
    pub secret: StoredSecret,
    /// For how many hours the earlier secrets still verify; 0 ends them at once.
    pub overlap_hours: u32,
}

impl Operation for RotateGatewaySecret {
    const ACCESS: Access = Access::Asks(&[Permission::GATEWAYS_MANAGE]);
    type Answer = ();
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<(), WebhookError> {
        let Self { account, secret, overlap_hours } = self;
        authorize_on(tx, Permission::GATEWAYS_MANAGE, &TheTenant).await?;
        check_secret(&secret)?;
        let account = tx.lock(account).await?;
        let end = tx.now().saturating_add(TimeDelta::hours(i64::from(overlap_hours)));
        let mut before = tx.all(GatewaySecret::holding(account.id, tx.now())).await?;
        for secret in &mut before {
            secret.retires_at = Some(secret.retires_at.map_or(end, |it| it.min(end)));
        }
        tx.update_all(&mut before).await?;
        tx.insert(&GatewaySecret::new(tx.cx(), account.id, secret)).await?;
        Ok(())
    }
}

/// Closes a gateway account: its webhooks are refused from now on.
///
/// # Permission
/// `gateways.manage`.
///
/// # Locks
/// The account's row.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.close_gateway_account")]
pub struct CloseGatewayAccount {
    /// The account to close.
    pub account: Id<GatewayAccount>,
}

impl Operation for CloseGatewayAccount {
    const ACCESS: Access = Access::Asks(&[Permission::GATEWAYS_MANAGE]);
    type Answer = GatewayAccount;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<GatewayAccount, WebhookError> {
        let Self { account } = self;
        authorize_on(tx, Permission::GATEWAYS_MANAGE, &TheTenant).await?;
        let mut account = tx.lock(account).await?;
        if account.status == GatewayAccountStatus::Open {
            account.status = GatewayAccountStatus::Closed;
            tx.update(&mut account).await?;
        }
        Ok(account)
    }
}

fn check_name(name: &str) -> Result<(), WebhookError> {
    let plain = name.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if plain && matches!(name.len(), 1..=50) { Ok(()) } else { Err(WebhookError::Name) }
}

pub(crate) fn check_secret(secret: &StoredSecret) -> Result<(), WebhookError> {
    match secret.expose().chars().count() {
        1..=StoredSecret::MAX_LENGTH => Ok(()),
        _ => Err(WebhookError::SecretLength { most: StoredSecret::MAX_LENGTH }),
    }
}
