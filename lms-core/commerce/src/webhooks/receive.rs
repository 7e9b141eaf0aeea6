//! Taking a webhook: verify, store, answer.
use serde::{Deserialize, Serialize};

use crate::{
    GatewayAccount, GatewayAccountStatus, GatewaySecret, StoredSecret, WebhookAdapter,
    WebhookError, WebhookMessage, WebhookRequest, WebhookStatus, WebhookVerdict,
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction, Upsert, Upserted};

/// The outcome of a webhook that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookReceipt {
    /// It is stored, with this status.
    Stored(Id<WebhookMessage>, WebhookStatus),
    /// It was sent before, and has this status.
    Repeated(Id<WebhookMessage>, WebhookStatus),
    /// It was not signed with any of the account's secrets.
    Rejected(Id<WebhookMessage>),
}

impl WebhookReceipt {
    /// Whether to acknowledge the message to the gateway, so that it is not sent again.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Stored(..) | Self::Repeated(..))
    }
}

/// Takes a webhook for one account of the tenant: verifies the raw bytes with the secrets that
/// hold now, and keeps it. Nothing else happens before the gateway is answered.
///
/// The same event again is kept once; the same key with another meaning is kept beside it as a
/// conflict for an operator. One that is not believed is noted without its body, the latest of each
/// kind; commit that too. No one has to sign in: the signature is the permission, and it is the
/// account's own.
///
/// # Errors
/// [`WebhookError::UnknownAccount`]; [`WebhookError::Store`].
pub async fn receive_webhook(
    tx: &mut Transaction,
    adapter: &dyn WebhookAdapter,
    account: Id<GatewayAccount>,
    request: &WebhookRequest<'_>,
) -> Result<WebhookReceipt, WebhookError> {
    let account = tx.get(account).await?.ok_or(WebhookError::UnknownAccount)?;
    if account.status != GatewayAccountStatus::Open || account.gateway != adapter.gateway() {
        return Err(WebhookError::UnknownAccount);
    }
    let secrets = tx.all(GatewaySecret::holding(account.id, tx.now())).await?;
    let secrets: Vec<StoredSecret> = secrets.into_iter().map(|it| it.secret).collect();
    let message = WebhookMessage::new(tx.cx(), account.id, request);
    match adapter.examine(request, &secrets, tx.now()) {
        WebhookVerdict::NotBelieved(reason) => note_rejected(tx, message.rejected(&reason)).await,
        WebhookVerdict::NotUnderstood(reason) => {
            keep(tx, message.resting(WebhookStatus::Dead, &reason)).await
        }
        WebhookVerdict::Understood(notice) if notice.facts.is_empty() => {
            let reason = "it says nothing about a payment";
            keep(tx, message.saying(notice).resting(WebhookStatus::Ignored, reason)).await
        }
        WebhookVerdict::Understood(notice) => keep(tx, message.saying(notice)).await,
    }
}

/// Records a message with an invalid signature over an earlier record of its kind: anyone can send
/// as much as they like, and an account never has more than [`WebhookMessage::MAX_REJECTED`]
/// records.
async fn note_rejected(
    tx: &mut Transaction,
    message: WebhookMessage,
) -> Result<WebhookReceipt, WebhookError> {
    let latest = Upsert::on(WebhookMessage::ACCOUNT_ID)
        .and(WebhookMessage::DEDUPLICATION_KEY)
        .replace(WebhookMessage::REASON)
        .replace(WebhookMessage::RECEIVED_AT);
    let id = match tx.upsert(&message, latest).await? {
        Upserted::Replaced { id, .. } => Id::from_uuid(id),
        Upserted::Inserted | Upserted::Kept => message.id,
    };
    Ok(WebhookReceipt::Rejected(id))
}

async fn keep(
    tx: &mut Transaction,
    message: WebhookMessage,
) -> Result<WebhookReceipt, WebhookError> {
    let once = || Upsert::on(WebhookMessage::ACCOUNT_ID).and(WebhookMessage::DEDUPLICATION_KEY);
    if tx.upsert(&message, once()).await?.is_written() {
        return Ok(WebhookReceipt::Stored(message.id, message.status));
    }
    let same = WebhookMessage::by_key(message.account_id, &message.deduplication_key);
    let Some(earlier) = tx.first(same).await? else {
        // The one that we lost against is not visible to this snapshot; the next one sees it.
        return Err(StoreError::Retryable { source: "the event was just stored".into() }.into());
    };
    if earlier.says_the_same_as(&message) {
        return Ok(WebhookReceipt::Repeated(earlier.id, earlier.status));
    }
    let reason = format!("the message {} has the same key", earlier.id);
    let mut other = message.resting(WebhookStatus::Conflict, &reason);
    other.deduplication_key = format!("conflict:{}", other.id);
    tx.insert(&other).await?;
    Ok(WebhookReceipt::Stored(other.id, other.status))
}
