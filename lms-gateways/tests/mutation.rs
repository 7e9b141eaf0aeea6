//! Nothing but the signed bytes verifies, and nothing panics: signatures, headers and bodies are
//! bent at random. `LMS_MUTATIONS=1000000` runs the full size.
use std::sync::Arc;

use lms_core::kernel::Timestamp;
use lms_gateways::{
    CertificateKeys, Gateway, Midtrans, PayPal, Razorpay, SigningSecret, Stripe, WebhookRequest,
    Xendit, standard_webhooks,
};

const PAYPAL_CERTIFICATE: &str = "https://api.paypal.com/v1/notifications/certs/CERT-1";

/// The key of one certificate, at one address.
#[derive(Debug)]
struct OneKey;

impl CertificateKeys for OneKey {
    fn public_key_der(&self, url: &str) -> Option<Vec<u8>> {
        let key = include_bytes!("fixtures/paypal_public_key.der").to_vec();
        (url == PAYPAL_CERTIFICATE).then_some(key)
    }
}

const SECRET: &str = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

/// xorshift64*: enough to choose where to bend.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let rolled = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(rolled).unwrap() % sides.max(1)
    }

    /// Bends bytes: flips a bit, cuts, doubles, inserts, or replaces.
    fn bend(&mut self, bytes: &mut Vec<u8>) {
        let at = self.roll(bytes.len());
        match self.roll(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.roll(8),
            1 => bytes.truncate(at),
            2 => {
                let tail = bytes[at..].to_vec();
                bytes.extend(tail);
            }
            3 => bytes.insert(at, u8::try_from(self.roll(256)).unwrap()),
            4 if !bytes.is_empty() => {
                bytes.remove(at);
            }
            _ => {
                let odd: [&[u8]; 6] = [b"", b"\0", b"v1=", b",", b" ", "é".as_bytes()];
                let odd = odd[self.roll(odd.len())];
                let end = (at + self.roll(4)).min(bytes.len());
                bytes.splice(at..end, odd.iter().copied());
            }
        }
    }
}

struct Signed {
    gateway: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn hmac_hex(parts: &[&[u8]]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    parts.iter().for_each(|it| mac.update(it));
    hex::encode(mac.finalize().into_bytes())
}

fn signed() -> Vec<Signed> {
    let stripe = br#"{"id":"evt_1","type":"payment_intent.succeeded","created":7,"data":{"object":{"id":"pi_1","amount_received":5,"currency":"eur"}}}"#;
    let razorpay = br#"{"event":"payment.captured","created_at":7,"payload":{"payment":{"entity":{"id":"p","amount":5,"currency":"INR"}}}}"#;
    let xendit = br#"{"id":"inv","status":"PAID","amount":5,"currency":"IDR","paid_at":"1970-01-01T00:00:07Z"}"#;
    let digest = <sha2::Sha512 as sha2::Digest>::digest(format!("o-1200100.00{SECRET}"));
    let midtrans = format!(
        r#"{{"order_id":"o-1","status_code":"200","gross_amount":"100.00","transaction_id":"t","transaction_status":"settlement","transaction_time":"2020-01-09 18:27:19","signature_key":"{}"}}"#,
        hex::encode(digest)
    );
    let outgoing =
        standard_webhooks::sign("msg_1", Timestamp::EPOCH, stripe, &[SigningSecret::new(SECRET)])
            .unwrap();
    let header = |name: &str, value: String| vec![(name.to_owned(), value)];
    vec![
        Signed {
            gateway: "stripe",
            headers: header("stripe-signature", format!("t=0,v1={}", hmac_hex(&[b"0.", stripe]))),
            body: stripe.to_vec(),
        },
        Signed {
            gateway: "razorpay",
            headers: header("x-razorpay-signature", hmac_hex(&[razorpay])),
            body: razorpay.to_vec(),
        },
        Signed { gateway: "midtrans", headers: Vec::new(), body: midtrans.into_bytes() },
        Signed {
            gateway: "xendit",
            headers: header("x-callback-token", SECRET.to_owned()),
            body: xendit.to_vec(),
        },
        Signed {
            gateway: "standard",
            headers: vec![
                ("webhook-id".into(), outgoing.id),
                ("webhook-timestamp".into(), outgoing.timestamp),
                ("webhook-signature".into(), outgoing.signature),
            ],
            body: stripe.to_vec(),
        },
        Signed {
            gateway: "paypal",
            headers: [
                ("paypal-transmission-sig", include_str!("fixtures/paypal_signature.txt")),
                ("paypal-transmission-id", "trans-1"),
                ("paypal-transmission-time", "1970-01-01T00:01:41Z"),
                ("paypal-auth-algo", "SHA256withRSA"),
                ("paypal-cert-url", PAYPAL_CERTIFICATE),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            body: include_bytes!("fixtures/paypal_capture.json").to_vec(),
        },
    ]
}

/// Whether it verifies; what verifies is read too, and must not panic.
fn accepted(it: &Signed) -> bool {
    let headers: Vec<_> = it.headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let request = WebhookRequest::new(&headers, &it.body);
    let paypal = PayPal::new(Arc::new(OneKey));
    let secrets = [SigningSecret::new(if it.gateway == "paypal" { "WEBHOOK-1" } else { SECRET })];
    let gateway: &dyn Gateway = match it.gateway {
        "stripe" => &Stripe,
        "razorpay" => &Razorpay,
        "midtrans" => &Midtrans,
        "xendit" => &Xendit,
        "paypal" => &paypal,
        _ => return standard_webhooks::verify(&request, &secrets, Timestamp::EPOCH).is_ok(),
    };
    match gateway.verify(&request, &secrets, Timestamp::EPOCH) {
        Ok(verified) => {
            let _ = gateway.read(&verified);
            true
        }
        Err(_) => false,
    }
}

/// What the signature covers, taken apart: two messages with the same are the same message.
fn meaning(it: &Signed) -> String {
    let header = |name: &str| {
        it.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    match it.gateway {
        // Neither covers the body as a whole; these are what they do cover.
        "xendit" => header("x-callback-token").to_owned(),
        "midtrans" => {
            let body: serde_json::Value = serde_json::from_slice(&it.body).unwrap_or_default();
            let part = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            [part("order_id"), part("status_code"), part("gross_amount")].concat()
        }
        "paypal" => {
            let signed = [header("paypal-transmission-id"), header("paypal-transmission-time")];
            String::from_utf8_lossy(&it.body).into_owned() + &signed.join("|")
        }
        _ => String::from_utf8_lossy(&it.body).into_owned() + header("webhook-id"),
    }
}

#[test]
fn bent_webhooks_are_never_believed() {
    let rounds: usize =
        std::env::var("LMS_MUTATIONS").ok().and_then(|it| it.parse().ok()).unwrap_or(20_000);
    let originals = signed();
    let mut dice = Dice(0x5eed_5eed_5eed_5eed);
    let mut refused = 0;
    for original in &originals {
        assert!(accepted(original), "{} must accept its own", original.gateway);
    }
    for round in 0..rounds {
        let original = &originals[round % originals.len()];
        let mut bent = Signed {
            gateway: original.gateway,
            headers: original.headers.clone(),
            body: original.body.clone(),
        };
        let target = dice.roll(bent.headers.len() + 1);
        for _ in 0..=dice.roll(3) {
            match bent.headers.get_mut(target) {
                Some((_, value)) => {
                    let mut bytes = value.clone().into_bytes();
                    dice.bend(&mut bytes);
                    *value = String::from_utf8_lossy(&bytes).into_owned();
                }
                None => dice.bend(&mut bent.body),
            }
        }
        if accepted(&bent) {
            assert_eq!(meaning(&bent), meaning(original), "{} was fooled", bent.gateway);
        } else {
            refused += 1;
        }
    }
    println!("{rounds} bent webhooks, {refused} of them refused, none believed that was not sent");
    println!("figure: bent webhooks: {rounds}");
    assert!(refused > rounds / 2, "only {refused} of {rounds} were refused: the dice are loaded");
}
