//! Writes the shapes of all operations and events as a text that people review.
use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map, Value};

use crate::sample::Filled;

/// The shapes of named types, by name; types of the same name are told apart by a number.
#[derive(Default)]
struct Types(BTreeMap<String, String>);

pub(crate) fn text() -> String {
    let (mut text, mut types) = (HEAD.to_owned(), Types::default());
    text.push_str("\n# Operations: an input with every field, and the answer\n");
    for (operation, input) in super::operations() {
        let answer = operation.answer_schema().unwrap().to_value();
        types.add_all(&input);
        types.add_all(&answer);
        writeln!(text, "{}\n  in  {}", operation.name, Filled::of(&input).value()).unwrap();
        let shape = types.named_root(&answer).unwrap_or_else(|| shape(&answer));
        writeln!(text, "  out {}", shape.replace('\n', "\n      ")).unwrap();
    }
    text.push_str("\n# Events: a payload with every field\n");
    for event in lms_core::events() {
        let payload = event.schema().to_value();
        types.add_all(&payload);
        writeln!(text, "{}\n  {}", event.kind, Filled::of(&payload).value()).unwrap();
    }
    text.push_str("\n# Types: `?` where a field may be missing, `…` where others are accepted\n");
    for (name, shape) in &types.0 {
        writeln!(text, "{name}: {shape}").unwrap();
    }
    text
}

const HEAD: &str = "# The JSON of operations and events, made by the test beside this file.\n";

impl Types {
    fn add_all(&mut self, schema: &Value) {
        for (name, of) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            self.add(name, of);
        }
    }

    /// Input and output forms of a type may differ, and types of several contexts share a name.
    fn add(&mut self, name: &str, of: &Value) {
        let shape = shape(of);
        let plain = name.trim_end_matches(|it: char| it.is_ascii_digit());
        for number in 1.. {
            let key = if number == 1 { plain.to_owned() } else { format!("{plain}.{number}") };
            match self.0.get(&key) {
                Some(known) if *known != shape => {}
                Some(_) => return,
                None => {
                    self.0.insert(key, shape);
                    return;
                }
            }
        }
    }

    /// Gives the type of the answer itself a name, where it is a record or a view.
    fn named_root(&mut self, schema: &Value) -> Option<String> {
        let title = schema.get("title")?.as_str()?.to_owned();
        schema.get("properties").or_else(|| schema.get("oneOf"))?;
        if title.contains("Page_") || title.contains("_for_") {
            return None;
        }
        self.add(&title, schema);
        Some(title)
    }
}

/// The shape of a value in one line, or with one line for each field.
fn shape(schema: &Value) -> String {
    let Some(keys) = schema.as_object() else { return "anything".to_owned() };
    if let Some(name) = keys.get("const") {
        return name.to_string();
    }
    if let Some(names) = keys.get("enum").and_then(Value::as_array) {
        return names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
    }
    let mut parts = Vec::new();
    if let Some(reference) = keys.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        parts.push(name.trim_end_matches(|it: char| it.is_ascii_digit()).to_owned());
    }
    match keys.get("type") {
        Some(Value::String(name)) => parts.push(of_type(name, keys)),
        Some(Value::Array(names)) => {
            let all = names.iter().filter_map(Value::as_str).map(|it| of_type(it, keys));
            parts.push(all.collect::<Vec<_>>().join(" or "));
        }
        _ => {}
    }
    for part in keys.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        parts.push(shape(part));
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(all) = keys.get(key).and_then(Value::as_array) {
            let all: Vec<_> = all.iter().map(shape).collect();
            let is_long = all.iter().any(|it| it.starts_with('{'));
            parts.push(all.join(if is_long { "\n  or " } else { " or " }));
        }
    }
    if parts.is_empty() { "anything".to_owned() } else { parts.join(" and ") }
}

fn of_type(name: &str, keys: &Map<String, Value>) -> String {
    match name {
        "object" => object(keys),
        "array" => match keys.get("prefixItems").and_then(Value::as_array) {
            Some(items) => format!("({})", items.iter().map(shape).collect::<Vec<_>>().join(", ")),
            None => format!("[{}]", keys.get("items").map_or_else(String::new, shape)),
        },
        "string" => match keys.get("format").and_then(Value::as_str) {
            Some(format) => format!("text({format})"),
            None => "text".to_owned(),
        },
        other => other.to_owned(),
    }
}

fn object(keys: &Map<String, Value>) -> String {
    let required: Vec<_> =
        keys.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let mut fields = Vec::new();
    for (name, of) in keys.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mark = if required.iter().any(|it| *it == name) { "" } else { "?" };
        fields.push(format!("{name}{mark}: {}", shape(of)));
    }
    for (pattern, of) in
        keys.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
    {
        fields.push(format!("text({pattern}): {}", shape(of)));
    }
    match keys.get("additionalProperties") {
        Some(Value::Bool(false)) => {}
        Some(of) if of.is_object() => fields.push(format!("text: {}", shape(of))),
        _ => fields.push("…".to_owned()),
    }
    format!("{{ {} }}", fields.join(", "))
}
