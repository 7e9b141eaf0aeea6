//! Between [`Value`] and what SQLite stores.
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use lms_kernel::Timestamp;
use lms_store::{FieldError, JsonText, Row, Schema, StoreError, Type, Value};
use rusqlite::types::{Value as Stored, ValueRef};
use rust_decimal::Decimal;
use uuid::Uuid;

/// The day number of 1970-01-01, where day 1 is 0001-01-01.
const EPOCH_DAY: i64 = 719_163;

/// What is stored for a value.
pub(crate) fn store(value: &Value) -> Stored {
    match value {
        Value::Null => Stored::Null,
        Value::Bool(it) => Stored::Integer(i64::from(*it)),
        Value::Int(it) => Stored::Integer(*it),
        Value::Decimal(it) => Stored::Text(it.to_string()),
        Value::Text(it) => Stored::Text(it.clone()),
        Value::Uuid(it) => Stored::Blob(it.as_bytes().to_vec()),
        Value::Time(it) => Stored::Integer(it.micros()),
        Value::Date(it) => Stored::Integer(i64::from(it.num_days_from_ce()) - EPOCH_DAY),
        Value::Json(it) => Stored::Text(it.as_str().to_owned()),
        Value::Bytes(it) => Stored::Blob(it.to_vec()),
    }
}

/// Reads a row whose columns are those of `schema`, in order.
pub(crate) fn read(schema: &'static Schema, row: &rusqlite::Row<'_>) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(schema.columns.len());
    for (at, column) in schema.columns.iter().enumerate() {
        let stored = row.get_ref(at).unwrap_or(ValueRef::Null);
        let value = value(stored, column.ty).ok_or_else(|| StoreError::Corrupt {
            table: schema.table,
            column: column.name,
            id: values
                .first()
                .and_then(|it| if let Value::Uuid(id) = it { Some(*id) } else { None }),
            source: FieldError::invalid("a stored value of the column's type", "it is not one"),
        })?;
        values.push(value);
    }
    Ok(Row(values))
}

/// The value of that type that is stored so, if it is one.
fn value(stored: ValueRef<'_>, ty: Type) -> Option<Value> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    Some(match (ty, stored) {
        (_, ValueRef::Null) => Value::Null,
        (Type::Bool, ValueRef::Integer(it @ (0 | 1))) => Value::Bool(it == 1),
        (Type::Int, ValueRef::Integer(it)) => Value::Int(it),
        (Type::Time, ValueRef::Integer(it)) => Value::Time(Timestamp::from_micros(it)?),
        (Type::Date, ValueRef::Integer(it)) => {
            Value::Date(NaiveDate::default().checked_add_signed(TimeDelta::try_days(it)?)?)
        }
        (Type::Text, ValueRef::Text(it)) => Value::Text(text(it)?.to_owned()),
        (Type::Json, ValueRef::Text(it)) => Value::Json(JsonText::from_stored(text(it)?)),
        (Type::Decimal, ValueRef::Text(it)) => {
            Value::Decimal(Decimal::from_str_exact(text(it)?).ok()?)
        }
        (Type::Uuid, ValueRef::Blob(it)) => Value::Uuid(Uuid::from_slice(it).ok()?),
        (Type::Bytes, ValueRef::Blob(it)) => Value::Bytes(it.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(value: Value) -> Option<Value> {
        let ty = value.type_of().unwrap();
        super::value(ValueRef::from(&store(&value)), ty)
    }

    #[test]
    fn values_come_back_as_they_were_to_the_ends_of_their_ranges() {
        let decimals =
            ["1.50", "-0.00", "79228162514264337593543950335", "0.0000000000000000000000000001"];
        let decimals = decimals.map(|it| Value::Decimal(it.parse().unwrap()));
        let values = [
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            Value::Time(Timestamp::MIN),
            Value::Time(Timestamp::MAX),
            Value::Date(NaiveDate::MIN),
            Value::Date(NaiveDate::MAX),
            Value::Text("𝄞 é".to_owned()),
            Value::Uuid(Uuid::from_u128(7)),
            Value::Bytes(Box::new([0, 255])),
        ];
        for value in values.into_iter().chain(decimals) {
            assert_eq!(trip(value.clone()), Some(value));
        }
        assert_eq!(store(&Value::Date(NaiveDate::default())), Stored::Integer(0));
    }

    #[test]
    fn what_is_no_value_of_the_type_is_told() {
        for (ty, stored) in [
            (Type::Bool, ValueRef::Integer(2)),
            (Type::Int, ValueRef::Text(b"1")),
            (Type::Int, ValueRef::Real(1.0)),
            (Type::Time, ValueRef::Integer(i64::MAX)),
            (Type::Date, ValueRef::Integer(i64::MAX)),
            (Type::Text, ValueRef::Text(&[0xff])),
            (Type::Decimal, ValueRef::Text(b"1e5")),
            (Type::Uuid, ValueRef::Blob(&[1])),
        ] {
            assert_eq!(value(stored, ty), None, "{ty:?} {stored:?}");
        }
    }
}
