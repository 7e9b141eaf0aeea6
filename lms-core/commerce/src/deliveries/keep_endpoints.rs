//! Adding endpoints, changing their secrets, switching them off.
use chrono::TimeDelta;

use crate::{
    EndpointSecret, EndpointStatus, StoredSecret, WebhookEndpoint, WebhookError,
    webhooks::check_secret,
};
use lms_kernel::{Id, Link};
use lms_people::{
    authorization::{Permission, Place, authorize},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// Adds an endpoint that wants events of those names, or of all when there are none.
///
/// Asks for `integrations.manage`. The host gives the secret, from its own source of randomness:
/// 24 to 64 bytes, written as `whsec_` and base64 (standardwebhooks.com).
///
/// # Errors
/// [`WebhookError::Address`] unless the address is `https`.
pub async fn add_webhook_endpoint(
    tx: &mut Transaction,
    url: Link,
    kinds: Vec<String>,
    secret: StoredSecret,
) -> Result<WebhookEndpoint, WebhookError> {
    authorize(tx, Permission::INTEGRATIONS_MANAGE, Place::Tenant).await?;
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

/// Gives an endpoint a new secret. For `overlap_hours` messages are signed with those before too.
///
/// Asks for `integrations.manage`. Holds the endpoint's row.
///
/// # Errors
/// [`WebhookError`].
pub async fn rotate_endpoint_secret(
    tx: &mut Transaction,
    endpoint: Id<WebhookEndpoint>,
    secret: StoredSecret,
    overlap_hours: u32,
) -> Result<(), WebhookError> {
    authorize(tx, Permission::INTEGRATIONS_MANAGE, Place::Tenant).await?;
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

/// Switches an endpoint on or off. What waits for one that is off is not sent.
///
/// Asks for `integrations.manage`. Holds the endpoint's row.
///
/// # Errors
/// [`WebhookError`].
pub async fn switch_webhook_endpoint(
    tx: &mut Transaction,
    endpoint: Id<WebhookEndpoint>,
    status: EndpointStatus,
) -> Result<WebhookEndpoint, WebhookError> {
    authorize(tx, Permission::INTEGRATIONS_MANAGE, Place::Tenant).await?;
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
