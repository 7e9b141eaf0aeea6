//! Secrets that are shown once and stored only as their hash.
use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use lms_kernel::{Entropy, SecretText, TextError};
use lms_store::{Field, FieldError, Privacy, Type, Value};

/// A secret that opens something once: an invitation, a session, a verification.
///
/// 256 random bits as 64 hexadecimal digits. The holder gets the token, the store only its hash, so
/// that anyone who reads the store cannot use it. With that many random bits a plain SHA-256 (FIPS
/// 180-4) is enough; passwords need a slow hash instead.
#[derive(Clone, Debug)]
pub struct Token(SecretText);

impl Token {
    const BYTES: usize = 32;

    /// A token that no one can guess.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; Self::BYTES];
        entropy.fill(&mut bytes);
        Self(SecretText::new(hex::encode(bytes)))
    }

    /// The token that someone presents.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if it cannot be one; the text is not repeated.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        match text.len() == 2 * Self::BYTES && text.bytes().all(is_digit) {
            true => Ok(Self(SecretText::new(text.to_owned()))),
            false => Err(TextError::Malformed {
                what: "token",
                remedy: "use it as it was sent, 64 characters in all",
            }),
        }
    }

    /// The token, to hand it out.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the store keeps of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.expose())
    }
}

/// The SHA-256 of a secret, as 64 hexadecimal digits.
///
/// Two are compared in a time that does not depend on where they differ.
#[derive(Clone)]
pub struct SecretHash(Box<str>);

impl SecretHash {
    /// The hash of a secret.
    pub fn of(secret: &str) -> Self {
        Self(hex::encode(Sha256::digest(secret.as_bytes())).into())
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl serde::Serialize for SecretHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

impl<'de> serde::Deserialize<'de> for SecretHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|it| Self(it.into()))
    }
}

impl Field for SecretHash {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(64);
    const PRIVACY: Privacy = Privacy::Secret;
    fn to_value(&self) -> Value {
        Value::Text(self.0.to_string())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        String::from_value(value).map(|it| Self(it.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::SeededEntropy;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-4 example: the SHA-256 of `abc`.
        let hash = SecretHash::of("abc");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_value(), Value::Text(expected.to_owned()));
    }

    #[test]
    fn a_token_is_found_by_what_it_says_and_never_printed() {
        let entropy = SeededEntropy::new(1);
        let (one, other) = (Token::new(&entropy), Token::new(&entropy));
        assert_ne!(one.hash(), other.hash());
        assert_ne!(one.hash(), SecretHash(one.hash().0[..63].into()), "lengths differ");
        assert_eq!(Token::parse(one.expose()).unwrap().hash(), one.hash());
        assert!(!format!("{one:?} {:?}", one.hash()).contains(one.expose()));
        let upper = one.expose().to_uppercase();
        for text in ["", "abc", &one.expose()[1..], &upper] {
            let refused = Token::parse(text).is_err() || text == one.expose();
            assert!(refused, "{text}");
        }
    }
}
