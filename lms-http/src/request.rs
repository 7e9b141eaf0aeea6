//! Heads and bodies of requests.
use axum::http::{HeaderMap, StatusCode, header};
use lms_core::kernel::{Client, Context, RequestId};
use serde_json::Value;

use crate::Problem;

/// The header by which a request is found in the log; one that the client sends is used.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// The id that the client sent with the request, if it can be one.
pub(crate) fn sent_id(headers: &HeaderMap) -> Option<RequestId> {
    headers.get(REQUEST_ID)?.to_str().ok()?.parse().ok()
}

/// The context with the request's id (the one it came with, or a new one) and the program that it
/// came from. The address is the host's to add: only the host knows which proxy to believe.
pub(crate) fn described(cx: Context, headers: &HeaderMap) -> Context {
    let agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
    let cx = cx.with_client(Client::new(None, agent));
    let made = || cx.id::<RequestId>().uuid().simple().to_string().parse().ok();
    match sent_id(headers).or_else(made) {
        Some(id) => cx.with_request(id),
        None => cx,
    }
}

/// The body as JSON; an empty one is an object without members.
pub(crate) fn json(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if !is_json(headers) {
        let detail = "send the parameters as JSON, with `Content-Type: application/json`";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "http.not_json", detail));
    }
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!("the body is not JSON: {error}");
        Problem::new(StatusCode::BAD_REQUEST, "http.malformed_json", detail)
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media = value.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}
