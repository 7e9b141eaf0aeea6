//! Midtrans.
use chrono::{FixedOffset, NaiveDateTime, TimeDelta};
use lms_commerce::{PaymentFact, RefundRegister};
use lms_kernel::{Currency, Money, Timestamp};
use serde_json::Value;

use crate::{
    Gateway, ReadError, ReportedFact, SigningSecret, VerificationError, VerifiedWebhook,
    WebhookNotice, WebhookRequest, amount, gateway, json,
    signature::{from_hex, same, sha512},
};

/// Midtrans' HTTP notifications.
///
/// `signature_key` in the body is the SHA-512 of order id, status code, gross amount and the
/// account's server key, one after the other, letter for letter as they are sent (docs.midtrans.com,
/// "HTTP(S) notification / webhooks"). It signs neither the transaction's status nor the borders
/// between the parts. So money counts only with status code 200 beside the status, every notice
/// is marked for confirmation by asking, and the core compares the amount with what is due.
///
/// | status | fact |
/// |---|---|
/// | `authorize`; `capture` with fraud `challenge` | authorised |
/// | `capture`, `settlement`, with code 200 and fraud absent or `accept` | captured |
/// | `capture`, `settlement`, with code 202 and fraud `deny` | as `deny` |
/// | `failure` | failed |
/// | `expire` | cancelled |
/// | `deny` | failed, and any capture is reversed |
/// | `cancel` | cancelled, and any capture is reversed |
/// | `refund`, `partial_refund` | refunds that succeeded, each by its key |
/// | `chargeback`, `partial_chargeback` | a reversal |
///
/// All notices of a transaction carry the time at which it began. Whatever ends it comes after its
/// authorisation, so its end is dated one microsecond later.
#[derive(Clone, Copy, Debug, Default)]
pub struct Midtrans;

/// Midtrans writes times in Western Indonesia Time, without saying so.
const OFFSET_SECONDS: i32 = 7 * 3_600;

impl Gateway for Midtrans {
    fn name(&self) -> &'static str {
        "midtrans"
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        _: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        gateway::begin(request, secrets)?;
        // The signature stands inside the body, so the body is read before it is believed; only
        // these four texts are touched.
        let body = json::object(request.body())
            .map_err(|_| VerificationError::MissingField { name: "signature_key" })?;
        let field = |name: &'static str| match body.get(name) {
            Some(Value::String(text)) => Ok(text.as_str()),
            _ => Err(VerificationError::MissingField { name }),
        };
        let given = from_hex(field("signature_key")?);
        let given = given.ok_or(VerificationError::NoMatchingSignature)?;
        let signed = [field("order_id")?, field("status_code")?, field("gross_amount")?];
        let [order, status, gross] = signed.map(str::as_bytes);
        let matches = secrets
            .iter()
            .any(|secret| same(&sha512(&[order, status, gross, secret.bytes()]), &given));
        if !matches {
            return Err(VerificationError::NoMatchingSignature);
        }
        Ok(VerifiedWebhook::new(*request))
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        let body = json::object(webhook.body())?;
        let status = json::need(&body, "/transaction_status")?;
        let part = |path| json::text(&body, path).unwrap_or_default();
        let deduplication_key = [
            json::need(&body, "/transaction_id")?,
            status.clone(),
            part("/fraud_status"),
            part("/status_code"),
            part("/refund_key"),
        ]
        .join(":");
        Ok(WebhookNotice {
            deduplication_key,
            facts: facts(&body, &status)?,
            event_type: status,
            confirm_by_asking: true,
        })
    }
}

fn facts(body: &Value, status: &str) -> Result<Vec<ReportedFact>, ReadError> {
    let transaction = json::need(body, "/transaction_id")?;
    let order = json::need(body, "/order_id")?;
    let currency = amount::currency(body, "/currency", Some(Currency::IDR))?;
    let gross = || amount::major(body, "/gross_amount", currency);
    let at = || time(body).ok_or(ReadError::MissingField { path: "/transaction_time" });
    let code = json::text(body, "/status_code");
    let fraud = json::text(body, "/fraud_status");
    let good = code.as_deref() == Some("200") && matches!(fraud.as_deref(), None | Some("accept"));
    let challenged = fraud.as_deref() == Some("challenge");
    let denied = code.as_deref() == Some("202") && fraud.as_deref() == Some("deny");
    let end = || at().map(|at| at.saturating_add(TimeDelta::microseconds(1)));
    let reversal = |key: &str, amount| PaymentFact::Reverse {
        key: format!("{key}:{transaction}"),
        amount,
        of: Some(transaction.clone()),
    };
    let facts = match status {
        "authorize" => vec![PaymentFact::Authorise { at: at()? }],
        "capture" if challenged => vec![PaymentFact::Authorise { at: at()? }],
        "capture" | "settlement" if good => {
            vec![PaymentFact::Capture { key: transaction.clone(), amount: gross()?, at: at()? }]
        }
        "failure" => vec![PaymentFact::Fail { at: end()? }],
        "expire" => vec![PaymentFact::Cancel { at: end()? }],
        // A settlement may still be denied or cancelled: what was captured is then taken back.
        "deny" => vec![PaymentFact::Fail { at: end()? }, reversal("deny", gross()?)],
        "capture" | "settlement" if denied => {
            vec![PaymentFact::Fail { at: end()? }, reversal("deny", gross()?)]
        }
        "cancel" => vec![PaymentFact::Cancel { at: end()? }, reversal("cancel", gross()?)],
        "chargeback" | "partial_chargeback" => {
            vec![reversal("chargeback", went_back(body, status, currency)?)]
        }
        "refund" | "partial_refund" => refunds(body, status, currency)?,
        _ => Vec::new(),
    };
    let report = |fact| ReportedFact {
        payment_reference: transaction.clone(),
        merchant_reference: Some(order.clone()),
        fact,
    };
    Ok(facts.into_iter().map(report).collect())
}

/// The refunds that a notice lists, or the one that it is about.
fn refunds(body: &Value, status: &str, currency: Currency) -> Result<Vec<PaymentFact>, ReadError> {
    let register = RefundRegister::Succeeded;
    if let Some(Value::Array(listed)) = json::at(body, "/refunds") {
        return listed
            .iter()
            .map(|refund| {
                let key = json::text(refund, "/refund_key")
                    .or_else(|| json::text(refund, "/refund_chargeback_id"))
                    .ok_or(ReadError::MissingField { path: "/refund_key" })?;
                let amount = amount::major(refund, "/refund_amount", currency)?;
                Ok(PaymentFact::Refund { key, amount, register })
            })
            .collect();
    }
    let key = match json::text(body, "/refund_key") {
        Some(key) => key,
        None => format!("refund:{}", json::need(body, "/transaction_id")?),
    };
    Ok(vec![PaymentFact::Refund { key, amount: went_back(body, status, currency)?, register }])
}

/// The amount that went back: without one of its own all of it, unless it is said to be a part.
fn went_back(body: &Value, status: &str, currency: Currency) -> Result<Money, ReadError> {
    let has_own = json::at(body, "/refund_amount").is_some() || status.starts_with("partial_");
    amount::major(body, if has_own { "/refund_amount" } else { "/gross_amount" }, currency)
}

/// When it happened, as text like `2020-01-09 18:27:19` in Western Indonesia Time.
fn time(body: &Value) -> Option<Timestamp> {
    let text =
        json::text(body, "/settlement_time").or_else(|| json::text(body, "/transaction_time"))?;
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok()?;
    let zone = FixedOffset::east_opt(OFFSET_SECONDS)?;
    Some(Timestamp::from_utc(local.and_local_timezone(zone).single()?.to_utc()))
}
