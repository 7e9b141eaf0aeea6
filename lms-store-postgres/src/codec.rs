//! Between [`Value`] and what PostgreSQL sends and takes.
use chrono::{DateTime, NaiveDate, Utc};
use lms_core::{
    kernel::Timestamp,
    store::{FieldError, JsonText, Row, Schema, StoreError, Type, Value},
};
use rust_decimal::Decimal;
use sqlx::{
    Arguments as _, Encode, Postgres, Row as _, ValueRef as _,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgRow, PgTypeInfo, PgValueFormat},
};
use uuid::Uuid;

use crate::{error::BACKEND, sql::Argument};

/// Adds a value to those of a statement.
pub(crate) fn bind(out: &mut PgArguments, argument: Argument<'_>) -> Result<(), StoreError> {
    let done = match argument {
        Argument::One(ty, value) => one(out, ty, value),
        Argument::Many(ty, values) => many(out, ty, values.iter()),
        Argument::Column(ty, rows, at) => {
            many(out, ty, rows.iter().map(|row| row.0.get(at).unwrap_or(&Value::Null)))
        }
        Argument::Id(id) => out.add(id),
        Argument::Ids(ids) => out.add(ids),
        Argument::Number(number) => out.add(number),
        Argument::Text(text) => out.add(text),
        Argument::Json(json) => out.add(json),
    };
    done.map_err(|source| StoreError::Backend { backend: BACKEND, source })
}

fn one(out: &mut PgArguments, ty: Type, value: &Value) -> Result<(), BoxDynError> {
    match (ty, value) {
        (Type::Bool, Value::Null) => out.add(None::<bool>),
        (Type::Int, Value::Null) => out.add(None::<i64>),
        (Type::Decimal, Value::Null) => out.add(None::<Decimal>),
        (Type::Text, Value::Null) => out.add(None::<&str>),
        (Type::Uuid, Value::Null) => out.add(None::<Uuid>),
        (Type::Time, Value::Null) => out.add(None::<DateTime<Utc>>),
        (Type::Date, Value::Null) => out.add(None::<NaiveDate>),
        (Type::Json, Value::Null) => out.add(None::<&serde_json::Value>),
        (Type::Bytes, Value::Null) => out.add(None::<&[u8]>),
        (Type::Bool, Value::Bool(it)) => out.add(it),
        (Type::Int, Value::Int(it)) => out.add(it),
        (Type::Decimal, Value::Decimal(it)) => out.add(it),
        (Type::Text, Value::Text(it)) => out.add(it),
        (Type::Uuid, Value::Uuid(it)) => out.add(it),
        (Type::Time, Value::Time(it)) => out.add(it.utc()),
        (Type::Date, Value::Date(it)) => out.add(it),
        (Type::Json, Value::Json(it)) => out.add(Jsonb(it.as_str())),
        (Type::Bytes, Value::Bytes(it)) => out.add(&**it),
        (ty, _) => Err(mismatch(ty)),
    }
}

/// Adds values of one type as an array.
fn many<'v>(
    out: &mut PgArguments,
    ty: Type,
    values: impl Iterator<Item = &'v Value>,
) -> Result<(), BoxDynError> {
    macro_rules! array {
        ($kind:ident, $to:expr) => {
            array(out, ty, values, |value| match value {
                Value::$kind(it) => Some($to(it)),
                _ => None,
            })
        };
    }
    match ty {
        Type::Bool => array!(Bool, |it: &bool| *it),
        Type::Int => array!(Int, |it: &i64| *it),
        Type::Decimal => array!(Decimal, |it: &Decimal| *it),
        Type::Text => array!(Text, |it: &'v String| it.as_str()),
        Type::Uuid => array!(Uuid, |it: &Uuid| *it),
        Type::Time => array!(Time, |it: &Timestamp| it.utc()),
        Type::Date => array!(Date, |it: &NaiveDate| *it),
        Type::Json => array!(Json, |it: &'v JsonText| Jsonb(it.as_str())),
        Type::Bytes => array!(Bytes, |it: &'v [u8]| it),
    }
}

fn array<'v, T>(
    out: &mut PgArguments,
    ty: Type,
    values: impl Iterator<Item = &'v Value>,
    read: impl Fn(&'v Value) -> Option<T>,
) -> Result<(), BoxDynError>
where
    T: for<'q> Encode<'q, Postgres> + sqlx::Type<Postgres> + PgHasArrayType + 'v,
{
    let mut array = Vec::with_capacity(values.size_hint().0);
    for value in values {
        match read(value) {
            None if !value.is_null() => return Err(mismatch(ty)),
            item => array.push(item),
        }
    }
    out.add(array)
}

/// The version of the binary form of `jsonb`, which is followed by the text.
const JSONB_VERSION: u8 = 1;

/// A text that is sent as `jsonb` unchanged.
#[derive(Clone, Copy, Debug)]
struct Jsonb<'t>(&'t str);

impl sqlx::Type<Postgres> for Jsonb<'_> {
    fn type_info() -> PgTypeInfo {
        <serde_json::Value as sqlx::Type<Postgres>>::type_info()
    }
}

impl PgHasArrayType for Jsonb<'_> {
    fn array_type_info() -> PgTypeInfo {
        <serde_json::Value as PgHasArrayType>::array_type_info()
    }
}

impl Encode<'_, Postgres> for Jsonb<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.push(JSONB_VERSION);
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

fn mismatch(ty: Type) -> BoxDynError {
    format!("the value is not of the column's type {ty:?}").into()
}

/// Reads a row whose columns are those of `schema`, in order.
pub(crate) fn read(schema: &'static Schema, row: &PgRow) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(schema.columns.len());
    for (at, column) in schema.columns.iter().enumerate() {
        let value = value(row, at, column.ty).map_err(|error| StoreError::Corrupt {
            table: schema.table,
            column: column.name,
            id: row.try_get(0).ok(),
            source: FieldError::invalid("a stored value of the column's type", error),
        })?;
        values.push(value);
    }
    Ok(Row(values))
}

/// Reads one value, straight from the bytes that the server sent (the binary forms of its types'
/// `send` functions). Times are not left to sqlx, which panics on `infinity` and on what its
/// calendar does not reach; JSON stays text until someone knows what it means.
pub(crate) fn value(row: &PgRow, at: usize, ty: Type) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    if raw.format() != PgValueFormat::Binary {
        return Err(undecodable("a value that is not in its binary form"));
    }
    let bytes = raw.as_bytes().map_err(sqlx::Error::Decode)?;
    Ok(match ty {
        Type::Bool => Value::Bool(fixed::<1>(bytes)? != [0]),
        Type::Int => Value::Int(i64::from_be_bytes(fixed(bytes)?)),
        Type::Decimal => Value::Decimal(row.try_get(at)?),
        Type::Text => Value::Text(text(bytes)?.to_owned()),
        Type::Uuid => Value::Uuid(Uuid::from_bytes(fixed(bytes)?)),
        Type::Time => time(fixed(bytes)?)?,
        Type::Date => date(fixed(bytes)?)?,
        Type::Json => match bytes.split_first() {
            Some((&JSONB_VERSION, json)) => Value::Json(JsonText::from_stored(text(json)?)),
            _ => return Err(undecodable("a document of another version")),
        },
        Type::Bytes => Value::Bytes(bytes.into()),
    })
}

fn undecodable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], sqlx::Error> {
    bytes.try_into().map_err(|_| undecodable("a value of another length"))
}

fn text(bytes: &[u8]) -> Result<&str, sqlx::Error> {
    std::str::from_utf8(bytes).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// PostgreSQL counts microseconds from 2000-01-01T00:00:00Z.
fn time(bytes: [u8; 8]) -> Result<Value, sqlx::Error> {
    const EPOCH_MICROS: i64 = 946_684_800_000_000;
    let micros = i64::from_be_bytes(bytes).checked_add(EPOCH_MICROS);
    let at = micros.and_then(Timestamp::from_micros);
    at.map(Value::Time).ok_or_else(|| undecodable("a time out of range"))
}

/// PostgreSQL counts days from 2000-01-01.
fn date(bytes: [u8; 4]) -> Result<Value, sqlx::Error> {
    const EPOCH_DAYS: i32 = 10_957;
    let since_1970 = i32::from_be_bytes(bytes).checked_add(EPOCH_DAYS);
    let date = since_1970.and_then(|days| {
        NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(i64::from(days))?)
    });
    date.map(Value::Date).ok_or_else(|| undecodable("a date out of range"))
}
