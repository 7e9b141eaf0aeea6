//! What a write changed, field by field.
use serde_json::{Map, Value as Json, json};

use crate::store::{Privacy, Row, Schema, Value};

/// The fields that differ between `before` and `after`, as `{field: {"old": …, "new": …}}`.
///
/// A new record lists what it holds. Sensitive and secret fields say only that they changed; the
/// bookkeeping of the stamp is left out.
pub fn changes(schema: &Schema, before: Option<&Row>, after: &Row) -> Json {
    const BOOKKEEPING: [&str; 7] =
        ["id", "tenant_id", "version", "created_at", "created_by", "updated_at", "updated_by"];
    let mut changed = Map::new();
    for (at, column) in schema.columns.iter().enumerate() {
        if BOOKKEEPING.contains(&column.name) {
            continue;
        }
        let old = before.and_then(|row| row.0.get(at)).unwrap_or(&Value::Null);
        let new = after.0.get(at).unwrap_or(&Value::Null);
        if old == new {
            continue;
        }
        let shown = |value: &Value| match column.privacy {
            Privacy::Sensitive | Privacy::Secret if !value.is_null() => json!("[redacted]"),
            _ => as_json(value),
        };
        let change = match before {
            None => json!({ "new": shown(new) }),
            Some(_) => json!({ "old": shown(old), "new": shown(new) }),
        };
        changed.insert(column.name.to_owned(), change);
    }
    Json::Object(changed)
}

fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => json!(it),
        Value::Int(it) => json!(it),
        Value::Decimal(it) => json!(it.to_string()),
        Value::Text(it) => json!(it),
        Value::Uuid(it) => json!(it.to_string()),
        Value::Time(it) => json!(it.to_string()),
        Value::Date(it) => json!(it.to_string()),
        Value::Json(it) => it.document(),
        Value::Bytes(it) => json!(format!("{} bytes", it.len())),
    }
}
