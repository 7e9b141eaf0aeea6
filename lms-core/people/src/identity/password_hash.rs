//! The hash of a password, which no one reads.
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use lms_kernel::SecretText;
use lms_store::{Field, FieldError, Privacy, Type, Value};

/// The hash of a password, as the host's hasher wrote it. It prints and serializes as
/// `[redacted]`, and is opaque to everything but the hasher.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(SecretText);

impl PasswordHash {
    /// Takes what a hasher wrote.
    pub const fn new(hash: String) -> Self {
        Self(SecretText::new(hash))
    }

    /// The hash, for the hasher to verify a password with.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Serialize for PasswordHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

impl Field for PasswordHash {
    const TYPE: Type = Type::Text;
    const PRIVACY: Privacy = Privacy::Secret;
    fn to_value(&self) -> Value {
        Value::Text(self.expose().to_owned())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        String::from_value(value).map(Self::new)
    }
}
