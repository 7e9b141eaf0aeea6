//! Text that has been checked: what may be in it, how long it is, how it is written.
//!
//! Each type keeps one canonical spelling, offers it through `as_str`, `Display` and
//! `AsRef<str>`, and checks when it is parsed, converted from a `String` or read with serde. No
//! type lets control characters through, the NUL that databases refuse among them. Lengths count
//! characters, not bytes.

mod email;
mod language;
mod link;
mod phone;
mod request;
mod slug;
mod time_zone;
mod title;

pub use email::EmailAddress;
pub use language::LanguageTag;
pub use link::Link;
pub use phone::PhoneNumber;
pub use request::RequestId;
pub use slug::Slug;
pub use time_zone::TimeZone;
pub use title::Title;

/// Why a text was refused: which kind of value it was to be and what to write instead.
///
/// The refused text itself is not repeated; it may be someone's address or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, lms_derive::DomainError)]
#[fault(kernel)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing is left once white space at the ends is taken off.
    #[error("{what} must not be empty")]
    #[fault(invalid, code = "empty")]
    Empty {
        /// The kind of value, such as `title`.
        what: &'static str,
    },
    /// The text is too long.
    #[error("{what} is too long; use at most {most} characters")]
    #[fault(invalid, code = "too_long")]
    TooLong {
        /// The kind of value.
        what: &'static str,
        /// The most characters allowed.
        most: usize,
    },
    /// The text has a line break, a NUL or another control character.
    #[error("{what} must not contain line breaks or other control characters")]
    #[fault(invalid, code = "control_character")]
    ControlCharacter {
        /// The kind of value.
        what: &'static str,
    },
    /// The text is not written the way such a value is.
    #[error("{what} is malformed; {remedy}")]
    #[fault(invalid, code = "malformed")]
    Malformed {
        /// The kind of value.
        what: &'static str,
        /// What to write.
        remedy: &'static str,
    },
}

/// Declares a checked text. The function named by `parse` returns the canonical spelling.
macro_rules! checked_text {
    ($(#[$meta:meta])* $name:ident, max: $max:literal, $expecting:literal, parse: $parse:path) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The most characters that the text may have.
            pub const MAX_LENGTH: usize = $max;

            /// Checks a text.
            ///
            /// # Errors
            /// [`TextError`](crate::TextError), which says what to write instead.
            pub fn new(text: &str) -> Result<Self, $crate::TextError> {
                $parse(text).map(|text| Self(text.into()))
            }

            /// The text in its canonical spelling.
            pub const fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::TextError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0.into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        $crate::serde_text::serde_as_text!($name, $expecting);
    };
}

use checked_text;

/// The text without white space at its ends, if it has 1 to `most` characters and none of them
/// controls.
/// Whether any character is such a one. Plain ASCII, which most text is, is read byte by byte.
#[doc(hidden)]
pub fn any_char(text: &str, is_such: impl Fn(char) -> bool) -> bool {
    if text.is_ascii() {
        text.bytes().map(char::from).any(is_such)
    } else {
        text.chars().any(is_such)
    }
}

/// Whether the text has more characters than that; they are only counted where the bytes leave it
/// open.
#[doc(hidden)]
pub fn is_longer(text: &str, most: usize) -> bool {
    text.len() > most && text.chars().nth(most).is_some()
}

fn trimmed<'a>(text: &'a str, what: &'static str, most: usize) -> Result<&'a str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty { what });
    }
    if any_char(text, char::is_control) {
        return Err(TextError::ControlCharacter { what });
    }
    if is_longer(text, most) {
        return Err(TextError::TooLong { what, most });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DomainError as _, ErrorKind};

    #[test]
    fn errors_name_the_value_and_the_remedy() {
        for (error, text) in [
            (Title::new(" ").unwrap_err(), "title must not be empty"),
            (
                Title::new(&"é".repeat(501)).unwrap_err(),
                "title is too long; use at most 500 characters",
            ),
            (
                Title::new("a\0b").unwrap_err(),
                "title must not contain line breaks or other control characters",
            ),
        ] {
            assert_eq!(error.to_string(), text);
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn every_type_refuses_nul_and_reads_what_it_writes() {
        fn check<T>(text: &str)
        where
            T: std::str::FromStr<Err = TextError> + std::fmt::Display + std::fmt::Debug,
            T: PartialEq + serde::Serialize + serde::de::DeserializeOwned + TryFrom<String>,
        {
            let value: T = text.parse().unwrap();
            assert_eq!(value.to_string(), text);
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
            let (start, end) = text.split_at(2);
            assert!(T::try_from(format!("{start}\0{end}")).is_err(), "{text}");
            assert!(serde_json::from_str::<T>("\"\"").is_err(), "{text}");
        }
        check::<Slug>("intro-to-rust");
        check::<EmailAddress>("Ada.Lovelace@example.org");
        check::<PhoneNumber>("+442071838750");
        check::<LanguageTag>("zh-Hant-TW");
        check::<Title>("Введение в алгебру");
        check::<TimeZone>("Asia/Tashkent");
        check::<Link>("https://example.org/a?b=c#d");
        check::<RequestId>("0af7651916cd43dd8448eb211c80319c");
    }
}
