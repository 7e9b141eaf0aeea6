//! Metadata that a host attaches to a record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A bounded map of JSON values that a host attaches to a record; the library does not read it.
///
/// At most [`Metadata::MAX_KEYS`] keys, [`Metadata::MAX_BYTES`] bytes of JSON and
/// [`Metadata::MAX_DEPTH`] levels. Serde reads and writes the plain map, with the same checks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>", into = "BTreeMap<String, Value>")]
pub struct Metadata(BTreeMap<String, Value>);

impl Metadata {
    /// The most keys at the top level.
    pub const MAX_KEYS: usize = 64;

    /// The most characters in a key at the top level.
    pub const MAX_KEY_LENGTH: usize = 128;

    /// The most bytes that the whole map may have when it is written as compact JSON.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// The most levels of maps and lists inside each other, the map itself included.
    pub const MAX_DEPTH: usize = 8;

    /// An empty map.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a key and returns the value it had before; on an error nothing changes.
    ///
    /// # Errors
    /// [`MetadataError`] if a limit would be passed.
    pub fn insert(
        &mut self,
        key: impl Into<String>,
        value: impl Into<Value>,
    ) -> Result<Option<Value>, MetadataError> {
        let (key, value) = (key.into(), value.into());
        check_entry(&key, &value)?;
        let before = self.0.insert(key.clone(), value);
        if let Err(error) = check_size(&self.0) {
            match before {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
            return Err(error);
        }
        Ok(before)
    }

    /// Takes a key out and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, Value>> for Metadata {
    type Error = MetadataError;

    fn try_from(map: BTreeMap<String, Value>) -> Result<Self, MetadataError> {
        map.iter().try_for_each(|(key, value)| check_entry(key, value))?;
        check_size(&map)?;
        Ok(Self(map))
    }
}

impl From<Metadata> for BTreeMap<String, Value> {
    fn from(metadata: Metadata) -> Self {
        metadata.0
    }
}

/// Which limit of metadata was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, lms_derive::DomainError)]
#[fault(kernel)]
#[non_exhaustive]
pub enum MetadataError {
    /// Too many keys.
    #[error("metadata has too many keys; use at most {}", Metadata::MAX_KEYS)]
    #[fault(invalid, code = "metadata_too_many_keys")]
    TooManyKeys,
    /// Too many bytes.
    #[error("metadata is too large; use at most {} bytes of JSON", Metadata::MAX_BYTES)]
    #[fault(invalid, code = "metadata_too_large")]
    TooLarge,
    /// Too many levels.
    #[error("metadata is nested too deeply; use at most {} levels", Metadata::MAX_DEPTH)]
    #[fault(invalid, code = "metadata_too_deep")]
    TooDeep,
    /// A key is empty, too long or has control characters.
    #[error(
        "a metadata key is malformed; use 1 to {} characters without control characters",
        Metadata::MAX_KEY_LENGTH
    )]
    #[fault(invalid, code = "metadata_key_malformed")]
    MalformedKey,
    /// A text contains the NUL character, which not every store can keep.
    #[error("a metadata text contains a NUL character; take it out")]
    #[fault(invalid, code = "metadata_nul_character")]
    NulCharacter,
}

fn check_entry(key: &str, value: &Value) -> Result<(), MetadataError> {
    let is_plain = !key.is_empty() && !key.chars().any(char::is_control);
    if !is_plain || key.chars().count() > Metadata::MAX_KEY_LENGTH {
        return Err(MetadataError::MalformedKey);
    }
    check_value(value, Metadata::MAX_DEPTH - 1)
}

/// Checks a value that may have `levels` levels of its own.
fn check_value(value: &Value, levels: usize) -> Result<(), MetadataError> {
    let inside = || levels.checked_sub(1).ok_or(MetadataError::TooDeep);
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(text) => check_text(text),
        Value::Array(items) => {
            let inside = inside()?;
            items.iter().try_for_each(|item| check_value(item, inside))
        }
        Value::Object(map) => {
            let inside = inside()?;
            map.iter().try_for_each(|(key, item)| {
                check_text(key)?;
                check_value(item, inside)
            })
        }
    }
}

fn check_text(text: &str) -> Result<(), MetadataError> {
    if text.contains('\0') { Err(MetadataError::NulCharacter) } else { Ok(()) }
}

fn check_size(map: &BTreeMap<String, Value>) -> Result<(), MetadataError> {
    if map.len() > Metadata::MAX_KEYS {
        return Err(MetadataError::TooManyKeys);
    }
    let bytes = serde_json::to_vec(map).map_err(|_| MetadataError::TooLarge)?;
    if bytes.len() > Metadata::MAX_BYTES { Err(MetadataError::TooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn entries_come_and_go() {
        let mut metadata = Metadata::new();
        assert!(metadata.is_empty());
        assert_eq!(metadata.insert("crm_id", 7), Ok(None));
        assert_eq!(metadata.insert("crm_id", "8"), Ok(Some(json!(7))));
        assert_eq!(metadata.get("crm_id"), Some(&json!("8")));
        assert_eq!(metadata.iter().count(), metadata.len());
        assert_eq!(metadata.remove("crm_id"), Some(json!("8")));
        assert!(metadata.is_empty());
    }

    #[test]
    fn every_limit_holds_and_a_refusal_changes_nothing() {
        let mut metadata = Metadata::new();
        for key in 0..Metadata::MAX_KEYS {
            metadata.insert(key.to_string(), 0).unwrap();
        }
        let before = metadata.clone();
        let text = "x".repeat(Metadata::MAX_BYTES);
        for (key, value, error) in [
            ("more", json!(0), MetadataError::TooManyKeys),
            ("0", json!(text), MetadataError::TooLarge),
            ("0", nested(8), MetadataError::TooDeep),
            ("", json!(0), MetadataError::MalformedKey),
            ("a\nb", json!(0), MetadataError::MalformedKey),
            ("0", json!({"a": ["\0"]}), MetadataError::NulCharacter),
            ("0", json!({"\0": 1}), MetadataError::NulCharacter),
        ] {
            assert_eq!(metadata.insert(key, value), Err(error));
            assert_eq!(metadata, before);
        }
        assert!(metadata.insert("0", nested(7)).is_ok());
    }

    #[test]
    fn json_is_the_plain_map_and_is_checked() {
        let json = r#"{"a":[1,{"b":null}],"c":"d"}"#;
        let metadata: Metadata = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&metadata).unwrap(), json);
        assert!(serde_json::from_str::<Metadata>(r#"{"":1}"#).is_err());
        assert!(serde_json::from_str::<Metadata>("[]").is_err());
    }
}
