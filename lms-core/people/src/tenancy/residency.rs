//! Data regions and retention classes.
use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lms_kernel::{TextError, Timestamp};
use lms_store::{Field, FieldError, Type, Value};

/// The region in which a tenant's data must be stored, by the host's name for it.
///
/// 2 to 32 lower-case ASCII letters, digits and hyphens. The host keeps one store per region and
/// picks it by this name; the library never moves data between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataRegion(Box<str>);

impl DataRegion {
    /// Checks a name.
    ///
    /// # Errors
    /// [`TextError::Malformed`] for any other text.
    pub fn new(name: &str) -> Result<Self, TextError> {
        let name = name.trim().to_ascii_lowercase();
        let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        match (2..=32).contains(&name.len()) && name.bytes().all(is_plain) {
            true => Ok(Self(name.into())),
            false => Err(TextError::Malformed {
                what: "data region",
                remedy: "write 2 to 32 letters, digits or hyphens, such as `eu`",
            }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `default`: the region of a host that has only one.
impl Default for DataRegion {
    fn default() -> Self {
        Self("default".into())
    }
}

/// How long deleted data are kept before they may be purged.
///
/// The text form is `standard`, `regulated` or `custom:<days>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetentionClass {
    /// 30 days.
    #[default]
    Standard,
    /// Seven years of 365.25 days, rounded up to 2,557 days.
    Regulated,
    /// So many days, at least one.
    Custom(u16),
}

impl RetentionClass {
    /// For how many days deleted data are kept.
    pub const fn days(self) -> u16 {
        match self {
            Self::Standard => 30,
            Self::Regulated => 2_557,
            Self::Custom(days) => days,
        }
    }

    /// Whether data deleted at `deleted_at` may be purged at `now`.
    pub fn is_due(self, deleted_at: Timestamp, now: Timestamp) -> bool {
        now >= deleted_at.saturating_add(TimeDelta::days(i64::from(self.days())))
    }
}

impl fmt::Display for DataRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for DataRegion {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl fmt::Display for RetentionClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("standard"),
            Self::Regulated => f.write_str("regulated"),
            Self::Custom(days) => write!(f, "custom:{days}"),
        }
    }
}

impl FromStr for RetentionClass {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let days = |text: &str| text.parse().ok().filter(|days| *days > 0);
        match text.split_once(':') {
            None if text == "standard" => Ok(Self::Standard),
            None if text == "regulated" => Ok(Self::Regulated),
            Some(("custom", text)) if let Some(days) = days(text) => Ok(Self::Custom(days)),
            _ => Err(TextError::Malformed {
                what: "retention class",
                remedy: "write `standard`, `regulated` or `custom:<days>`",
            }),
        }
    }
}

macro_rules! stored_as_text {
    ($($ty:ident, $max:literal;)+) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl Field for $ty {
            const TYPE: Type = Type::Text;
            const MAX_LENGTH: Option<u32> = Some($max);
            fn to_value(&self) -> Value {
                Value::Text(self.to_string())
            }
            fn from_value(value: Value) -> Result<Self, FieldError> {
                let text = String::from_value(value)?;
                text.parse().map_err(|e| FieldError::invalid(stringify!($ty), e))
            }
        }
    )+};
}

stored_as_text! {
    DataRegion, 32;
    RetentionClass, 16;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_short_names() {
        for (text, name) in [("EU", "eu"), (" au ", "au"), ("eu-west-1", "eu-west-1")] {
            assert_eq!(DataRegion::new(text).unwrap().as_str(), name);
        }
        for text in ["", "e", "e u", "eü", &"a".repeat(33)] {
            assert!(DataRegion::new(text).is_err(), "{text}");
        }
        assert_eq!(DataRegion::default().to_string().parse(), Ok(DataRegion::default()));
    }

    #[test]
    fn a_class_survives_its_text() {
        for class in
            [RetentionClass::Standard, RetentionClass::Regulated, RetentionClass::Custom(90)]
        {
            assert_eq!(class.to_string().parse(), Ok(class));
            assert_eq!(RetentionClass::from_value(class.to_value()), Ok(class));
        }
        for text in ["", "custom", "custom:0", "custom:-1", "custom:65536", "forever"] {
            assert!(text.parse::<RetentionClass>().is_err(), "{text}");
        }
    }

    #[test]
    fn deleted_data_are_due_when_the_last_day_is_over() {
        let deleted: Timestamp = "2024-03-01T12:00:00Z".parse().unwrap();
        let class = RetentionClass::Standard;
        assert!(!class.is_due(deleted, "2024-03-31T11:59:59Z".parse().unwrap()));
        assert!(class.is_due(deleted, "2024-03-31T12:00:00Z".parse().unwrap()));
        let seven_years: Timestamp = "2031-03-02T12:00:00Z".parse().unwrap();
        assert!(RetentionClass::Regulated.is_due(deleted, seven_years));
        assert!(
            !RetentionClass::Regulated.is_due(deleted, "2031-03-01T11:00:00Z".parse().unwrap())
        );
        assert!(!class.is_due(Timestamp::MAX, deleted));
    }
}
