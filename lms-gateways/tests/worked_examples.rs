//! The gateways' own published examples, read as they say. The values are theirs, cut down to what
//! matters; each test names its source.
use lms_core::{
    commerce::{PaymentFact, WebhookNotice},
    kernel::{Money, Timestamp},
};
use lms_gateways::{Gateway, Midtrans, Razorpay, SigningSecret, Stripe, WebhookRequest, Xendit};
use sha2::{Digest as _, Sha512};

fn hmac_hex(secret: &str, parts: &[&[u8]]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    parts.iter().for_each(|it| mac.update(it));
    hex::encode(mac.finalize().into_bytes())
}

fn read(
    gateway: &dyn Gateway,
    headers: &[(&str, &str)],
    body: &str,
    secret: &str,
    now: Timestamp,
) -> WebhookNotice {
    let request = WebhookRequest::new(headers, body.as_bytes());
    let verified = gateway.verify(&request, &[SigningSecret::new(secret)], now).unwrap();
    gateway.read(&verified).unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

/// razorpay.com/docs/webhooks/payloads/payments, `payment.captured`: 100 of the smallest unit of
/// SGD, with `notes` as an empty list, which elsewhere is an object.
#[test]
fn razorpay_payment_captured() {
    let body = r#"{"account_id":"acc_BFQ7uQEaa7j2z7","contains":["payment"],
        "created_at":1691735748,"entity":"event","event":"payment.captured","payload":{"payment":
        {"entity":{"acquirer_data":{"auth_code":"828553","rrn":"322206890934"},"amount":100,
        "amount_refunded":0,"bank":null,"captured":true,"created_at":1567674797,"currency":"SGD",
        "entity":"payment","error_code":"","fee":null,"id":"pay_DESp9bgForNoUd","notes":[],
        "status":"captured"}}}}"#;
    let signature = hmac_hex("12345678", &[body.as_bytes()]);
    let headers =
        [("X-Razorpay-Signature", signature.as_str()), ("x-razorpay-event-id", "event-1")];
    let notice = read(&Razorpay, &headers, body, "12345678", Timestamp::EPOCH);
    assert_eq!(notice.event_type, "payment.captured");
    assert_eq!(notice.deduplication_key, "event-1");
    assert_eq!(notice.facts.len(), 1);
    assert_eq!(notice.facts[0].payment_reference, "pay_DESp9bgForNoUd");
    let fact = PaymentFact::Capture {
        key: "pay_DESp9bgForNoUd".into(),
        amount: money("1.00 SGD"),
        at: seconds(1_691_735_748),
    };
    assert_eq!(notice.facts[0].fact, fact);
}

/// razorpay.com/docs/webhooks/payloads/payment-links, the payment in `payment_link.paid`: the
/// event is not one about a payment, so it says nothing.
#[test]
fn razorpay_events_of_other_products_say_nothing() {
    let body = r#"{"account_id":"acc_DKoeHMNpi0nC7k","created_at":1596890208,
        "event":"payment_link.paid","payload":{"payment":{"entity":{"amount":10000,
        "currency":"INR","id":"pay_FOGsH8uHkF2FbR"}}}}"#;
    let signature = hmac_hex("s", &[body.as_bytes()]);
    let headers = [("X-Razorpay-Signature", signature.as_str())];
    assert!(read(&Razorpay, &headers, body, "s", Timestamp::EPOCH).facts.is_empty());
}

/// docs.midtrans.com/reference/receiving-notifications: order `1111`, status `200`, amount
/// `100000.00` and the server key, one after the other, hashed with SHA-512.
#[test]
fn midtrans_signature_key() {
    const SERVER_KEY: &str = "askvnoibnosifnboseofinbofinfgbiufglnbfg";
    let input = "1111200100000.00askvnoibnosifnboseofinbofinfgbiufglnbfg";
    let signature = hex::encode(Sha512::digest(input));
    let body = format!(
        r#"{{"transaction_time":"2020-01-09 18:27:19","transaction_status":"capture",
        "transaction_id":"57d5293c-e65f-4a29-95e4-5959c3fa335b","status_code":"200",
        "order_id":"1111","gross_amount":"100000.00","fraud_status":"accept","currency":"IDR",
        "payment_type":"credit_card","signature_key":"{signature}"}}"#
    );
    let notice = read(&Midtrans, &[], &body, SERVER_KEY, Timestamp::EPOCH);
    assert!(notice.confirm_by_asking);
    let fact = PaymentFact::Capture {
        key: "57d5293c-e65f-4a29-95e4-5959c3fa335b".into(),
        amount: money("100000.00 IDR"),
        // Western Indonesia Time is seven hours ahead.
        at: "2020-01-09T11:27:19Z".parse().unwrap(),
    };
    assert_eq!(notice.facts[0].fact, fact);
    assert_eq!(notice.facts[0].merchant_reference.as_deref(), Some("1111"));
}

/// github.com/xendit/xendit-php, docs/Invoice/InvoiceCallback.md (the fields), and
/// docs.xendit.co, "Handling webhooks" (the header).
#[test]
fn xendit_invoice_callback() {
    let body = r#"{"id":"579c8d61f23fa4ca35e52da4","external_id":"invoice_123124123",
        "user_id":"5781d19b2e2385880609791c","is_high":true,"payment_method":"BANK_TRANSFER",
        "status":"PAID","merchant_name":"Xendit","amount":50000,"paid_amount":50000,
        "bank_code":"PERMATA","paid_at":"2016-10-12T08:15:03.404Z","fees_paid_amount":0,
        "updated":"2016-10-10T08:15:03.404Z","currency":"IDR"}"#;
    let headers = [("x-callback-token", "token")];
    let notice = read(&Xendit, &headers, body, "token", Timestamp::EPOCH);
    let fact = PaymentFact::Capture {
        key: "579c8d61f23fa4ca35e52da4".into(),
        amount: money("50000.00 IDR"),
        at: "2016-10-12T08:15:03.404Z".parse().unwrap(),
    };
    assert_eq!(notice.facts[0].fact, fact);
    assert_eq!(notice.facts[0].merchant_reference.as_deref(), Some("invoice_123124123"));
}

/// docs.stripe.com/currencies: 1099 is 10.99 US dollars; 500 is 500 yen, which have no decimals; 5
/// krónur are written as 500, for historical reasons.
#[test]
fn stripe_amounts() {
    for (currency, amount, meant) in
        [("usd", 1_099, "10.99 USD"), ("jpy", 500, "500 JPY"), ("isk", 500, "5 ISK")]
    {
        let body = format!(
            r#"{{"id":"evt_1","object":"event","type":"payment_intent.succeeded",
            "created":1700000000,"data":{{"object":{{"id":"pi_1","amount_received":{amount},
            "currency":"{currency}","latest_charge":"ch_1"}}}}}}"#
        );
        let signed = hmac_hex("whsec_test", &[b"1700000000.", body.as_bytes()]);
        let header = format!("t=1700000000,v1={signed},v0=ignored");
        let now = seconds(1_700_000_100);
        let headers = [("Stripe-Signature", header.as_str())];
        let notice = read(&Stripe, &headers, &body, "whsec_test", now);
        assert_eq!(notice.facts[0].fact.amount(), Some(money(meant)), "{currency}");
        assert_eq!(notice.facts[0].fact.key(), Some("ch_1"));
    }
}
