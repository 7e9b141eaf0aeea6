//! Delivering webhooks: fan out, claim, send, record the answer.
use async_trait::async_trait;
use lms_kernel::machine::Step;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    DeliveryEvent, DeliveryStatus, EndpointSecret, EndpointStatus, NextAction, StoredSecret,
    WebhookDelivery, WebhookEndpoint, WebhookError, webhooks::shortened,
};
use lms_kernel::{Id, Timestamp};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{
    job::{JobFailure, JobRun},
    outbox::Message,
    {AfterFailure, Attempts, PageSize, Port, Transaction, Upsert, Waits},
};

/// A worker has a minute for one delivery. The waits after each failed attempt are 5 seconds, 5 and
/// 30 minutes, 2, 5, 10, 14, 20 and 24 hours, which spread ten attempts over three days. After the
/// last one the delivery is given up.
const ATTEMPTS: Attempts = Attempts {
    lease_seconds: 60,
    most: 10,
    waits: Waits::Listed(&[5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]),
};

/// The HTTP status by which a receiver says that it is gone for ever.
const GONE: u16 = 410;

/// Creates a webhook delivery of an outbox message for each subscribed endpoint. The host's relay
/// runs it in the transaction that marks the message as handed over; running it again creates
/// nothing more. It creates none where the tenant has switched webhooks off.
///
/// # Permission
/// `integrations.manage`; a relay acts as the system.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.fan_out_message")]
pub struct FanOutMessage {
    /// The outbox message.
    pub message: Message,
}

impl Operation for FanOutMessage {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = usize;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, WebhookError> {
        let Self { message } = self;
        let message = &message;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        match require_feature(tx, Feature::Webhooks).await {
            Err(FeatureError::FeatureDisabled { .. }) => return Ok(0),
            other => other?,
        }
        let endpoints = tx.all(WebhookEndpoint::active()).await?;
        let deliveries: Vec<WebhookDelivery> = endpoints
            .iter()
            .filter(|it| it.wants(&message.kind))
            .map(|it| WebhookDelivery::new(tx.cx(), it.id, message.id))
            .collect();
        if deliveries.is_empty() {
            return Ok(0);
        }
        let once = Upsert::on(WebhookDelivery::ENDPOINT_ID).and(WebhookDelivery::MESSAGE_ID);
        let done = tx.upsert_all(&deliveries, once).await?;
        Ok(done.iter().filter(|it| it.is_written()).count())
    }
}

/// A worker's right to one delivery, until its lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryClaim {
    /// The delivery.
    pub delivery: Id<WebhookDelivery>,
    /// Which claim it is.
    pub claim: Uuid,
}

/// A webhook to send: the worker signs the body with each secret and posts it to the address.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingWebhook {
    /// The right to send it.
    pub claim: DeliveryClaim,
    /// Where to.
    pub url: String,
    /// The message's id, the same when it is sent again: the header `webhook-id`.
    pub id: String,
    /// The body: `type`, `timestamp` and `data`, as Standard Webhooks proposes.
    pub body: String,
    /// What it is signed with.
    pub secrets: Vec<StoredSecret>,
}

/// Posts webhooks to where tenants want them: a client for HTTPS, which the host supplies. It signs
/// the body with each secret as Standard Webhooks proposes.
#[async_trait]
pub trait WebhookSender: std::fmt::Debug + Send + Sync {
    /// Posts one, and answers what the receiver said.
    async fn post(&self, webhook: &OutgoingWebhook) -> DeliveryAnswer;
}

impl Port for dyn WebhookSender {
    const NAME: &'static str = "webhook_sender";
}

/// Sends the webhooks that are due through the host's [`WebhookSender`], a page of them at a time.
pub(crate) async fn send_all(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let sender = job.store().ports().get::<dyn WebhookSender>()?;
    loop {
        let claim = ClaimWebhookDeliveries { limit: PageSize::MAX };
        let claimed = job.store().run(job.cx(), claim).await?;
        if claimed.is_empty() {
            let queue = WebhookDelivery::due(job.cx().now(), PageSize::MAX);
            return job.note_unreadable(queue).await;
        }
        for webhook in claimed {
            let (claim, answer) = (webhook.claim, sender.post(&webhook).await);
            let row = claim.delivery.uuid();
            match job.store().run(job.cx(), RecordDeliveryAnswer { claim, answer }).await {
                Ok(done) if done.status == DeliveryStatus::Delivered => job.count(1),
                Ok(done) if done.status == DeliveryStatus::Pending => job.leave(1),
                Ok(done) => job.fail(JobFailure {
                    row: Some(row),
                    code: "webhook.given_up",
                    reason: done.reason.unwrap_or_default(),
                }),
                Err(error) => job.fail(JobFailure::of_row(row, &error)),
            }
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Body<'m> {
    r#type: &'m str,
    timestamp: Timestamp,
    data: &'m serde_json::Value,
}

/// Claims webhook deliveries that are due, including those whose worker timed out. Commit before
/// sending them. Deliveries to an endpoint that is switched off or deleted are cancelled.
///
/// Rows that another worker is taking are passed over.
///
/// # Permission
/// `integrations.manage`; a worker acts as the system.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.claim_webhook_deliveries")]
pub struct ClaimWebhookDeliveries {
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for ClaimWebhookDeliveries {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = Vec<OutgoingWebhook>;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<OutgoingWebhook>, WebhookError> {
        let Self { limit } = self;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        let due = tx.readable(WebhookDelivery::due(tx.now(), limit)).await?;
        let mut outgoing = Vec::with_capacity(due.len());
        for mut delivery in due {
            let endpoint = tx.get(delivery.endpoint_id).await?;
            let endpoint = endpoint.filter(|it| it.status != EndpointStatus::Disabled);
            let (endpoint, message) = (endpoint, tx.get(delivery.message_id).await?);
            let (Some(endpoint), Some(message)) = (endpoint, message) else {
                move_on(&mut delivery, DeliveryEvent::Cancel)?;
                tx.update(&mut delivery).await?;
                continue;
            };
            move_on(&mut delivery, DeliveryEvent::LoseLease)?;
            move_on(&mut delivery, DeliveryEvent::Claim)?;
            let claim = tx.id::<WebhookDelivery>().uuid();
            delivery.claim = Some(claim);
            delivery.next_action_at = NextAction::at(ATTEMPTS.lease_end(tx.now()));
            tx.update(&mut delivery).await?;
            let (timestamp, data) = (message.occurred_at, &message.payload);
            let body = Body { r#type: &message.kind, timestamp, data };
            let secrets = tx.all(EndpointSecret::holding(endpoint.id, tx.now())).await?;
            outgoing.push(OutgoingWebhook {
                claim: DeliveryClaim { delivery: delivery.id, claim },
                url: endpoint.url.to_string(),
                id: message.id.to_string(),
                body: serde_json::to_string(&body).unwrap_or_default(),
                secrets: secrets.into_iter().map(|it| it.secret).collect(),
            });
        }
        Ok(outgoing)
    }
}

/// The answer of a receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryAnswer {
    /// It answered with that HTTP status; 200 to 299 means that it has the message.
    Status(u16),
    /// It did not answer, for that reason.
    None(String),
}

/// Records a receiver's answer to a webhook delivery. A failed delivery is retried later and given
/// up after ten attempts; a receiver that answers 410 Gone is switched off.
///
/// # Permission
/// `integrations.manage`.
///
/// # Locks
/// The delivery's row.
///
/// # Errors
/// [`WebhookError::ClaimLost`] when another worker has it.
#[operation("commerce.record_delivery_answer", secret)]
pub struct RecordDeliveryAnswer {
    /// The claim of the delivery.
    pub claim: DeliveryClaim,
    /// The HTTP status, or the failure to connect.
    pub answer: DeliveryAnswer,
}

impl Operation for RecordDeliveryAnswer {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = WebhookDelivery;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookDelivery, WebhookError> {
        let Self { claim, answer } = self;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        let mut delivery = tx.lock(claim.delivery).await?;
        if delivery.status != DeliveryStatus::Sending || delivery.claim != Some(claim.claim) {
            return Err(WebhookError::ClaimLost);
        }
        let (status, reason) = match answer {
            DeliveryAnswer::Status(status) => (Some(status), format!("it answered {status}")),
            DeliveryAnswer::None(reason) => (None, reason),
        };
        delivery.answer = status;
        delivery.claim = None;
        if status.is_some_and(|it| (200..300).contains(&it)) {
            move_on(&mut delivery, DeliveryEvent::Accept)?;
            delivery.delivered_at = Some(tx.now());
            delivery.reason = None;
        } else {
            delivery.reason = Some(shortened(&reason));
            match ATTEMPTS.fail(&mut delivery.attempts, tx.now()) {
                AfterFailure::RetryAt(at) if status != Some(GONE) => {
                    move_on(&mut delivery, DeliveryEvent::Refuse)?;
                    delivery.next_action_at = NextAction::at(at);
                }
                AfterFailure::RetryAt(_) | AfterFailure::GiveUp => {
                    move_on(&mut delivery, DeliveryEvent::GiveUp)?;
                }
            }
        }
        tx.update(&mut delivery).await?;
        if status == Some(GONE) {
            let mut endpoint = tx.lock(delivery.endpoint_id).await?;
            endpoint.status = EndpointStatus::Disabled;
            tx.update(&mut endpoint).await?;
        }
        Ok(delivery)
    }
}

/// Replays a webhook delivery that was delivered, given up or cancelled.
///
/// # Permission
/// `integrations.manage`.
///
/// # Locks
/// The delivery's row.
///
/// # Errors
/// [`WebhookError`].
#[operation("commerce.replay_delivery")]
pub struct ReplayDelivery {
    /// The delivery to send again.
    pub delivery: Id<WebhookDelivery>,
}

impl Operation for ReplayDelivery {
    const ACCESS: Access = Access::Asks(&[Permission::INTEGRATIONS_MANAGE]);
    type Answer = WebhookDelivery;
    type Error = WebhookError;

    async fn run(self, tx: &mut Transaction) -> Result<WebhookDelivery, WebhookError> {
        let Self { delivery } = self;
        authorize_on(tx, Permission::INTEGRATIONS_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Webhooks).await?;
        let mut delivery = tx.lock(delivery).await?;
        if move_on(&mut delivery, DeliveryEvent::Replay)? {
            delivery.attempts = 0;
            delivery.next_action_at = NextAction::at(tx.now());
            tx.update(&mut delivery).await?;
        }
        Ok(delivery)
    }
}

/// True when the delivery's status has changed.
fn move_on(delivery: &mut WebhookDelivery, event: DeliveryEvent) -> Result<bool, WebhookError> {
    let Step::Applied(status) = delivery.status.apply(event)? else { return Ok(false) };
    delivery.status = status;
    if matches!(
        status,
        DeliveryStatus::Delivered | DeliveryStatus::Dead | DeliveryStatus::Cancelled
    ) {
        delivery.next_action_at = NextAction::NEVER;
        delivery.claim = None;
    }
    Ok(true)
}
