//! Whether the process runs, and messages of payment gateways.
use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::school::School;

#[tokio::test]
async fn a_school_that_runs_is_healthy_and_ready() {
    let school = School::open().await;
    let client = school.client();
    for path in ["/health", "/ready"] {
        assert_eq!(client.get(path, &[]).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_message_for_an_account_that_is_not_there_is_refused() {
    let school = School::open().await;
    let client = school.client();
    let tenant = lms_core::kernel::TenantId::SINGLE;
    let path = format!("/webhooks/{tenant}/01900000-0000-7000-8000-000000000003");
    let answer = client.send(Method::POST, &path, &[], Body::from("{}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    let malformed = client.send(Method::POST, "/webhooks/x/y", &[], Body::from("{}")).await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
}
