//! Values that must not reach a log, an error or a document.

use std::{fmt, hint::black_box, mem};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroize;

/// A value that prints as `[redacted]` and is read only by asking for it.
///
/// It can be deserialized, for configuration, but not serialized: write `expose()` where a
/// secret truly has to leave. The bytes are overwritten when the secret is dropped; copies made of
/// `expose()`, and buffers that a text outgrew before, are not.
///
/// ```
/// use lms_kernel::SecretText;
///
/// let key = SecretText::new("sk_live_1".to_owned());
/// assert_eq!(format!("{key} {key:?}"), "[redacted] [redacted]");
/// assert!(key.matches("sk_live_1"));
/// ```
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize>(T);

/// A secret text: a key, a token, a password.
pub type SecretText = Secret<String>;

impl<T: Zeroize> Secret<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; the name is there to be searched for.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Gives the value up.
    pub fn into_exposed(mut self) -> T
    where
        T: Default,
    {
        mem::take(&mut self.0)
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: AsRef<[u8]> + Zeroize> Secret<T> {
    /// Whether `candidate` has the same bytes.
    ///
    /// The time it takes depends on the two lengths only, not on where the first difference is,
    /// so a caller who measures it learns nothing about the content. The length is not hidden.
    pub fn matches(&self, candidate: impl AsRef<[u8]>) -> bool {
        let (own, other) = (self.0.as_ref(), candidate.as_ref());
        let differences = own.iter().zip(other).fold(0, |seen, (a, b)| black_box(seen | (a ^ b)));
        own.len() == other.len() && differences == 0
    }
}

/// Compares like [`Secret::matches`].
impl<T: AsRef<[u8]> + Zeroize> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl<T: AsRef<[u8]> + Zeroize> Eq for Secret<T> {}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de, T: Deserialize<'de> + Zeroize> Deserialize<'de> for Secret<T> {
    /// Any failure has the same message: the usual one would repeat what it could not read.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer)
            .map(Self)
            .map_err(|_| serde::de::Error::custom("a secret has the wrong type"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_looks_at_every_byte_and_the_length() {
        let secret = SecretText::new("hunter2".to_owned());
        assert_eq!(secret, SecretText::new("hunter2".to_owned()));
        for other in ["", "hunter", "hunter22", "iunter2", "hunter3"] {
            assert!(!secret.matches(other), "{other}");
        }
        assert!(Secret::new(Vec::new()).matches(b""));
    }

    #[test]
    fn a_secret_that_is_dropped_is_overwritten() {
        struct Watched<'a>(&'a std::cell::Cell<bool>);
        impl Zeroize for Watched<'_> {
            fn zeroize(&mut self) {
                self.0.set(true);
            }
        }
        let is_wiped = std::cell::Cell::new(false);
        let secret = Secret::new(Watched(&is_wiped));
        assert!(!is_wiped.get());
        drop(secret);
        assert!(is_wiped.get());
        assert_eq!(SecretText::new("hunter2".to_owned()).into_exposed(), "hunter2");
    }

    #[test]
    fn a_failed_read_does_not_repeat_the_value() {
        let read: Secret<String> = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(read.expose(), "hunter2");
        let error = serde_json::from_str::<Secret<u32>>("\"hunter2\"").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
