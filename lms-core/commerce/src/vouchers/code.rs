//! Voucher codes.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
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

    /// The code that two ids make which are used for nothing else: 75 bits of their digest in
    /// fifteen characters that are not easily mistaken for each other (Crockford's base 32,
    /// crockford.com/base32.html). Each id brings 48 random bits, so that no one can guess a code,
    /// or know it from another one or from a record.
    pub fn from_ids(first: Uuid, second: Uuid) -> Self {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let digest = Sha256::new().chain_update(first).chain_update(second).finalize();
        let bits = digest.iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut code = String::with_capacity(17);
        for place in (0..15_u32).rev() {
            let digit = usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0);
            code.push(LETTERS.get(digit).map_or('0', |it| char::from(*it)));
            if matches!(place, 10 | 5) {
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
    fn two_ids_make_a_code_that_tells_neither() {
        let ids =
            |first, second| VoucherCode::from_ids(Uuid::from_u128(first), Uuid::from_u128(second));
        let code = ids(1, 2);
        assert_eq!(VoucherCode::new(code.as_str()), Ok(code.clone()));
        assert_eq!(code.as_str().chars().filter(|it| *it != '-').count(), 15);
        let others = [ids(2, 1), ids(1, 3), ids(3, 2)];
        assert!(others.iter().all(|it| *it != code));
    }
}
