//! SHA-256 over parts with unambiguous boundaries.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::{Field, FieldError, Type, Value};
use lms_kernel::{Entropy, TextError};

/// 32 bytes: a SHA-256 (FIPS 180-4), or as many random ones. Its text is 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// How many bytes it has.
    pub const LENGTH: usize = 32;

    /// Those bytes.
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Bytes that no one can guess.
    pub(super) fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; Self::LENGTH];
        entropy.fill(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let malformed = TextError::Malformed {
            what: "digest",
            remedy: "write 64 hexadecimal digits in lower case",
        };
        let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if text.len() != 2 * Self::LENGTH || !text.bytes().all(is_digit) {
            return Err(malformed);
        }
        let mut bytes = [0; Self::LENGTH];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| malformed)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl Field for Digest {
    const TYPE: Type = Type::Bytes;
    fn to_value(&self) -> Value {
        Value::Bytes(self.0.into())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let bytes = Vec::<u8>::from_value(value)?;
        let bytes = bytes.try_into().map_err(|_| FieldError::invalid("Digest", "not 32 bytes"))?;
        Ok(Self(bytes))
    }
}

/// Hashes parts one after the other, each behind its length, so that no two lists of parts give
/// the same bytes.
pub(super) struct Parts(Sha256);

impl Parts {
    /// Starts a hash of that sort; the sort is its first part.
    pub(super) fn of(sort: &str) -> Self {
        Self(Sha256::new()).text(sort)
    }

    pub(super) fn bytes(mut self, part: &[u8]) -> Self {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(part);
        self
    }

    pub(super) fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    pub(super) fn number(self, part: i64) -> Self {
        self.bytes(&part.to_be_bytes())
    }

    pub(super) fn digest(self, part: &Digest) -> Self {
        self.bytes(part.bytes())
    }

    /// A part that may be missing: nothing differs from an empty part.
    pub(super) fn maybe(self, part: Option<&[u8]>) -> Self {
        match part {
            None => self.number(0),
            Some(part) => self.number(1).bytes(part),
        }
    }

    pub(super) fn done(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// JSON as text that is the same whatever the order of the keys, which a store need not keep.
pub(super) fn canonical(json: &Json) -> String {
    let mut text = String::new();
    write_canonical(json, &mut text);
    text
}

fn write_canonical(json: &Json, text: &mut String) {
    match json {
        Json::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Json::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|it| it.0);
            text.push('{');
            for (key, value) in pairs {
                text.push_str(&Json::String(key.clone()).to_string());
                text.push(':');
                write_canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_digest_survives_its_text_and_its_column() {
        let digest = Parts::of("test").done();
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(Digest::from_value(digest.to_value()).unwrap(), digest);
        assert!(Digest::from_value(Value::Bytes([1; 31].into())).is_err());
        let text = digest.to_string();
        for wrong in [&text[1..], &text.to_uppercase(), &format!("{}é", &text[2..]), ""] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-4: SHA-256 of eight bytes that say 3, and `abc`.
        let by_hand = Digest(Sha256::digest(b"\0\0\0\0\0\0\0\x03abc").into());
        assert_eq!(Parts::of("abc").done(), by_hand);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let hashes = [
            Parts::of("x").text("ab").text("c").done(),
            Parts::of("x").text("a").text("bc").done(),
            Parts::of("x").text("abc").done(),
            Parts::of("xabc").done(),
            Parts::of("x").maybe(None).done(),
            Parts::of("x").maybe(Some(b"")).done(),
        ];
        for (at, one) in hashes.iter().enumerate() {
            assert!(hashes.iter().skip(at + 1).all(|it| it != one), "{at}");
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let of = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(
            of(r#"{"b":[1,{"d":1,"c":2}],"a":null}"#),
            of(r#"{"a":null,"b":[1,{"c":2,"d":1}]}"#)
        );
        let different =
            [r#"[1,2]"#, r#"[12]"#, r#"["1,2"]"#, r#"{"1":2}"#, r#"[[1],2]"#, "[]", "{}"];
        for (at, one) in different.iter().enumerate() {
            assert!(different.iter().skip(at + 1).all(|it| of(it) != of(one)), "{one}");
        }
        assert_eq!(canonical(&json!("é\"")), "\"é\\\"\"");
    }
}
