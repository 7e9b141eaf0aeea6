//! Signing in, refreshing and signing out.
use std::sync::Arc;

use axum::http::StatusCode;
use lms_core::kernel::TenantId;
use lms_http::Sessions;
use serde_json::{Value, json};

use crate::school::{Client, EMAIL, PASSWORD, School};

async fn lists(client: &Client) -> StatusCode {
    client.post("/content.list_courses", &json!({ "filter": { "status": "draft" } })).await.status
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let school = School::open().await;
    let client = school.client();
    let try_with = async |email: &str, password: &str| {
        client.post("/sign-in", &json!({ "email": email, "password": password })).await
    };
    let wrong = try_with(EMAIL, "wrong").await;
    let unknown = try_with("eve@school.example", PASSWORD).await;
    assert_eq!((wrong.status, wrong.code()), (StatusCode::UNAUTHORIZED, "login.wrong_credentials"));
    assert_eq!(wrong.body, unknown.body);
}

#[tokio::test]
async fn an_access_token_lasts_minutes_and_a_refresh_token_is_used_once() {
    let school = School::open().await;
    let mut head = school.head().await;
    assert_eq!(lists(&head).await, StatusCode::OK);
    school.pass_minutes(Sessions::ACCESS_MINUTES);
    let late = head.post("/content.list_courses", &json!({})).await;
    assert_eq!((late.status, late.code()), (StatusCode::UNAUTHORIZED, "http.unauthenticated"));

    let old = json!({ "refresh_token": head.refresh });
    head.access = None;
    let next = head.post("/refresh", &old).await;
    assert_eq!(next.header("cache-control"), "no-store");
    head.take(&next);
    assert_eq!(lists(&head).await, StatusCode::OK);
    // A copy of the old token ends the session for both.
    let stolen = head.post("/refresh", &old).await;
    assert_eq!((stolen.status, stolen.code()), (StatusCode::UNAUTHORIZED, "http.session_over"));
    let own = head.post("/refresh", &json!({ "refresh_token": head.refresh })).await;
    assert_eq!(own.code(), "http.session_over");
}

#[tokio::test]
async fn signing_out_ends_one_session_and_everywhere_ends_all() {
    let school = School::open().await;
    let (here, there) = (school.head().await, school.head().await);
    let token = |client: &Client| json!({ "refresh_token": client.refresh });
    assert_eq!(here.post("/sign-out", &token(&here)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(here.post("/refresh", &token(&here)).await.code(), "http.session_over");
    let mut there = there;
    let next = there.post("/refresh", &token(&there)).await;
    there.take(&next);
    let third = school.head().await;
    let answer = there.post("/sign-out-everywhere", &Value::Null).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    for client in [&there, &third] {
        assert_eq!(client.post("/refresh", &token(client)).await.code(), "http.session_over");
    }
    let anyone = school.client().post("/sign-out-everywhere", &Value::Null).await;
    assert_eq!(anyone.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_no_anonymous_request() {
    let school = School::open().await;
    for access in ["", "x.y.z", "a b"] {
        let mut client = school.client();
        client.access = Some(access.to_owned());
        let answer = client.post("/content.list_courses", &json!({})).await;
        assert_eq!(answer.code(), "http.unauthenticated", "{access}");
    }
}

#[tokio::test]
async fn a_token_of_one_tenant_is_none_of_another() {
    let school = School::open().await;
    let head = school.head().await;
    let other = TenantId::from_uuid(uuid::Uuid::from_u128(5));
    let sessions = school.sessions.clone().for_tenants(move |parts| {
        match parts.headers.get("x-school").and_then(|it| it.to_str().ok()) {
            Some("one") => Some(TenantId::SINGLE),
            Some("other") => Some(other),
            _ => None,
        }
    });
    let routes = lms_http::Api::new(school.store.clone(), Arc::new(sessions)).router();
    let mut client = Client::of(routes);
    client.access = head.access;
    let mut statuses = Vec::new();
    for name in ["one", "other", "third"] {
        let answer = client.get("/content.list_courses", &[("x-school", name)]).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 401, 404]);
}

#[tokio::test]
async fn failures_lock_the_account_for_a_while() {
    let school = School::open().await;
    let client = school.client();
    for _ in 0..20 {
        client.post("/sign-in", &json!({ "email": EMAIL, "password": "wrong" })).await;
    }
    let right = client.post("/sign-in", &json!({ "email": EMAIL, "password": PASSWORD })).await;
    assert_eq!((right.status, right.code()), (StatusCode::UNAUTHORIZED, "login.locked"));
}
