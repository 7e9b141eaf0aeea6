//! The OpenAPI document of the routes.
use std::collections::{BTreeMap, BTreeSet};

use lms_core::{
    content::FileAsset,
    store::operation::{Access, Effect, OperationType},
};
use serde_json::{Map, Value, json};

use crate::{Api, PROBLEM_JSON, files};

/// The document of an interface.
///
/// # Source
/// OpenAPI 3.1.1, whose schemas are those of JSON Schema, draft 2020-12.
pub(crate) fn document(api: &Api) -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<_, _> = api
        .operations()
        .map(|operation| (format!("/{}", operation.name), path(operation, &mut schemas)))
        .collect();
    for operation in api.file_operations() {
        let Some((method, path)) = files::route_of(operation).and_then(|it| it.split_once(' '))
        else {
            continue;
        };
        let described =
            json!({ method.to_ascii_lowercase(): of_file(operation, path, &mut schemas) });
        paths.insert(path.to_owned(), described);
    }
    let left_out: Vec<_> = api
        .left_out()
        .map(|(name, reason)| json!({ "operation": name, "reason": reason }))
        .collect();
    schemas.0.insert("Problem".to_owned(), problem());
    let schemas: Map<_, _> = schemas.0.into_iter().collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "lms",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The operations of the learning platform.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "." }],
        "security": [{ "session": [] }, {}],
        "tags": tags(api),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
            "parameters": {
                "IdempotencyKey": {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "description": "Makes the operation happen once for its actor.",
                    "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
                },
            },
            "responses": {
                "Problem": {
                    "description": "Why it did not happen.",
                    "content": {
                        PROBLEM_JSON: { "schema": { "$ref": "#/components/schemas/Problem" } },
                    },
                },
            },
            "schemas": schemas,
        },
        "x-left-out": left_out,
    })
}

/// The context of an operation: the part of its name before the dot.
fn context_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(context, _)| context)
}

fn tags(api: &Api) -> Vec<Value> {
    let names: BTreeSet<_> = api.operations().map(|it| context_of(it.name)).collect();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn path(operation: &OperationType, schemas: &mut Schemas) -> Value {
    let input = operation.input_schema().map(|it| schemas.take(it.to_value())).unwrap_or_default();
    let answer =
        operation.answer_schema().map(|it| schemas.take(it.to_value())).unwrap_or_default();
    let id = operation.name.replace('.', "_");
    let mut responses = json!({
        "200": {
            "description": "It happened.",
            "content": { "application/json": { "schema": answer } },
        },
        "default": { "$ref": "#/components/responses/Problem" },
    });
    let described = |id: &str, parameters: Value, responses: &Value| {
        json!({
            "operationId": id,
            "tags": [context_of(operation.name)],
            "summary": operation.summary(),
            "description": format!("{}\n\nWho may: {}.", operation.doc, who(operation.access)),
            "parameters": parameters,
            "responses": responses,
        })
    };
    let key = match operation.effect {
        Effect::Writes => json!([{ "$ref": "#/components/parameters/IdempotencyKey" }]),
        Effect::Reads => json!([]),
    };
    let mut by_post = described(&id, key, &responses);
    let body = json!({ "required": true, "content": { "application/json": { "schema": &input } } });
    insert(&mut by_post, "requestBody", body);
    if operation.effect == Effect::Writes {
        return json!({ "post": by_post });
    }
    let in_query = json!([{
        "name": "input",
        "in": "query",
        "description": "The parameters as JSON.",
        "content": { "application/json": { "schema": input } },
    }]);
    let known = json!({ "description": "The client has the answer already." });
    insert(&mut responses, "304", known);
    json!({ "get": described(&format!("{id}_by_get"), in_query, &responses), "post": by_post })
}

/// The route of an operation whose input or answer is the bytes of a file.
fn of_file(operation: &OperationType, path: &str, schemas: &mut Schemas) -> Value {
    let bytes = json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } });
    let id = |name: &str, place: &str, required: bool| {
        let schema = json!({ "type": "string", "format": "uuid" });
        json!({ "name": name, "in": place, "required": required, "schema": schema })
    };
    let text = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    let mut parameters: Vec<_> = ["node", "file"]
        .into_iter()
        .filter(|name| path.contains(&format!("{{{name}}}")))
        .map(|name| id(name, "path", true))
        .collect();
    let mut described = json!({
        "operationId": operation.name.replace('.', "_"),
        "tags": [context_of(operation.name)],
        "summary": operation.summary(),
        "description": format!("{}\n\nWho may: {}.", operation.doc, who(operation.access)),
    });
    let default = json!({ "$ref": "#/components/responses/Problem" });
    let responses = match operation.effect {
        Effect::Writes => {
            parameters.extend([text("filename"), text("owner_kind")]);
            parameters.extend([id("owner_id", "query", false), id("uploaded_by", "query", false)]);
            let form = json!({ "type": "object", "properties": {
                "file": { "type": "string", "format": "binary" },
            } });
            let mut content = bytes;
            insert(&mut content, "multipart/form-data", json!({ "schema": form }));
            insert(&mut described, "requestBody", json!({ "required": true, "content": content }));
            let answer = schemas.take(schemars::schema_for!(FileAsset).to_value());
            let answer = json!({ "application/json": { "schema": answer } });
            json!({ "201": { "description": "It is stored.", "content": answer }, "default": default })
        }
        Effect::Reads => {
            if path.starts_with("/nodes") {
                parameters.push(id("learner_id", "query", true));
            }
            let whole = json!({ "description": "The bytes.", "content": &bytes });
            let part = json!({ "description": "The range of `Range`.", "content": bytes });
            let known = json!({ "description": "The client has the bytes already." });
            let none = json!({ "description": "The file ends before the range." });
            json!({ "200": whole, "206": part, "304": known, "416": none, "default": default })
        }
    };
    insert(&mut described, "parameters", json!(parameters));
    insert(&mut described, "responses", responses);
    described
}

fn insert(into: &mut Value, name: &str, value: Value) {
    if let Some(fields) = into.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn who(access: Access) -> String {
    match access {
        Access::Asks(permissions) => {
            let names: Vec<_> = permissions.iter().map(|it| format!("`{}`", it.as_str())).collect();
            format!("those with {}", names.join(" or "))
        }
        Access::Credential(what) => format!("the bearer of {what}"),
        Access::Public(why) => format!("everyone: {why}"),
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string", "description": "A message for the person." },
            "code": { "type": "string", "description": "A stable code for programs." },
            "params": { "type": "object", "description": "The values of the code's message." },
            "field": { "type": "string", "description": "The field at fault." },
            "request": { "type": "string", "description": "The id of the request." },
        },
    })
}

/// The named schemas of the document. Types of different operations that have the same name and
/// another form are distinguished by a number.
#[derive(Default)]
struct Schemas(BTreeMap<String, Value>);

const LOCAL: &str = "#/$defs/";
const SHARED: &str = "#/components/schemas/";

impl Schemas {
    /// Takes the definitions out of a schema, and answers what is left, which refers to them here.
    fn take(&mut self, mut schema: Value) -> Value {
        let Some(root) = schema.as_object_mut() else { return schema };
        root.remove("$schema");
        let own = match root.remove("$defs") {
            Some(Value::Object(own)) => own,
            _ => Map::new(),
        };
        let mut names = BTreeMap::new();
        for name in own.keys() {
            self.name(name, &own, &mut names);
        }
        for (name, shared) in &names {
            if let Some(of) = own.get(name) {
                self.0.entry(shared.clone()).or_insert_with(|| renamed(of.clone(), &names));
            }
        }
        renamed(schema, &names)
    }

    /// Chooses the name that a definition has here.
    fn name(&self, name: &str, own: &Map<String, Value>, names: &mut BTreeMap<String, String>) {
        let plain = plain(name, own);
        for number in 1_u32.. {
            let candidate = match number {
                1 => plain.to_owned(),
                _ => format!("{plain}{number}"),
            };
            let is_free = !self.0.contains_key(&candidate) || self.is_same(&candidate, name, own);
            let is_taken = names.values().any(|it| *it == candidate);
            if is_free && !is_taken && candidate != "Problem" {
                names.insert(name.to_owned(), candidate);
                return;
            }
        }
    }

    /// Whether a schema here and a definition are of the same form, with all that they refer to.
    fn is_same(&self, shared: &str, local: &str, own: &Map<String, Value>) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(shared.to_owned(), local.to_owned())]);
        while let Some(pair) = open.pop() {
            if !seen.insert(pair.clone()) {
                continue;
            }
            let (Some(here), Some(there)) = (self.0.get(&pair.0), own.get(&pair.1)) else {
                return false;
            };
            if !same_form(here, there, &mut open) {
                return false;
            }
        }
        true
    }
}

/// Whether two schemas are equal up to the names that they refer to, which are added to `pairs`.
fn same_form(here: &Value, there: &Value, pairs: &mut Vec<(String, String)>) -> bool {
    match (here, there) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    b.get(key).is_some_and(|other| same_form(value, other, pairs))
                })
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_form(a, b, pairs))
        }
        (Value::String(a), Value::String(b)) => {
            match (a.strip_prefix(SHARED), b.strip_prefix(LOCAL)) {
                (Some(a), Some(b)) => {
                    pairs.push((a.to_owned(), b.to_owned()));
                    true
                }
                _ => a == b,
            }
        }
        _ => here == there,
    }
}

/// A name without the number that tells it from another one of the same schema.
fn plain<'a>(name: &'a str, own: &Map<String, Value>) -> &'a str {
    let plain = name.trim_end_matches(|it: char| it.is_ascii_digit());
    if own.contains_key(plain) { plain } else { name }
}

/// The value with its references under the names that they have here.
fn renamed(mut value: Value, names: &BTreeMap<String, String>) -> Value {
    match &mut value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix(LOCAL).and_then(|it| names.get(it)) {
                return Value::String(format!("{SHARED}{name}"));
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|it| *it = renamed(it.take(), names));
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(|it| *it = renamed(it.take(), names));
        }
        _ => {}
    }
    value
}
