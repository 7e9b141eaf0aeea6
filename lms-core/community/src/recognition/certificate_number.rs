//! The number of a certificate.
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use lms_kernel::TextError;
use lms_store::{Field, FieldError, Type, Value};

/// What is printed on a certificate and looked up by: 1 to 50 letters, digits, `-`, `/` and `.`.
///
/// The library's own are `C-000001`, `C-000002`, …; a tenant may bring others from elsewhere.
///
/// ```
/// use lms_community::recognition::CertificateNumber;
///
/// assert_eq!(CertificateNumber::nth(42).as_str(), "C-000042");
/// assert!(CertificateNumber::new("CERT/2024.117").is_ok());
/// assert!(CertificateNumber::new("42 a").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CertificateNumber(String);

impl CertificateNumber {
    /// The most characters.
    pub const MAX_LENGTH: usize = 50;

    /// Checks a number.
    ///
    /// # Errors
    /// [`TextError`], which says what to write instead.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let what = "certificate number";
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty { what });
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(TextError::TooLong { what, most: Self::MAX_LENGTH });
        }
        if !text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-/.".contains(&it)) {
            let remedy = "use letters, digits, `-`, `/` and `.`";
            return Err(TextError::Malformed { what, remedy });
        }
        Ok(Self(text.to_owned()))
    }

    /// The tenant's certificate of that number, counted from 1.
    pub fn nth(number: i64) -> Self {
        Self(format!("C-{number:06}"))
    }

    /// The number as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for CertificateNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

impl Field for CertificateNumber {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(50);
    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let text = String::from_value(value)?;
        Self::new(&text).map_err(|e| FieldError::invalid("CertificateNumber", e))
    }
}
