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
/// The header `X-Razorpay-Signature` is the hexadecimal HMAC-SHA256 of the body under the webhook's
/// secret; `x-razorpay-event-id` names the event (razorpay.com/docs/webhooks, "Validate and test
/// webhooks"). No time is signed, so repeats are recognized by the event's id.
///
/// | event | fact |
/// |---|---|
/// | `payment.authorized` | authorised |
/// | `payment.captured`, `order.paid` | captured, by the payment's name |
/// | `payment.failed` | failed; it may be authorised days later |
/// | `refund.created`, `.processed`, `.failed`, `.speed_changed` | a refund, as far as it is |
/// | `payment.dispute.created`, `.under_review`, `.action_required` | on hold |
/// | `payment.dispute.won`, `.closed` | the end of the hold |
/// | `payment.dispute.lost` | a reversal |
#[derive(Clone, Copy, Debug, Default)]
pub struct Razorpay;

/// What Razorpay's checkout hands to the page that the buyer comes back to.
///
/// The order's id, or that of a subscription or payment link, must be the one that the host keeps
/// for this payment, not the one that came with the page: the signature holds for whatever order
/// was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RazorpayReturn<'a> {
    /// `razorpay_order_id` and `razorpay_payment_id`.
    Order {
        /// The order, as the host keeps it.
        order_id: &'a str,
        /// The payment that was made.
        payment_id: &'a str,
    },
    /// `razorpay_payment_id` and `razorpay_subscription_id`.
    Subscription {
        /// The subscription, as the host keeps it.
        subscription_id: &'a str,
        /// The payment that was made.
        payment_id: &'a str,
    },
    /// The parameters of a payment link's callback.
    PaymentLink {
        /// `razorpay_payment_link_id`, as the host keeps it.
        link_id: &'a str,
        /// `razorpay_payment_link_reference_id`.
        reference_id: &'a str,
        /// `razorpay_payment_link_status`.
        status: &'a str,
        /// `razorpay_payment_id`.
        payment_id: &'a str,
    },
}

impl Razorpay {
    /// Whether the page that the buyer comes back to was signed by Razorpay: `signature` is the
    /// hexadecimal HMAC-SHA256 of the ids, with `|` between them, under the account's *key secret*
    /// (razorpay.com/docs, "Integrate checkout: verify payment signature"). The secret of webhooks
    /// is another one.
    ///
    /// It says that a payment was made, not how much was taken: the money counts when a webhook or
    /// an answer of the gateway says so.
    ///
    /// # Errors
    /// [`VerificationError::NoMatchingSignature`], [`VerificationError::NoSecret`].
    pub fn verify_return(
        self,
        page: RazorpayReturn<'_>,
        signature: &str,
        key_secrets: &[SigningSecret],
    ) -> Result<(), VerificationError> {
        if key_secrets.is_empty() || key_secrets.iter().any(|it| it.bytes().is_empty()) {
            return Err(VerificationError::NoSecret);
        }
        let parts = match page {
            RazorpayReturn::Order { order_id, payment_id } => vec![order_id, payment_id],
            RazorpayReturn::Subscription { subscription_id, payment_id } => {
                vec![payment_id, subscription_id]
            }
            RazorpayReturn::PaymentLink { link_id, reference_id, status, payment_id } => {
                vec![link_id, reference_id, status, payment_id]
            }
        };
        // A divider inside an id would move the border between the parts.
        if parts.iter().any(|it| it.contains('|')) {
            return Err(VerificationError::NoMatchingSignature);
        }
        let message = parts.join("|");
        matches_any(message.as_bytes(), signature, key_secrets)
    }
}

/// Whether the hexadecimal HMAC-SHA256 of the message was made with one of the secrets.
fn matches_any(
    message: &[u8],
    signature: &str,
    secrets: &[SigningSecret],
) -> Result<(), VerificationError> {
    let given = from_hex(signature).ok_or(VerificationError::NoMatchingSignature)?;
    let matches = secrets
        .iter()
        .any(|secret| hmac_sha256(secret.bytes(), &[message]).is_some_and(|it| same(&it, &given)));
    if matches { Ok(()) } else { Err(VerificationError::NoMatchingSignature) }
}

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
        matches_any(request.body(), header, secrets)?;
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
        "payment.dispute.created"
        | "payment.dispute.under_review"
        | "payment.dispute.action_required"
        | "payment.dispute.won"
        | "payment.dispute.closed"
        | "payment.dispute.lost" => {
            let dispute = entity(DISPUTE)?;
            let amount = amount::minor(dispute, "/amount", "/currency")?;
            let payment = json::need(dispute, "/payment_id")?;
            let (key, of) = (json::need(dispute, "/id")?, Some(payment.clone()));
            let fact = match event_type {
                "payment.dispute.lost" => PaymentFact::Reverse { key, amount, of },
                "payment.dispute.won" | "payment.dispute.closed" => {
                    PaymentFact::DisputeWon { key, amount, of }
                }
                _ => PaymentFact::DisputeOpened { key, amount, of },
            };
            (payment, fact)
        }
        _ => return Ok(Vec::new()),
    };
    let merchant_reference = json::text(event, "/payload/payment/entity/notes/payment_id")
        .or_else(|| json::text(event, "/payload/order/entity/receipt"))
        .or_else(|| json::text(event, "/payload/payment/entity/order_id"));
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}
