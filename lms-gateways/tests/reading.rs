//! Events become facts; what is unknown is not an error.
use lms_core::{
    commerce::{PaymentFact, RefundRegister},
    kernel::{Currency, Money, Timestamp},
};
use lms_gateways::{
    CertificateKeys, Gateway, Midtrans, PayPal, Razorpay, ReadError, SigningSecret, Stripe,
    VerifiedWebhook, WebhookNotice, WebhookRequest, Xendit, certificate_host_is_paypal,
};
use serde_json::{Value, json};

/// Signs a body as the gateway would, and reads it.
fn read(gateway: &dyn Gateway, mut body: Value) -> Result<WebhookNotice, ReadError> {
    let secret = "secret";
    let now = Timestamp::EPOCH;
    if gateway.name() == "midtrans" {
        let part = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let signed =
            [part("order_id"), part("status_code"), part("gross_amount")].concat() + secret;
        body["signature_key"] = json!(hex::encode(<sha2::Sha512 as sha2::Digest>::digest(signed)));
    }
    let bytes = body.to_string().into_bytes();
    let mac = |message: &[u8]| {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(message);
        hex::encode(mac.finalize().into_bytes())
    };
    let stripe = format!("t=0,v1={}", mac(&[b"0.", bytes.as_slice()].concat()));
    let razorpay = mac(&bytes);
    let headers = [
        ("stripe-signature", &*stripe),
        ("x-razorpay-signature", &*razorpay),
        ("x-razorpay-event-id", "evt_r1"),
        ("x-callback-token", secret),
    ];
    let request = WebhookRequest::new(&headers, &bytes);
    let verified: VerifiedWebhook<'_> =
        gateway.verify(&request, &[SigningSecret::new(secret)], now).expect("signed here");
    gateway.read(&verified)
}

fn facts(gateway: &dyn Gateway, body: Value) -> Vec<PaymentFact> {
    read(gateway, body).unwrap().facts.into_iter().map(|it| it.fact).collect()
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::from_minor(minor, currency)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn stripe_event(kind: &str, object: Value) -> Value {
    json!({ "id": "evt_1", "type": kind, "created": 100, "data": { "object": object }, "new": [1] })
}

#[test]
fn stripe_events_become_facts() {
    let intent = json!({ "id": "pi_1", "amount_received": 1099, "currency": "usd",
        "latest_charge": "ch_1", "metadata": { "payment_id": "p-7" } });
    let notice = read(&Stripe, stripe_event("payment_intent.succeeded", intent.clone())).unwrap();
    assert_eq!(notice.deduplication_key, "evt_1");
    let [reported] = notice.facts.as_slice() else { panic!("one fact") };
    assert_eq!(reported.payment_reference, "pi_1");
    assert_eq!(reported.merchant_reference.as_deref(), Some("p-7"));
    let amount = money(1099, Currency::USD);
    assert_eq!(reported.fact, PaymentFact::Capture { key: "ch_1".into(), amount, at: at(100) });
    for (kind, fact) in [
        ("payment_intent.amount_capturable_updated", PaymentFact::Authorise { at: at(100) }),
        ("payment_intent.payment_failed", PaymentFact::Fail { at: at(100) }),
        ("payment_intent.canceled", PaymentFact::Cancel { at: at(100) }),
    ] {
        assert_eq!(facts(&Stripe, stripe_event(kind, intent.clone())), [fact], "{kind}");
    }
}

#[test]
fn a_stripe_refund_is_a_register_and_a_lost_dispute_a_reversal() {
    for (status, register) in [
        ("pending", RefundRegister::Pending),
        ("succeeded", RefundRegister::Succeeded),
        ("failed", RefundRegister::Failed),
    ] {
        let refund = json!({ "id": "re_1", "amount": 500, "currency": "eur", "status": status,
            "payment_intent": "pi_1" });
        let amount = money(500, Currency::EUR);
        let fact = PaymentFact::Refund { key: "re_1".into(), amount, register };
        assert_eq!(facts(&Stripe, stripe_event("refund.updated", refund)), [fact]);
    }
    let dispute = |status: &str| {
        stripe_event(
            "charge.dispute.closed",
            json!({ "id": "dp_1", "amount": 500,
            "currency": "eur", "status": status, "charge": "ch_1", "payment_intent": "pi_1" }),
        )
    };
    let amount = money(500, Currency::EUR);
    let (key, of) = ("dp_1".to_owned(), Some("ch_1".to_owned()));
    let lost = PaymentFact::Reverse { key: key.clone(), amount, of: of.clone() };
    assert_eq!(facts(&Stripe, dispute("lost")), [lost]);
    assert_eq!(facts(&Stripe, dispute("won")), [PaymentFact::DisputeWon { key, amount, of }]);
    assert_eq!(facts(&Stripe, dispute("warning_closed")), []);
}

#[test]
fn stripe_writes_two_currencies_with_decimals_that_they_do_not_have() {
    let intent = |amount: i64, currency: &str| {
        stripe_event(
            "payment_intent.succeeded",
            json!({ "id": "pi_1", "amount_received": amount, "currency": currency }),
        )
    };
    let captured = |body| facts(&Stripe, body).first().and_then(PaymentFact::amount).unwrap();
    assert_eq!(captured(intent(50_000, "ugx")).minor(), 500);
    assert_eq!(captured(intent(500, "jpy")).minor(), 500);
    assert!(read(&Stripe, intent(50_001, "ugx")).is_err());
}

/// ISO 4217 gives the ariary two digits; Stripe writes it without any (docs.stripe.com/currencies,
/// "Zero-decimal currencies").
#[test]
fn stripe_writes_one_currency_without_decimals_that_it_has() {
    let intent = json!({ "id": "pi_1", "amount_received": 500, "currency": "mga" });
    let facts = facts(&Stripe, stripe_event("payment_intent.succeeded", intent));
    let amount = facts.first().and_then(PaymentFact::amount).unwrap();
    assert_eq!(amount.to_string(), "500.00 MGA");
}

#[test]
fn razorpay_events_become_facts() {
    let event = |kind: &str, payload: Value| json!({ "event": kind, "created_at": 100, "payload": payload, "contains": ["x"] });
    let payment = json!({ "payment": { "entity": { "id": "pay_1", "amount": 1_000_000,
        "currency": "INR", "order_id": "order_1", "notes": [] } } });
    let amount = money(1_000_000, Currency::INR);
    let captured = PaymentFact::Capture { key: "pay_1".into(), amount, at: at(100) };
    for (kind, fact) in [
        ("payment.authorized", PaymentFact::Authorise { at: at(100) }),
        ("payment.captured", captured.clone()),
        ("order.paid", captured),
        ("payment.failed", PaymentFact::Fail { at: at(100) }),
    ] {
        assert_eq!(facts(&Razorpay, event(kind, payment.clone())), [fact], "{kind}");
    }
    let refund = json!({ "refund": { "entity": { "id": "rfnd_1", "payment_id": "pay_1",
        "amount": 500, "currency": "INR", "status": "processed" } } });
    let notice = read(&Razorpay, event("refund.processed", refund)).unwrap();
    assert_eq!(notice.deduplication_key, "evt_r1");
    assert_eq!(notice.facts.first().unwrap().payment_reference, "pay_1");
    assert_eq!(read(&Razorpay, event("payment.downtime.started", json!({}))).unwrap().facts, []);
}

fn midtrans(status: &str, code: &str, more: Value) -> Value {
    let mut body = json!({ "transaction_id": "t-1", "order_id": "o-1", "gross_amount": "10000.00",
        "currency": "IDR", "transaction_time": "2020-01-09 18:27:19",
        "transaction_status": status, "status_code": code });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[test]
fn midtrans_counts_money_only_with_every_sign_of_it() {
    // 18:27:19 in Jakarta is 11:27:19 UTC.
    let when: Timestamp = "2020-01-09T11:27:19Z".parse().unwrap();
    let amount = money(1_000_000, Currency::IDR);
    let captured = PaymentFact::Capture { key: "t-1".into(), amount, at: when };
    assert_eq!(facts(&Midtrans, midtrans("settlement", "200", json!({}))), vec![captured.clone()]);
    let accepted = midtrans("capture", "200", json!({ "fraud_status": "accept" }));
    assert_eq!(facts(&Midtrans, accepted), [captured]);
    let challenged = midtrans("capture", "201", json!({ "fraud_status": "challenge" }));
    assert_eq!(facts(&Midtrans, challenged), [PaymentFact::Authorise { at: when }]);
    for odd in [
        midtrans("settlement", "201", json!({})),
        midtrans("capture", "200", json!({ "fraud_status": "deny" })),
        midtrans("pending", "201", json!({})),
        midtrans("something_new", "200", json!({})),
    ] {
        assert_eq!(facts(&Midtrans, odd), []);
    }
    assert!(read(&Midtrans, midtrans("settlement", "200", json!({}))).unwrap().confirm_by_asking);
}

#[test]
fn a_midtrans_denial_takes_back_what_was_settled() {
    let [fail, reverse] = <[_; 2]>::try_from(facts(&Midtrans, midtrans("deny", "202", json!({}))))
        .expect("two facts");
    assert!(matches!(fail, PaymentFact::Fail { .. }));
    assert!(matches!(reverse, PaymentFact::Reverse { of: Some(of), .. } if of == "t-1"));
}

#[test]
fn xendit_invoices_become_facts() {
    let invoice = |status: &str| {
        json!({ "id": "inv_1", "external_id": "P-7", "status": status, "amount": 8_500_000,
            "paid_amount": 8_500_000, "currency": "IDR", "paid_at": "1970-01-01T00:01:40Z",
            "updated": "1970-01-01T00:01:40Z" })
    };
    let amount = money(850_000_000, Currency::IDR);
    for status in ["PAID", "SETTLED"] {
        let fact = PaymentFact::Capture { key: "inv_1".into(), amount, at: at(100) };
        assert_eq!(facts(&Xendit, invoice(status)), [fact]);
    }
    assert_eq!(facts(&Xendit, invoice("EXPIRED")), [PaymentFact::Cancel { at: at(100) }]);
    assert_eq!(facts(&Xendit, invoice("PENDING")), []);
    let notice = read(&Xendit, invoice("PAID")).unwrap();
    assert_eq!(notice.deduplication_key, "inv_1:PAID:1970-01-01T00:01:40Z");
    assert_eq!(notice.event_type, "invoice.paid");
}

#[test]
fn an_amount_finer_than_its_currency_is_refused() {
    let invoice = json!({ "id": "inv_1", "status": "PAID", "amount": 10.005, "currency": "USD",
        "paid_at": "1970-01-01T00:01:40Z" });
    assert_eq!(read(&Xendit, invoice), Err(ReadError::InvalidAmount { path: "/amount" }));
}

#[test]
fn a_body_that_is_not_an_object_is_refused() {
    assert_eq!(read(&Xendit, json!([1])), Err(ReadError::NotJson));
    assert_eq!(read(&Stripe, json!({})), Err(ReadError::MissingField { path: "/type" }));
}

#[derive(Debug)]
struct NoKeys;

impl CertificateKeys for NoKeys {
    fn public_key_der(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

#[test]
fn paypal_asks_only_paypal_for_certificates() {
    for (url, good) in [
        ("https://api.paypal.com/v1/notifications/certs/CERT-1", true),
        ("https://api.sandbox.paypal.com/certs/1", true),
        ("http://api.paypal.com/certs/1", false),
        ("https://api.paypal.com.example.org/certs/1", false),
        ("https://evilpaypal.com/certs/1", false),
        ("https://api.paypal.com:8443/certs/1", false),
        ("https://user@api.paypal.com/certs/1", false),
        ("https://example.org\\.paypal.com/certs/1", false),
        ("https://api.paypal.com", false),
    ] {
        assert_eq!(certificate_host_is_paypal(url), good, "{url}");
    }
    let gateway = PayPal::new(std::sync::Arc::new(NoKeys));
    let request = WebhookRequest::new(&[], b"{}");
    assert!(gateway.verify(&request, &[SigningSecret::new("w")], Timestamp::EPOCH).is_err());
}
