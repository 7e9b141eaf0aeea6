//! JSON parts of records, kept as text.
use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use crate::FieldError;

/// A JSON part of a record, as text.
///
/// It is written once, from the type that it comes from, and read once, into the type that it
/// means; no document is built in between. Two parts are equal when they mean the same document,
/// however their texts are spaced and ordered. Cheap to clone.
#[derive(Clone)]
pub struct JsonText(Arc<str>);

impl JsonText {
    /// The part that says what `value` is; nothing where JSON cannot express it (a map whose keys
    /// are not text).
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Option<Self> {
        serde_json::to_string(value).ok().map(|text| Self(text.into()))
    }

    /// The part with that text. For backends, which know that the text is JSON; what is none is
    /// refused where it is read.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the part means.
    ///
    /// # Errors
    /// [`FieldError`] for a part that is no such thing.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, FieldError> {
        serde_json::from_str(&self.0).map_err(|error| FieldError::invalid("JSON", reason(&error)))
    }

    /// The document; null where the text is none.
    pub fn document(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Whether a NUL character is part of a text or a key, which PostgreSQL cannot keep.
    pub(crate) fn has_nul(&self) -> bool {
        // Serializers escape it so, and the letters may also follow an escaped backslash.
        self.0.contains("\\u0000") && holds_nul(&self.document())
    }

    /// How deep arrays and objects are nested.
    pub(crate) fn levels(&self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        let (mut in_text, mut is_escaped) = (false, false);
        for byte in self.0.bytes() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = in_text,
                b'"' => in_text = !in_text,
                b'[' | b'{' if !in_text => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        deepest
    }
}

fn holds_nul(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(holds_nul),
        serde_json::Value::Object(map) => {
            map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
        }
        _ => false,
    }
}

/// What is wrong, without the value that was found and without its place in the text, which
/// differs between backends.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    for kind in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) =
            text.strip_prefix(kind).and_then(|it| it.rsplit_once(", expected "))
        {
            let found = found.split(['"', '`']).next().unwrap_or_default().trim_end();
            return format!("{kind}{found}, expected {expected}");
        }
    }
    text.to_owned()
}

impl From<serde_json::Value> for JsonText {
    fn from(document: serde_json::Value) -> Self {
        Self::from(&document)
    }
}

impl From<&serde_json::Value> for JsonText {
    fn from(document: &serde_json::Value) -> Self {
        Self::of(document).unwrap_or_else(|| Self(document.to_string().into()))
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        let parsed = |it: &Self| serde_json::from_str::<serde_json::Value>(&it.0).ok();
        self.0 == other.0 || parsed(self).is_some_and(|own| Some(own) == parsed(other))
    }
}

/// The document, written the same way whatever its text is like.
impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::from_str::<serde_json::Value>(&self.0) {
            Ok(document) => fmt::Display::fmt(&document, f),
            Err(_) => f.write_str(&self.0),
        }
    }
}

/// As the document, not as a text.
impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn parts_are_equal_by_what_they_mean() {
        let of = JsonText::from_stored;
        assert_eq!(of(r#"{"a":1,"b":[2]}"#), of(r#"{ "b": [2], "a": 1 }"#));
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":2}"#));
        assert_ne!(of("1"), of("\"1\""));
        // What is no JSON equals itself only.
        assert_eq!(of("{"), of("{"));
        assert_ne!(of("{"), of("null"));
        assert_ne!(of("{"), of("["));
        assert_eq!(format!("{:?}", of(r#"{ "b": [2], "a": 1 }"#)), r#"{"a":1,"b":[2]}"#);
    }

    #[test]
    fn a_part_is_read_into_what_it_came_from() {
        let part = BTreeMap::from([("é\"\n".to_owned(), vec![1, -2]), (String::new(), vec![])]);
        let text = JsonText::of(&part).unwrap();
        assert_eq!(text.read::<BTreeMap<String, Vec<i64>>>().unwrap(), part);
        assert_eq!(text.document(), json!({ "é\"\n": [1, -2], "": [] }));
        assert_eq!(JsonText::of(&BTreeMap::from([(vec![1], 1)])), None);
    }

    #[test]
    fn a_nul_is_found_wherever_it_stands() {
        for (part, expected) in [
            (json!("a\0"), true),
            (json!({ "\0": 1 }), true),
            (json!([{ "a": ["\0"] }]), true),
            (json!("\\u0000"), false),
            (json!("\u{1}"), false),
        ] {
            assert_eq!(JsonText::from(&part).has_nul(), expected, "{part}");
        }
    }

    #[test]
    fn levels_are_counted_outside_of_texts() {
        for (text, expected) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{}],"b":[]}"#, 3),
            (r#"{"[[[":"{{{"}"#, 1),
            (r#"["\"[[[",[1]]"#, 2),
            (r#"["\\",[[]]]"#, 3),
        ] {
            assert_eq!(JsonText::from_stored(text).levels(), expected, "{text}");
        }
    }

    #[test]
    fn an_error_says_what_is_wanted_and_not_what_is_there() {
        let complain = |text: &str| {
            let error = JsonText::from_stored(text).read::<BTreeMap<String, u8>>().unwrap_err();
            error.to_string()
        };
        for (text, expected) in [
            (r#""her diagnosis""#, "invalid type: string, expected a map"),
            (r#"{"a":"her, expected diagnosis"}"#, "invalid type: string, expected u8"),
            (r#"{"a":1000}"#, "invalid value: integer, expected u8"),
            (r#"{"a""#, "EOF while parsing an object"),
        ] {
            let found = complain(text);
            assert!(found.ends_with(expected), "{found}");
        }
    }

    #[test]
    fn it_travels_as_the_document() {
        let part = JsonText::from_stored(r#"{ "a": [1] }"#);
        assert_eq!(serde_json::to_string(&part).unwrap(), r#"{"a":[1]}"#);
        let back: JsonText = serde_json::from_str(r#"{"a":[1]}"#).unwrap();
        assert_eq!(back, part);
    }
}
