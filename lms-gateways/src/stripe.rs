//! Stripe.
use lms_commerce::{PaymentFact, RefundRegister};
use lms_kernel::{Money, Timestamp};
use serde_json::Value;

use crate::{
    Gateway, ReadError, ReportedFact, SigningSecret, VerificationError, VerifiedWebhook,
    WebhookNotice, WebhookRequest, amount, gateway, json,
    signature::{from_hex, hmac_sha256, same},
};

/// Stripe's webhooks.
///
/// The header `Stripe-Signature` reads `t=<seconds>,v1=<hex>,…`; each `v1` is the HMAC-SHA256 of
/// `<t>.<body>` under the endpoint's secret, taken as text with its `whsec_` (docs.stripe.com,
/// "Verify webhook signatures manually"). Several `v1` stand there while a secret is rotated. The
/// time may differ from now by 300 seconds, either way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stripe;

const HEADER: &str = "Stripe-Signature";
const TOLERANCE_SECONDS: i64 = 300;
/// More signatures than any rotation needs; the rest is not looked at.
const MAX_SIGNATURES: usize = 16;

impl Gateway for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        gateway::begin(request, secrets)?;
        let header =
            request.header(HEADER).ok_or(VerificationError::MissingHeader { name: HEADER })?;
        let malformed = VerificationError::MalformedHeader { name: HEADER };
        let (mut time, mut signatures) = (None, Vec::new());
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) if time.is_none() => time = Some(value),
                Some(("v1", value)) if signatures.len() < MAX_SIGNATURES => {
                    signatures.push(value);
                }
                _ => {}
            }
        }
        let time = time.ok_or(malformed)?;
        let seconds: i64 = time.parse().map_err(|_| malformed)?;
        let matches = secrets.iter().any(|secret| {
            let parts: [&[u8]; 3] = [time.as_bytes(), b".", request.body()];
            hmac_sha256(secret.bytes(), &parts).is_some_and(|wanted| {
                let candidates = signatures.iter().filter_map(|it| from_hex(it));
                candidates.fold(false, |found, it| found | same(&it, &wanted))
            })
        });
        if !matches {
            return Err(VerificationError::NoMatchingSignature);
        }
        let now = now.micros().div_euclid(1_000_000);
        if now.abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
            let tolerance_seconds = TOLERANCE_SECONDS;
            return Err(VerificationError::OutsideTolerance { tolerance_seconds });
        }
        Ok(VerifiedWebhook::new(*request))
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        let event = json::object(webhook.body())?;
        let event_type = json::need(&event, "/type")?;
        Ok(WebhookNotice {
            deduplication_key: json::need(&event, "/id")?,
            facts: facts(&event, &event_type)?,
            event_type,
            confirm_by_asking: false,
        })
    }
}

fn facts(event: &Value, event_type: &str) -> Result<Vec<ReportedFact>, ReadError> {
    let at = || {
        json::unix_seconds(event, "/created").ok_or(ReadError::MissingField { path: "/created" })
    };
    let object = json::at(event, "/data/object");
    let object = object.ok_or(ReadError::MissingField { path: "/data/object" })?;
    let intent = || json::need(object, "/id");
    let (payment_reference, fact) = match event_type {
        "payment_intent.amount_capturable_updated" => {
            (intent()?, PaymentFact::Authorise { at: at()? })
        }
        "payment_intent.succeeded" => {
            let amount = money(object, "/amount_received")?;
            let key = json::text(object, "/latest_charge")
                .or_else(|| json::text(object, "/latest_charge/id"))
                .map_or_else(intent, Ok)?;
            (intent()?, PaymentFact::Capture { key, amount, at: at()? })
        }
        "payment_intent.payment_failed" => (intent()?, PaymentFact::Fail { at: at()? }),
        "payment_intent.canceled" => (intent()?, PaymentFact::Cancel { at: at()? }),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let register = match json::text(object, "/status").as_deref() {
                Some("succeeded") => RefundRegister::Succeeded,
                Some("failed" | "canceled") => RefundRegister::Failed,
                _ => RefundRegister::Pending,
            };
            let (key, amount) = (json::need(object, "/id")?, money(object, "/amount")?);
            (payment(object)?, PaymentFact::Refund { key, amount, register })
        }
        "charge.dispute.closed" if json::text(object, "/status").as_deref() == Some("lost") => {
            let (key, amount) = (json::need(object, "/id")?, money(object, "/amount")?);
            let of = json::text(object, "/charge");
            (payment(object)?, PaymentFact::Reverse { key, amount, of })
        }
        _ => return Ok(Vec::new()),
    };
    let merchant_reference = json::text(object, "/metadata/payment_id");
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}

/// The payment intent that a refund or dispute belongs to; the charge where there is none.
fn payment(object: &Value) -> Result<String, ReadError> {
    json::text(object, "/payment_intent")
        .or_else(|| json::text(object, "/charge"))
        .ok_or(ReadError::MissingField { path: "/payment_intent" })
}

/// An amount as Stripe writes it: the smallest unit, except that ISK and UGX, which have no
/// smaller unit, are written with two decimals that are always zero, and MGA, which has one,
/// without any (docs.stripe.com/currencies, "Zero-decimal currencies" and "Special cases").
fn money(object: &Value, path: &'static str) -> Result<Money, ReadError> {
    let money = amount::minor(object, path, "/currency")?;
    match money.currency().code() {
        "ISK" | "UGX" if money.minor() % 100 == 0 => {
            Ok(Money::from_minor(money.minor() / 100, money.currency()))
        }
        "ISK" | "UGX" => Err(ReadError::InvalidAmount { path }),
        "MGA" => money.multiply(100).map_err(|_| ReadError::InvalidAmount { path }),
        _ => Ok(money),
    }
}
