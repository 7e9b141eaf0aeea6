//! Calls to gateways over loopback, against answers as the gateways' documentation shows them.
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    thread::JoinHandle,
};

use async_trait::async_trait;
use lms_commerce::{GatewayOutcome, PaymentFact, PaymentFacts, PaymentStatus, RefundRegister};
use lms_gateways::{
    SigningSecret,
    client::{
        CallAnswer, CallMethod, ClientAnswer, ClientError, GatewayCall, GatewayCalls,
        GatewayClient, HttpClient, MidtransClient, NewPayment, NewRefund, PayPalClient,
        PaymentQuestion, RazorpayClient, StripeClient, XenditClient,
    },
};
use lms_kernel::{Currency, Id, Money};
use serde_json::{Value, json};

/// What a server on loopback heard: the first line, the headers and the body.
struct Heard {
    line: String,
    headers: Vec<String>,
    body: String,
}

impl Heard {
    fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|it| it.eq_ignore_ascii_case(header))
    }
}

/// A server on loopback that answers one call.
fn serve(status: u16, answer: &Value) -> (SocketAddr, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, answer) = (listener.local_addr().unwrap(), answer.to_string());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut lines, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = given.parse().unwrap();
            }
            lines.push(line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n", answer.len());
        stream.write_all(format!("{head}{answer}").as_bytes()).unwrap();
        let line = lines.remove(0);
        Heard { line, headers: lines, body: String::from_utf8(body).unwrap() }
    });
    (address, heard)
}

/// A client of HTTP that speaks to loopback whatever the host is called.
#[derive(Debug)]
struct Loopback(Option<SocketAddr>);

#[async_trait]
impl HttpClient for Loopback {
    async fn send(&self, call: &GatewayCall) -> Option<CallAnswer> {
        let mut stream = TcpStream::connect(self.0?).ok()?;
        let (host, path) = call.url.strip_prefix("https://")?.split_once('/')?;
        let method = if call.method == CallMethod::Get { "GET" } else { "POST" };
        let mut text = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in &call.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{}", call.body.len(), call.body));
        stream.write_all(text.as_bytes()).ok()?;
        let mut whole = String::new();
        stream.read_to_string(&mut whole).ok()?;
        let (head, body) = whole.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(CallAnswer { status, body: body.as_bytes().to_vec() })
    }
}

/// Runs a future that never waits.
fn now<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

fn id<T>() -> Id<T> {
    "01900000-0000-7000-8000-000000000001".parse().unwrap()
}

fn secret(text: &str) -> SigningSecret {
    SigningSecret::new(text)
}

fn clients() -> Vec<Arc<dyn GatewayClient>> {
    vec![
        Arc::new(StripeClient::new(secret("sk_test"))),
        Arc::new(RazorpayClient::new("rzp_test", secret("key"))),
        Arc::new(MidtransClient::new(secret("midtrans-5ecret"))),
        Arc::new(XenditClient::new(secret("xendit-5ecret"))),
        Arc::new(PayPalClient::new(secret("paypal-5ecret"))),
    ]
}

fn client(name: &str) -> Arc<dyn GatewayClient> {
    clients().into_iter().find(|it| it.name() == name).unwrap()
}

fn amount(name: &str) -> Money {
    match name {
        "midtrans" | "xendit" => Money::from_minor(15_000_000, Currency::IDR),
        "razorpay" => Money::from_minor(50_000, Currency::INR),
        _ => Money::from_minor(2_050, Currency::USD),
    }
}

fn new_payment(name: &str) -> NewPayment {
    NewPayment {
        payment: id(),
        amount: amount(name),
        description: "Order 7 & more".to_owned(),
        return_url: Some("https://school.example/back".to_owned()),
    }
}

fn question(reference: Option<&str>) -> PaymentQuestion {
    PaymentQuestion { payment: id(), provider_ref: reference.map(str::to_owned) }
}

fn created(name: &str, status: u16, answer: &Value) -> (ClientAnswer, Heard) {
    let (address, heard) = serve(status, answer);
    let calls = GatewayCalls::new(client(name), Arc::new(Loopback(Some(address))));
    let answer = now(calls.create_payment(&new_payment(name))).unwrap();
    (answer, heard.join().unwrap())
}

fn asked(name: &str, reference: &str, status: u16, answer: &Value) -> (ClientAnswer, Heard) {
    let (address, heard) = serve(status, answer);
    let calls = GatewayCalls::new(client(name), Arc::new(Loopback(Some(address))));
    let answer = now(calls.ask(&question(Some(reference)))).unwrap();
    (answer, heard.join().unwrap())
}

fn refunded(name: &str, answer: &Value) -> (ClientAnswer, Heard) {
    let (address, heard) = serve(200, answer);
    let calls = GatewayCalls::new(client(name), Arc::new(Loopback(Some(address))));
    let refund = NewRefund {
        payment: question(Some(if name == "stripe" { "pi_1" } else { "ref_1" })),
        capture: Some("cap_1".to_owned()),
        amount: amount(name),
        key: "refund-1".to_owned(),
    };
    let answer = now(calls.refund(&refund)).unwrap();
    (answer, heard.join().unwrap())
}

#[test]
fn payments_are_created_once_and_name_their_payment() {
    let id = id::<lms_commerce::Payment>().to_string();
    for (name, answer, line, reference, proceed) in [
        (
            "stripe",
            json!({ "id": "pi_1", "client_secret": "pi_1_secret", "status": "requires_payment_method" }),
            "POST /v1/payment_intents HTTP/1.1",
            Some("pi_1"),
            "pi_1_secret",
        ),
        (
            "razorpay",
            json!({ "id": "order_1", "status": "created", "amount": 50_000 }),
            "POST /v1/orders HTTP/1.1",
            Some("order_1"),
            "order_1",
        ),
        (
            "midtrans",
            json!({ "token": "t", "redirect_url": "https://app.midtrans.com/snap/t" }),
            "POST /snap/v1/transactions HTTP/1.1",
            None,
            "https://app.midtrans.com/snap/t",
        ),
        (
            "xendit",
            json!({ "id": "inv_1", "status": "PENDING", "invoice_url": "https://x.example/inv_1" }),
            "POST /v2/invoices HTTP/1.1",
            Some("inv_1"),
            "https://x.example/inv_1",
        ),
        (
            "paypal",
            json!({ "id": "O-1", "status": "PAYER_ACTION_REQUIRED", "links": [
                { "rel": "self", "href": "https://p.example/self" },
                { "rel": "payer-action", "href": "https://p.example/pay" }] }),
            "POST /v2/checkout/orders HTTP/1.1",
            Some("O-1"),
            "https://p.example/pay",
        ),
    ] {
        let (read, heard) = created(name, 200, &answer);
        assert_eq!(heard.line, line);
        assert_eq!(read.outcome, GatewayOutcome::Succeeded, "{name}");
        assert_eq!(read.provider_ref.as_deref(), reference, "{name}");
        assert_eq!(read.proceed.as_deref(), Some(proceed), "{name}");
        assert!(read.facts.is_empty(), "{name}: nothing is paid yet");
        assert!(heard.body.contains(&id), "{name} knows whose it is: {}", heard.body);
        assert_eq!(read.raw, Some(answer), "{name}");
    }
}

#[test]
fn amounts_and_keys_are_written_as_each_gateway_wants_them() {
    let (_, heard) = created("stripe", 200, &json!({ "id": "pi_1" }));
    assert!(heard.body.starts_with("amount=2050&currency=usd&description=Order%207%20%26%20more&"));
    assert!(heard.has("Authorization: Bearer sk_test"));
    assert!(heard.has(&format!("Idempotency-Key: {}", id::<lms_commerce::Payment>())));
    let (_, heard) = created("razorpay", 200, &json!({ "id": "order_1" }));
    assert!(heard.body.contains(r#""amount":50000,"currency":"INR""#), "{}", heard.body);
    assert!(heard.has("Authorization: Basic cnpwX3Rlc3Q6a2V5"));
    let (_, heard) = created("midtrans", 201, &json!({ "token": "t" }));
    assert!(heard.body.contains(r#""gross_amount":150000"#), "{}", heard.body);
    let (_, heard) = created("xendit", 200, &json!({ "id": "inv_1" }));
    assert!(heard.body.contains(r#""amount":150000,"#), "{}", heard.body);
    let (_, heard) = created("paypal", 201, &json!({ "id": "O-1" }));
    assert!(heard.body.contains(r#""value":"20.50""#), "{}", heard.body);
    let stripe = StripeClient::new(secret("sk_test"));
    for (amount, wanted) in [
        (Money::from_minor(7, "ISK".parse().unwrap()), Some("amount=700&")),
        (Money::from_minor(7, Currency::JPY), Some("amount=7&")),
        (Money::from_minor(0, Currency::EUR), None),
        (Money::from_minor(-1, Currency::EUR), None),
    ] {
        let call = stripe.create_payment(&NewPayment { amount, ..new_payment("stripe") });
        match wanted {
            Some(wanted) => assert!(call.unwrap().body.starts_with(wanted)),
            None => assert_eq!(call, Err(ClientError::Amount)),
        }
    }
}

#[test]
fn an_answer_about_a_payment_is_read_as_its_webhooks_are() {
    let capture = |currency| {
        json!({ "id": "C-1", "status": "COMPLETED",
        "create_time": "2024-01-31T09:00:00Z",
        "amount": { "value": "20.50", "currency_code": currency } })
    };
    for (name, reference, answer, line, status) in [
        (
            "stripe",
            "pi_1",
            json!({ "id": "pi_1", "status": "succeeded", "created": 100, "amount_received": 2_050,
                "currency": "usd", "latest_charge": "ch_1" }),
            "GET /v1/payment_intents/pi_1 HTTP/1.1",
            PaymentStatus::Completed,
        ),
        (
            "stripe",
            "pi_1",
            json!({ "id": "pi_1", "status": "requires_payment_method", "created": 100,
                "last_payment_error": { "code": "card_declined" } }),
            "GET /v1/payment_intents/pi_1 HTTP/1.1",
            PaymentStatus::Failed,
        ),
        (
            "stripe",
            "pi_1",
            json!({ "id": "pi_1", "status": "processing", "created": 100 }),
            "GET /v1/payment_intents/pi_1 HTTP/1.1",
            PaymentStatus::Pending,
        ),
        (
            "razorpay",
            "order_1",
            json!({ "entity": "collection", "items": [
                { "id": "pay_1", "status": "failed", "created_at": 100 },
                { "id": "pay_2", "status": "captured", "created_at": 200, "amount": 50_000,
                    "currency": "INR" }] }),
            "GET /v1/orders/order_1/payments HTTP/1.1",
            PaymentStatus::Completed,
        ),
        (
            "midtrans",
            "t-1",
            json!({ "status_code": "200", "transaction_status": "settlement", "order_id": "o",
                "transaction_id": "t-1", "gross_amount": "150000.00", "fraud_status": "accept",
                "transaction_time": "2024-01-31 09:00:00" }),
            "GET /v2/01900000-0000-7000-8000-000000000001/status HTTP/1.1",
            PaymentStatus::Completed,
        ),
        (
            "xendit",
            "inv_1",
            json!({ "id": "inv_1", "status": "EXPIRED", "updated": "2024-01-31T09:00:00Z",
                "currency": "IDR" }),
            "GET /v2/invoices/inv_1 HTTP/1.1",
            PaymentStatus::Cancelled,
        ),
        (
            "paypal",
            "O-1",
            json!({ "id": "O-1", "status": "COMPLETED", "purchase_units": [
                { "payments": { "captures": [capture("USD")] } }] }),
            "GET /v2/checkout/orders/O-1 HTTP/1.1",
            PaymentStatus::Completed,
        ),
        (
            "paypal",
            "O-1",
            json!({ "id": "O-1", "status": "VOIDED", "create_time": "2024-01-31T09:00:00Z" }),
            "GET /v2/checkout/orders/O-1 HTTP/1.1",
            PaymentStatus::Cancelled,
        ),
    ] {
        let (read, heard) = asked(name, reference, 200, &answer);
        assert_eq!(heard.line, line);
        assert_eq!(read.outcome, GatewayOutcome::Succeeded, "{name}");
        let known = PaymentFacts::of(amount(name).currency(), &read.facts);
        assert_eq!(known.status(), status, "{name}: {:?}", read.facts);
        if status == PaymentStatus::Completed {
            assert_eq!(known.captured(), Ok(amount(name)), "{name}");
        }
    }
}

#[test]
fn refunds_are_named_and_say_how_far_they_are() {
    for (name, answer, line, settled) in [
        (
            "stripe",
            json!({ "id": "re_1", "status": "succeeded", "amount": 2_050, "currency": "usd",
                "payment_intent": "pi_1" }),
            "POST /v1/refunds HTTP/1.1",
            true,
        ),
        (
            "razorpay",
            json!({ "id": "rfnd_1", "status": "pending", "amount": 50_000, "currency": "INR",
                "payment_id": "cap_1" }),
            "POST /v1/payments/cap_1/refund HTTP/1.1",
            false,
        ),
        (
            "midtrans",
            json!({ "status_code": "200", "transaction_status": "refund", "order_id": "o",
                "transaction_id": "t-1", "gross_amount": "150000.00", "refund_key": "refund-1",
                "refund_amount": "150000.00", "transaction_time": "2024-01-31 09:00:00" }),
            "POST /v2/01900000-0000-7000-8000-000000000001/refund HTTP/1.1",
            true,
        ),
        (
            "xendit",
            json!({ "id": "rfd-1", "status": "PENDING", "amount": 150_000, "currency": "IDR",
                "invoice_id": "ref_1" }),
            "POST /refunds HTTP/1.1",
            false,
        ),
        (
            "paypal",
            json!({ "id": "R-1", "status": "COMPLETED", "create_time": "2024-01-31T09:00:00Z",
                "amount": { "value": "20.50", "currency_code": "USD" } }),
            "POST /v2/payments/captures/cap_1/refund HTTP/1.1",
            true,
        ),
    ] {
        let (read, heard) = refunded(name, &answer);
        assert_eq!(heard.line, line);
        let said = heard.headers.join("\n") + &heard.body;
        assert!(said.contains("refund-1"), "{name} is sent once: {said}");
        assert!(read.provider_ref.is_some(), "{name}");
        let answer = read.of_refund(id());
        assert_eq!(
            (answer.outcome, answer.settled),
            (GatewayOutcome::Succeeded, settled),
            "{name}"
        );
    }
    // The call went through, and the refund did not.
    let failed = json!({ "id": "re_1", "status": "failed", "amount": 2_050, "currency": "usd",
        "payment_intent": "pi_1" });
    let (read, _) = refunded("stripe", &failed);
    let register = read.facts.first().and_then(PaymentFact::register);
    assert_eq!(register, Some(RefundRegister::Failed));
    assert_eq!(read.of_refund(id()).outcome, GatewayOutcome::Failed);
}

/// Only a refusal is one: an answer that leaves the money's state open is unknown.
#[test]
fn what_does_not_say_what_became_of_it_is_unknown() {
    use GatewayOutcome::{Failed, Succeeded, Unknown};
    for client in clients() {
        let name = client.name();
        let of = |status, body: &str| CallAnswer { status, body: body.as_bytes().to_vec() };
        for (status, body, when_created, when_asked) in [
            (200, "{}", Succeeded, Succeeded),
            (200, "<html>", Unknown, Unknown),
            (302, "", Unknown, Unknown),
            (400, "{}", Failed, Unknown),
            (401, "", Failed, Unknown),
            (404, "{}", Failed, Unknown),
            (409, "{}", Unknown, Unknown),
            (429, "", Unknown, Unknown),
            (500, "{}", Unknown, Unknown),
            (504, "", Unknown, Unknown),
        ] {
            let answer = of(status, body);
            assert_eq!(client.read_created(&answer).outcome, when_created, "{name} {status}");
            assert_eq!(client.read_refunded(&answer).outcome, when_created, "{name} {status}");
            assert_eq!(client.read_asked(&answer).outcome, when_asked, "{name} {status}");
            assert!(client.read_asked(&answer).facts.is_empty(), "{name} {status}");
        }
        let calls = GatewayCalls::new(client.clone(), Arc::new(Loopback(None)));
        let answer = now(calls.create_payment(&new_payment(name))).unwrap();
        assert_eq!(answer, ClientAnswer::unknown(), "{name}");
        assert_eq!(answer.of_payment(id()).outcome, Unknown);
    }
}

/// A payment that a gateway does not know is open, not failed, in the words of each gateway.
#[test]
fn a_payment_that_the_gateway_does_not_know_is_unknown() {
    for (name, status, body) in [
        ("stripe", 404, json!({ "error": { "code": "resource_missing" } })),
        ("razorpay", 400, json!({ "error": { "code": "BAD_REQUEST_ERROR" } })),
        ("midtrans", 404, json!({ "status_code": "404" })),
        // Midtrans says in the body of an answer with status 200 that it does not know it.
        ("midtrans", 200, json!({ "status_code": "404", "status_message": "doesn't exist" })),
        ("xendit", 404, json!({ "error_code": "INVOICE_NOT_FOUND_ERROR" })),
        ("paypal", 404, json!({ "name": "RESOURCE_NOT_FOUND" })),
    ] {
        let (read, _) = asked(name, "ref_1", status, &body);
        assert_eq!(read.outcome, GatewayOutcome::Unknown, "{name}");
        assert!(read.facts.is_empty() && read.provider_ref.is_none(), "{name}");
    }
}

/// A refund that comes back with another amount or in another currency was not made as asked.
#[test]
fn a_refund_of_another_amount_or_currency_is_unknown() {
    let answer = |name: &str, amount: Money| {
        let (minor, code) = (amount.minor(), amount.currency().code());
        let major = format!("{}.{:02}", minor / 100, minor % 100);
        match name {
            "stripe" => json!({ "id": "re_1", "status": "succeeded", "amount": minor,
                "currency": code.to_lowercase(), "payment_intent": "pi_1" }),
            "razorpay" => json!({ "id": "rfnd_1", "status": "processed", "amount": minor,
                "currency": code, "payment_id": "cap_1" }),
            "midtrans" => json!({ "status_code": "200", "transaction_status": "refund",
                "order_id": "o", "transaction_id": "t-1", "gross_amount": "99000000.00",
                "refund_key": "refund-1", "refund_amount": major, "currency": code,
                "transaction_time": "2024-01-31 09:00:00" }),
            "xendit" => json!({ "id": "rfd-1", "status": "SUCCEEDED", "currency": code,
                "amount": serde_json::from_str::<Value>(&major).unwrap(), "invoice_id": "ref_1" }),
            _ => json!({ "id": "R-1", "status": "COMPLETED",
                "create_time": "2024-01-31T09:00:00Z",
                "amount": { "value": major, "currency_code": code } }),
        }
    };
    for client in clients() {
        let name = client.name();
        let asked = amount(name);
        let more = Money::from_minor(asked.minor() + 100, asked.currency());
        let foreign = Money::from_minor(asked.minor(), Currency::EUR);
        for (given, outcome, facts) in [
            (asked, GatewayOutcome::Succeeded, 1),
            (more, GatewayOutcome::Unknown, 0),
            (foreign, GatewayOutcome::Unknown, 0),
        ] {
            let (read, _) = refunded(name, &answer(name, given));
            assert_eq!((read.outcome, read.facts.len()), (outcome, facts), "{name} {given}");
            let settled = read.of_refund(id()).settled;
            assert_eq!(settled, outcome == GatewayOutcome::Succeeded, "{name} {given}");
        }
    }
}

/// What a gateway cannot take to the minor unit, or not in that currency, is refused before it is
/// sent.
#[test]
fn amounts_that_a_gateway_rounds_are_not_sent() {
    let money = |minor, code: &str| Money::from_minor(minor, code.parse().unwrap());
    for (name, good, bad) in [
        ("stripe", money(12_340, "KWD"), money(12_345, "KWD")),
        ("razorpay", money(12_340, "KWD"), money(12_345, "KWD")),
        ("midtrans", money(15_000_000, "IDR"), money(15_000_050, "IDR")),
        ("midtrans", money(15_000_000, "IDR"), money(2_050, "USD")),
        ("xendit", money(15_000_000, "IDR"), money(15_000_050, "IDR")),
        ("xendit", money(15_000_050, "PHP"), money(0, "PHP")),
        ("paypal", money(100_000, "HUF"), money(100_050, "HUF")),
        ("paypal", money(100_000, "TWD"), money(100_050, "TWD")),
        ("paypal", money(1_001, "JPY"), money(-1, "JPY")),
    ] {
        for (amount, is_sent) in [(good, true), (bad, false)] {
            let client = client(name);
            let payment = client.create_payment(&NewPayment { amount, ..new_payment(name) });
            let refund = client.refund(&NewRefund {
                payment: question(Some("pi_1")),
                capture: Some("cap_1".to_owned()),
                amount,
                key: "refund-1".to_owned(),
            });
            assert_eq!((payment.is_ok(), refund.is_ok()), (is_sent, is_sent), "{name} {amount}");
        }
    }
}

/// A part that went back without an amount of its own is not taken for the whole.
#[test]
fn a_part_without_an_amount_is_no_fact() {
    let answer = json!({ "status_code": "200", "transaction_status": "partial_refund",
        "order_id": "o", "transaction_id": "t-1", "gross_amount": "150000.00",
        "transaction_time": "2024-01-31 09:00:00" });
    let (read, _) = asked("midtrans", "t-1", 200, &answer);
    assert_eq!(read.facts, []);
}

#[test]
fn a_call_needs_its_names_and_prints_without_its_secret() {
    for client in clients() {
        let asked = client.ask(&question(None));
        assert_eq!(asked.is_ok(), client.name() == "midtrans", "{}", client.name());
        let call = client.create_payment(&new_payment(client.name())).unwrap();
        let printed = format!("{call:?} {client:?}");
        for text in ["sk_test", "5ecret", "Bearer", "Basic"] {
            assert!(!printed.contains(text), "{printed}");
        }
        assert!(call.url.starts_with("https://"), "{}", call.url);
    }
}
