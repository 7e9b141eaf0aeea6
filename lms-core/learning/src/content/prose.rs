//! Text of several lines, as a person wrote it.
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use lms_kernel::{TextError, any_char, is_longer};
use lms_store::{Field, FieldError, Type, Value};

/// Text of several lines, such as a description: 1 to 65 536 characters, kept as written.
///
/// It may hold Markdown or HTML. The library never renders it; anyone who does must treat it as
/// unsafe. Control characters other than tabs and line breaks are refused.
///
/// ```
/// use lms_learning::content::Prose;
///
/// assert_eq!(Prose::new("First line\nsecond line").unwrap().as_str(), "First line\nsecond line");
/// assert!(Prose::new("  ").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Prose(String);

impl Prose {
    /// The most characters that the text may have.
    pub const MAX_LENGTH: usize = 65_536;

    /// Checks a text.
    ///
    /// # Errors
    /// [`TextError`], which says what to write instead.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        let what = "text";
        if text.trim().is_empty() {
            return Err(TextError::Empty { what });
        }
        let is_refused = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t');
        if any_char(&text, is_refused) {
            let remedy = "take out control characters other than tabs and line breaks";
            return Err(TextError::Malformed { what, remedy });
        }
        if is_longer(&text, Self::MAX_LENGTH) {
            return Err(TextError::TooLong { what, most: Self::MAX_LENGTH });
        }
        Ok(Self(text))
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::str::FromStr for Prose {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Prose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Field for Prose {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(Self::MAX_LENGTH as u32);
    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        Self::new(String::from_value(value)?).map_err(|e| FieldError::invalid("Prose", e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_stay_and_other_controls_are_refused() {
        assert_eq!(Prose::new(" a\r\n\tb ").unwrap().as_str(), " a\r\n\tb ");
        for text in ["", "\n", "a\0b", "a\u{1b}b"] {
            assert!(Prose::new(text).is_err(), "{text:?}");
        }
        assert!(Prose::new("é".repeat(Prose::MAX_LENGTH)).is_ok());
        assert!(Prose::new("é".repeat(Prose::MAX_LENGTH + 1)).is_err());
        assert!(serde_json::from_str::<Prose>("\"\"").is_err());
    }
}
