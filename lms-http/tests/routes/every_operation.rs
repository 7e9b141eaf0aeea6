//! Every operation, sent what no client means.
use axum::http::StatusCode;
use lms_core::store::operation::{Access, Effect};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Map, Value, json};

use crate::school::School;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("01900000-0000-7000-8000-000000000003")),
        Just(json!("2026-03-02T09:00:00Z")),
        Just(json!("-12.50")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

/// A stranger may ask, and changes nothing: no operation that writes is open to everyone.
#[tokio::test]
async fn a_stranger_changes_nothing() {
    let school = School::open().await;
    let stranger = school.client();
    for operation in school.api().operations().filter(|it| it.effect == Effect::Writes) {
        assert!(!matches!(operation.access, Access::Public(_)), "{}", operation.name);
    }
    let answer = stranger.post("/tenancy.open_single_tenant", &json!({})).await;
    assert_eq!(answer.code(), "http.unknown_operation");
}

/// As the head, who may do most: no body is a failure of the service.
#[tokio::test]
async fn no_body_makes_an_operation_fail() {
    let school = School::open().await;
    let head = school.head().await;
    let mut runner = TestRunner::deterministic();
    for operation in lms_core::operations().iter().filter(|it| it.takes_json()) {
        for _ in 0..4 {
            let mut draw = || any_json().new_tree(&mut runner).unwrap().current();
            let named: Map<_, _> =
                operation.fields.iter().map(|it| (it.name.to_owned(), draw())).collect();
            for body in [Value::Object(named), draw()] {
                let answer = head.post(&format!("/{}", operation.name), &body).await;
                // What the host did not install is said as such.
                let is_known = answer.status != StatusCode::SERVICE_UNAVAILABLE
                    || answer.body["code"] == "store.missing_port";
                assert!(
                    is_known && answer.status != StatusCode::INTERNAL_SERVER_ERROR,
                    "{} {body}: {}",
                    operation.name,
                    answer.body
                );
            }
        }
    }
}
