//! PayPal.
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lms_commerce::{PaymentFact, RefundRegister};
use lms_kernel::{Money, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use crate::{
    Gateway, ReadError, ReportedFact, SigningSecret, VerificationError, VerifiedWebhook,
    WebhookNotice, WebhookRequest, amount, gateway, json,
};

/// Gives the public key of a certificate that PayPal names in a webhook.
///
/// The host fetches the certificate (and keeps it), checks that its chain ends at a trusted root
/// and that it is PayPal's, and returns the RSA public key as PKCS#1 DER. The library asks only
/// for addresses of PayPal's own hosts, and checks the signature itself.
pub trait CertificateKeys: std::fmt::Debug + Send + Sync {
    /// The public key of the certificate at `url`; none when it cannot be had or trusted.
    fn public_key_der(&self, url: &str) -> Option<Vec<u8>>;
}

/// PayPal's webhooks.
///
/// The header `paypal-transmission-sig` is the RSA signature (PKCS#1 v1.5, SHA-256) of
/// `<transmission id>|<transmission time>|<webhook id>|<CRC-32 of the body>` by the certificate at
/// `paypal-cert-url` (developer.paypal.com, "Integrate webhooks", self-verification). The
/// account's secret is the webhook's id: it ties the signature to the account.
///
/// | event | fact |
/// |---|---|
/// | `PAYMENT.CAPTURE.PENDING`, `PAYMENT.AUTHORIZATION.CREATED` | authorised |
/// | `PAYMENT.CAPTURE.COMPLETED` | captured, by the capture's name |
/// | `PAYMENT.CAPTURE.DENIED`, `.DECLINED`, `.FAILED` | failed |
/// | `CHECKOUT.ORDER.VOIDED`, `PAYMENT.AUTHORIZATION.VOIDED` | cancelled |
/// | `PAYMENT.CAPTURE.REFUNDED` | a refund, as far as it is |
/// | `PAYMENT.CAPTURE.REVERSED` | a reversal |
/// | `CUSTOMER.DISPUTE.CREATED`, `.UPDATED` | on hold |
/// | `CUSTOMER.DISPUTE.RESOLVED` | the end of the hold, lost or won; what PayPal takes comes as \
/// `PAYMENT.CAPTURE.REVERSED` or `.REFUNDED` |
///
/// The older `PAYMENT.SALE.*` mean the same.
#[derive(Clone, Debug)]
pub struct PayPal {
    keys: Arc<dyn CertificateKeys>,
}

impl PayPal {
    /// PayPal with the host's source of certificates.
    pub fn new(keys: Arc<dyn CertificateKeys>) -> Self {
        Self { keys }
    }
}

/// Whether a certificate's address is `https` on a host of PayPal's, on the default port and
/// without credentials.
///
/// ```
/// use lms_gateways::certificate_host_is_paypal;
/// assert!(certificate_host_is_paypal("https://api.paypal.com/v1/notifications/certs/CERT-1"));
/// assert!(!certificate_host_is_paypal("https://api.paypal.com.example.org/certs/CERT-1"));
/// ```
pub fn certificate_host_is_paypal(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let Some((host, _)) = rest.split_once('/') else { return false };
    let plain = host.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'.' || it == b'-');
    let host = host.to_ascii_lowercase();
    plain && (host == "paypal.com" || host.ends_with(".paypal.com"))
}

impl Gateway for PayPal {
    fn name(&self) -> &'static str {
        "paypal"
    }

    fn verify<'a>(
        &self,
        request: &WebhookRequest<'a>,
        secrets: &[SigningSecret],
        _: Timestamp,
    ) -> Result<VerifiedWebhook<'a>, VerificationError> {
        gateway::begin(request, secrets)?;
        let need = |name| request.header(name).ok_or(VerificationError::MissingHeader { name });
        const SIGNATURE: &str = "paypal-transmission-sig";
        let signature = STANDARD
            .decode(need(SIGNATURE)?)
            .map_err(|_| VerificationError::MalformedHeader { name: SIGNATURE })?;
        let (id, time) = (need("paypal-transmission-id")?, need("paypal-transmission-time")?);
        if need("paypal-auth-algo")? != "SHA256withRSA" {
            return Err(VerificationError::MalformedHeader { name: "paypal-auth-algo" });
        }
        let url = need("paypal-cert-url")?;
        if !certificate_host_is_paypal(url) {
            return Err(VerificationError::ForeignCertificate);
        }
        let key = self.keys.public_key_der(url).ok_or(VerificationError::ForeignCertificate)?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        let crc = crc32fast::hash(request.body());
        let matches = secrets.iter().any(|secret| {
            let message = format!("{id}|{time}|{}|{crc}", secret.text());
            key.verify(message.as_bytes(), &signature).is_ok()
        });
        if !matches {
            return Err(VerificationError::NoMatchingSignature);
        }
        Ok(VerifiedWebhook::new(*request))
    }

    fn read(&self, webhook: &VerifiedWebhook<'_>) -> Result<WebhookNotice, ReadError> {
        let event = json::object(webhook.body())?;
        let event_type = json::need(&event, "/event_type")?;
        Ok(WebhookNotice {
            deduplication_key: json::need(&event, "/id")?,
            facts: facts(&event, &event_type)?,
            event_type,
            confirm_by_asking: false,
        })
    }
}

pub(crate) fn facts(event: &Value, event_type: &str) -> Result<Vec<ReportedFact>, ReadError> {
    let at = || {
        json::rfc3339(event, "/create_time").ok_or(ReadError::MissingField { path: "/create_time" })
    };
    let Some(resource) = json::at(event, "/resource") else { return Ok(Vec::new()) };
    let id = || json::need(resource, "/id");
    // A capture's order ties its facts together; older sales have a parent payment.
    let payment = || {
        json::text(resource, "/supplementary_data/related_ids/order_id")
            .or_else(|| json::text(resource, "/parent_payment"))
            .map_or_else(id, Ok)
    };
    let capture = || {
        json::text(resource, "/supplementary_data/related_ids/capture_id")
            .or_else(|| json::text(resource, "/sale_id"))
    };
    let (payment_reference, fact) = match event_type {
        "PAYMENT.CAPTURE.PENDING" | "PAYMENT.SALE.PENDING" | "PAYMENT.AUTHORIZATION.CREATED" => {
            (payment()?, PaymentFact::Authorise { at: at()? })
        }
        "PAYMENT.AUTHORIZATION.VOIDED" => (payment()?, PaymentFact::Cancel { at: at()? }),
        "CUSTOMER.DISPUTE.CREATED" | "CUSTOMER.DISPUTE.UPDATED" | "CUSTOMER.DISPUTE.RESOLVED" => {
            return disputes(resource, event_type);
        }
        "PAYMENT.CAPTURE.COMPLETED" | "PAYMENT.SALE.COMPLETED" => {
            let fact = PaymentFact::Capture { key: id()?, amount: money(resource)?, at: at()? };
            (payment()?, fact)
        }
        "PAYMENT.CAPTURE.DENIED"
        | "PAYMENT.CAPTURE.DECLINED"
        | "PAYMENT.CAPTURE.FAILED"
        | "PAYMENT.SALE.DENIED" => (payment()?, PaymentFact::Fail { at: at()? }),
        "CHECKOUT.ORDER.VOIDED" => (id()?, PaymentFact::Cancel { at: at()? }),
        "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.SALE.REFUNDED" => {
            let register = match json::text(resource, "/status").as_deref() {
                Some("FAILED" | "CANCELLED") => RefundRegister::Failed,
                Some("PENDING") => RefundRegister::Pending,
                _ => RefundRegister::Succeeded,
            };
            let fact = PaymentFact::Refund { key: id()?, amount: went_back(resource)?, register };
            (payment()?, fact)
        }
        "PAYMENT.CAPTURE.REVERSED" | "PAYMENT.SALE.REVERSED" => {
            let (key, amount) = (id()?, went_back(resource)?);
            let fact = PaymentFact::Reverse { key, amount, of: capture() };
            (payment()?, fact)
        }
        _ => return Ok(Vec::new()),
    };
    let merchant_reference =
        json::text(resource, "/custom_id").or_else(|| json::text(resource, "/invoice_id"));
    Ok(vec![ReportedFact { payment_reference, merchant_reference, fact }])
}

/// What a dispute says of each transaction that it is about. It names captures and no order, so the
/// payment is found by the merchant's own `custom` or by the capture's name.
fn disputes(resource: &Value, event_type: &str) -> Result<Vec<ReportedFact>, ReadError> {
    let id = json::need(resource, "/dispute_id")?;
    let currency = amount::currency(resource, "/dispute_amount/currency_code", None)?;
    let amount = amount::major(resource, "/dispute_amount/value", currency)?;
    let resolved = event_type == "CUSTOMER.DISPUTE.RESOLVED";
    let outcome = json::text(resource, "/dispute_outcome/outcome_code").unwrap_or_default();
    let against_us = matches!(outcome.as_str(), "RESOLVED_BUYER_FAVOUR" | "ACCEPTED");
    let Some(Value::Array(transactions)) = json::at(resource, "/disputed_transactions") else {
        return Err(ReadError::MissingField { path: "/disputed_transactions" });
    };
    // One dispute of several transactions has one amount: it is the first one's, up to all of it.
    let Some(transaction) = transactions.first() else { return Ok(Vec::new()) };
    let capture = json::need(transaction, "/seller_transaction_id")?;
    let (key, of) = (id, Some(capture.clone()));
    let fact = match (resolved, against_us) {
        (true, true) => PaymentFact::DisputeLost { key, amount, of },
        (true, false) => PaymentFact::DisputeWon { key, amount, of },
        (false, _) => PaymentFact::DisputeOpened { key, amount, of },
    };
    let merchant_reference =
        json::text(transaction, "/custom").or_else(|| json::text(transaction, "/invoice_number"));
    Ok(vec![ReportedFact { payment_reference: capture, merchant_reference, fact }])
}

/// Money that was taken.
fn money(resource: &Value) -> Result<Money, ReadError> {
    let (value, currency) = place_of_amount(resource);
    amount::major(resource, value, amount::currency(resource, currency, None)?)
}

/// Money that went back. PayPal writes a refund of a sale with a minus sign in some versions.
fn went_back(resource: &Value) -> Result<Money, ReadError> {
    let (value, currency) = place_of_amount(resource);
    amount::unsigned(resource, value, amount::currency(resource, currency, None)?)
}

/// The names of the amount and its currency: those of captures (`value`, `currency_code`) or of
/// sales (`total`, `currency`).
fn place_of_amount(resource: &Value) -> (&'static str, &'static str) {
    match json::at(resource, "/amount/value") {
        Some(_) => ("/amount/value", "/amount/currency_code"),
        None => ("/amount/total", "/amount/currency"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refund_of_a_sale_is_an_amount_whatever_its_sign() {
        for total in ["-20.00", "20.00"] {
            let event = json!({ "id": "WH-1", "create_time": "2024-01-31T09:00:00Z", "resource": {
                "id": "RF-1", "parent_payment": "PAY-1", "sale_id": "SALE-1",
                "amount": { "total": total, "currency": "USD" } } });
            let read = facts(&event, "PAYMENT.SALE.REFUNDED").unwrap();
            let amount: Money = "20.00 USD".parse().unwrap();
            let register = RefundRegister::Succeeded;
            let wanted = PaymentFact::Refund { key: "RF-1".into(), amount, register };
            assert_eq!(read.first().map(|it| &it.fact), Some(&wanted), "{total}");
            // A sale below zero is none.
            let sale = facts(&event, "PAYMENT.SALE.COMPLETED");
            assert_eq!(sale.is_err(), total.starts_with('-'));
        }
    }
}
