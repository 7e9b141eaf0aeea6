//! PayPal's signature, with a key pair and a body made for this test with openssl.
use std::sync::Arc;

use lms_core::{
    commerce::PaymentFact,
    kernel::{Currency, Money, Timestamp},
};
use lms_gateways::{
    CertificateKeys, Gateway, PayPal, SigningSecret, VerificationError, WebhookRequest,
};

const BODY: &[u8] = include_bytes!("fixtures/paypal_capture.json");
const KEY: &[u8] = include_bytes!("fixtures/paypal_public_key.der");
const SIGNATURE: &str = include_str!("fixtures/paypal_signature.txt");
const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-1";

#[derive(Debug)]
struct OneKey;

impl CertificateKeys for OneKey {
    fn public_key_der(&self, url: &str) -> Option<Vec<u8>> {
        (url == URL).then(|| KEY.to_vec())
    }
}

fn headers<'a>(signature: &'a str, id: &'a str, url: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("PayPal-Transmission-Sig", signature),
        ("PayPal-Transmission-Id", id),
        ("PayPal-Transmission-Time", "1970-01-01T00:01:41Z"),
        ("PayPal-Auth-Algo", "SHA256withRSA"),
        ("PayPal-Cert-Url", url),
    ]
}

fn gateway() -> PayPal {
    PayPal::new(Arc::new(OneKey))
}

#[test]
fn a_signed_capture_is_believed_and_read() {
    let headers = headers(SIGNATURE, "trans-1", URL);
    let request = WebhookRequest::new(&headers, BODY);
    let secrets = [SigningSecret::new("WEBHOOK-1")];
    let verified = gateway().verify(&request, &secrets, Timestamp::EPOCH).unwrap();
    let notice = gateway().read(&verified).unwrap();
    let [reported] = notice.facts.as_slice() else { panic!("one fact") };
    assert_eq!(reported.payment_reference, "ORD-1");
    let amount = Money::from_minor(2_000, Currency::USD);
    let at = Timestamp::from_micros(100_000_000).unwrap();
    assert_eq!(reported.fact, PaymentFact::Capture { key: "CAP-1".into(), amount, at });
}

#[test]
fn another_webhook_id_transmission_body_or_host_is_not() {
    let verify = |signature: &str, id: &str, url: &str, body: &[u8], secret: &str| {
        let headers = headers(signature, id, url);
        let request = WebhookRequest::new(&headers, body);
        gateway().verify(&request, &[SigningSecret::new(secret)], Timestamp::EPOCH).map(|_| ())
    };
    let none = Err(VerificationError::NoMatchingSignature);
    assert_eq!(verify(SIGNATURE, "trans-1", URL, BODY, "WEBHOOK-2"), none);
    assert_eq!(verify(SIGNATURE, "trans-2", URL, BODY, "WEBHOOK-1"), none);
    assert_eq!(verify(SIGNATURE, "trans-1", URL, b"{}", "WEBHOOK-1"), none);
    assert_eq!(verify("AAAA", "trans-1", URL, BODY, "WEBHOOK-1"), none);
    let foreign = Err(VerificationError::ForeignCertificate);
    assert_eq!(verify(SIGNATURE, "trans-1", "https://example.org/c", BODY, "WEBHOOK-1"), foreign);
}
