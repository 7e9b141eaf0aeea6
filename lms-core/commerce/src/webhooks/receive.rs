//! Receiving a webhook: verify, store, answer.
use serde::{Deserialize, Serialize};

use crate::{
    GatewayAccount, GatewayAccountStatus, GatewaySecret, StoredSecret, WebhookAdapters,
    WebhookError, WebhookMessage, WebhookRequest, WebhookStatus, WebhookVerdict,
};
use lms_kernel::Id;
use lms_store::{
    StoreError, Transaction, Upsert, Upserted,
    operation::{Access, Operation, operation},
};

/// The outcome of a webhook that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// Takes a webhook for one account of the tenant: verifies the raw bytes with the secrets that hold
/// now, and saves it. Nothing else happens before the gateway is answered.
///
/// The same event again is saved once; the same key with another meaning is saved beside it as a
/// conflict for an operator. One that is not believed is noted without its body, the latest of each
/// kind.
///
/// # Permission
/// None: the signature is the permission, and it is the account's own. The gateway's adapter is one
/// of the [`WebhookAdapters`] of the store.
///
/// # Errors
/// [`WebhookError::UnknownAccount`]; [`WebhookError::Store`].
#[operation("commerce.receive_webhook", secret)]
pub struct ReceiveWebhook {
    /// The account whose address the gateway called.
    pub account_id: Id<GatewayAccount>,
    /// The names and values of its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, byte for byte as the wire carried it.
    pub body: Vec<u8>,
}

impl ReceiveWebhook {
    /// A webhook with those headers and that body.
    pub fn new(account_id: Id<GatewayAccount>, request: &WebhookRequest<'_>) -> Self {
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { account_id, headers: headers.collect(), body: request.body().to_vec() }
    }
}

impl Operation for ReceiveWebhook {
    const ACCESS: Access = Access::Credential("the gateway's signature");
    type Answer = WebhookReceipt;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookReceipt, WebhookError> {
        let account = tx.get(self.account_id).await?.ok_or(WebhookError::UnknownAccount)?;
        if account.status != GatewayAccountStatus::Open {
            return Err(WebhookError::UnknownAccount);
        }
        let adapter = tx.port::<WebhookAdapters>()?.of_gateway(&account.gateway)?;
        let secrets = tx.all(GatewaySecret::holding(account.id, tx.now())).await?;
        let secrets: Vec<StoredSecret> = secrets.into_iter().map(|it| it.secret).collect();
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = WebhookRequest::new(&headers, &self.body);
        let message = WebhookMessage::new(tx.cx(), account.id, &request);
        match adapter.examine(&request, &secrets, tx.now()) {
            WebhookVerdict::NotBelieved(reason) => {
                note_rejected(tx, message.rejected(&reason)).await
            }
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
