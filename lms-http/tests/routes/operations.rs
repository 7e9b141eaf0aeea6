//! Operations by POST, their refusals, and keys.
use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use lms_http::{Api, Problem};
use serde_json::json;

use crate::school::{Client, School, course};

#[tokio::test]
async fn a_signed_in_head_creates_a_course() {
    let school = School::open().await;
    let head = school.head().await;
    let answer = head.post("/content.create_course", &course(&school, "Spanish A1")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["title"], "Spanish A1");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.header("x-request-id").is_empty());
}

#[tokio::test]
async fn the_request_id_of_the_client_is_answered_and_in_the_problem() {
    let school = School::open().await;
    let head = school.head().await;
    let path = "/content.publish_course";
    let missing = json!({ "course_id": "01900000-0000-7000-8000-000000000003" });
    let answer = head.post_with(path, &missing, &[("x-request-id", "trace-7")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("x-request-id"), "trace-7");
    assert_eq!(answer.body["request"], "trace-7");
    // One that could forge a line of the log is replaced.
    let answer = head.post_with(path, &missing, &[("x-request-id", "a b")]).await;
    assert_ne!(answer.body["request"], "a b");
}

#[tokio::test]
async fn an_anonymous_request_is_asked_to_sign_in() {
    let school = School::open().await;
    let answer =
        school.client().post("/content.create_course", &course(&school, "Spanish A1")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.code().starts_with("authorization."), "{}", answer.code());
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn what_is_no_request_of_an_operation_is_said() {
    let school = School::open().await;
    let head = school.head().await;
    let json_type = [("content-type", "application/json")];
    let path = "/content.create_course";
    let post = async |path: &str, headers: &[(&str, &str)], body: &str| {
        let body = Body::from(body.to_owned());
        let answer = head.send(Method::POST, path, headers, body).await;
        (answer.status.as_u16(), answer.code().to_owned())
    };
    let cases = [
        (post("/content.no_such", &json_type, "{}").await, 404, "http.unknown_operation"),
        (post("/identity.sign_in", &json_type, "{}").await, 404, "http.unknown_operation"),
        (post(path, &json_type, "{").await, 400, "http.malformed_json"),
        (post(path, &json_type, "[]").await, 422, "operation.malformed"),
        (post(path, &json_type, r#"{"titel":"x"}"#).await, 422, "operation.malformed"),
        (post(path, &[("content-type", "text/plain")], "{}").await, 415, "http.not_json"),
        (post(path, &[], "{}").await, 415, "http.not_json"),
        (post(path, &json_type, "").await, 422, "operation.malformed"),
        (post(path, &json_type, &"[".repeat(10_000)).await, 400, "http.malformed_json"),
        (post(path, &json_type, &" ".repeat(Api::BODY_LIMIT + 1)).await, 413, "http.too_large"),
    ];
    for ((status, code), expected, expected_code) in cases {
        assert_eq!((status, code.as_str()), (expected, expected_code));
    }
    let answer = head.send(Method::DELETE, path, &[], Body::empty()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!((answer.code(), answer.header("allow")), ("http.method_not_allowed", "GET, POST"));
    let answer = head.get(path, &[]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_key_makes_a_command_happen_once() {
    let school = School::open().await;
    let head = school.head().await;
    let key = [("idempotency-key", "order-17")];
    let (path, spanish) = ("/content.create_course", course(&school, "Spanish A1"));
    let first = head.post_with(path, &spanish, &key).await;
    let again = head.post_with(path, &spanish, &key).await;
    assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = head.post_with(path, &course(&school, "Spanish A2"), &key).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(other.code(), "idempotency.other_parameters");
    for bad in ["", "\u{e4}", &"k".repeat(256)] {
        let answer = head.post_with(path, &spanish, &[("idempotency-key", bad)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

#[tokio::test]
async fn the_host_leaves_operations_out_and_guards_them() {
    let school = School::open().await;
    let open = Client::of(school.api().without(&["content.create_course"]).router());
    let answer = open.post("/content.create_course", &json!({})).await;
    assert_eq!(answer.code(), "http.unknown_operation");
    let api = school.api().only(&["content.list_courses"]);
    assert_eq!(api.operations().count(), 1);
    assert!(api.left_out().any(|(name, _)| name == "content.create_course"));
    let guarded = school.api().guarded(|operation, _| match operation.name {
        "content.list_courses" => Err(Problem::new(StatusCode::GONE, "host.closed", "closed")),
        _ => Ok(()),
    });
    let answer = Client::of(guarded.router()).post("/content.list_courses", &json!({})).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::GONE, "host.closed"));
}

#[tokio::test]
async fn error_pages_give_a_problem_its_type() {
    let school = School::open().await;
    let api = school.api().error_pages("https://school.example/errors#");
    let answer = Client::of(api.router()).post("/content.no_such", &json!({})).await;
    assert_eq!(answer.body["type"], "https://school.example/errors#http.unknown_operation");
}
