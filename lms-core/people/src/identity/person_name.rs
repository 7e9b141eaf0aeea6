//! A person's name in its parts.
use serde::{Deserialize, Serialize};

use lms_kernel::{TextError, Title};

/// A person's name. The parts that were not given follow from the others: the full name from
/// given and family name, the name to show from the full one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonName {
    full: Title,
    given: Option<Title>,
    family: Option<Title>,
    display: Option<Title>,
}

impl PersonName {
    /// A name that is known as a whole.
    pub const fn of(full: Title) -> Self {
        Self { full, given: None, family: None, display: None }
    }

    /// A name from its parts, the given name first.
    ///
    /// # Errors
    /// [`TextError`] if there are no parts, or together they are too long.
    pub fn from_parts(given: Option<Title>, family: Option<Title>) -> Result<Self, TextError> {
        let parts: Vec<_> = [&given, &family].into_iter().flatten().map(Title::as_str).collect();
        let full = Title::new(&parts.join(" "))?;
        Ok(Self { full, given, family, display: None })
    }

    /// The same, with parts.
    #[must_use]
    pub fn with_parts(mut self, given: Option<Title>, family: Option<Title>) -> Self {
        self.given = given;
        self.family = family;
        self
    }

    /// The same, with a name to show.
    #[must_use]
    pub fn shown_as(mut self, display: Option<Title>) -> Self {
        self.display = display;
        self
    }

    /// The full name.
    pub const fn full(&self) -> &Title {
        &self.full
    }

    /// The given name, if it is known on its own.
    pub const fn given(&self) -> Option<&Title> {
        self.given.as_ref()
    }

    /// The family name, if it is known on its own.
    pub const fn family(&self) -> Option<&Title> {
        self.family.as_ref()
    }

    /// The name to show: the one that was chosen, or the full one.
    pub fn shown(&self) -> &Title {
        self.display.as_ref().unwrap_or(&self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Title {
        Title::new(text).unwrap()
    }

    #[test]
    fn missing_parts_follow_from_the_others() {
        let ada = PersonName::from_parts(Some(title("Ada")), Some(title("Lovelace"))).unwrap();
        assert_eq!((ada.full().as_str(), ada.shown().as_str()), ("Ada Lovelace", "Ada Lovelace"));
        assert_eq!(ada.shown_as(Some(title("Countess"))).shown().as_str(), "Countess");
        let one = PersonName::from_parts(None, Some(title("Sukarno"))).unwrap();
        assert_eq!(one.full().as_str(), "Sukarno");
        assert!(PersonName::from_parts(None, None).is_err());
        let long = Some(title(&"a".repeat(Title::MAX_LENGTH)));
        assert!(PersonName::from_parts(long.clone(), long).is_err());
    }
}
