//! Calls to the five gateways by `reqwest`, over TLS on loopback, against answers as the gateways'
//! documentation shows them.
#![cfg(feature = "reqwest")]
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
};

use lms_commerce::{GatewayOutcome, PaymentFacts, PaymentStatus};
use lms_gateways::{
    SigningSecret,
    client::{
        CallMethod, ClientAnswer, GatewayCall, GatewayCalls, GatewayClient, HttpClient as _,
        MidtransClient, NewPayment, NewRefund, PayPalClient, PaymentQuestion, RazorpayClient,
        ReqwestClient, StripeClient, XenditClient,
    },
};
use lms_kernel::{Currency, DomainError as _, Id, Money};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};

const HOSTS: [&str; 6] = [
    "api.stripe.com",
    "api.razorpay.com",
    "api.midtrans.com",
    "app.midtrans.com",
    "api.xendit.co",
    "api-m.paypal.com",
];

/// A certificate for the gateways' hosts, signed by itself, and its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    fn new() -> Self {
        let names: Vec<_> = HOSTS.iter().map(|it| (*it).to_owned()).collect();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        Self { certificate: cert.der().clone(), key: key.into() }
    }

    fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key());
        Arc::new(config.unwrap())
    }

    /// TLS that trusts this certificate alone.
    fn trusted(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        trusting(roots)
    }
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A server on loopback that answers one call with that text, and says what it heard; nothing where
/// no call came through.
fn serve(identity: &Identity, answer: String) -> (SocketAddr, JoinHandle<Option<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, config) = (listener.local_addr().unwrap(), identity.server());
    let heard = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().ok()?;
        let mut connection = ServerConnection::new(config).ok()?;
        let mut stream = Stream::new(&mut connection, &mut socket);
        let mut reader = BufReader::new(&mut stream);
        let (mut said, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|it| *it > 0)?;
            if line.trim_end().is_empty() {
                break;
            }
            if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = given.trim_end().parse().ok()?;
            }
            said.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        said.push_str(&String::from_utf8(body).ok()?);
        drop(reader);
        // The client may hang up before it has read all of a long answer.
        let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
        connection.send_close_notify();
        let _ = connection.complete_io(&mut socket);
        Some(said)
    });
    (address, heard)
}

fn ok(body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn http(address: SocketAddr, tls: ClientConfig) -> ReqwestClient {
    let settings = HOSTS.iter().fold(reqwest::Client::builder().no_proxy(), |settings, host| {
        settings.resolve(host, address)
    });
    ReqwestClient::with(settings, tls).unwrap()
}

fn secret() -> SigningSecret {
    SigningSecret::new("5ecret")
}

fn client(name: &str) -> Arc<dyn GatewayClient> {
    match name {
        "stripe" => Arc::new(StripeClient::new(secret())),
        "razorpay" => Arc::new(RazorpayClient::new("rzp_test", secret())),
        "midtrans" => Arc::new(MidtransClient::new(secret())),
        "xendit" => Arc::new(XenditClient::new(secret())),
        _ => Arc::new(PayPalClient::new(secret())),
    }
}

fn id<T>() -> Id<T> {
    "01900000-0000-7000-8000-000000000001".parse().unwrap()
}

fn amount(name: &str) -> Money {
    match name {
        "midtrans" | "xendit" => Money::from_minor(15_000_000, Currency::IDR),
        "razorpay" => Money::from_minor(50_000, Currency::INR),
        _ => Money::from_minor(2_050, Currency::USD),
    }
}

fn new_payment(name: &str) -> NewPayment {
    let return_url = Some("https://school.example/back".to_owned());
    let description = "Order 7 & more".to_owned();
    NewPayment { payment: id(), amount: amount(name), description, return_url }
}

fn question() -> PaymentQuestion {
    PaymentQuestion { payment: id(), provider_ref: Some("pi_1".to_owned()) }
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Create,
    Ask,
    Refund,
}

/// Makes a call against a server that gives that answer.
async fn made(name: &str, call: Call, answer: String) -> (ClientAnswer, Option<String>) {
    let identity = Identity::new();
    let (address, heard) = serve(&identity, answer);
    let read = send(name, call, http(address, identity.trusted())).await;
    (read, heard.join().unwrap())
}

async fn send(name: &str, call: Call, http: ReqwestClient) -> ClientAnswer {
    let calls = GatewayCalls::new(client(name), Arc::new(http));
    match call {
        Call::Create => calls.create_payment(&new_payment(name)).await,
        Call::Ask => calls.ask(&question()).await,
        Call::Refund => {
            let refund = NewRefund {
                payment: question(),
                capture: Some("cap_1".to_owned()),
                amount: amount(name),
                key: "refund-1".to_owned(),
            };
            calls.refund(&refund).await
        }
    }
    .unwrap()
}

#[tokio::test]
async fn payments_are_created_at_all_five_gateways() {
    for (name, line, answer, proceed) in [
        (
            "stripe",
            "POST /v1/payment_intents HTTP/1.1",
            json!({ "id": "pi_1", "client_secret": "pi_1_secret", "status": "requires_action" }),
            "pi_1_secret",
        ),
        (
            "razorpay",
            "POST /v1/orders HTTP/1.1",
            json!({ "id": "order_1", "status": "created", "amount": 50_000 }),
            "order_1",
        ),
        (
            "midtrans",
            "POST /snap/v1/transactions HTTP/1.1",
            json!({ "token": "t", "redirect_url": "https://app.midtrans.com/snap/t" }),
            "https://app.midtrans.com/snap/t",
        ),
        (
            "xendit",
            "POST /v2/invoices HTTP/1.1",
            json!({ "id": "inv_1", "status": "PENDING", "invoice_url": "https://x.example/1" }),
            "https://x.example/1",
        ),
        (
            "paypal",
            "POST /v2/checkout/orders HTTP/1.1",
            json!({ "id": "O-1", "status": "PAYER_ACTION_REQUIRED", "links": [
                { "rel": "payer-action", "href": "https://p.example/pay" }] }),
            "https://p.example/pay",
        ),
    ] {
        let (read, heard) = made(name, Call::Create, ok(&answer)).await;
        let heard = heard.unwrap();
        assert_eq!(read.outcome, GatewayOutcome::Succeeded, "{name}");
        assert_eq!(read.proceed.as_deref(), Some(proceed), "{name}");
        assert!(heard.starts_with(line), "{heard}");
        assert!(heard.to_ascii_lowercase().contains("\r\nauthorization: b"), "{name}: {heard}");
        assert!(heard.contains(&id::<lms_commerce::Payment>().to_string()), "{name}: {heard}");
    }
}

#[tokio::test]
async fn questions_are_answered_by_all_five_gateways() {
    let completed = PaymentStatus::Completed;
    for (name, line, answer, status) in [
        (
            "stripe",
            "GET /v1/payment_intents/pi_1 HTTP/1.1",
            json!({ "id": "pi_1", "status": "succeeded", "created": 100, "amount_received": 2_050,
                "currency": "usd", "latest_charge": "ch_1" }),
            completed,
        ),
        (
            "razorpay",
            "GET /v1/orders/pi_1/payments HTTP/1.1",
            json!({ "items": [{ "id": "pay_2", "status": "captured", "created_at": 200,
                "amount": 50_000, "currency": "INR" }] }),
            completed,
        ),
        (
            "midtrans",
            "GET /v2/01900000-0000-7000-8000-000000000001/status HTTP/1.1",
            json!({ "status_code": "200", "transaction_status": "settlement", "order_id": "o",
                "transaction_id": "t-1", "gross_amount": "150000.00", "fraud_status": "accept",
                "transaction_time": "2024-01-31 09:00:00" }),
            completed,
        ),
        (
            "xendit",
            "GET /v2/invoices/pi_1 HTTP/1.1",
            json!({ "id": "inv_1", "status": "EXPIRED", "updated": "2024-01-31T09:00:00Z",
                "currency": "IDR" }),
            PaymentStatus::Cancelled,
        ),
        (
            "paypal",
            "GET /v2/checkout/orders/pi_1 HTTP/1.1",
            json!({ "id": "O-1", "status": "COMPLETED", "purchase_units": [{ "payments": {
                "captures": [{ "id": "C-1", "status": "COMPLETED",
                    "create_time": "2024-01-31T09:00:00Z",
                    "amount": { "value": "20.50", "currency_code": "USD" } }] } }] }),
            completed,
        ),
    ] {
        let (read, heard) = made(name, Call::Ask, ok(&answer)).await;
        assert!(heard.unwrap().starts_with(line), "{name}");
        let known = PaymentFacts::of(amount(name).currency(), &read.facts);
        assert_eq!(known.status(), status, "{name}: {:?}", read.facts);
    }
}

#[tokio::test]
async fn refunds_are_made_at_all_five_gateways() {
    for (name, line, answer, settled) in [
        (
            "stripe",
            "POST /v1/refunds HTTP/1.1",
            json!({ "id": "re_1", "status": "succeeded", "amount": 2_050, "currency": "usd",
                "payment_intent": "pi_1" }),
            true,
        ),
        (
            "razorpay",
            "POST /v1/payments/cap_1/refund HTTP/1.1",
            json!({ "id": "rfnd_1", "status": "pending", "amount": 50_000, "currency": "INR",
                "payment_id": "cap_1" }),
            false,
        ),
        (
            "midtrans",
            "POST /v2/01900000-0000-7000-8000-000000000001/refund HTTP/1.1",
            json!({ "status_code": "200", "transaction_status": "refund", "order_id": "o",
                "transaction_id": "t-1", "gross_amount": "150000.00", "refund_key": "refund-1",
                "refund_amount": "150000.00", "transaction_time": "2024-01-31 09:00:00" }),
            true,
        ),
        (
            "xendit",
            "POST /refunds HTTP/1.1",
            json!({ "id": "rfd-1", "status": "PENDING", "amount": 150_000, "currency": "IDR",
                "invoice_id": "pi_1" }),
            false,
        ),
        (
            "paypal",
            "POST /v2/payments/captures/cap_1/refund HTTP/1.1",
            json!({ "id": "R-1", "status": "COMPLETED", "create_time": "2024-01-31T09:00:00Z",
                "amount": { "value": "20.50", "currency_code": "USD" } }),
            true,
        ),
    ] {
        let (read, heard) = made(name, Call::Refund, ok(&answer)).await;
        let heard = heard.unwrap();
        assert!(heard.starts_with(line) && heard.contains("refund-1"), "{name}: {heard}");
        let answer = read.of_refund(id());
        let found = (answer.outcome, answer.settled);
        assert_eq!(found, (GatewayOutcome::Succeeded, settled), "{name}");
    }
}

/// A redirect would carry the account's secret to another host.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = "HTTP/1.1 307 x\r\nLocation: https://api.stripe.com/elsewhere\r\n\
                     Content-Length: 0\r\n\r\n";
    let (read, heard) = made("stripe", Call::Create, elsewhere.to_owned()).await;
    assert!(heard.is_some());
    assert_eq!((read.outcome, read.facts.len()), (GatewayOutcome::Unknown, 0));
}

/// Nothing is sent to a server with a certificate that is not trusted.
#[tokio::test]
async fn a_server_that_is_not_trusted_hears_nothing() {
    let identity = Identity::new();
    for tls in [Identity::new().trusted(), trusting(RootCertStore::empty())] {
        let (address, heard) = serve(&identity, ok(&json!({ "id": "pi_1" })));
        let read = send("stripe", Call::Create, http(address, tls)).await;
        assert_eq!(read, ClientAnswer::unknown());
        assert_eq!(heard.join().unwrap(), None);
    }
}

/// Where no whole answer comes, the money may have moved.
#[tokio::test]
async fn what_is_cut_off_or_too_long_or_refused_is_unknown() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":".to_owned();
    let long = ok(&json!({ "id": "pi_1", "filler": "x".repeat(1_100_000) }));
    for answer in [cut, long] {
        let (read, _) = made("stripe", Call::Refund, answer).await;
        assert_eq!(read, ClientAnswer::unknown());
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let read = send("paypal", Call::Ask, http(closed, Identity::new().trusted())).await;
    assert_eq!(read, ClientAnswer::unknown());
}

/// A call over plain HTTP is not sent: it would show the account's secret on the way.
#[tokio::test]
async fn plain_http_is_not_spoken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let call = GatewayCall {
        method: CallMethod::Get,
        url: format!("http://{}/v1/payment_intents/pi_1", listener.local_addr().unwrap()),
        headers: vec![("Authorization", "Bearer 5ecret".to_owned())],
        body: String::new(),
    };
    let tls = Identity::new().trusted();
    let client = ReqwestClient::with(reqwest::Client::builder().no_proxy(), tls).unwrap();
    assert_eq!(client.send(&call).await, None);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "no connection was opened");
}

/// A client with the system's certificates needs no provider of the process; without any
/// certificates on the system it says so.
#[test]
fn a_client_is_made_from_what_the_system_trusts() {
    match ReqwestClient::new() {
        Ok(client) => assert!(!format!("{client:?}").contains("5ecret")),
        Err(error) => assert_eq!(error.code(), "gateway_client.tls"),
    }
}
