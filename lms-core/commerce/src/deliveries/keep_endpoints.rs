//! Adding endpoints, rotating their secrets, and switching them off.
use chrono::TimeDelta;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    EndpointSecret, EndpointStatus, StoredSecret, WebhookEndpoint, WebhookError,
    webhooks::check_secret,
};
use lms_kernel::{Id, Link};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// Adds a webhook endpoint for all events, or for those of the given kinds.
///
/// The host gives the secret, from its own source of randomness: 24 to 64 bytes, written as
/// `whsec_` and base64 (standardwebhooks.com).
///
/// # Permission
/// `integrations.manage`.
///
/// # Errors
/// [`WebhookError::Address`] unless the address is `https`.
#[operation("commerce.add_webhook_endpoint", secret)]
pub struct AddWebhookEndpoint {
    /// The address to send to, which must be `https`.
    pub url: Link,
    /// The kinds of event to send; an empty list sends all.
    pub kinds: Vec<String>,
    /// The signing secret, from the host's own source of randomness.
    pub secret: StoredSecret,
}

impl Operation for AddWebhookEndpoint {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = WebhookEndpoint;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookEndpoint, WebhookError> {
        let Self { url, kinds, secret } = self;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Webhooks).await?;
        check_secret(&secret)?;
        if !url.as_str().starts_with("https://") {
            return Err(WebhookError::Address);
        }
        let endpoint = WebhookEndpoint::new(tx.cx(), url, kinds);
        tx.insert(&endpoint).await?;
        tx.insert(&EndpointSecret::new(tx.cx(), endpoint.id, secret)).await?;
        Ok(endpoint)
    }
}

/// Rotates the signing secret of a webhook endpoint. For `overlap_hours` messages are signed with
/// the earlier secrets too.
///
/// # Permission
/// `integrations.manage`.
///
/// # Locks
/// The endpoint's row.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.rotate_endpoint_secret", secret)]
pub struct RotateEndpointSecret {
    /// The endpoint to change.
    pub endpoint: Id<WebhookEndpoint>,
    /// The new signing secret.
    pub secret: StoredSecret,
    /// For how many hours messages are signed with the earlier secrets too; 0 stops at once.
    pub overlap_hours: u32,
}

impl Operation for RotateEndpointSecret {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = ();
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<(), WebhookError> {
        let Self { endpoint, secret, overlap_hours } = self;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Webhooks).await?;
        check_secret(&secret)?;
        let endpoint = tx.lock(endpoint).await?;
        let end = tx.now().saturating_add(TimeDelta::hours(i64::from(overlap_hours)));
        let mut before = tx.all(EndpointSecret::holding(endpoint.id, tx.now())).await?;
        for secret in &mut before {
            secret.retires_at = Some(secret.retires_at.map_or(end, |it| it.min(end)));
        }
        tx.update_all(&mut before).await?;
        tx.insert(&EndpointSecret::new(tx.cx(), endpoint.id, secret)).await?;
        Ok(())
    }
}

/// Switches a webhook endpoint on or off. Deliveries that wait for one that is off are not sent.
///
/// # Permission
/// `integrations.manage`.
///
/// # Locks
/// The endpoint's row.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.switch_webhook_endpoint")]
pub struct SwitchWebhookEndpoint {
    /// The endpoint to switch.
    pub endpoint: Id<WebhookEndpoint>,
    /// The new status.
    pub status: EndpointStatus,
}

impl Operation for SwitchWebhookEndpoint {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = WebhookEndpoint;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookEndpoint, WebhookError> {
        let Self { endpoint, status } = self;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        if status == EndpointStatus::Active {
            require_feature(tx, Feature::Webhooks).await?;
        }
        let mut endpoint = tx.lock(endpoint).await?;
        if endpoint.status != status {
            endpoint.status = status;
            tx.update(&mut endpoint).await?;
        }
        Ok(endpoint)
    }
}
