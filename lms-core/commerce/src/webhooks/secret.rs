//! Secrets that must be stored in plain form.
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lms_kernel::SecretText;
use lms_store::{Field, FieldError, Type, Value};

/// A secret that has to be kept as it is, because something is signed with it. It prints, and is
/// written into every document, as `[redacted]`; only the store's column holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecret(SecretText);

impl StoredSecret {
    /// The longest secret, in characters.
    pub const MAX_LENGTH: usize = 500;

    /// The secret, as its giver shows it.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(SecretText::new(secret.into()))
    }

    /// The secret itself; the name is there to be searched for.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Serialize for StoredSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for StoredSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Field for StoredSecret {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(Self::MAX_LENGTH as u32);
    fn to_value(&self) -> Value {
        Value::Text(self.expose().to_owned())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        String::from_value(value).map(Self::new)
    }
}
