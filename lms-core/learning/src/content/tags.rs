//! The words that a course is tagged with.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

/// The words that a course is tagged with: each once, in small letters, single spaces inside.
///
/// ```
/// use lms_learning::content::Tags;
///
/// let tags = Tags::new(["Web  Design", "rust", "RUST"])?;
/// assert_eq!(tags.as_slice(), ["web design", "rust"]);
/// # Ok::<(), lms_learning::content::TagError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Tags(Vec<String>);

impl Tags {
    /// The most tags.
    pub const MAX_COUNT: usize = 50;
    /// The most characters of one tag.
    pub const MAX_LENGTH: usize = 50;

    /// Normalises tags and leaves out repeated ones.
    ///
    /// # Errors
    /// [`TagError`] if a tag is empty or too long, or there are too many.
    pub fn new<T: AsRef<str>>(tags: impl IntoIterator<Item = T>) -> Result<Self, TagError> {
        let mut found: Vec<String> = Vec::new();
        for tag in tags {
            let tag = Self::normalize(tag.as_ref())?;
            if !found.contains(&tag) {
                found.push(tag);
            }
        }
        if found.len() > Self::MAX_COUNT {
            return Err(TagError::TooMany { most: Self::MAX_COUNT });
        }
        Ok(Self(found))
    }

    /// The form in which a tag is kept and looked up.
    ///
    /// # Errors
    /// [`TagError`] if it is empty or too long.
    pub fn normalize(tag: &str) -> Result<String, TagError> {
        let words: Vec<&str> = tag.split_whitespace().collect();
        let tag = words.join(" ").to_lowercase();
        let count = tag.chars().filter(|it| !it.is_control()).count();
        if count == 0 || count > Self::MAX_LENGTH || count != tag.chars().count() {
            return Err(TagError::Malformed { most: Self::MAX_LENGTH });
        }
        Ok(tag)
    }

    /// The tags, in the order in which they were given.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for Tags {
    type Error = TagError;

    fn try_from(tags: Vec<String>) -> Result<Self, TagError> {
        Self::new(tags)
    }
}

impl From<Tags> for Vec<String> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

/// Why tags were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TagError {
    /// A tag is empty or too long.
    #[error("a tag has 1 to {most} characters")]
    #[fault(invalid, field = "tags")]
    Malformed {
        /// The most characters.
        most: usize,
    },
    /// There are too many.
    #[error("a course has at most {most} tags")]
    #[fault(invalid, field = "tags")]
    TooMany {
        /// The most tags.
        most: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_normalised_and_checked() {
        let tags: Tags = serde_json::from_str(r#"["  Deep\tLearning ", "deep learning"]"#).unwrap();
        assert_eq!(serde_json::to_string(&tags).unwrap(), r#"["deep learning"]"#);
        assert!(serde_json::from_str::<Tags>(r#"[" "]"#).is_err());
        assert!(Tags::new(["a\0b"]).is_err());
        assert!(Tags::new(["é".repeat(50)]).is_ok());
        assert!(Tags::new(["é".repeat(51)]).is_err());
        let many: Vec<String> = (0..51).map(|it| it.to_string()).collect();
        assert_eq!(Tags::new(many), Err(TagError::TooMany { most: 50 }));
    }
}
