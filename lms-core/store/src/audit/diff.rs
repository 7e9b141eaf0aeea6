//! The field-by-field changes of a write.
use std::fmt::Display;

use crate::{Column, JsonText, Privacy, Row, Schema, Value};

/// The fields that differ between `before` and `after`, as `{field: {"old": …, "new": …}}`.
///
/// A new record lists what it holds. Sensitive and secret fields say only that they changed; the
/// bookkeeping of the stamp is left out.
pub fn changes(schema: &Schema, before: Option<&Row>, after: &Row) -> JsonText {
    const BOOKKEEPING: [&str; 7] =
        ["id", "tenant_id", "version", "created_at", "created_by", "updated_at", "updated_by"];
    let mut changed = String::from("{");
    for (at, column) in schema.columns.iter().enumerate() {
        if BOOKKEEPING.contains(&column.name) {
            continue;
        }
        let old = before.and_then(|row| row.0.get(at)).unwrap_or(&Value::Null);
        let new = after.0.get(at).unwrap_or(&Value::Null);
        if old == new {
            continue;
        }
        changed.push_str(if changed.len() > 1 { ",\"" } else { "\"" });
        changed.push_str(column.name);
        changed.push_str("\":{");
        if before.is_some() {
            changed.push_str("\"old\":");
            show(&mut changed, column, old);
            changed.push(',');
        }
        changed.push_str("\"new\":");
        show(&mut changed, column, new);
        changed.push('}');
    }
    changed.push('}');
    JsonText::from_stored(&changed)
}

/// Writes a value as JSON. It is written as text at once: a document that is built first, only to
/// be written, costs as much as the rest of a small command.
fn show(out: &mut String, column: &Column, value: &Value) {
    let mut quoted = |text: &dyn Display| {
        out.push('"');
        out.push_str(&text.to_string());
        out.push('"');
    };
    match value {
        Value::Null => out.push_str("null"),
        _ if matches!(column.privacy, Privacy::Sensitive | Privacy::Secret) => {
            quoted(&"[redacted]");
        }
        Value::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Value::Int(it) => out.push_str(&it.to_string()),
        Value::Decimal(it) => quoted(it),
        Value::Uuid(it) => quoted(it),
        Value::Time(it) => quoted(it),
        Value::Date(it) => quoted(it),
        Value::Bytes(it) => quoted(&format_args!("{} bytes", it.len())),
        Value::Json(it) => out.push_str(it.as_str()),
        // A text is always a JSON text.
        Value::Text(it) => out.push_str(&serde_json::to_string(it).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Record, Stamp};
    use lms_kernel::{Actor, Context, Id, SequentialIds, TenantId, Timestamp, Title};

    #[derive(Clone, Debug, PartialEq, Record)]
    #[record(table = "shelves")]
    struct Shelf {
        id: Id<Shelf>,
        #[record(flatten)]
        stamp: Stamp,
        title: Title,
    }

    #[test]
    fn what_changed_is_told_in_json() {
        let ids = std::sync::Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        let before = Shelf { id: cx.id(), stamp: Stamp::new(&cx), title: "Intro".parse().unwrap() };
        let mut after = before.clone();
        after.title = "\"Quoted\" \\ and ünïcode".parse().unwrap();
        let schema = Shelf::schema();
        let changed = changes(schema, Some(&before.to_row()), &after.to_row());
        let expected = json!({ "title": { "old": "Intro", "new": "\"Quoted\" \\ and ünïcode" } });
        assert_eq!(changed.document(), expected);
        assert_eq!(changes(schema, Some(&before.to_row()), &before.to_row()).document(), json!({}));
        let made = changes(schema, None, &before.to_row()).document();
        assert_eq!(made["title"], json!({ "new": "Intro" }));
        assert_eq!(made.get("version"), None);
    }
}
