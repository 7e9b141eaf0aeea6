//! A row as JSON, by the names of its columns, and back.
use serde_json::{Map, Value as Json, json};

use lms_store::{Column, Row, Schema, Type, Value};

/// The values of the columns that `shown` picks, by name. Times, ids and decimals are text, bytes
/// are hexadecimal text; parts that are JSON stay as they are.
pub(super) fn to_json(
    schema: &Schema,
    row: &Row,
    shown: impl Fn(&Column) -> bool,
) -> Map<String, Json> {
    let pairs = schema.columns.iter().zip(&row.0).filter(|(column, _)| shown(column));
    pairs.map(|(column, value)| (column.name.to_owned(), value_to_json(value))).collect()
}

/// The row that [`to_json`] wrote with every column shown.
///
/// # Errors
/// What is wrong: a column that is missing, unknown or of another type.
pub(super) fn from_json(schema: &Schema, mut values: Map<String, Json>) -> Result<Row, String> {
    let mut row = Vec::with_capacity(schema.columns.len());
    for column in &schema.columns {
        let name = column.name;
        let value = values.remove(name).ok_or_else(|| format!("`{name}` is missing"))?;
        let read = value_from_json(column.ty, value);
        row.push(read.ok_or_else(|| format!("`{name}` is not {:?}", column.ty).to_lowercase())?);
    }
    match values.keys().next() {
        Some(name) => Err(format!("`{name}` is not a column of `{}`", schema.table)),
        None => Ok(Row(row)),
    }
}

fn value_to_json(value: &Value) -> Json {
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
        Value::Bytes(it) => json!(hex::encode(it)),
    }
}

fn value_from_json(ty: Type, json: Json) -> Option<Value> {
    Some(match (ty, json) {
        (_, Json::Null) => Value::Null,
        (Type::Json, json) => Value::Json(json.into()),
        (Type::Bool, Json::Bool(it)) => Value::Bool(it),
        (Type::Int, Json::Number(it)) => Value::Int(it.as_i64()?),
        (Type::Decimal, Json::String(it)) => {
            Value::Decimal(rust_decimal::Decimal::from_str_exact(&it).ok()?)
        }
        (Type::Text, Json::String(it)) => Value::Text(it),
        (Type::Uuid, Json::String(it)) => Value::Uuid(uuid::Uuid::try_parse(&it).ok()?),
        (Type::Time, Json::String(it)) => Value::Time(it.parse().ok()?),
        (Type::Date, Json::String(it)) => Value::Date(it.parse().ok()?),
        (Type::Bytes, Json::String(it)) => Value::Bytes(hex::decode(it).ok()?.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_store::Record as _;

    #[test]
    fn every_type_survives_its_json() {
        let values = [
            (Type::Bool, Value::Bool(true)),
            (Type::Int, Value::Int(i64::MIN)),
            (Type::Decimal, Value::Decimal("1.50".parse().unwrap())),
            (Type::Text, Value::Text("é\"\n".into())),
            (Type::Uuid, Value::Uuid(uuid::Uuid::from_u128(7))),
            (Type::Time, Value::Time("2024-03-01T12:00:00.000001Z".parse().unwrap())),
            (Type::Date, Value::Date("2024-02-29".parse().unwrap())),
            (Type::Json, Value::Json(json!({"a": [1, "b", null]}).into())),
            (Type::Bytes, Value::Bytes([0, 15, 255].into())),
            (Type::Text, Value::Null),
        ];
        for (ty, value) in values {
            assert_eq!(value_from_json(ty, value_to_json(&value)), Some(value));
        }
    }

    #[test]
    fn what_is_of_another_type_is_refused() {
        for (ty, json) in [
            (Type::Int, json!("1")),
            (Type::Int, json!(1.5)),
            (Type::Uuid, json!("x")),
            (Type::Time, json!("2024-03-01")),
            (Type::Date, json!("2023-02-29")),
            (Type::Bytes, json!("abc")),
            (Type::Bytes, json!("zz")),
            (Type::Bool, json!(0)),
            (Type::Decimal, json!("1,5")),
        ] {
            assert_eq!(value_from_json(ty, json.clone()), None, "{ty:?} {json}");
        }
    }

    #[test]
    fn a_row_needs_each_column_and_no_other() {
        let schema = lms_people::tenancy::Tenant::schema();
        let blank = Row(schema.columns.iter().map(|_| Value::Null).collect());
        let whole = to_json(schema, &blank, |_| true);
        assert_eq!(from_json(schema, whole.clone()), Ok(blank));
        let mut less = whole.clone();
        less.remove("slug");
        assert_eq!(from_json(schema, less).unwrap_err(), "`slug` is missing");
        let mut more = whole;
        more.insert("shoe_size".into(), json!(44));
        let error = from_json(schema, more).unwrap_err();
        assert_eq!(error, "`shoe_size` is not a column of `tenants`");
    }
}
