//! One stored scalar, and the types that fit one column.
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{JsonText, Record};
use lms_kernel::{
    Currency, EmailAddress, EntityKind, Id, LanguageTag, Link, LocalDate, Metadata, Percent,
    PhoneNumber, Points, Slug, TenantId, TimeZone, Timestamp, Title, Version,
};

/// One stored scalar, free of any backend's types.
///
/// Its JSON is in snake_case; files written before that rule are read by the aliases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing is stored.
    #[serde(alias = "Null")]
    Null,
    /// True or false.
    #[serde(alias = "Bool")]
    Bool(bool),
    /// A whole number; money and marks are whole numbers at a fixed scale.
    #[serde(alias = "Int")]
    Int(i64),
    /// An exact decimal, for quantities that are neither money nor marks.
    #[serde(alias = "Decimal")]
    Decimal(Decimal),
    /// Text without NUL characters.
    #[serde(alias = "Text")]
    Text(String),
    /// An id.
    #[serde(alias = "Uuid")]
    Uuid(Uuid),
    /// An instant, to the microsecond.
    #[serde(alias = "Time")]
    Time(Timestamp),
    /// A calendar day without a time zone.
    #[serde(alias = "Date")]
    Date(NaiveDate),
    /// A JSON part of a record.
    #[serde(alias = "Json")]
    Json(JsonText),
    /// Bytes, such as a hash.
    #[serde(alias = "Bytes")]
    Bytes(Box<[u8]>),
}

// A page of rows is mostly values: one is no larger than a text.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Value>() == size_of::<String>());

impl Value {
    /// The type of a value that is not null.
    pub fn type_of(&self) -> Option<Type> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Decimal(_) => Type::Decimal,
            Self::Text(_) => Type::Text,
            Self::Uuid(_) => Type::Uuid,
            Self::Time(_) => Type::Time,
            Self::Date(_) => Type::Date,
            Self::Json(_) => Type::Json,
            Self::Bytes(_) => Type::Bytes,
        })
    }

    /// Whether nothing is stored.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// The type of a column.
///
/// Its JSON is in snake_case, and the aliases read older files, as with [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// [`Value::Bool`]
    #[serde(alias = "Bool")]
    Bool,
    /// [`Value::Int`]
    #[serde(alias = "Int")]
    Int,
    /// [`Value::Decimal`]
    #[serde(alias = "Decimal")]
    Decimal,
    /// [`Value::Text`]
    #[serde(alias = "Text")]
    Text,
    /// [`Value::Uuid`]
    #[serde(alias = "Uuid")]
    Uuid,
    /// [`Value::Time`]
    #[serde(alias = "Time")]
    Time,
    /// [`Value::Date`]
    #[serde(alias = "Date")]
    Date,
    /// [`Value::Json`]
    #[serde(alias = "Json")]
    Json,
    /// [`Value::Bytes`]
    #[serde(alias = "Bytes")]
    Bytes,
}

/// How closely a column's contents must be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Privacy {
    /// Says nothing about a person.
    Open,
    /// Identifies or describes a person: exported and erased with them.
    Personal,
    /// Needs its own permission to read, such as a child's special needs; never in audit diffs.
    Sensitive,
    /// A credential or key; never shown, never in audit diffs.
    Secret,
}

/// A type that fits one column.
pub trait Field: Sized {
    /// The column's type.
    const TYPE: Type;
    /// Whether the column may hold null.
    const NULLABLE: bool = false;
    /// The closed set of texts, when there is one.
    const ALLOWED: &'static [&'static str] = &[];
    /// The table whose id this is, when it is one.
    const REFERENCES: Option<&'static str> = None;
    /// The least and the greatest whole number, when the type has limits.
    const RANGE: Option<(i64, i64)> = None;
    /// The greatest number of characters, when the type has a limit.
    const MAX_LENGTH: Option<u32> = None;
    /// How closely the contents must be kept, unless the record says otherwise.
    const PRIVACY: Privacy = Privacy::Open;

    /// The value to store.
    fn to_value(&self) -> Value;
    /// The field that a stored value means.
    fn from_value(value: Value) -> Result<Self, FieldError>;
}

/// A stored value that the domain type rejects. It never quotes the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct FieldError {
    expected: String,
    found: String,
}

impl FieldError {
    /// The error for `found` where `expected` was needed.
    pub fn unexpected(expected: &str, found: &Value) -> Self {
        let found = match found.type_of() {
            None => "null".to_owned(),
            Some(ty) => format!("another {ty:?}").to_lowercase(),
        };
        Self { expected: expected.to_owned(), found }
    }

    /// The error for a value of the right type with impossible contents.
    pub fn invalid(expected: &str, reason: impl std::fmt::Display) -> Self {
        Self {
            expected: expected.to_owned(),
            found: format!("a value that is not valid: {reason}"),
        }
    }
}

macro_rules! scalar {
    ($($ty:ty => $kind:ident, $to:expr, $from:expr;)+) => {$(
        impl Field for $ty {
            const TYPE: Type = Type::$kind;
            fn to_value(&self) -> Value {
                let to: fn(&$ty) -> _ = $to;
                Value::$kind(to(self))
            }
            fn from_value(value: Value) -> Result<Self, FieldError> {
                match value {
                    Value::$kind(raw) => Ok(($from)(raw)),
                    other => Err(FieldError::unexpected(stringify!($ty), &other)),
                }
            }
        }
    )+};
}

scalar! {
    bool => Bool, |v| *v, |v| v;
    i64 => Int, |v| *v, |v| v;
    Decimal => Decimal, |v| *v, |v| v;
    String => Text, Clone::clone, |v| v;
    Uuid => Uuid, |v| *v, |v| v;
    TenantId => Uuid, |v| v.uuid(), TenantId::from_uuid;
    Timestamp => Time, |v| *v, |v| v;
    Vec<u8> => Bytes, |v| v.as_slice().into(), <[u8]>::into_vec;
}

impl Field for LocalDate {
    const TYPE: Type = Type::Date;
    fn to_value(&self) -> Value {
        Value::Date(self.naive())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Date(day) => Self::new(day)
                .map_err(|_| FieldError::invalid("date", "a day in the years 0001 to 9999")),
            other => Err(FieldError::unexpected("date", &other)),
        }
    }
}

impl Field for serde_json::Value {
    const TYPE: Type = Type::Json;
    fn to_value(&self) -> Value {
        Value::Json(self.into())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Json(part) => part.read(),
            other => Err(FieldError::unexpected("JSON", &other)),
        }
    }
}

impl Field for Version {
    const TYPE: Type = Type::Int;
    const RANGE: Option<(i64, i64)> = Some((1, i64::MAX));
    fn to_value(&self) -> Value {
        Value::Int(self.get())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        i64::from_value(value).map(Self::new)
    }
}

impl Field for Points {
    const TYPE: Type = Type::Int;
    fn to_value(&self) -> Value {
        Value::Int(self.ten_thousandths())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        i64::from_value(value).map(Self::from_ten_thousandths)
    }
}

impl Field for Percent {
    const TYPE: Type = Type::Int;
    const RANGE: Option<(i64, i64)> = Some((0, 1_000_000));
    fn to_value(&self) -> Value {
        Value::Int(self.ten_thousandths())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let raw = i64::from_value(value)?;
        Self::from_ten_thousandths(raw).map_err(|e| FieldError::invalid("Percent", e))
    }
}

macro_rules! small_integer {
    ($($ty:ty),+) => {$(
        impl Field for $ty {
            const TYPE: Type = Type::Int;
            const RANGE: Option<(i64, i64)> = Some((<$ty>::MIN as i64, <$ty>::MAX as i64));
            fn to_value(&self) -> Value {
                Value::Int(i64::from(*self))
            }
            fn from_value(value: Value) -> Result<Self, FieldError> {
                let raw = i64::from_value(value)?;
                Self::try_from(raw).map_err(|e| FieldError::invalid(stringify!($ty), e))
            }
        }
    )+};
}

small_integer!(u8, u16, u32, i32);

macro_rules! text {
    ($($ty:ident, $privacy:ident;)+) => {$(
        impl Field for $ty {
            const TYPE: Type = Type::Text;
            const MAX_LENGTH: Option<u32> = Some(<$ty>::MAX_LENGTH as u32);
            const PRIVACY: Privacy = Privacy::$privacy;
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: Value) -> Result<Self, FieldError> {
                let text = String::from_value(value)?;
                Self::try_from(text).map_err(|e| FieldError::invalid(stringify!($ty), e))
            }
        }
    )+};
}

text! {
    Slug, Open;
    EmailAddress, Personal;
    PhoneNumber, Personal;
    LanguageTag, Open;
    Title, Open;
    TimeZone, Open;
    Link, Open;
    EntityKind, Open;
}

impl Field for Currency {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(3);
    fn to_value(&self) -> Value {
        Value::Text(self.code().to_owned())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let text = String::from_value(value)?;
        text.parse().map_err(|e| FieldError::invalid("Currency", e))
    }
}

impl<R: Record> Field for Id<R> {
    const TYPE: Type = Type::Uuid;
    const REFERENCES: Option<&'static str> = Some(R::TABLE);
    fn to_value(&self) -> Value {
        Value::Uuid(self.uuid())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Uuid::from_value(value).map(Self::from_uuid)
    }
}

/// Empty metadata are stored as null, so that the column costs nothing where it is not used.
impl Field for Metadata {
    const TYPE: Type = Type::Json;
    const NULLABLE: bool = true;
    const PRIVACY: Privacy = Privacy::Personal;
    fn to_value(&self) -> Value {
        if self.is_empty() { Value::Null } else { json_to_value(self) }
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Null => Ok(Self::default()),
            other => json_from_value(other),
        }
    }
}

impl<T: Field> Field for Option<T> {
    const TYPE: Type = T::TYPE;
    const NULLABLE: bool = true;
    const ALLOWED: &'static [&'static str] = T::ALLOWED;
    const REFERENCES: Option<&'static str> = T::REFERENCES;
    const RANGE: Option<(i64, i64)> = T::RANGE;
    const MAX_LENGTH: Option<u32> = T::MAX_LENGTH;
    const PRIVACY: Privacy = T::PRIVACY;
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// Stores a structured part as JSON. `#[record(json)]` calls it.
///
/// A part that JSON cannot express (a map with keys that are not text) becomes null, which the
/// column then refuses; every part in this library can be expressed.
pub fn json_to_value<T: Serialize>(part: &T) -> Value {
    match JsonText::of(part) {
        Some(json) if json.as_str() != "null" => Value::Json(json),
        _ => Value::Null,
    }
}

/// Reads back what [`json_to_value`] stored.
pub fn json_from_value<T: DeserializeOwned>(value: Value) -> Result<T, FieldError> {
    match value {
        Value::Json(json) => json.read(),
        Value::Null => JsonText::from_stored("null").read(),
        other => Err(FieldError::unexpected("JSON", &other)),
    }
}
