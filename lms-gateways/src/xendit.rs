//! Xendit.
use lms_commerce::{PaymentFact, RefundRegister};
use lms_kernel::{Currency, Timestamp};
use serde_json::Value;

use crate::{
    Gateway, ReadError, ReportedFact, SigningSecret, VerificationError, VerifiedWebhook,
    WebhookNotice, WebhookRequest, amount, gateway, json, signature::same,
};

/// Xendit's webhooks.
///
/// The header `x-callback-token` carries the account's verification token (docs.xendit.co,
/// "Handling webhooks"). The body is not signed: anyone who learns the token can write any body, so
/// the token must travel over TLS only.
///
/// | status | fact |
/// |---|---|
/// | invoice `PAID`, `SETTLED` | captured, by the invoice's name |
/// | invoice `EXPIRED` | cancelled |
/// | `COMPLETING`, `AUTHORIZED`, `AWAITING_CAPTURE` | authorised |
/// | payment `SUCCEEDED` | captured, by the payment's name |
/// | payment `FAILED` | failed |
/// | payment `CANCELED`, `EXPIRED` | cancelled |
/// | refund `SUCCEEDED`, `FAILED`, `CANCELLED`, others | a refund, as far as it is |
#[derive(Clone, Copy, Debug, Default)]
pub struct Xendit;

const HEADER: &str = "x-callback-token";
const EVENT_ID: &str = "webhook-id";

impl Gateway for Xendit {
    fn name(&self) -> &'static str {
        "xendit"
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        _: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        gateway::begin(request, secrets)?;
        let given =
            request.header(HEADER).ok_or(VerificationError::MissingHeader { name: HEADER })?;
        let matches = secrets
            .iter()
            .fold(false, |found, secret| found | same(secret.bytes(), given.as_bytes()));
        if !matches {
            return Err(VerificationError::NoMatchingSignature);
        }
        Ok(VerifiedWebhook::new(*request))
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        let body = json::object(webhook.body())?;
        // Newer webhooks wrap the object in `data` and name the event; invoices stand bare.
        let wrapped = json::text(&body, "/event");
        let object = if wrapped.is_some() { json::at(&body, "/data") } else { Some(&body) };
        let object = object.ok_or(ReadError::MissingField { path: "/data" })?;
        let status = json::text(object, "/status").unwrap_or_default();
        let event_type = wrapped.unwrap_or_else(|| format!("invoice.{}", status.to_lowercase()));
        let deduplication_key = match webhook.header(EVENT_ID) {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => {
                let updated = json::text(object, "/updated").unwrap_or_default();
                let id = json::text(object, "/id")
                    .or_else(|| json::text(object, "/payment_id"))
                    .ok_or(ReadError::MissingField { path: "/id" })?;
                format!("{id}:{status}:{updated}")
            }
        };
        let facts = facts(object, &event_type, &status)?;
        Ok(WebhookNotice { deduplication_key, event_type, facts, confirm_by_asking: false })
    }
}

fn facts(object: &Value, event_type: &str, status: &str) -> Result<Vec<ReportedFact>, ReadError> {
    let currency = amount::currency(object, "/currency", Some(Currency::IDR))?;
    let (payment_reference, fact) = if event_type.starts_with("refund.") {
        refund(object, status, currency)?
    } else {
        let Some(found) = payment(object, event_type, status, currency)? else {
            return Ok(Vec::new());
        };
        found
    };
    let merchant_reference =
        json::text(object, "/external_id").or_else(|| json::text(object, "/reference_id"));
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}

fn refund(
    object: &Value,
    status: &str,
    currency: Currency,
) -> Result<(String, PaymentFact), ReadError> {
    let register = match status {
        "SUCCEEDED" => RefundRegister::Succeeded,
        "FAILED" | "CANCELLED" => RefundRegister::Failed,
        _ => RefundRegister::Pending,
    };
    let payment = json::text(object, "/invoice_id")
        .or_else(|| json::text(object, "/payment_request_id"))
        .or_else(|| json::text(object, "/payment_id"))
        .ok_or(ReadError::MissingField { path: "/invoice_id" })?;
    let key = json::need(object, "/id")?;
    let amount = amount::major(object, "/amount", currency)?;
    Ok((payment, PaymentFact::Refund { key, amount, register }))
}

/// What an invoice, or a payment of the newer interface, says of the money.
fn payment(
    object: &Value,
    event_type: &str,
    status: &str,
    currency: Currency,
) -> Result<Option<(String, PaymentFact)>, ReadError> {
    let at = |path: &'static str| {
        json::rfc3339(object, path)
            .or_else(|| json::rfc3339(object, "/updated"))
            .or_else(|| json::rfc3339(object, "/created"))
            .ok_or(ReadError::MissingField { path })
    };
    let is_payment = event_type.starts_with("payment");
    let id = json::text(object, "/id")
        .or_else(|| json::text(object, "/payment_id").filter(|_| is_payment))
        .ok_or(ReadError::MissingField { path: "/id" })?;
    // A payment is known by the request that it answers, so that its refunds find it.
    let request = json::text(object, "/payment_request_id").filter(|_| is_payment);
    let reference = request.unwrap_or_else(|| id.clone());
    let amount = || {
        let paths = ["/paid_amount", "/request_amount"];
        let path = paths.into_iter().find(|it| json::at(object, it).is_some());
        amount::major(object, path.unwrap_or("/amount"), currency)
    };
    let fact = match status {
        "PAID" | "SETTLED" => {
            PaymentFact::Capture { key: id, amount: amount()?, at: at("/paid_at")? }
        }
        "SUCCEEDED" if is_payment => {
            PaymentFact::Capture { key: id, amount: amount()?, at: at("/updated")? }
        }
        "COMPLETING" | "AUTHORIZED" | "AWAITING_CAPTURE" => {
            PaymentFact::Authorise { at: at("/updated")? }
        }
        "FAILED" if is_payment => PaymentFact::Fail { at: at("/updated")? },
        "CANCELED" | "CANCELLED" if is_payment => PaymentFact::Cancel { at: at("/updated")? },
        "EXPIRED" => PaymentFact::Cancel { at: at("/updated")? },
        _ => return Ok(None),
    };
    Ok(Some((reference, fact)))
}
