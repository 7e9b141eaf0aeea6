//! Codes that people type.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use lms_kernel::TextError;
use lms_store::{Field, FieldError, Sortable, Type, Value};

/// A code that people type: 3 to 40 letters A to Z, digits and hyphens, read in any case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoucherCode(String);

impl VoucherCode {
    /// The most characters.
    pub const MAX_LENGTH: usize = 40;

    /// Checks a code.
    ///
    /// # Errors
    /// [`TextError::Malformed`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        let code = text.trim().to_ascii_uppercase();
        let fits = (3..=Self::MAX_LENGTH).contains(&code.len())
            && code.bytes().all(|it| matches!(it, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Self(code)) } else { Err(MALFORMED) }
    }

    /// The code that an id makes: 60 of its random bits in twelve characters that are not easily
    /// mistaken for each other (Crockford's base 32, crockford.com/base32.html).
    pub fn from_id(id: Uuid) -> Self {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = id.as_u128();
        let mut code = String::with_capacity(14);
        for place in (0..12_u32).rev() {
            let digit = usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0);
            code.push(LETTERS.get(digit).map_or('0', |it| char::from(*it)));
            if matches!(place, 8 | 4) {
                code.push('-');
            }
        }
        Self(code)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const MALFORMED: TextError = TextError::Malformed {
    what: "voucher code",
    remedy: "use 3 to 40 letters A to Z, digits and hyphens",
};

impl fmt::Display for VoucherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for VoucherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for VoucherCode {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl Serialize for VoucherCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for VoucherCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

impl Field for VoucherCode {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(Self::MAX_LENGTH as u32);
    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let text = String::from_value(value)?;
        Self::new(&text).map_err(|e| FieldError::invalid("VoucherCode", e))
    }
}

impl Sortable for VoucherCode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_case_and_checked() {
        assert_eq!(VoucherCode::new(" spring-24 ").unwrap().as_str(), "SPRING-24");
        for text in ["", "ab", "a b", "ümlaut", &"A".repeat(41)] {
            assert!(VoucherCode::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_makes_a_code_of_its_last_bits() {
        let code = VoucherCode::from_id(Uuid::from_u128(0xffff_0000_0000_0000_0000_0000_0000_0421));
        assert_eq!(code.as_str(), "0000-0000-0111");
        assert_eq!(VoucherCode::new(code.as_str()), Ok(code));
    }
}
