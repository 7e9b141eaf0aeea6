//! JSON containment, as PostgreSQL's `jsonb @>` defines it ("8.14.3. jsonb Containment and
//! Existence", postgresql.org/docs/current/datatype-json.html).
use lms_core::{
    outbox::Message,
    store::{Col, IdempotencyRecord, Query},
};
use serde_json::{Value as Json, json};

use super::rules;
use crate::{
    Case, Outcome,
    failure::ensure_eq,
    specimens::{message, used_key},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![json_contains_what_the_table_says, json_containment_of_null_is_unknown]
}

/// What is stored, what is looked for, and whether the first contains the second.
fn table() -> Vec<(Json, Json, bool)> {
    vec![
        (json!({ "a": 1, "b": 2 }), json!({}), true),
        (json!({ "a": 1, "b": 2 }), json!({ "a": 1 }), true),
        (json!({ "a": 1, "b": 2 }), json!({ "a": 2 }), false),
        (json!({ "a": 1 }), json!({ "a": 1, "b": 2 }), false),
        (json!({ "a": 1 }), json!({ "a": "1" }), false),
        (json!({ "a": 1 }), json!("a"), false),
        (json!({ "a": 1 }), json!(["a"]), false),
        (json!({ "a": null }), json!({ "a": null }), true),
        (json!({}), json!({ "a": null }), false),
        (json!({ "a": { "b": { "c": 1 }, "d": 2 } }), json!({ "a": { "b": {} } }), true),
        (json!({ "a": { "b": { "c": 1 } } }), json!({ "b": { "c": 1 } }), false),
        (json!({ "a": [1, 2, 3] }), json!({ "a": [3, 1] }), true),
        (json!({ "a": [1, 2, 3] }), json!({ "a": [4] }), false),
        (json!({ "a": [1, 2, 3] }), json!({ "a": 1 }), false),
        (json!({ "a": [1, 2, 3] }), json!({ "a": [] }), true),
        (json!({ "a": 1 }), json!({ "a": [] }), false),
        (json!([1, 2, 3]), json!([]), true),
        (json!([1, 2, 3]), json!([3, 1]), true),
        (json!([1, 2, 3]), json!([1, 1, 1]), true),
        (json!([1, 2, 3]), json!([1, 4]), false),
        (json!([1, 2, 3]), json!(2), true),
        (json!([1, 2, 3]), json!(4), false),
        (json!(["a", null]), json!(null), true),
        (json!([[1, 2], 3]), json!([[1]]), true),
        (json!([[1, 2], 3]), json!([1]), false),
        (json!([[1, 2], 3]), json!(1), false),
        (json!([{ "a": 1, "b": 2 }, { "a": 3 }]), json!([{ "b": 2 }]), true),
        (json!([{ "a": 1 }, { "b": 2 }]), json!([{ "a": 1, "b": 2 }]), false),
        (json!([{ "a": 1 }]), json!({ "a": 1 }), false),
        (json!([]), json!(1), false),
        (json!([]), json!({}), false),
        (json!({}), json!([]), false),
        (json!(1), json!(1), true),
        (json!(1), json!([1]), false),
        (json!(1), json!([]), false),
        (json!("a"), json!("a"), true),
        (json!("ab"), json!("a"), false),
        (json!("A"), json!("a"), false),
        (json!(true), json!(true), true),
        (json!(true), json!(false), false),
        (json!(null), json!(null), true),
        (json!(null), json!({}), false),
        (json!({ "n": 1 }), json!({ "n": 1.0 }), true),
        (
            json!({ "n": 9_007_199_254_740_993_i64 }),
            json!({ "n": 9_007_199_254_740_992_i64 }),
            false,
        ),
        (json!({ "k%": "_\\'\"" }), json!({ "k%": "_\\'\"" }), true),
        (json!({ "": [{ "𝄞": "é" }] }), json!({ "": [{ "𝄞": "é" }] }), true),
        (json!({ "a": "e\u{301}" }), json!({ "a": "é" }), false),
    ]
}

async fn json_contains_what_the_table_says(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut tx = stage.begin(&cx).await?;
    for (at, (stored, part, contains)) in table().into_iter().enumerate() {
        let kind = at.to_string();
        let record = Message { payload: stored.clone(), ..message(&cx, &kind) };
        tx.insert(&record).await?;
        let here = || Message::KIND.eq(kind.clone());
        let found =
            tx.count(Query::filter(here().and(Message::PAYLOAD.json_contains(part.clone()))));
        ensure_eq!(found.await? == 1, contains, "whether {stored} contains {part}");
        let not = here().and(!Message::PAYLOAD.json_contains(part.clone()));
        let found = tx.count(Query::filter(not)).await?;
        ensure_eq!(found == 0, contains, "not whether {stored} contains {part}");
    }
    Ok(())
}

async fn json_containment_of_null_is_unknown(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let mut answered = used_key(&cx, "answered");
    answered.answer = Some(json!({ "a": 1 }));
    let mut null = used_key(&cx, "null");
    null.answer = Some(json!(null));
    stage.save_all(&cx, &[answered, null, used_key(&cx, "none")]).await?;
    let mut tx = stage.begin(&cx).await?;
    let answer: Col<IdempotencyRecord, Option<Json>> = IdempotencyRecord::ANSWER;
    for (part, holds, fails) in [(json!({}), 1, 1), (json!(null), 1, 1), (json!([]), 0, 2)] {
        let query = Query::filter(answer.json_contains(part.clone()));
        ensure_eq!(tx.count(query).await?, holds, "contains {part}");
        let query = Query::filter(!answer.json_contains(part.clone()));
        ensure_eq!(tx.count(query).await?, fails, "does not contain {part}");
    }
    ensure_eq!(tx.count(Query::filter(answer.is_null())).await?, 1, "JSON's null is not SQL's");
    Ok(())
}
