//! Tolerant access to a gateway's JSON: what is not there is simply not there.
use lms_kernel::Timestamp;
use serde_json::Value;

use crate::ReadError;

/// A body that is a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Value, ReadError> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) | Err(_) => Err(ReadError::NotJson),
    }
}

/// The value at a path such as `/data/object/id`.
pub(crate) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    value.pointer(path).filter(|it| !it.is_null())
}

/// The text at a path. Gateways send some ids as numbers; those count as their digits.
pub(crate) fn text(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The text at a path; an error when there is none.
pub(crate) fn need(value: &Value, path: &'static str) -> Result<String, ReadError> {
    text(value, path).ok_or(ReadError::MissingField { path })
}

/// The whole number at a path.
pub(crate) fn integer(value: &Value, path: &str) -> Option<i64> {
    at(value, path)?.as_i64()
}

/// The instant at a path, as seconds since the Unix epoch.
pub(crate) fn unix_seconds(value: &Value, path: &str) -> Option<Timestamp> {
    Timestamp::from_unix_seconds(integer(value, path)?)
}

/// The instant at a path, as RFC 3339 text.
pub(crate) fn rfc3339(value: &Value, path: &str) -> Option<Timestamp> {
    text(value, path)?.parse().ok()
}
