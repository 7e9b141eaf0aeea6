//! Purging expired idempotency keys and processed webhook bodies.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{GovernanceError, due_until};
use lms_commerce::WebhookMessage;
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::Tenant,
};
use lms_store::{IdempotencyRecord, PageSize, Query, Transaction};

/// The keys and bodies that were purged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpentReport {
    /// How many idempotency keys are forgotten.
    pub keys: u64,
    /// The number of gateway messages whose bodies are empty now; the parsed facts stay.
    pub bodies: u64,
    /// Whether there may be more.
    pub has_more: bool,
}

/// Purges expired idempotency keys, and the bodies of gateway messages processed longer ago than
/// the tenant's retention class allows, because they may name the payer. Up to `chunk` of each; a
/// host repeats it, each time in a new transaction, while there are more.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.purge_spent")]
pub struct PurgeSpent {
    /// The most rows to handle in this call, from 1 to 200.
    pub chunk: PageSize,
}

impl Operation for PurgeSpent {
    const ACCESS: Access = Access::Asks(&[Permission::RETENTION_MANAGE]);
    type Answer = SpentReport;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<SpentReport, GovernanceError> {
        let Self { chunk } = self;
        authorize_on(tx, Permission::RETENTION_MANAGE, &TheTenant).await?;
        let class = tx.require(Tenant::id_of(tx.tenant())).await?.retention_class;
        let expired = IdempotencyRecord::EXPIRES_AT.le(tx.now());
        let keys = tx.page(Query::filter(expired).limit(chunk)).await?;
        for key in &keys.items {
            tx.purge(key).await?;
        }
        let until = due_until(class, "webhook_messages", tx.now());
        let spent =
            WebhookMessage::PROCESSED_AT.is_le(until).and(WebhookMessage::BODY.ne(String::new()));
        let mut bodies = tx.page(Query::filter(spent).limit(chunk)).await?;
        for message in &mut bodies.items {
            message.body.clear();
        }
        tx.update_all(&mut bodies.items).await?;
        let count = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        Ok(SpentReport {
            keys: count(keys.items.len()),
            bodies: count(bodies.items.len()),
            has_more: keys.next.is_some() || bodies.next.is_some(),
        })
    }
}
