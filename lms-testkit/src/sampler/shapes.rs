//! Guesses at what a domain type wants, from what it says when it refuses.
use serde_json::{Map, Value as Json, json};

/// The texts that a complaint quotes in backticks: the values allowed, or an example of them.
pub(super) fn quoted(complaint: &str) -> Vec<String> {
    complaint.split('`').skip(1).step_by(2).map(|it| it.replace("<days>", "7")).collect()
}

/// The document with one thing changed, in every way that may answer serde's complaint about it.
pub(super) fn answers(document: &Json, complaint: &str, texts: &[String]) -> Vec<Json> {
    let names = quoted(complaint);
    if let Some(field) = after(complaint, "missing field ") {
        return changed(document, &|node| with_field(node, field));
    }
    if let Some(found) = after(complaint, "unknown variant ") {
        let wanted = names.get(1..).unwrap_or_default();
        return changed(document, &|node| with_variant(node, found, wanted));
    }
    if let Some(field) = after(complaint, "unknown field ") {
        return changed(document, &|node| without_field(node, field));
    }
    let wanted = complaint.rsplit_once("expected ").map_or("", |(_, wanted)| wanted);
    let mut offers = of_kind(wanted);
    if offers.is_empty() {
        offers.extend(names.iter().chain(texts).map(|it| json!(it)));
        offers.extend([json!(1), json!(0), json!(10), json!("1"), json!(["sample"])]);
    }
    let found = complaint.rsplit_once("invalid type: ").map_or("", |(_, found)| found);
    changed(document, &|node| if is_kind(node, found) { offers.clone() } else { Vec::new() })
}

fn after<'c>(complaint: &'c str, words: &str) -> Option<&'c str> {
    complaint.rsplit_once(words)?.1.split('`').nth(1)
}

/// Whether serde calls the node so; any node where it calls it nothing.
fn is_kind(node: &Json, found: &str) -> bool {
    match node {
        Json::Null => found.is_empty() || found.starts_with("null") || found.starts_with("unit"),
        Json::Bool(_) => found.is_empty() || found.starts_with("boolean"),
        Json::Number(_) => {
            found.is_empty() || found.starts_with("integer") || found.starts_with("floating")
        }
        Json::String(_) => {
            found.is_empty() || found.starts_with("string") || found.starts_with("unit variant")
        }
        Json::Array(_) => found.is_empty() || found.starts_with("sequence"),
        Json::Object(_) => {
            found.is_empty() || found.starts_with("map") || found.starts_with("newtype")
        }
    }
}

/// What serde may mean by the name of a type.
fn of_kind(wanted: &str) -> Vec<Json> {
    let names = |words: &[&str]| words.iter().any(|it| wanted.starts_with(it));
    if names(&["a sequence", "an array", "a tuple", "tuple struct", "fewer elements"]) {
        vec![json!([]), json!(["sample"]), json!(["sample", "sample"])]
    } else if names(&["a map", "struct", "internally tagged", "adjacently tagged", "variant"]) {
        vec![json!({})]
    } else if names(&["a boolean"]) {
        vec![json!(true)]
    } else if names(&["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "usize", "integer"]) {
        vec![json!(1)]
    } else if names(&["a string", "a borrowed string", "string or map"]) {
        vec![json!("sample")]
    } else if names(&["unit", "null"]) {
        vec![json!(null)]
    } else {
        Vec::new()
    }
}

fn with_field(node: &Json, field: &str) -> Vec<Json> {
    match node {
        Json::Object(map) if !map.contains_key(field) => {
            let mut map = map.clone();
            map.insert(field.to_owned(), json!("sample"));
            vec![Json::Object(map)]
        }
        _ => Vec::new(),
    }
}

fn without_field(node: &Json, field: &str) -> Vec<Json> {
    match node {
        Json::Object(map) if map.contains_key(field) => {
            let mut map = map.clone();
            map.remove(field);
            vec![Json::Object(map)]
        }
        _ => Vec::new(),
    }
}

fn with_variant(node: &Json, found: &str, wanted: &[String]) -> Vec<Json> {
    let of = |value: Json| {
        move |name: &String| Json::Object(Map::from_iter([(name.clone(), value.clone())]))
    };
    match node {
        Json::String(text) if text == found => {
            let named = wanted.iter().map(|it| json!(it));
            named.chain(wanted.iter().map(of(json!({})))).collect()
        }
        Json::Object(map) if map.len() == 1 && map.contains_key(found) => {
            let empty = wanted.iter().map(of(json!({})));
            empty.chain(wanted.iter().map(of(json!("sample")))).collect()
        }
        _ => Vec::new(),
    }
}

/// Every document that differs in one node, as `change` offers for it; the deepest first.
fn changed(node: &Json, change: &dyn Fn(&Json) -> Vec<Json>) -> Vec<Json> {
    let mut documents = Vec::new();
    match node {
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                documents.extend(changed(item, change).into_iter().map(|it| {
                    let mut items = items.clone();
                    if let Some(slot) = items.get_mut(at) {
                        *slot = it;
                    }
                    Json::Array(items)
                }));
            }
        }
        Json::Object(map) => {
            for (key, item) in map {
                documents.extend(changed(item, change).into_iter().map(|it| {
                    let mut map = map.clone();
                    map.insert(key.clone(), it);
                    Json::Object(map)
                }));
            }
        }
        _ => {}
    }
    documents.extend(change(node));
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts_are_found() {
        assert_eq!(quoted("write `a` or `b`"), ["a", "b"]);
        assert_eq!(quoted("write nothing"), [""; 0]);
    }

    #[test]
    fn one_thing_changes_at_a_time() {
        let document = json!({ "a": [1, { "b": 2 }] });
        let found = answers(&document, "missing field `b`", &[]);
        assert_eq!(found, [json!({ "a": [1, { "b": 2 }], "b": "sample" })]);
        let found = answers(&document, "invalid type: integer `1`, expected a string", &[]);
        let [first, second] = &found[..] else { panic!("{found:?}") };
        assert_eq!(*first, json!({ "a": ["sample", { "b": 2 }] }));
        assert_eq!(*second, json!({ "a": [1, { "b": "sample" }] }));
        let found = answers(&json!("x"), "unknown variant `x`, expected `y` or `z`", &[]);
        assert_eq!(found, [json!("y"), json!("z"), json!({ "y": {} }), json!({ "z": {} })]);
    }
}
