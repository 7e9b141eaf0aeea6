//! Values made from a schema, with every field filled.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Values of types whose rules a schema does not say, such as bands that rise.
const EXAMPLES: [(&str, &str); 3] = [
    ("GradeScale", r#"[{"from": "0", "grade": "F"}]"#),
    ("Recurrence", r#""FREQ=WEEKLY;COUNT=3""#),
    ("VerificationCode", r#""0190-AB12-CD34-7EF5-8678-9ABC-DEF0-1234""#),
];

const ID: &str = "01900000-0000-7000-8000-000000000003";

/// A text of that format or pattern.
fn text(keys: &Map<String, Value>) -> &'static str {
    match keys.get("format").and_then(Value::as_str) {
        Some("uuid") => ID,
        Some("date") => "2026-03-02",
        Some("partial-time") => "09:00:00",
        Some("partial-date-time") => "2026-03-02T09:00:00",
        Some("ipv4" | "ip") => "192.0.2.7",
        _ if keys.contains_key("pattern") => "12.5",
        _ => "text",
    }
}

/// The example of the type of that name.
fn example(name: &str) -> Option<Value> {
    let name = name.trim_end_matches(|it: char| it.is_ascii_digit());
    let (_, text) = EXAMPLES.iter().find(|it| it.0 == name)?;
    Some(serde_json::from_str(text).unwrap())
}

/// A schema and the definitions that it refers to.
pub(crate) struct Filled<'a> {
    schema: &'a Value,
}

impl<'a> Filled<'a> {
    pub(crate) fn of(schema: &'a Value) -> Self {
        Self { schema }
    }

    pub(crate) fn value(&self) -> Value {
        self.fill(self.schema, 0)
    }

    fn fill(&self, schema: &Value, depth: usize) -> Value {
        let Some(keys) = schema.as_object() else { return json!("anything") };
        let first = |key: &str| keys.get(key).and_then(|it| it.get(0)).cloned();
        if let Some(example) = first("examples").or_else(|| keys.get("const").cloned()) {
            return example;
        }
        if let Some(name) = first("enum") {
            return name;
        }
        let mut value = match self.type_of(keys) {
            Some("object") => Value::Object(self.object(keys, depth)),
            Some("array") => Value::Array(self.array(keys, depth)),
            Some("string") => json!(text(keys)),
            Some("integer" | "number") => {
                keys.get("minimum").filter(|it| **it != json!(0)).cloned().unwrap_or(json!(1))
            }
            Some("boolean") => json!(true),
            _ => Value::Null,
        };
        if let Some(reference) = keys.get("$ref") {
            let name = reference.as_str().and_then(|it| it.rsplit('/').next()).and_then(example);
            merge(
                &mut value,
                name.unwrap_or_else(|| self.fill(self.resolve(reference), depth + 1)),
            );
        }
        for part in keys.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            merge(&mut value, self.fill(part, depth + 1));
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(choice) = keys.get(key).and_then(|it| self.choose(it, depth)) {
                merge(&mut value, self.fill(choice, depth + 1));
            }
        }
        if value.is_null() && keys.get("type").is_none() && !keys.contains_key("anyOf") {
            return json!("anything");
        }
        value
    }

    /// The first alternative that is something, or the last one where values are nested too deep.
    fn choose<'s>(&self, all: &'s Value, depth: usize) -> Option<&'s Value> {
        let all = all.as_array()?;
        let is_null = |it: &&Value| it.get("type") == Some(&json!("null"));
        let null = all.iter().find(is_null);
        match null.filter(|_| depth > 8) {
            Some(null) => Some(null),
            None => all.iter().find(|it| !is_null(it)),
        }
    }

    fn type_of<'s>(&self, keys: &'s Map<String, Value>) -> Option<&'s str> {
        match keys.get("type")? {
            Value::String(name) => Some(name),
            Value::Array(names) => names.iter().filter_map(Value::as_str).find(|it| *it != "null"),
            _ => None,
        }
    }

    fn object(&self, keys: &Map<String, Value>, depth: usize) -> Map<String, Value> {
        let mut made = Map::new();
        for (name, of) in keys.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let filled = match self.fill(of, depth + 1) {
                // What ends at a time of day starts before it.
                start if start == "09:00:00" && ["until", "ends_at"].contains(&name.as_str()) => {
                    json!("10:00:00")
                }
                other => other,
            };
            made.insert(name.clone(), filled);
        }
        if let Some(of) = keys.get("additionalProperties").filter(|it| it.is_object()) {
            made.insert("key".to_owned(), self.fill(of, depth + 1));
        }
        for of in keys.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
            let key = if of.0.contains("A-F") { ID } else { "7" };
            made.insert(key.to_owned(), self.fill(of.1, depth + 1));
        }
        made
    }

    fn array(&self, keys: &Map<String, Value>, depth: usize) -> Vec<Value> {
        if let Some(items) = keys.get("prefixItems").and_then(Value::as_array) {
            return items.iter().map(|it| self.fill(it, depth + 1)).collect();
        }
        match keys.get("items").filter(|_| depth <= 8) {
            Some(items) => {
                let many = keys.get("minItems").and_then(Value::as_u64).unwrap_or(1).max(1);
                (0..many).map(|_| self.fill(items, depth + 1)).collect()
            }
            None => Vec::new(),
        }
    }

    fn resolve(&self, reference: &Value) -> &Value {
        let path = reference.as_str().unwrap().trim_start_matches('#');
        self.schema.pointer(path).unwrap()
    }
}

/// Adds what the other says; fields of objects come together.
fn merge(value: &mut Value, other: Value) {
    match (value, other) {
        (Value::Object(fields), Value::Object(more)) => fields.extend(more),
        (value, other) => *value = other,
    }
}

/// The names of fields and of choices in a schema.
pub(crate) fn names(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    gather(schema, &mut found);
    found
}

fn gather(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(keys) => {
            for (key, of) in keys {
                match (key.as_str(), of) {
                    ("properties", Value::Object(fields)) => {
                        found.extend(fields.keys().cloned());
                        fields.values().for_each(|it| gather(it, found));
                    }
                    ("enum", Value::Array(names)) => {
                        found.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const", Value::String(name)) => {
                        found.insert(name.clone());
                    }
                    ("examples" | "default" | "required", _) => {}
                    (_, of) => gather(of, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| gather(it, found)),
        _ => {}
    }
}
