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
/// "Handling webhooks"). The body is not signed: whoever learns the token can write any body, so
/// the token must travel over TLS only.
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
                format!("{}:{status}:{updated}", json::need(object, "/id")?)
            }
        };
        let facts = facts(object, &event_type, &status)?;
        Ok(WebhookNotice { deduplication_key, event_type, facts, confirm_by_asking: false })
    }
}

fn facts(object: &Value, event_type: &str, status: &str) -> Result<Vec<ReportedFact>, ReadError> {
    let id = json::need(object, "/id")?;
    let currency = amount::currency(object, "/currency", Some(Currency::IDR))?;
    let merchant_reference =
        json::text(object, "/external_id").or_else(|| json::text(object, "/reference_id"));
    let (payment_reference, fact) = if event_type.starts_with("refund.") {
        let register = match status {
            "SUCCEEDED" => RefundRegister::Succeeded,
            "FAILED" | "CANCELLED" => RefundRegister::Failed,
            _ => RefundRegister::Pending,
        };
        let payment = json::text(object, "/invoice_id")
            .or_else(|| json::text(object, "/payment_request_id"))
            .or_else(|| json::text(object, "/payment_id"))
            .ok_or(ReadError::MissingField { path: "/invoice_id" })?;
        let amount = amount::major(object, "/amount", currency)?;
        (payment, PaymentFact::Refund { key: id, amount, register })
    } else {
        let at = |path: &'static str| {
            json::rfc3339(object, path)
                .or_else(|| json::rfc3339(object, "/updated"))
                .ok_or(ReadError::MissingField { path })
        };
        match status {
            "PAID" | "SETTLED" => {
                let path = if json::at(object, "/paid_amount").is_some() {
                    "/paid_amount"
                } else {
                    "/amount"
                };
                let amount = amount::major(object, path, currency)?;
                let fact = PaymentFact::Capture { key: id.clone(), amount, at: at("/paid_at")? };
                (id, fact)
            }
            "EXPIRED" => (id, PaymentFact::Cancel { at: at("/updated")? }),
            _ => return Ok(Vec::new()),
        }
    };
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}
