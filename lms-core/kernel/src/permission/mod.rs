//! Permissions by their keys, and patterns that match several of them.
use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::TextError;

mod catalogue;

pub use catalogue::{Access, CataloguedPermission};

/// The right to do one thing, by its key, such as `orders.review_proof`.
///
/// A key is two or more snake_case words joined by dots, at most 100 characters; the first word
/// names the area. Keys of other systems that write it the other way round, such as
/// `manage_courses`, are read as the product's. The product's own keys are constants
/// (`Permission::ORDERS_REVIEW_PROOF`); a host adds keys of its own with [`Permission::new`].
///
/// ```
/// use lms_kernel::Permission;
///
/// const APPROVE_TRIPS: Permission = Permission::from_static("trips.approve");
/// assert_eq!("courses.manage".parse(), Ok(Permission::COURSES_MANAGE));
/// assert_eq!(APPROVE_TRIPS.area(), "trips");
/// ```
///
/// # Pitfalls
/// - A permission alone allows nothing: a role gives it with a reach (one's own, led, all), and the
///   decision is made on the subject of a record.
/// - Permissions that judge, grant or pay are refused in one's own matters, whatever the role.
/// - Keys of the platform (`platform.…`) and guarded ones are not matched by the pattern `*`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Cow<'static, str>);

impl Permission {
    /// The most characters that a key may have.
    pub const MAX_LENGTH: usize = 100;

    /// Checks a key.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if it is not snake_case words joined by dots.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Result<Self, TextError> {
        let key = key.into();
        match known_by(&key) {
            Some(known) => Ok(known),
            None if is_key(key.as_bytes()) => Ok(Self(key)),
            None => Err(MALFORMED_KEY),
        }
    }

    /// The permission with a key that is written in the source, for constants.
    ///
    /// # Panics
    /// If the key is malformed; in a constant, the program then does not compile.
    pub const fn from_static(key: &'static str) -> Self {
        assert!(is_key(key.as_bytes()), "a permission key is snake_case words joined by dots");
        Self(Cow::Borrowed(key))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first word of the key: what the permission is about.
    pub fn area(&self) -> &str {
        self.0.split_once('.').map_or(&*self.0, |(area, _)| area)
    }
}

/// One permission, all of an area (`courses.*`), or all of a tenant's (`*`): what a role lists.
///
/// `*` does not match permissions of the platform (`platform.…`), and no pattern but the key itself
/// matches a [guarded](Permission::is_guarded) permission.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionPattern(Cow<'static, str>);

impl PermissionPattern {
    /// Everything that can be permitted inside a tenant, guarded permissions left out.
    pub const EVERYTHING: Self = Self(Cow::Borrowed("*"));

    /// Checks a pattern: a key, `area.*` or `*`.
    ///
    /// # Errors
    /// [`TextError::Malformed`] for anything else.
    pub fn new(pattern: impl Into<Cow<'static, str>>) -> Result<Self, TextError> {
        let pattern = pattern.into();
        match known_by(&pattern) {
            Some(known) => Ok(known.into()),
            None if is_pattern(pattern.as_bytes()) => Ok(Self(pattern)),
            None => Err(MALFORMED_PATTERN),
        }
    }

    /// The pattern that is written in the source, for constants.
    ///
    /// # Panics
    /// If the pattern is malformed; in a constant, the program then does not compile.
    pub const fn from_static(pattern: &'static str) -> Self {
        assert!(is_pattern(pattern.as_bytes()), "a permission pattern is a key, `area.*` or `*`");
        Self(Cow::Borrowed(pattern))
    }

    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern matches that permission.
    pub fn matches(&self, permission: &Permission) -> bool {
        if self.as_str() == permission.as_str() {
            return true;
        }
        let wide = match self.as_str().strip_suffix('*') {
            Some("") => permission.area() != "platform",
            Some(area) => area.strip_suffix('.') == Some(permission.area()),
            None => false,
        };
        wide && !permission.is_guarded()
    }
}

impl PermissionPattern {
    /// Whether the pattern matches every permission that `other` matches.
    pub fn includes(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match other.as_str().strip_suffix(".*") {
            Some(area) => *self == Self::EVERYTHING && area != "platform",
            None => Permission::new(other.as_str().to_owned()).is_ok_and(|it| self.matches(&it)),
        }
    }
}

impl From<Permission> for PermissionPattern {
    fn from(permission: Permission) -> Self {
        Self(permission.0)
    }
}

macro_rules! key_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::new(text.to_owned())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

key_text!(Permission);
key_text!(PermissionPattern);

const MALFORMED_KEY: TextError = TextError::Malformed {
    what: "permission key",
    remedy: "write snake_case words joined by dots, such as `courses.manage`",
};

const MALFORMED_PATTERN: TextError = TextError::Malformed {
    what: "permission pattern",
    remedy: "write a key such as `courses.manage`, all of an area as `courses.*`, or `*`",
};

/// The product's permission that other systems write the other way round: `manage_courses` for
/// `courses.manage`.
fn known_by(alias: &str) -> Option<Permission> {
    let (verb, area) = alias.split_once('_').filter(|_| !alias.contains('.'))?;
    let is_meant = |it: &Permission| it.as_str().split_once('.') == Some((area, verb));
    let known = Permission::CATALOGUE.iter().find(|it| is_meant(&it.permission));
    known.map(|it| it.permission.clone())
}

const fn is_pattern(text: &[u8]) -> bool {
    match text {
        b"*" => true,
        [area @ .., b'.', b'*'] => words(area) == 1,
        _ => is_key(text),
    }
}

const fn is_key(text: &[u8]) -> bool {
    words(text) >= 2
}

/// How many dotted snake_case words the text has; 0 when it is malformed or too long.
const fn words(text: &[u8]) -> usize {
    if text.len() > Permission::MAX_LENGTH {
        return 0;
    }
    let mut words = 1;
    let mut at_start = true;
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        match byte {
            b'a'..=b'z' => at_start = false,
            b'0'..=b'9' if !at_start => {}
            b'_' if !at_start && !matches!(after, [] | [b'_' | b'.', ..]) => {}
            b'.' if !at_start => {
                words += 1;
                at_start = true;
            }
            _ => return 0,
        }
        rest = after;
    }
    if at_start { 0 } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_dotted_snake_case() {
        for key in ["a.b", "orders.review_proof", "host.trips.approve2"] {
            assert_eq!(Permission::new(key).unwrap().as_str(), key);
        }
        let long = format!("a.{}", "b".repeat(99));
        for key in
            ["", "a", "a.", ".a", "a..b", "A.b", "a.b_", "a._b", "a.2", "a.b-c", "a.*", &long]
        {
            assert_eq!(Permission::new(key.to_owned()), Err(MALFORMED_KEY), "{key}");
        }
    }

    #[test]
    fn the_keys_of_other_systems_are_read() {
        for (alias, key) in [
            ("manage_courses", "courses.manage"),
            ("view_reports", "reports.view"),
            ("manage_unit_courses", "unit_courses.manage"),
            ("view_item_statistics", "item_statistics.view"),
        ] {
            assert_eq!(Permission::new(alias).unwrap().as_str(), key);
            assert_eq!(PermissionPattern::new(alias).unwrap().as_str(), key);
            let json = format!("\"{alias}\"");
            assert_eq!(serde_json::from_str::<Permission>(&json).unwrap().as_str(), key);
        }
        assert_eq!(Permission::new("view_less"), Err(MALFORMED_KEY));
        for entry in Permission::CATALOGUE {
            let (area, verb) = entry.permission.as_str().split_once('.').unwrap();
            if !verb.contains('_') {
                assert_eq!(Permission::new(format!("{verb}_{area}")), Ok(entry.permission.clone()));
            }
        }
    }

    #[test]
    fn patterns_are_a_key_an_area_or_everything() {
        for pattern in ["*", "courses.*", "courses.manage"] {
            assert_eq!(PermissionPattern::new(pattern).unwrap().as_str(), pattern);
        }
        for pattern in ["", "**", "c*", "courses*", ".*", "a.b.*", "courses.**"] {
            assert!(PermissionPattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_wider_pattern_includes_a_narrower_one() {
        let pattern = |text: &'static str| PermissionPattern::from_static(text);
        for (wide, narrow, includes) in [
            ("*", "courses.*", true),
            ("*", "platform.*", false),
            ("*", "members.view_sensitive", false),
            ("courses.*", "courses.manage", true),
            ("courses.*", "*", false),
            ("courses.*", "tests.*", false),
            ("courses.manage", "courses.*", false),
            ("members.view_sensitive", "members.view_sensitive", true),
        ] {
            assert_eq!(pattern(wide).includes(&pattern(narrow)), includes, "{wide} {narrow}");
        }
    }

    #[test]
    fn a_pattern_matches_its_area_and_no_guarded_permission() {
        let area = PermissionPattern::from_static("members.*");
        assert!(area.matches(&Permission::MEMBERS_MANAGE));
        assert!(!area.matches(&Permission::COURSES_MANAGE));
        assert!(!area.matches(&Permission::MEMBERS_VIEW_SENSITIVE));
        assert!(!PermissionPattern::from_static("member.*").matches(&Permission::MEMBERS_MANAGE));
        let everything = PermissionPattern::EVERYTHING;
        assert!(everything.matches(&Permission::COURSES_MANAGE));
        assert!(!everything.matches(&Permission::MEMBERS_VIEW_SENSITIVE));
        assert!(!everything.matches(&Permission::PLATFORM_MANAGE_TENANTS));
        let named = PermissionPattern::from(Permission::MEMBERS_VIEW_SENSITIVE);
        assert!(named.matches(&Permission::MEMBERS_VIEW_SENSITIVE));
    }
}
