//! A reference to a record of any kind, for audit entries, events and messages.

use std::{borrow::Cow, fmt, str::FromStr};

use uuid::Uuid;

use crate::{Id, TextError, id::parse_uuid, serde_text::serde_as_text};

/// The kind of record that a reference points to: a snake_case name such as `course`.
///
/// 1 to 64 characters: a lower-case ASCII letter, then letters, digits and single underscores.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityKind(Cow<'static, str>);

impl EntityKind {
    /// The most characters that the name may have.
    pub const MAX_LENGTH: usize = 64;

    /// Checks a name.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if it is not a snake_case name of 1 to 64 characters.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, TextError> {
        let name = name.into();
        if is_snake_case(name.as_bytes()) { Ok(Self(name)) } else { Err(MALFORMED_KIND) }
    }

    /// The kind with a name that is written in the source, for constants.
    ///
    /// # Panics
    /// If the name is not a snake_case name of 1 to 64 characters; in a constant, the program
    /// then does not compile.
    ///
    /// ```
    /// use lms_kernel::EntityKind;
    ///
    /// const COURSE: EntityKind = EntityKind::from_static("course");
    /// assert_eq!(COURSE.as_str(), "course");
    /// ```
    pub const fn from_static(name: &'static str) -> Self {
        assert!(is_snake_case(name.as_bytes()), "an entity kind must be snake_case");
        Self(Cow::Borrowed(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for EntityKind {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for EntityKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text.to_owned())
    }
}

impl TryFrom<String> for EntityKind {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

serde_as_text!(EntityKind, "a snake_case name");

/// A pointer to a record of any kind; its text is `course:0190…`.
///
/// It promises nothing: the record may be gone, or belong to another tenant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef {
    /// What kind of record it is.
    pub kind: EntityKind,
    /// Which one.
    pub id: Uuid,
}

impl EntityRef {
    /// Points to the record of that kind with that id.
    pub const fn new(kind: EntityKind, id: Uuid) -> Self {
        Self { kind, id }
    }

    /// Points to a record by its typed id.
    pub const fn to<T>(kind: EntityKind, id: Id<T>) -> Self {
        Self::new(kind, id.uuid())
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

impl fmt::Debug for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EntityRef {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let (kind, id) = text.split_once(':').ok_or(TextError::Malformed {
            what: "entity reference",
            remedy: "write the kind, a colon and the id, such as `course:<uuid>`",
        })?;
        Ok(Self::new(kind.parse()?, parse_uuid(id, "entity id")?))
    }
}

serde_as_text!(EntityRef, "an entity reference such as `course:<uuid>`");

const MALFORMED_KIND: TextError = TextError::Malformed {
    what: "entity kind",
    remedy: "use a snake_case name of at most 64 characters, such as `course`",
};

const fn is_snake_case(name: &[u8]) -> bool {
    if name.len() > EntityKind::MAX_LENGTH || !matches!(name, [b'a'..=b'z', ..]) {
        return false;
    }
    let mut rest = name;
    while let [byte, after @ ..] = rest {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'_' if !matches!(after, [] | [b'_', ..]) => {}
            _ => return false,
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE: EntityKind = EntityKind::from_static("course");

    #[test]
    fn text_and_json_keep_a_reference() {
        let reference = EntityRef::new(COURSE, Uuid::from_u128(5));
        let text = "course:00000000-0000-0000-0000-000000000005";
        assert_eq!(reference.to_string(), text);
        assert_eq!(text.parse(), Ok(reference.clone()));
        let json = serde_json::to_string(&reference).unwrap();
        assert_eq!(serde_json::from_str::<EntityRef>(&json).unwrap(), reference);
    }

    #[test]
    fn only_snake_case_is_a_kind() {
        for name in ["a", "user_role_2", "course"] {
            assert_eq!(EntityKind::new(name).unwrap().as_str(), name);
        }
        let long = "a".repeat(65);
        for name in ["", "_a", "a_", "a__b", "2a", "Course", "a-b", "a\0", "é", &long] {
            assert_eq!(name.parse::<EntityKind>(), Err(MALFORMED_KIND), "{name}");
        }
        for text in ["course", "course:", ":1", "course:1"] {
            assert!(text.parse::<EntityRef>().is_err(), "{text}");
        }
    }
}
