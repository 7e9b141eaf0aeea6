//! Stripe.
use lms_commerce::{PaymentFact, RefundRegister};
use lms_kernel::{Money, Timestamp};
use serde_json::Value;

use crate::{
    Gateway, ReadError, ReportedFact, SigningSecret, Tolerance, VerificationError, VerifiedWebhook,
    WebhookNotice, WebhookRequest, amount, gateway, json,
    signature::{from_hex, hmac_sha256, same},
};

/// Stripe's webhooks.
///
/// The header `Stripe-Signature` reads `t=<seconds>,v1=<hex>,…`; each `v1` is the HMAC-SHA256 of
/// `<t>.<body>` under the endpoint's secret, taken as text with its `whsec_` (docs.stripe.com,
/// "Verify webhook signatures manually"). While a secret is rotated there are several `v1`. The
/// time may differ from now by the [`Tolerance`], either way.
///
/// | event | fact |
/// |---|---|
/// | `payment_intent.amount_capturable_updated` | authorised |
/// | `payment_intent.succeeded` | captured, by the name of its latest charge |
/// | `payment_intent.payment_failed` | failed |
/// | `payment_intent.canceled` | cancelled |
/// | `checkout.session.completed`, `paid` or `no_payment_required` | captured in all |
/// | `checkout.session.completed`, `unpaid` | authorised: a delayed method is under way |
/// | `checkout.session.async_payment_succeeded` | captured in all |
/// | `checkout.session.async_payment_failed` | failed |
/// | `checkout.session.expired` | cancelled |
/// | `refund.created`, `.updated`, `.failed`, `charge.refund.updated` | a refund, as far as it is |
/// | `charge.dispute.created`, `.updated`, `.closed` | by the dispute's status: on hold while it \
/// needs a response or is under review, a reversal when `lost`, the end of the hold when `won`; \
/// an inquiry (`warning_…`) has taken nothing |
///
/// Refunds and disputes name the payment intent. Anyone who starts payments with Checkout keeps the
/// session's id or its payment intent as the payment's reference, or gives the payment's id as
/// `client_reference_id` or as `metadata.payment_id`, of the session and of its payment intent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stripe;

const HEADER: &str = "Stripe-Signature";
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
        self.verify_within(request, secrets, now, Tolerance::USUAL)
    }

    fn verify_within<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        now: Timestamp,
        tolerance: Tolerance,
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
        let time = time.filter(|_| !signatures.is_empty()).ok_or(malformed)?;
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
        tolerance.check(seconds, now)?;
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
            let charge = expandable(object, "/latest_charge", "/latest_charge/id");
            let key = charge.map_or_else(intent, Ok)?;
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
        "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
            let (key, amount) = (json::need(object, "/id")?, money(object, "/amount")?);
            let of = expandable(object, "/charge", "/charge/id");
            let fact = match json::text(object, "/status").as_deref() {
                Some("needs_response" | "under_review") => {
                    PaymentFact::DisputeOpened { key, amount, of }
                }
                Some("won") => PaymentFact::DisputeWon { key, amount, of },
                Some("lost") => PaymentFact::Reverse { key, amount, of },
                _ => return Ok(Vec::new()),
            };
            (payment(object)?, fact)
        }
        _ => match event_type.strip_prefix("checkout.session.") {
            Some(what) => return session(object, what, at()?),
            None => return Ok(Vec::new()),
        },
    };
    let merchant_reference = json::text(object, "/metadata/payment_id");
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}

/// The facts of a checkout session. It names the payment intent and no charge, so it states the
/// total captured, and the charge that `payment_intent.succeeded` names is part of that.
fn session(object: &Value, what: &str, at: Timestamp) -> Result<Vec<ReportedFact>, ReadError> {
    let paid = || {
        let amount = money(object, "/amount_total")?;
        Ok(PaymentFact::CaptureTotal { amount, at })
    };
    let fact = match (what, json::text(object, "/payment_status").as_deref()) {
        ("completed", Some("paid" | "no_payment_required")) | ("async_payment_succeeded", _) => {
            paid()?
        }
        ("completed", _) => PaymentFact::Authorise { at },
        ("async_payment_failed", _) => PaymentFact::Fail { at },
        ("expired", _) => PaymentFact::Cancel { at },
        _ => return Ok(Vec::new()),
    };
    let id = json::need(object, "/id")?;
    let intent = expandable(object, "/payment_intent", "/payment_intent/id");
    let merchant_reference = json::text(object, "/metadata/payment_id")
        .or_else(|| json::text(object, "/client_reference_id"))
        .or_else(|| Some(id.clone()));
    let payment_reference = intent.unwrap_or(id);
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}

/// The id at a path where Stripe may put the whole object, when it is asked to expand it.
fn expandable(object: &Value, path: &str, id: &str) -> Option<String> {
    json::text(object, path).or_else(|| json::text(object, id))
}

/// The payment intent that a refund or dispute belongs to; the charge where there is none.
fn payment(object: &Value) -> Result<String, ReadError> {
    expandable(object, "/payment_intent", "/payment_intent/id")
        .or_else(|| expandable(object, "/charge", "/charge/id"))
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
