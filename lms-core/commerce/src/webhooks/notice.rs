//! A received webhook, and its facts.
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{PaymentFact, webhooks::StoredSecret};
use lms_kernel::Timestamp;
use lms_store::{Port, StoreError};

/// A webhook as it arrived: its headers, and its body byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct WebhookRequest<'a> {
    headers: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

impl<'a> WebhookRequest<'a> {
    /// The most bytes of a body that are read: 1 MiB, several times what any gateway sends.
    pub const MAX_BODY_BYTES: usize = 1 << 20;

    /// A request with those headers and that body. The body must be what the wire carried: a
    /// body that was parsed and written again does not verify.
    pub const fn new(headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { headers, body }
    }

    /// The names and values of its headers.
    pub const fn headers(&self) -> &'a [(&'a str, &'a str)] {
        self.headers
    }

    /// The first header of that name; letter case does not matter.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The body, byte for byte.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// A fact, and which payment it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportedFact {
    /// The gateway's name for the payment, such as a payment intent or an invoice.
    pub payment_reference: String,
    /// The host's own name for it, where the gateway gives it back.
    pub merchant_reference: Option<String>,
    /// What happened.
    pub fact: PaymentFact,
}

/// The contents of a webhook in the library's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookNotice {
    /// Tells this event from every other of the account; the same event sent again has the same.
    pub deduplication_key: String,
    /// The gateway's name for the kind of event.
    pub event_type: String,
    /// What happened, none when the event says nothing about a payment.
    pub facts: Vec<ReportedFact>,
    /// Whether the signature leaves part of the meaning open, so that the host should ask the
    /// gateway before goods of value are handed over.
    pub confirm_by_asking: bool,
}

/// The result of an adapter for a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookVerdict {
    /// It was signed with one of the account's secrets, and this is what it says.
    Understood(WebhookNotice),
    /// It was signed with one of the account's secrets, and this is why it cannot be read.
    NotUnderstood(String),
    /// It was not signed with any of the account's secrets, for this reason.
    NotBelieved(String),
}

/// A gateway as the inbox sees it: verifies the raw bytes against the account's secrets, in
/// constant time and before anything is parsed, and parses the verified message.
pub trait WebhookAdapter: std::fmt::Debug + Send + Sync {
    /// The gateway's name, such as `stripe`.
    fn gateway(&self) -> &'static str;

    /// What it makes of a webhook. `now` bounds replays where the gateway signs a time.
    fn examine(
        &self,
        request: &WebhookRequest<'_>,
        secrets: &[StoredSecret],
        now: Timestamp,
    ) -> WebhookVerdict;
}

/// The gateways whose webhooks a host takes. It installs them in the store:
/// `store.with_port(Arc::new(WebhookAdapters::of([…])))`.
#[derive(Clone, Debug, Default)]
pub struct WebhookAdapters(Vec<Arc<dyn WebhookAdapter>>);

impl WebhookAdapters {
    /// Those adapters, one for each gateway; the first of a gateway is used.
    pub fn of(adapters: impl IntoIterator<Item = Arc<dyn WebhookAdapter>>) -> Self {
        Self(adapters.into_iter().collect())
    }

    /// The adapter of a gateway.
    pub(crate) fn of_gateway(&self, gateway: &str) -> Result<Arc<dyn WebhookAdapter>, StoreError> {
        let found = self.0.iter().find(|it| it.gateway() == gateway);
        found.cloned().ok_or(StoreError::MissingPort { port: Self::NAME })
    }
}

impl Port for WebhookAdapters {
    const NAME: &'static str = "webhook adapter of the gateway";
}
