//! Webhook endpoints of a tenant.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DeliveryStatus, NextAction, StoredSecret};
use lms_kernel::{Context, EntityKind, Id, Link, Timestamp};
use lms_store::{
    outbox::Message,
    {Direction, Filter, Lock, LogStamp, PageSize, Query, Record, Stamp},
};

/// Whether events are sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum EndpointStatus {
    /// Events are sent.
    Active,
    /// It is not: someone switched it off, or it said that it is gone.
    Disabled,
}

/// An endpoint of a tenant that receives events over HTTPS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "webhook_endpoints", index(status))]
pub struct WebhookEndpoint {
    /// The endpoint's id.
    pub id: Id<WebhookEndpoint>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Where it is.
    pub url: Link,
    /// The names of the events that it wants; all when there are none.
    #[record(json)]
    pub kinds: Vec<String>,
    /// Whether events are sent to it.
    pub status: EndpointStatus,
}

impl WebhookEndpoint {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("webhook_endpoint");

    /// An endpoint that wants those events.
    pub fn new(cx: &Context, url: Link, kinds: Vec<String>) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), url, kinds, status: EndpointStatus::Active }
    }

    /// Whether it wants an event of that name.
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|it| it == kind)
    }

    /// The endpoints that events are sent to.
    pub fn active() -> Query<Self> {
        Query::filter(Self::STATUS.eq(EndpointStatus::Active))
    }
}

/// The secret that signs an endpoint's messages. During a rotation there are two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "webhook_endpoint_secrets", unaudited, index(endpoint_id))]
pub struct EndpointSecret {
    /// The secret's id.
    pub id: Id<EndpointSecret>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub endpoint_id: Id<WebhookEndpoint>,
    /// The secret, as Standard Webhooks writes it: `whsec_` and base64.
    #[record(secret)]
    pub secret: StoredSecret,
    /// Since when it holds.
    pub since: Timestamp,
    /// Up to when messages are signed with it too, once another one has taken its place.
    pub retires_at: Option<Timestamp>,
}

impl EndpointSecret {
    /// A secret that holds until another one takes its place.
    pub fn new(cx: &Context, endpoint: Id<WebhookEndpoint>, secret: StoredSecret) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            endpoint_id: endpoint,
            secret,
            since: cx.now(),
            retires_at: None,
        }
    }

    /// The secrets of an endpoint that hold at that time, the latest first.
    pub fn holding(endpoint: Id<WebhookEndpoint>, now: Timestamp) -> Query<Self> {
        let holds = Filter::any([Self::RETIRES_AT.is_null(), Self::RETIRES_AT.is_ge(now)]);
        Query::filter(Self::ENDPOINT_ID.eq(endpoint).and(holds))
            .order_by(Self::SINCE, Direction::Desc)
    }
}

/// One message to one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "webhook_deliveries",
    unaudited,
    unique_always(endpoint_id, message_id),
    index(status),
    index(next_action_at)
)]
pub struct WebhookDelivery {
    /// The delivery's id.
    pub id: Id<WebhookDelivery>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The endpoint that receives it.
    pub endpoint_id: Id<WebhookEndpoint>,
    /// The message that is sent.
    pub message_id: Id<Message>,
    /// Its status.
    pub status: DeliveryStatus,
    /// Which claim it is under, while a worker has it.
    pub claim: Option<Uuid>,
    /// How often sending it has failed.
    pub attempts: u32,
    /// When a worker may take it; while one has it, when its lease ends.
    pub next_action_at: NextAction,
    /// What the receiver answered last: the HTTP status.
    pub answer: Option<u16>,
    /// Why it was not delivered, the last time.
    pub reason: Option<String>,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
}

impl WebhookDelivery {
    /// A delivery that may start at once.
    pub fn new(cx: &Context, endpoint: Id<WebhookEndpoint>, message: Id<Message>) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            endpoint_id: endpoint,
            message_id: message,
            status: DeliveryStatus::Pending,
            claim: None,
            attempts: 0,
            next_action_at: NextAction::at(cx.now()),
            answer: None,
            reason: None,
            delivered_at: None,
        }
    }

    /// The deliveries that a worker may take, the longest waiting first, without those that
    /// another one is taking.
    pub fn due(now: Timestamp, limit: PageSize) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
            .limit(limit)
            .lock(Lock::SkipLocked)
    }

    /// The deliveries to an endpoint.
    pub fn to(endpoint: Id<WebhookEndpoint>) -> Query<Self> {
        Query::filter(Self::ENDPOINT_ID.eq(endpoint))
    }
}
