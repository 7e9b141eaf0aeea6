//! What is sent to a gateway, and what comes back.
use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lms_commerce::{GatewayOutcome, PaymentFact};
use lms_kernel::Money;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    Gateway, VerifiedWebhook, WebhookRequest,
    client::{ClientAnswer, ClientError},
    json,
};

/// The method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallMethod {
    /// It asks and changes nothing.
    Get,
    /// It changes something.
    Post,
}

/// One HTTPS call. Its headers hold the account's secret, so it prints without them.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayCall {
    /// The method.
    pub method: CallMethod,
    /// The address.
    pub url: String,
    /// The headers, by name.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for a question.
    pub body: String,
}

impl fmt::Debug for GatewayCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayCall")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &"[redacted]")
            .field("body", &self.body)
            .finish()
    }
}

impl GatewayCall {
    pub(super) fn get(url: String, authorization: String) -> Self {
        let headers = vec![("Authorization", authorization), ("Accept", JSON.to_owned())];
        Self { method: CallMethod::Get, url, headers, body: String::new() }
    }

    pub(super) fn post(url: String, authorization: String, body: &Value) -> Self {
        let mut call = Self::get(url, authorization);
        call.method = CallMethod::Post;
        call.headers.push(("Content-Type", JSON.to_owned()));
        call.body = body.to_string();
        call
    }

    pub(super) fn form(url: String, authorization: String, fields: &[(&str, String)]) -> Self {
        let mut call = Self::get(url, authorization);
        call.method = CallMethod::Post;
        call.headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
        let pairs = fields.iter().map(|(name, it)| format!("{}={}", encoded(name), encoded(it)));
        call.body = pairs.collect::<Vec<_>>().join("&");
        call
    }

    /// The same with one more header.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

const JSON: &str = "application/json";

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl CallAnswer {
    /// The body, where it is a JSON object.
    pub(super) fn json(&self) -> Option<Value> {
        json::object(&self.body).ok()
    }

    /// The outcome of a call that changes something. A conflict, a limit and an error of the server
    /// do not say whether it was done.
    pub(super) const fn outcome(&self) -> GatewayOutcome {
        match self.status {
            200..=299 => GatewayOutcome::Succeeded,
            400..=499 if !matches!(self.status, 408 | 409 | 425 | 429) => GatewayOutcome::Failed,
            _ => GatewayOutcome::Unknown,
        }
    }

    /// The outcome of a question. A gateway that does not know the payment has not failed it: the
    /// call that creates it may still be on its way, and an account may be asked by mistake.
    pub(super) const fn outcome_of_question(&self) -> GatewayOutcome {
        match self.status {
            200..=299 => GatewayOutcome::Succeeded,
            _ => GatewayOutcome::Unknown,
        }
    }

    /// An answer with that outcome and nothing else; one that is not JSON where it has to be says
    /// nothing.
    pub(super) fn with(&self, outcome: GatewayOutcome) -> (ClientAnswer, Value) {
        let raw = self.json();
        let understood = raw.is_some() || outcome != GatewayOutcome::Succeeded;
        let answer = ClientAnswer {
            outcome: if understood { outcome } else { GatewayOutcome::Unknown },
            raw: raw.clone(),
            ..ClientAnswer::unknown()
        };
        (answer, raw.unwrap_or_default())
    }
}

/// The facts that a gateway's webhook with that body states; none where it is not understood.
pub(super) fn facts_of(gateway: &dyn Gateway, body: &Value) -> Vec<PaymentFact> {
    let bytes = body.to_string().into_bytes();
    let request = WebhookRequest::new(&[], &bytes);
    let notice = gateway.read(&VerifiedWebhook::new(request));
    let facts = notice.map(|it| it.facts).unwrap_or_default();
    facts.into_iter().map(|it| it.fact).collect()
}

/// The header of an account with a name and a secret.
pub(super) fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// An amount above zero.
pub(super) fn checked(amount: Money) -> Result<Money, ClientError> {
    if amount.is_positive() { Ok(amount) } else { Err(ClientError::Amount) }
}

/// An amount that a gateway takes in so small units only: a multiple of `step` minor units.
pub(super) fn stepped(amount: Money, step: i64) -> Result<Money, ClientError> {
    match amount.minor().checked_rem(step) {
        Some(0) => checked(amount),
        _ => Err(ClientError::Amount),
    }
}

/// An amount in minor units where the gateway takes three decimals with a zero at the end only.
pub(super) fn tens_of_three_decimals(amount: Money) -> Result<Money, ClientError> {
    stepped(amount, if amount.currency().exponent() == 3 { 10 } else { 1 })
}

/// An amount in the main unit, as `20.00`.
pub(super) fn main_unit(amount: Money) -> Result<Decimal, ClientError> {
    let amount = checked(amount)?;
    let exponent = amount.currency().exponent();
    Decimal::try_from_i128_with_scale(i128::from(amount.minor()), exponent)
        .map_err(|_| ClientError::Amount)
}

/// The same as a number in JSON.
pub(super) fn number(amount: Money) -> Result<Value, ClientError> {
    let text = main_unit(amount)?.normalize().to_string();
    serde_json::from_str(&text).map_err(|_| ClientError::Amount)
}

/// A name as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                out.push_str(&hex::encode_upper([byte]));
            }
        }
    }
    out
}
