//! The routes of operations.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use lms_core::{
    commerce::{GatewayAccount, ReceiveWebhook, WebhookReceipt},
    content::NewFile,
    kernel::{Actor, Context, DomainError, ErrorKind, Id, TenantId},
    store::{
        Applied, Store,
        operation::{Access, Effect, OperationType},
    },
};
use serde::Deserialize;
use serde_json::Value;

use crate::{Authenticate, Problem, conditional, files, openapi, request};

/// Decides before each operation whether the host lets it through.
type Guard = Arc<dyn Fn(&OperationType, &Context) -> Result<(), Problem> + Send + Sync>;

/// An interface of the library's operations.
///
/// | route | what it does |
/// |---|---|
/// | `POST /{operation}` | runs an operation with the JSON of the body, and answers JSON |
/// | `GET /{operation}?input={json}` | runs an operation that only reads; `If-None-Match` answers 304 |
/// | `POST /files` | uploads a file: the body itself, or the first file of a form |
/// | `GET /files/{file}` | reads the bytes of a file, also a range of them |
/// | `GET /nodes/{node}/files/{file}?learner_id=` | reads a file that a lesson shows to its learner |
/// | `GET /openapi.json` | the OpenAPI 3.1 document of these routes |
/// | `POST /webhooks/{tenant}/{account}` | takes a message of a payment gateway |
/// | `GET /health`, `GET /ready` | whether the process runs, and whether its store answers |
///
/// Every operation that has a JSON form has a route, and asks for permission itself. Those whose
/// input or answer holds a secret have none, nor have those that write and ask for nothing, such as
/// opening the tenant of the host; the document lists them.
///
/// - Errors are [`Problem`]s. Where an anonymous request is refused, the status is 401.
/// - `Idempotency-Key` makes a writing operation happen once for its actor, with 72 hours of memory;
///   a repeated answer has the header `Idempotency-Replayed: true`.
/// - `X-Request-Id` names a request in the audit trail and in the log; one is made where the client
///   sends none, and it is always answered.
///
/// # Pitfalls
/// - The input of a `GET` is a part of its address, which proxies log. Send what is personal by
///   `POST`, which reads accept too.
/// - Timeouts, compression, CORS and rate limits are layers of the host.
#[derive(Clone)]
pub struct Api {
    inner: Inner,
}

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    login: Arc<dyn Authenticate>,
    operations: BTreeMap<&'static str, OperationType>,
    /// The operations of the routes of files.
    files: BTreeMap<&'static str, OperationType>,
    left_out: BTreeMap<&'static str, &'static str>,
    guard: Option<Guard>,
    error_pages: Option<String>,
    most_bytes: usize,
    pub(crate) most_file_bytes: u64,
    document: Arc<OnceLock<(Bytes, String)>>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("operations", &self.inner.operations.len()).finish()
    }
}

const HOLDS_SECRET: &str = "its input or answer holds a secret or has no JSON form";
const FOR_THE_HOST: &str = "it writes and asks for nothing, so that only the host may run it";
const BY_HOST: &str = "the host leaves it out";

/// Why an operation has no route, whatever the host says.
fn reason_to_leave_out(operation: &OperationType) -> Option<&'static str> {
    if !operation.takes_json() {
        return Some(HOLDS_SECRET);
    }
    let is_open = matches!(operation.access, Access::Public(_));
    (is_open && operation.effect == Effect::Writes).then_some(FOR_THE_HOST)
}

impl Api {
    /// The most bytes of a body, unless [`body_limit`](Self::body_limit) says otherwise.
    pub const BODY_LIMIT: usize = 1024 * 1024;

    /// An interface of all operations of a store, for those whom `login` makes a context for.
    pub fn new(store: Store, login: Arc<dyn Authenticate>) -> Self {
        let (mut operations, mut left_out) = (BTreeMap::new(), BTreeMap::new());
        let mut files = BTreeMap::new();
        for it in lms_core::operations() {
            match (files::route_of(&it), reason_to_leave_out(&it)) {
                (Some(_), _) => drop(files.insert(it.name, it)),
                (None, Some(reason)) => drop(left_out.insert(it.name, reason)),
                (None, None) => drop(operations.insert(it.name, it)),
            }
        }
        let inner = Inner {
            store,
            login,
            operations,
            files,
            left_out,
            guard: None,
            error_pages: None,
            most_bytes: Self::BODY_LIMIT,
            most_file_bytes: NewFile::MAX_BYTES,
            document: Arc::new(OnceLock::new()),
        };
        Self { inner }
    }

    /// The same without the operations of those names.
    #[must_use]
    pub fn without(self, names: &[&str]) -> Self {
        self.retaining(|name| !names.contains(&name))
    }

    /// The same with the operations of those names alone.
    #[must_use]
    pub fn only(self, names: &[&str]) -> Self {
        self.retaining(|name| names.contains(&name))
    }

    fn retaining(mut self, is_kept: impl Fn(&str) -> bool) -> Self {
        let all = self.inner.operations.keys().chain(self.inner.files.keys());
        let dropped: BTreeSet<_> = all.copied().filter(|it| !is_kept(it)).collect();
        self.inner.operations.retain(|name, _| !dropped.contains(name));
        self.inner.files.retain(|name, _| !dropped.contains(name));
        self.inner.left_out.extend(dropped.into_iter().map(|name| (name, BY_HOST)));
        self
    }

    /// The same with a check of the host before each operation, in addition to the operation's own.
    #[must_use]
    pub fn guarded(
        mut self,
        guard: impl Fn(&OperationType, &Context) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Self {
        self.inner.guard = Some(Arc::new(guard));
        self
    }

    /// The same with another limit of the bytes of a body.
    #[must_use]
    pub fn body_limit(mut self, most_bytes: usize) -> Self {
        self.inner.most_bytes = most_bytes;
        self
    }

    /// The same with another limit of the bytes of a file than [`NewFile::MAX_BYTES`]. The plan of the
    /// tenant limits all its files together.
    #[must_use]
    pub fn file_limit(mut self, most_bytes: u64) -> Self {
        self.inner.most_file_bytes = most_bytes;
        self
    }

    /// The same with the address under which the pages of error codes are: the code is added to
    /// it, such as `https://school.example/errors#`.
    #[must_use]
    pub fn error_pages(mut self, address: impl Into<String>) -> Self {
        self.inner.error_pages = Some(address.into());
        self
    }

    /// The operations that have a route for the bytes of files, by name.
    pub fn file_operations(&self) -> impl Iterator<Item = &OperationType> {
        self.inner.files.values()
    }

    /// The operations that have a route of their name.
    pub fn operations(&self) -> impl Iterator<Item = &OperationType> {
        self.inner.operations.values()
    }

    /// The operations that have no route, by name, and the reason.
    pub fn left_out(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.inner.left_out.iter().map(|(name, reason)| (*name, *reason))
    }

    /// The OpenAPI 3.1 document of the routes.
    pub fn openapi(&self) -> Value {
        openapi::document(self)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The routes.
    pub fn router(self) -> Router {
        let operation = post(run).get(run).fallback(other_method);
        Router::new()
            .route("/{operation}", operation)
            .route("/openapi.json", get(document))
            .route("/webhooks/{tenant}/{account}", post(webhook))
            .route("/health", get(health))
            .route("/ready", get(ready))
            .merge(files::routes())
            .with_state(Arc::new(self))
    }
}

pub(crate) type Shared = State<Arc<Api>>;

/// An operation that a request asks for.
pub(crate) struct Asked<'a> {
    pub(crate) api: &'a Inner,
    operation: OperationType,
    pub(crate) cx: Context,
}

impl Inner {
    async fn asked(&self, name: &str, parts: &Parts) -> Result<Asked<'_>, Problem> {
        let found = self.operations.get(name).or_else(|| self.files.get(name));
        let Some(operation) = found.copied() else {
            return Err(unknown_operation());
        };
        let cx = request::described(self.login.context(parts).await?, &parts.headers);
        if let Some(guard) = &self.guard {
            guard(&operation, &cx)?;
        }
        Ok(Asked { api: self, operation, cx })
    }

    /// Answers a request for an operation: with what `answer` says, or with the problem.
    pub(crate) async fn answer(
        &self,
        name: &str,
        parts: &Parts,
        answer: impl AsyncFnOnce(&Asked<'_>) -> Result<Response, Problem>,
    ) -> Response {
        let asked = match self.asked(name, parts).await {
            Ok(asked) => asked,
            Err(problem) => return self.answered(problem, sent_id(parts).as_deref()),
        };
        let id = asked.cx.request().map(AsRef::as_ref);
        match answer(&asked).await {
            Ok(mut response) => {
                mark(response.headers_mut(), id);
                response
            }
            Err(problem) => self.answered(problem, id),
        }
    }

    /// The bytes of a body within the limit.
    async fn bytes(&self, body: Body) -> Result<Bytes, Problem> {
        let bytes = axum::body::to_bytes(body, self.most_bytes).await;
        bytes.map_err(|error| {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(it) = cause {
                if it.to_string().contains("length limit") {
                    let detail = format!("send at most {} bytes", self.most_bytes);
                    let status = StatusCode::PAYLOAD_TOO_LARGE;
                    return Problem::new(status, "http.too_large", detail);
                }
                cause = it.source();
            }
            let detail = "the body ended too early; send it again";
            Problem::new(StatusCode::BAD_REQUEST, "http.broken_body", detail)
        })
    }

    /// The problem of a request as it is answered.
    fn answered(&self, problem: Problem, id: Option<&str>) -> Response {
        let problem = problem.explained_at(self.error_pages.as_deref());
        let mut response = match id {
            Some(id) => problem.with_request(id).into_response(),
            None => problem.into_response(),
        };
        mark(response.headers_mut(), id);
        response
    }
}

impl Asked<'_> {
    /// The problem of a failure; what only operators need goes to the log.
    pub(crate) fn problem(&self, failure: &dyn DomainError) -> Problem {
        let kind = failure.kind();
        if kind == ErrorKind::Unavailable {
            let (operation, request) = (self.operation.name, self.cx.request());
            tracing::error!(operation, request = ?request, error = %failure, "an operation failed");
        }
        let problem = Problem::of(failure);
        if failure.code() == "storage.too_large" {
            return problem.with_status(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let is_anonymous = *self.cx.actor() == Actor::Anonymous;
        match kind == ErrorKind::Forbidden && is_anonymous {
            true => problem.with_status(StatusCode::UNAUTHORIZED),
            false => problem,
        }
    }

    async fn run(&self, input: Value) -> Result<Value, Problem> {
        let answer = self.operation.run(&self.api.store, &self.cx, input).await;
        answer.map_err(|it| self.problem(&it))
    }

    async fn run_once(&self, key: &str, input: Value) -> Result<Applied<Value>, Problem> {
        let answer = self.operation.run_once(&self.api.store, &self.cx, key, input).await;
        answer.map_err(|it| self.problem(&it))
    }
}

fn unknown_operation() -> Problem {
    let detail = "there is no such operation; the list is in `openapi.json`";
    Problem::new(StatusCode::NOT_FOUND, "http.unknown_operation", detail)
}

/// The request's id as the client sent it.
fn sent_id(parts: &Parts) -> Option<String> {
    request::sent_id(&parts.headers).map(|it| AsRef::<str>::as_ref(&it).to_owned())
}

fn mark(headers: &mut HeaderMap, id: Option<&str>) {
    if let Some(id) = id.and_then(|it| HeaderValue::from_str(it).ok()) {
        headers.insert(request::REQUEST_ID, id);
    }
}

fn json(body: &Value) -> Response {
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (head, body.to_string()).into_response()
}

async fn run(State(api): Shared, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if files::ROUTES.iter().any(|(operation, _)| *operation == name) {
        return api.inner.answered(unknown_operation(), sent_id(&parts).as_deref());
    }
    let answer = async |asked: &Asked<'_>| match parts.method {
        Method::POST => answer_post(asked, &parts, body).await,
        _ => answer_get(asked, &parts).await,
    };
    api.inner.answer(&name, &parts, answer).await
}

async fn answer_post(asked: &Asked<'_>, parts: &Parts, body: Body) -> Result<Response, Problem> {
    let input = request::json(&parts.headers, &asked.api.bytes(body).await?)?;
    let key = match parts.headers.get("idempotency-key") {
        Some(key) if asked.operation.effect == Effect::Writes => key,
        _ => return Ok(json(&asked.run(input).await?)),
    };
    // A key that is not text is none that can be repeated.
    let key = key.to_str().unwrap_or_default();
    Ok(match asked.run_once(key, input).await? {
        Applied::Executed(answer) => json(&answer),
        Applied::AlreadyApplied(answer) => {
            let mut response = json(&answer);
            let replayed = HeaderValue::from_static("true");
            response.headers_mut().insert("idempotency-replayed", replayed);
            response
        }
    })
}

#[derive(Deserialize)]
struct ReadInput {
    input: Option<String>,
}

async fn answer_get(asked: &Asked<'_>, parts: &Parts) -> Result<Response, Problem> {
    if asked.operation.effect == Effect::Writes {
        let detail = "the operation changes something; send it by POST";
        return Err(not_allowed(detail));
    }
    let malformed = |error: &dyn std::fmt::Display| {
        let detail = format!("`input` is not JSON: {error}");
        Problem::new(StatusCode::BAD_REQUEST, "http.malformed_json", detail)
    };
    let query = Query::<ReadInput>::try_from_uri(&parts.uri).map_err(|it| malformed(&it))?;
    let input = match &query.0.input {
        Some(text) => serde_json::from_str(text).map_err(|it| malformed(&it))?,
        None => Value::Object(serde_json::Map::new()),
    };
    let body = asked.run(input).await?.to_string();
    Ok(cacheable(&parts.headers, body.into(), "private, no-cache", None))
}

/// The JSON with its tag, or 304 where the client has it.
fn cacheable(sent: &HeaderMap, body: Bytes, cache: &'static str, tag: Option<String>) -> Response {
    let tag = tag.unwrap_or_else(|| conditional::tag_of(&body));
    let is_known = conditional::is_known(sent, &tag);
    let head = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::VARY, "Authorization".to_owned()),
    ];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, head).into_response(),
        false => (head, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
    }
}

fn not_allowed(detail: &str) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "http.method_not_allowed", detail)
}

async fn other_method(State(api): Shared, method: Method, headers: HeaderMap) -> Response {
    let problem = not_allowed(&format!("{method} is not accepted; send GET or POST"));
    let sent = request::sent_id(&headers);
    let mut response = api.inner.answered(problem, sent.as_ref().map(AsRef::as_ref));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

async fn document(State(api): Shared, headers: HeaderMap) -> Response {
    let (body, tag) = api.inner.document.get_or_init(|| {
        let body = Bytes::from(api.openapi().to_string());
        let tag = conditional::tag_of(&body);
        (body, tag)
    });
    cacheable(&headers, body.clone(), "no-cache", Some(tag.clone()))
}

async fn webhook(
    State(api): Shared,
    Path((tenant, account_id)): Path<(TenantId, Id<GatewayAccount>)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let api = &api.inner;
    let cx = request::described(api.login.system_context(tenant), &parts.headers);
    let id = cx.request().map(AsRef::as_ref);
    let body = match api.bytes(body).await {
        Ok(body) => body,
        Err(problem) => return api.answered(problem, id),
    };
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let webhook = ReceiveWebhook { account_id, headers: headers.collect(), body: body.to_vec() };
    match api.store.run(&cx, webhook).await {
        Ok(WebhookReceipt::Rejected(_)) => {
            let detail = "the message is not signed as the account's messages are";
            let problem = Problem::new(StatusCode::UNAUTHORIZED, "http.webhook_rejected", detail);
            api.answered(problem, id)
        }
        // Stored once, whether it came before or not: the gateway need not send it again.
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => api.answered(Problem::of(&error), id),
    }
}

async fn health() -> Response {
    json(&serde_json::json!({ "status": "ok" }))
}

async fn ready(State(api): Shared) -> Response {
    let api = &api.inner;
    let cx = api.login.system_context(TenantId::SINGLE);
    let answer = match api.store.begin(&cx).await {
        Ok(tx) => tx.rollback().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(()) => json(&serde_json::json!({ "status": "ready" })),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            api.answered(Problem::new(status, "http.not_ready", "the store does not answer"), None)
        }
    }
}
