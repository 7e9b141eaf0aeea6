//! Redacting a row so that it no longer identifies a person.
use serde_json::json;

use crate::{GovernanceError, kept_because};
use lms_store::{Column, Privacy, RecordType, Row, Schema, Type, Value};

/// A row after redaction, and the columns that say less than before.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Redacted {
    pub(super) row: Row,
    pub(super) columns: Vec<&'static str>,
}

/// Whether erasing a person empties the column: it is personal or sensitive, and not kept.
pub(super) fn is_erased(schema: &Schema, column: &Column) -> bool {
    matches!(column.privacy, Privacy::Personal | Privacy::Sensitive)
        && kept_because(schema.table, column.name).is_none()
}

/// The row without what is personal or sensitive: null where the column allows it, otherwise the
/// plainest value that the record accepts.
///
/// # Errors
/// [`GovernanceError::CannotErase`] if the record accepts no such value.
pub(super) fn redact(record: &RecordType, row: &Row) -> Result<Redacted, GovernanceError> {
    let schema = record.schema();
    let (mut row, mut columns) = (row.clone(), Vec::new());
    for column in schema.columns.iter().filter(|it| is_erased(schema, it)) {
        let plain = plain_values(column);
        let held = schema.value(&row, column.name);
        if held.is_null() || plain.contains(held) {
            continue;
        }
        let fits = plain
            .into_iter()
            .map(|value| with(schema, &row, column.name, value))
            .find(|it| schema.check(it).is_ok() && record.through_domain(it.clone()).is_ok());
        let cannot = GovernanceError::CannotErase { table: schema.table, column: column.name };
        row = fits.ok_or(cannot)?;
        columns.push(column.name);
    }
    for (column, value) in consequences(schema.table) {
        if *schema.value(&row, column) != value {
            row = with(schema, &row, column, value);
            columns.push(column);
        }
    }
    Ok(Redacted { row, columns })
}

fn with(schema: &Schema, row: &Row, column: &str, value: Value) -> Row {
    let mut row = row.clone();
    row.set(schema, column, value);
    row
}

/// The values that may replace a person's data, the plainest first. Addresses are under a domain
/// that never exists (RFC 2606, section 2).
fn plain_values(column: &Column) -> Vec<Value> {
    if column.nullable {
        return vec![Value::Null];
    }
    let text = |it: &str| Value::Text(it.to_owned());
    match column.ty {
        Type::Text => vec![
            text("[erased]"),
            text("erased@erased.invalid"),
            text("https://erased.invalid/"),
            text("erased"),
            text(""),
        ],
        Type::Json => vec![Value::Json(json!([]).into()), Value::Json(json!({}).into())],
        Type::Bool => vec![Value::Bool(false)],
        Type::Int => vec![Value::Int(0)],
        Type::Bytes => vec![Value::Bytes(Box::default())],
        Type::Decimal | Type::Uuid | Type::Time | Type::Date => Vec::new(),
    }
}

/// What else follows from erasing a person's row: who is gone cannot sign in, and a comment
/// without words is a tombstone.
fn consequences(table: &str) -> Vec<(&'static str, Value)> {
    let text = |it: &str| Value::Text(it.to_owned());
    match table {
        "memberships" => vec![
            ("user_id", Value::Null),
            ("status", text("left")),
            ("permissions", Value::Json(json!([]).into())),
            ("is_unit_admin", Value::Bool(false)),
        ],
        "comments" => vec![("status", text("removed"))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::{Actor, Context, SequentialIds, TenantId, Timestamp, Title};
    use lms_people::identity::{Membership, MembershipKind, MembershipStatus};
    use lms_store::Record as _;

    fn cx() -> Context {
        let ids = std::sync::Arc::new(SequentialIds::new());
        Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids)
    }

    #[test]
    fn an_erased_member_has_no_name_and_no_login() {
        let mut member =
            Membership::new(&cx(), MembershipKind::Student, Title::new("Ada").unwrap());
        member.email = Some("ada@a.example".parse().unwrap());
        member.user_id = Some(cx().id());
        let record = RecordType::of::<Membership>();
        let once = redact(&record, &member.to_row()).unwrap();
        assert_eq!(once.columns, ["full_name", "email", "user_id", "status"]);
        let erased = Membership::from_row(once.row.clone()).unwrap();
        assert_eq!(erased.full_name.as_str(), "[erased]");
        assert_eq!((erased.email, erased.user_id), (None, None));
        assert_eq!(erased.status, MembershipStatus::Left);
        let twice = redact(&record, &once.row).unwrap();
        assert_eq!((twice.row, twice.columns), (once.row, Vec::new()));
    }
}
