//! What each gateway's notices come to: one reviewed table a gateway, with the notices in the words
//! of its public documentation. `LMS_BLESS=1` writes the tables anew.
use std::{fmt::Write as _, fs, path::Path, sync::Arc};

use lms_commerce::{PaymentFact, PaymentFacts};
use lms_kernel::Currency;
use serde_json::{Value, json};

use crate::{
    CertificateKeys, Gateway, Midtrans, PayPal, Razorpay, Stripe, VerifiedWebhook, WebhookNotice,
    WebhookRequest, Xendit,
};

/// Reads a notice as if the gateway had signed it; signatures have tests of their own.
fn read(gateway: &dyn Gateway, body: &Value) -> WebhookNotice {
    let bytes = body.to_string().into_bytes();
    let request = WebhookRequest::new(&[], &bytes);
    gateway.read(&VerifiedWebhook::new(request)).expect("a notice that is understood")
}

fn told(fact: &PaymentFact) -> String {
    let mut text = fact.kind().to_string();
    if matches!(fact, PaymentFact::CaptureTotal { .. }) {
        text.push_str(" in all");
    }
    let key = fact.key().map(|it| format!(" {it}"));
    let amount = fact.amount().map(|it| format!(" {it}"));
    let register = fact.register().map(|it| format!(" {it}"));
    let of = fact.of().map(|it| format!(" of {it}"));
    text.extend([key, amount, register, of].into_iter().flatten());
    text
}

/// The rows of a gateway: each notice with its facts, and after each case the status of the payment
/// when all of them have arrived, in whatever order.
fn table(gateway: &dyn Gateway, currency: Currency, cases: &[(&str, Vec<Value>)]) -> String {
    let mut text = String::new();
    for (name, bodies) in cases {
        let _ = writeln!(text, "{name}");
        let mut facts = Vec::new();
        for body in bodies {
            let notice = read(gateway, body);
            let said: Vec<_> = notice.facts.iter().map(|it| told(&it.fact)).collect();
            let said = if said.is_empty() { "nothing".to_owned() } else { said.join("; ") };
            let of = notice.facts.first().map(|it| format!(" [{}]", it.payment_reference));
            let _ = writeln!(text, "    {}{}: {said}", notice.event_type, of.unwrap_or_default());
            facts.extend(notice.facts.into_iter().map(|it| it.fact));
        }
        let known = PaymentFacts::of(currency, &facts);
        facts.reverse();
        assert_eq!(PaymentFacts::of(currency, &facts), known, "{name}");
        let (captured, hold) = (known.captured().unwrap(), known.on_hold().unwrap());
        let back = known.refunded().unwrap().add(known.reversed().unwrap()).unwrap();
        let _ = write!(text, "    = {}", known.status());
        for (amount, what) in [(captured, "taken"), (back, "gone back"), (hold, "on hold")] {
            if !amount.is_zero() {
                let _ = write!(text, ", {amount} {what}");
            }
        }
        text.push('\n');
    }
    text
}

fn compare(gateway: &dyn Gateway, currency: Currency, cases: &[(&str, Vec<Value>)]) {
    let found = table(gateway, currency, cases);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decisions");
    let file = file.join(format!("{}.txt", gateway.name()));
    if std::env::var_os("LMS_BLESS").is_some() {
        fs::write(&file, &found).unwrap();
    }
    let wanted = fs::read_to_string(&file).unwrap();
    assert_eq!(found, wanted, "{} decides otherwise", gateway.name());
}

fn stripe(kind: &str, object: Value) -> Value {
    json!({ "id": format!("evt_{kind}"), "type": kind, "created": 100, "data": { "object": object } })
}

/// docs.stripe.com/api/events/types, docs.stripe.com/disputes/how-disputes-work and
/// docs.stripe.com/checkout/fulfillment.
#[test]
fn stripe_decides() {
    let intent = |kind: &str| {
        let object = json!({ "id": "pi_1", "amount_received": 2_000, "currency": "eur",
            "latest_charge": "ch_1" });
        stripe(&format!("payment_intent.{kind}"), object)
    };
    let refund = |kind: &str, id: &str, amount: i64, status: &str| {
        let object = json!({ "id": id, "amount": amount, "currency": "eur", "status": status,
            "payment_intent": "pi_1", "charge": "ch_1" });
        stripe(&format!("refund.{kind}"), object)
    };
    let dispute = |kind: &str, amount: i64, status: &str| {
        let object = json!({ "id": "dp_1", "amount": amount, "currency": "eur", "status": status,
            "payment_intent": "pi_1", "charge": "ch_1" });
        stripe(&format!("charge.dispute.{kind}"), object)
    };
    let session = |kind: &str, status: &str| {
        let object = json!({ "id": "cs_1", "payment_intent": "pi_1", "payment_status": status,
            "amount_total": 2_000, "currency": "eur", "client_reference_id": "p-7" });
        stripe(&format!("checkout.session.{kind}"), object)
    };
    let taken = || intent("succeeded");
    compare(
        &Stripe,
        Currency::EUR,
        &[
            ("authorise", vec![intent("amount_capturable_updated")]),
            ("authorise, capture", vec![intent("amount_capturable_updated"), taken()]),
            (
                "authorise, cancel",
                vec![intent("amount_capturable_updated"), {
                    let mut cancelled = intent("canceled");
                    cancelled["created"] = json!(200);
                    cancelled
                }],
            ),
            ("capture", vec![taken()]),
            ("deny", vec![intent("payment_failed")]),
            ("deny, capture", vec![intent("payment_failed"), taken()]),
            ("cancel", vec![intent("canceled")]),
            ("checkout paid at once", vec![session("completed", "paid")]),
            ("checkout and its intent", vec![session("completed", "paid"), taken()]),
            ("checkout under way", vec![session("completed", "unpaid")]),
            (
                "checkout paid later",
                vec![session("completed", "unpaid"), session("async_payment_succeeded", "paid")],
            ),
            ("checkout denied later", vec![session("async_payment_failed", "unpaid")]),
            ("checkout expired", vec![session("expired", "unpaid")]),
            ("partial refund", vec![taken(), refund("created", "re_1", 500, "succeeded")]),
            (
                "full refund in two steps",
                vec![
                    taken(),
                    refund("created", "re_1", 500, "succeeded"),
                    refund("created", "re_2", 1_500, "pending"),
                    refund("updated", "re_2", 1_500, "succeeded"),
                ],
            ),
            (
                "refund that fails",
                vec![
                    taken(),
                    refund("created", "re_1", 2_000, "succeeded"),
                    refund("failed", "re_1", 2_000, "failed"),
                ],
            ),
            ("inquiry", vec![taken(), dispute("created", 2_000, "warning_needs_response")]),
            ("dispute opened", vec![taken(), dispute("created", 500, "needs_response")]),
            ("dispute under review", vec![taken(), dispute("updated", 500, "under_review")]),
            (
                "dispute won",
                vec![
                    taken(),
                    dispute("created", 500, "needs_response"),
                    dispute("closed", 500, "won"),
                ],
            ),
            (
                "dispute lost in part",
                vec![
                    taken(),
                    dispute("created", 500, "needs_response"),
                    dispute("closed", 500, "lost"),
                ],
            ),
            ("chargeback", vec![taken(), dispute("closed", 2_000, "lost")]),
            (
                "chargeback of a checkout",
                vec![session("completed", "paid"), dispute("closed", 2_000, "lost")],
            ),
            (
                "something new",
                vec![stripe("payment_intent.something_new", json!({ "id": "pi_1" }))],
            ),
        ],
    );
}

/// razorpay.com/docs/webhooks/payloads and razorpay.com/docs/payments/disputes.
#[test]
fn razorpay_decides() {
    let payment = |kind: &str| {
        json!({ "event": kind, "created_at": 100, "payload": { "payment": { "entity": {
            "id": "pay_1", "amount": 2_000, "currency": "INR", "order_id": "order_1" } } } })
    };
    let later = |kind: &str| {
        let mut event = payment(kind);
        event["created_at"] = json!(200);
        event
    };
    let refund = |kind: &str, id: &str, amount: i64, status: &str| {
        json!({ "event": format!("refund.{kind}"), "created_at": 100, "payload": { "refund": {
            "entity": { "id": id, "payment_id": "pay_1", "amount": amount, "currency": "INR",
            "status": status } } } })
    };
    let dispute = |kind: &str, amount: i64| {
        json!({ "event": format!("payment.dispute.{kind}"), "created_at": 100, "payload": {
            "dispute": { "entity": { "id": "disp_1", "payment_id": "pay_1", "amount": amount,
            "currency": "INR" } } } })
    };
    let taken = || payment("payment.captured");
    compare(
        &Razorpay,
        Currency::INR,
        &[
            ("authorise", vec![payment("payment.authorized")]),
            ("authorise, capture", vec![payment("payment.authorized"), taken()]),
            ("capture, by the order too", vec![taken(), payment("order.paid")]),
            ("deny", vec![payment("payment.failed")]),
            ("deny, authorise late", vec![payment("payment.failed"), later("payment.authorized")]),
            ("partial refund", vec![taken(), refund("processed", "rfnd_1", 500, "processed")]),
            (
                "full refund in two steps",
                vec![
                    taken(),
                    refund("processed", "rfnd_1", 500, "processed"),
                    refund("created", "rfnd_2", 1_500, "pending"),
                    refund("processed", "rfnd_2", 1_500, "processed"),
                ],
            ),
            (
                "refund that fails",
                vec![
                    taken(),
                    refund("created", "rfnd_1", 2_000, "pending"),
                    refund("failed", "rfnd_1", 2_000, "failed"),
                ],
            ),
            ("dispute opened", vec![taken(), dispute("created", 500)]),
            ("dispute under review", vec![taken(), dispute("under_review", 500)]),
            ("dispute that needs action", vec![taken(), dispute("action_required", 500)]),
            ("dispute won", vec![taken(), dispute("created", 500), dispute("won", 500)]),
            ("dispute closed", vec![taken(), dispute("created", 500), dispute("closed", 500)]),
            ("dispute lost in part", vec![taken(), dispute("created", 500), dispute("lost", 500)]),
            ("chargeback", vec![taken(), dispute("lost", 2_000)]),
            ("something new", vec![payment("payment.something_new")]),
        ],
    );
}

fn midtrans(status: &str, code: &str, more: Value) -> Value {
    let mut body = json!({ "transaction_id": "t-1", "order_id": "o-1", "gross_amount": "20.00",
        "currency": "IDR", "transaction_time": "2020-01-09 18:27:19",
        "transaction_status": status, "status_code": code });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

/// docs.midtrans.com, "Transaction status cycle" and "HTTP(S) notification / webhooks". All notices
/// of one transaction carry one `transaction_time`.
#[test]
fn midtrans_decides() {
    let none = || json!({});
    let authorised = || midtrans("authorize", "200", none());
    let accepted = || midtrans("capture", "200", json!({ "fraud_status": "accept" }));
    let settled = || midtrans("settlement", "200", none());
    let refunds = |of: &[(&str, &str)]| {
        let listed: Vec<_> = of
            .iter()
            .map(|(key, amount)| json!({ "refund_key": key, "refund_amount": amount }))
            .collect();
        json!({ "refunds": listed })
    };
    compare(
        &Midtrans,
        Currency::IDR,
        &[
            ("waiting", vec![midtrans("pending", "201", none())]),
            ("authorise", vec![authorised()]),
            ("authorise, capture", vec![authorised(), accepted()]),
            ("authorise, cancel", vec![authorised(), midtrans("cancel", "200", none())]),
            ("authorise, deny", vec![authorised(), midtrans("deny", "202", none())]),
            ("authorise, expire", vec![authorised(), midtrans("expire", "407", none())]),
            ("authorise, fail", vec![authorised(), midtrans("failure", "202", none())]),
            ("capture, settle", vec![accepted(), settled()]),
            ("settle without fraud status", vec![settled()]),
            ("challenge", vec![midtrans("capture", "201", json!({ "fraud_status": "challenge" }))]),
            (
                "challenge, accept",
                vec![
                    midtrans("capture", "201", json!({ "fraud_status": "challenge" })),
                    accepted(),
                ],
            ),
            (
                "challenge, deny",
                vec![
                    midtrans("capture", "201", json!({ "fraud_status": "challenge" })),
                    midtrans("deny", "202", json!({ "fraud_status": "deny" })),
                ],
            ),
            (
                "deny by fraud detection",
                vec![midtrans("capture", "202", json!({ "fraud_status": "deny" }))],
            ),
            (
                "accept, deny by fraud detection",
                vec![accepted(), midtrans("capture", "202", json!({ "fraud_status": "deny" }))],
            ),
            ("deny", vec![midtrans("deny", "202", none())]),
            ("expire", vec![midtrans("expire", "407", none())]),
            ("capture, cancel", vec![accepted(), midtrans("cancel", "200", none())]),
            ("settle, deny: the bank's reversal", vec![settled(), midtrans("deny", "202", none())]),
            ("settle with another code", vec![midtrans("settlement", "201", none())]),
            (
                "partial refund",
                vec![settled(), midtrans("partial_refund", "200", refunds(&[("r-1", "5.00")]))],
            ),
            (
                "full refund in two steps",
                vec![
                    settled(),
                    midtrans("partial_refund", "200", refunds(&[("r-1", "5.00")])),
                    midtrans("refund", "200", refunds(&[("r-1", "5.00"), ("r-2", "15.00")])),
                ],
            ),
            (
                "refund without a list",
                vec![settled(), midtrans("refund", "200", json!({ "refund_amount": "20.00" }))],
            ),
            (
                "chargeback in part",
                vec![
                    settled(),
                    midtrans("partial_chargeback", "200", json!({ "refund_amount": "5.00" })),
                ],
            ),
            ("chargeback", vec![settled(), midtrans("chargeback", "200", none())]),
            ("something new", vec![midtrans("something_new", "200", none())]),
        ],
    );
}

/// docs.xendit.co/apidocs, "Invoice callback", "Payment webhook notification" and "Refunds".
#[test]
fn xendit_decides() {
    let invoice = |status: &str| {
        json!({ "id": "inv_1", "external_id": "P-7", "status": status, "amount": 20,
            "paid_amount": 20, "currency": "IDR", "paid_at": "1970-01-01T00:01:40Z",
            "updated": "1970-01-01T00:01:40Z" })
    };
    let payment = |event: &str, status: &str| {
        json!({ "event": event, "created": "1970-01-01T00:01:40Z", "data": { "payment_id": "py-1",
            "payment_request_id": "pr-1", "status": status, "request_amount": 20,
            "currency": "IDR", "reference_id": "P-7", "created": "1970-01-01T00:01:30Z",
            "updated": format!("1970-01-01T00:01:{}Z", if status == "AUTHORIZED" { 40 } else { 50 }) } })
    };
    let refund = |id: &str, amount: i64, status: &str| {
        json!({ "event": format!("refund.{}", status.to_lowercase()), "data": { "id": id,
            "invoice_id": "inv_1", "amount": amount, "currency": "IDR", "status": status,
            "updated": "1970-01-01T00:01:40Z" } })
    };
    let taken = || invoice("PAID");
    let authorised = || payment("payment.authorization", "AUTHORIZED");
    compare(
        &Xendit,
        Currency::IDR,
        &[
            ("waiting", vec![invoice("PENDING")]),
            ("completing", vec![invoice("COMPLETING")]),
            ("completing, paid", vec![invoice("COMPLETING"), taken()]),
            ("paid, settled", vec![taken(), invoice("SETTLED")]),
            ("expired", vec![invoice("EXPIRED")]),
            ("authorise", vec![authorised()]),
            ("authorise, capture", vec![authorised(), payment("payment.capture", "SUCCEEDED")]),
            ("authorise, cancel", vec![authorised(), payment("payment.capture", "CANCELED")]),
            ("authorise, expire", vec![authorised(), payment("payment.capture", "EXPIRED")]),
            ("deny", vec![payment("payment.failure", "FAILED")]),
            ("partial refund", vec![taken(), refund("rfd-1", 5, "SUCCEEDED")]),
            (
                "full refund in two steps",
                vec![
                    taken(),
                    refund("rfd-1", 5, "SUCCEEDED"),
                    refund("rfd-2", 15, "PENDING"),
                    refund("rfd-2", 15, "SUCCEEDED"),
                ],
            ),
            ("refund that fails", vec![taken(), refund("rfd-1", 20, "FAILED")]),
            ("something new", vec![invoice("SOMETHING_NEW")]),
        ],
    );
}

#[derive(Debug)]
struct NoKeys;

impl CertificateKeys for NoKeys {
    fn public_key_der(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// developer.paypal.com/api/rest/webhooks/event-names and developer.paypal.com/docs/disputes.
#[test]
fn paypal_decides() {
    let event = |kind: &str, minute: i64, resource: Value| {
        json!({ "id": format!("WH-{kind}-{minute}"), "event_type": kind, "resource": resource,
            "create_time": format!("1970-01-01T00:0{minute}:00Z") })
    };
    let of_order = |id: &str, amount: &str, status: &str| {
        json!({ "id": id, "status": status, "amount": { "value": amount, "currency_code": "USD" },
            "custom_id": "P-7", "supplementary_data": { "related_ids": { "order_id": "ORD-1",
            "capture_id": "CAP-1" } } })
    };
    let capture = |what: &str, minute: i64| {
        let resource = of_order("CAP-1", "20.00", what);
        event(&format!("PAYMENT.CAPTURE.{what}"), minute, resource)
    };
    let refund = |id: &str, amount: &str, status: &str| {
        event("PAYMENT.CAPTURE.REFUNDED", 3, of_order(id, amount, status))
    };
    let reversed =
        |amount: &str| event("PAYMENT.CAPTURE.REVERSED", 3, of_order("REV-1", amount, "COMPLETED"));
    let authorisation = |what: &str, minute: i64| {
        let resource = of_order("AUTH-1", "20.00", what);
        event(&format!("PAYMENT.AUTHORIZATION.{what}"), minute, resource)
    };
    let dispute = |what: &str, outcome: &str| {
        event(
            &format!("CUSTOMER.DISPUTE.{what}"),
            4,
            json!({ "dispute_id": "PP-D-1",
            "dispute_amount": { "value": "5.00", "currency_code": "USD" },
            "dispute_outcome": { "outcome_code": outcome }, "disputed_transactions": [
            { "seller_transaction_id": "CAP-1", "custom": "P-7" }] }),
        )
    };
    let taken = || capture("COMPLETED", 2);
    let voided = event("CHECKOUT.ORDER.VOIDED", 2, json!({ "id": "ORD-1" }));
    compare(
        &PayPal::new(Arc::new(NoKeys)),
        Currency::USD,
        &[
            ("authorise", vec![authorisation("CREATED", 1)]),
            ("authorise, capture", vec![authorisation("CREATED", 1), taken()]),
            ("authorise, cancel", vec![authorisation("CREATED", 1), authorisation("VOIDED", 2)]),
            ("capture under way", vec![capture("PENDING", 1)]),
            ("capture under way, deny", vec![capture("PENDING", 1), capture("DENIED", 2)]),
            ("capture", vec![taken()]),
            ("deny", vec![capture("DECLINED", 2)]),
            ("cancel", vec![voided]),
            ("partial refund", vec![taken(), refund("REF-1", "5.00", "COMPLETED")]),
            (
                "full refund in two steps",
                vec![
                    taken(),
                    refund("REF-1", "5.00", "COMPLETED"),
                    refund("REF-2", "15.00", "PENDING"),
                    refund("REF-2", "15.00", "COMPLETED"),
                ],
            ),
            ("dispute opened", vec![taken(), dispute("CREATED", "")]),
            (
                "dispute won",
                vec![
                    taken(),
                    dispute("CREATED", ""),
                    dispute("RESOLVED", "RESOLVED_SELLER_FAVOUR"),
                ],
            ),
            (
                "dispute lost in part",
                vec![
                    taken(),
                    dispute("CREATED", ""),
                    dispute("RESOLVED", "RESOLVED_BUYER_FAVOUR"),
                    reversed("5.00"),
                ],
            ),
            ("chargeback", vec![taken(), reversed("20.00")]),
            ("something new", vec![event("PAYMENT.CAPTURE.SOMETHING_NEW", 1, json!({}))]),
        ],
    );
}
