//! The OpenAPI document.
use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::school::{School, course};

fn refs<'a>(of: &'a Value, found: &mut Vec<&'a str>) {
    match of {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == "$ref" => found.push(text),
                    _ => refs(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| refs(it, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_operation_is_in_the_document_or_left_out_for_a_reason() {
    let school = School::open().await;
    let document = school.api().openapi();
    for operation in lms_core::operations() {
        let path = &document["paths"][format!("/{}", operation.name)];
        let left_out = document["x-left-out"].as_array().unwrap();
        let reason = left_out.iter().find(|it| it["operation"] == operation.name);
        let is_for_the_host = operation.name == "tenancy.open_single_tenant";
        if school.api().file_operations().any(|it| it.name == operation.name) {
            assert!(path.is_null() && reason.is_none(), "{}", operation.name);
            continue;
        }
        match operation.takes_json() && !is_for_the_host {
            true => assert!(path["post"].is_object() && reason.is_none(), "{}", operation.name),
            false => assert!(path.is_null() && reason.is_some(), "{}", operation.name),
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_id_is_unique() {
    let school = School::open().await;
    let document = school.api().openapi();
    let mut found = Vec::new();
    refs(&document, &mut found);
    assert!(found.len() > 1_000);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect(reference);
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut ids = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id}");
            let answers = &operation["responses"];
            assert!(answers["200"].is_object() || answers["201"].is_object(), "{id}");
        }
    }
}

#[tokio::test]
async fn every_schema_compiles() {
    let school = School::open().await;
    let document = school.api().openapi();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let all = schemas.keys().map(|it| json!({ "$ref": format!("#/components/schemas/{it}") }));
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "anyOf": all.collect::<Vec<_>>(),
        "components": { "schemas": schemas },
    });
    jsonschema::validator_for(&whole).unwrap();
}

#[tokio::test]
async fn the_routes_of_files_are_in_the_document() {
    let school = School::open().await;
    let document = school.api().openapi();
    let paths = &document["paths"];
    assert_eq!(paths["/files"]["post"]["operationId"], "content_upload_file");
    let answer = &paths["/files"]["post"]["responses"]["201"]["content"]["application/json"];
    assert!(answer["schema"]["$ref"].is_string() || answer["schema"]["properties"].is_object());
    assert!(paths["/files/{file}"]["get"]["responses"]["206"].is_object());
    assert!(paths["/nodes/{node}/files/{file}"]["get"].is_object());
    let without = school.api().without(&["content.read_file"]).openapi();
    assert!(without["paths"]["/files/{file}"].is_null());
    assert!(without["paths"]["/files"].is_object());
}

/// What the document says of an input is what the operation reads.
#[tokio::test]
async fn an_input_is_as_the_document_says() {
    let school = School::open().await;
    let document = school.api().openapi();
    let schema = document
        .pointer("/paths/~1content.create_course/post/requestBody/content")
        .and_then(|it| it.pointer("/application~1json/schema"))
        .unwrap();
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    assert!(validator.is_valid(&course(&school, "Spanish A1")));
    assert!(!validator.is_valid(&json!({ "titel": "Spanish A1" })));
}

#[tokio::test]
async fn the_document_is_served_and_cached() {
    let school = School::open().await;
    let client = school.client();
    let first = client.get("/openapi.json", &[]).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.body["openapi"], "3.1.1");
    let again = client.get("/openapi.json", &[("if-none-match", first.header("etag"))]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}
