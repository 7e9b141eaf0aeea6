//! Razorpay.
use lms_commerce::{PaymentFact, RefundRegister};
use lms_kernel::Timestamp;
use serde_json::Value;

use crate::{
    Gateway, ReadError, ReportedFact, SigningSecret, VerificationError, VerifiedWebhook,
    WebhookNotice, WebhookRequest, amount, gateway, json,
    signature::{from_hex, hmac_sha256, same},
};

/// Razorpay's webhooks.
///
/// The header `X-Razorpay-Signature` is the hexadecimal HMAC-SHA256 of the body under the
/// webhook's secret; `x-razorpay-event-id` names the event (razorpay.com/docs/webhooks,
/// "Validate and test webhooks"). No time is signed, so repeats are told by the event's id.
#[derive(Clone, Copy, Debug, Default)]
pub struct Razorpay;

const HEADER: &str = "X-Razorpay-Signature";
const EVENT_ID: &str = "x-razorpay-event-id";

impl Gateway for Razorpay {
    fn name(&self) -> &'static str {
        "razorpay"
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        _: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        gateway::begin(request, secrets)?;
        let header =
            request.header(HEADER).ok_or(VerificationError::MissingHeader { name: HEADER })?;
        let given = from_hex(header).ok_or(VerificationError::NoMatchingSignature)?;
        let matches = secrets.iter().any(|secret| {
            hmac_sha256(secret.bytes(), &[request.body()]).is_some_and(|it| same(&it, &given))
        });
        if !matches {
            return Err(VerificationError::NoMatchingSignature);
        }
        Ok(VerifiedWebhook::new(*request))
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        let event = json::object(webhook.body())?;
        let event_type = json::need(&event, "/event")?;
        let facts = facts(&event, &event_type)?;
        // The header is not signed, but an id made from the body is no better for telling
        // repeats apart; an account that does not forward it falls back to the body's own parts.
        let deduplication_key = webhook.header(EVENT_ID).map_or_else(
            || {
                let entity = facts.first().map_or("none", |it| it.payment_reference.as_str());
                let created = json::integer(&event, "/created_at").unwrap_or_default();
                format!("{event_type}:{entity}:{created}")
            },
            str::to_owned,
        );
        Ok(WebhookNotice { deduplication_key, event_type, facts, confirm_by_asking: false })
    }
}

fn facts(event: &Value, event_type: &str) -> Result<Vec<ReportedFact>, ReadError> {
    const PAYMENT: &str = "/payload/payment/entity";
    const REFUND: &str = "/payload/refund/entity";
    const DISPUTE: &str = "/payload/dispute/entity";
    let entity = |path: &'static str| json::at(event, path).ok_or(ReadError::MissingField { path });
    let at = || {
        json::unix_seconds(event, "/created_at")
            .ok_or(ReadError::MissingField { path: "/created_at" })
    };
    let (payment_reference, fact) = match event_type {
        "payment.authorized" => {
            (json::need(entity(PAYMENT)?, "/id")?, PaymentFact::Authorise { at: at()? })
        }
        "payment.captured" | "order.paid" => {
            let payment = entity(PAYMENT)?;
            let key = json::need(payment, "/id")?;
            let amount = amount::minor(payment, "/amount", "/currency")?;
            (key.clone(), PaymentFact::Capture { key, amount, at: at()? })
        }
        "payment.failed" => (json::need(entity(PAYMENT)?, "/id")?, PaymentFact::Fail { at: at()? }),
        "refund.created" | "refund.processed" | "refund.failed" | "refund.speed_changed" => {
            let refund = entity(REFUND)?;
            let register = match json::text(refund, "/status").as_deref() {
                Some("processed") => RefundRegister::Succeeded,
                Some("failed") => RefundRegister::Failed,
                _ => RefundRegister::Pending,
            };
            let amount = amount::minor(refund, "/amount", "/currency")?;
            let key = json::need(refund, "/id")?;
            (json::need(refund, "/payment_id")?, PaymentFact::Refund { key, amount, register })
        }
        "payment.dispute.lost" => {
            let dispute = entity(DISPUTE)?;
            let amount = amount::minor(dispute, "/amount", "/currency")?;
            let payment = json::need(dispute, "/payment_id")?;
            let key = json::need(dispute, "/id")?;
            (payment.clone(), PaymentFact::Reverse { key, amount, of: Some(payment) })
        }
        _ => return Ok(Vec::new()),
    };
    let merchant_reference = json::text(event, "/payload/payment/entity/notes/payment_id")
        .or_else(|| json::text(event, "/payload/order/entity/receipt"))
        .or_else(|| json::text(event, "/payload/payment/entity/order_id"));
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}
