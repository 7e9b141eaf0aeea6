//! The code by which students join a class.
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use lms_kernel::TextError;
use lms_store::{Field, FieldError, Type, Value};

/// The code by which students join a class: 6 to 16 of the letters and digits that are not
/// mistaken for each other.
///
/// It is read without regard to case, spaces and hyphens, and written in capitals; O reads as
/// zero, I and L as one, as in Crockford's Base32 (crockford.com/base32.html), so that a code can
/// be read aloud and copied from a board.
///
/// ```
/// use lms_learning::delivery::JoinCode;
///
/// let code: JoinCode = "kq7-4m2".parse()?;
/// assert_eq!(code.as_str(), "KQ74M2");
/// assert_eq!("OIL-234".parse::<JoinCode>()?.as_str(), "011234");
/// # Ok::<(), lms_kernel::TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct JoinCode(String);

impl JoinCode {
    /// The fewest letters and digits.
    pub const MIN_LENGTH: usize = 6;
    /// The most letters and digits.
    pub const MAX_LENGTH: usize = 16;
    /// How many a generated code has: 32⁸ codes, some 1.1 · 10¹².
    pub const GENERATED_LENGTH: usize = 8;

    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Reads a code as a person types it.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if it has another length or other characters.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let malformed = TextError::Malformed {
            what: "join code",
            remedy: "use 6 to 16 letters and digits, without U",
        };
        let mut code = String::with_capacity(text.len().min(Self::MAX_LENGTH));
        for letter in text.trim().chars().filter(|it| !matches!(it, '-' | ' ')) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = u8::try_from(letter).is_ok_and(|it| Self::LETTERS.contains(&it));
            if !known || code.len() == Self::MAX_LENGTH {
                return Err(malformed);
            }
            code.push(letter);
        }
        if code.len() < Self::MIN_LENGTH { Err(malformed) } else { Ok(Self(code)) }
    }

    /// The code that the last 40 bits of a new id make, which are random in an id of version 4 or
    /// 7. Anyone who stores it sees to it that no other class has it.
    pub fn from_uuid(uuid: Uuid) -> Self {
        let letter = |at: usize| {
            let bits = (uuid.as_u128() >> (5 * (Self::GENERATED_LENGTH - 1 - at))) & 31;
            let letter = usize::try_from(bits).ok().and_then(|it| Self::LETTERS.get(it));
            char::from(letter.copied().unwrap_or(b'0'))
        };
        Self((0..Self::GENERATED_LENGTH).map(letter).collect())
    }

    /// The code in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::str::FromStr for JoinCode {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for JoinCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Field for JoinCode {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(Self::MAX_LENGTH as u32);
    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Self::new(&String::from_value(value)?).map_err(|e| FieldError::invalid("JoinCode", e))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_easily_misread_reads_the_same() {
        assert_eq!(JoinCode::new(" abc-def 12 ").unwrap().as_str(), "ABCDEF12");
        assert_eq!(JoinCode::new("o0iIlL1").unwrap().as_str(), "0011111");
        for text in ["", "abc12", "abcdefu", "abc_ef", "ábcdef", "ABCDEFGHJKMNPQRS7"] {
            assert!(JoinCode::new(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_generated_code_is_a_code(number: u128) {
            let code = JoinCode::from_uuid(Uuid::from_u128(number));
            let next = JoinCode::from_uuid(Uuid::from_u128(number.wrapping_add(1)));
            prop_assert_ne!(&next, &code);
            prop_assert_eq!(JoinCode::new(code.as_str()), Ok(code));
        }
    }
}
