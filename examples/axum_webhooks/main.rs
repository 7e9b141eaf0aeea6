//! A web host that sells a course and hears from a payment gateway, with axum. Run it with
//! `cargo run --example axum_webhooks --features gateways`; it prints where it listens.
//!
//! ```text
//! POST /orders                   places an order for the course and starts a payment
//! GET  /orders/{number}          how the order stands, and whether the buyer has access
//! POST /webhooks/{account}       what the gateway calls: verified, kept, answered at once
//! GET  /webhooks                 how many messages stand where
//!
//! --database URL                 runs on PostgreSQL instead of the memory store
//! ```
//!
//! The gateway is answered as soon as its message is kept; a worker applies it afterwards. Who the
//! buyer is a host knows from its own login; here it is always Ada.
use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use lms::{
    commerce::{
        GatewayAccount, Grant, Order, OrderLine, PlaceOrder, ReceiveWebhook, StartPayment,
        WebhookAdapter, WebhookAdapters, WebhookError, WebhookMessage, WebhookReceipt, access_to,
        work_webhooks,
    },
    gateways::Xendit,
    kernel::{DomainError, ErrorKind, Id},
    store::{PageSize, Query, StoreError},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

#[path = "../support/database.rs"]
mod database;
mod school;

use database::open_database;
use school::{Failure, School};

/// What every route needs.
struct Shop {
    school: School,
    /// Wakes the worker when something came in.
    news: Notify,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("axum_webhooks: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let store = match (words.next().as_deref(), words.next()) {
        (None, _) => lms::store::Store::new(lms::memory::MemoryStore::new()),
        (Some("--database"), Some(url)) => open_database(&url).await?,
        _ => return Err("the only option is `--database URL`".into()),
    };
    let xendit: Arc<dyn WebhookAdapter> = Arc::new(Xendit);
    let store = store.with_port(Arc::new(WebhookAdapters::of([xendit])));
    let school = School::open(store).await?;
    let shop = Arc::new(Shop { school, news: Notify::new() });
    println!("account {}", shop.school.account);
    let worker = tokio::spawn(work(Arc::clone(&shop)));
    let routes = Router::new()
        .route("/orders", post(order))
        .route("/orders/{number}", get(standing))
        .route("/webhooks/{account}", post(webhook))
        .route("/webhooks", get(messages))
        .with_state(shop);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    worker.abort();
    Ok(())
}

/// Applies what came in, whenever something did. A host with several machines runs one on each.
async fn work(shop: Arc<Shop>) {
    loop {
        shop.news.notified().await;
        let cx = shop.school.cx();
        loop {
            match work_webhooks(&shop.school.store, &cx, None, PageSize::new(20)).await {
                Ok(round) if round.total() == 0 => break,
                Ok(_) => {}
                Err(error) => {
                    eprintln!("the worker will try again: {error}");
                    break;
                }
            }
        }
    }
}

/// An error as the web tells it: the kind decides the status, the code is for programs.
struct Refusal(StatusCode, &'static str, String);

impl<E: DomainError> From<E> for Refusal {
    fn from(error: E) -> Self {
        let status = match error.kind() {
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.code(), error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        said(status, &json!({ "error": code, "message": message }))
    }
}

fn said(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn order(State(shop): State<Arc<Shop>>) -> Result<Response, Refusal> {
    let cx = shop.school.as_ada();
    let school = &shop.school;
    let lines = vec![OrderLine::of(school.course)];
    let place = PlaceOrder::new(school.ada, lines, school.currency);
    let order = school.store.run(&cx, place).await?;
    // A host creates the invoice at the gateway here and keeps its name.
    let invoice = format!("inv-{}", order.number);
    let start = StartPayment::through(order.id, "xendit/main", &invoice);
    let payment = school.store.run(&cx, start).await?;
    let body = json!({
        "number": order.number,
        "invoice": payment.provider_ref,
        "total": order.total.to_string(),
    });
    Ok(said(StatusCode::CREATED, &body))
}

async fn standing(
    State(shop): State<Arc<Shop>>,
    Path(number): Path<i64>,
) -> Result<Response, Refusal> {
    let school = &shop.school;
    let mut tx = school.store.begin(&school.as_ada()).await?;
    let Some(order) = tx.first(Order::by_number(number)).await? else {
        return Ok(said(StatusCode::NOT_FOUND, &json!({ "error": "order.not_found" })));
    };
    let grants = tx.all(Grant::of_holder(school.ada)).await?;
    let access = access_to(&grants, school.course, school.cx().now()).is_granted();
    Ok(said(StatusCode::OK, &json!({ "status": order.status, "access": access })))
}

/// Keeps the message and answers. The body is what the wire carried, byte for byte.
async fn webhook(
    State(shop): State<Arc<Shop>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let account: Id<GatewayAccount> = account.parse().map_err(|_| WebhookError::UnknownAccount)?;
    let cx = shop.school.cx();
    let headers = headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let webhook =
        ReceiveWebhook { account_id: account, headers: headers.collect(), body: body.to_vec() };
    let receipt = shop.school.store.run(&cx, webhook).await?;
    shop.news.notify_one();
    let (status, what) = match receipt {
        WebhookReceipt::Stored(..) => (StatusCode::OK, "stored"),
        WebhookReceipt::Repeated(..) => (StatusCode::OK, "repeated"),
        WebhookReceipt::Rejected(_) => (StatusCode::UNAUTHORIZED, "rejected"),
    };
    Ok(said(status, &json!({ "receipt": what })))
}

async fn messages(State(shop): State<Arc<Shop>>) -> Result<Response, Refusal> {
    let mut tx = shop.school.store.begin(&shop.school.cx()).await?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let kept: Result<Vec<WebhookMessage>, StoreError> =
        tx.all(Query::<WebhookMessage>::all()).await;
    for message in kept? {
        *counts.entry(message.status.to_string()).or_default() += 1;
    }
    Ok(said(StatusCode::OK, &json!(counts)))
}
