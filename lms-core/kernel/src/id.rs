//! Ids that the compiler keeps apart, and the version that guards an update.

use std::{cmp, fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{TextError, Timestamp, serde_text};

/// The id of a `T`: a UUID that cannot be mistaken for the id of anything else.
///
/// It is copied, compared, hashed, printed and serialized as its UUID whatever `T` is; text is the
/// lower-case hyphenated form. Ids made by one generator sort by the time they were made.
///
/// ```
/// use lms_kernel::Id;
///
/// struct Course;
/// struct Lesson;
/// let id: Id<Course> = "01900000-0000-7000-8000-000000000001".parse()?;
/// assert_eq!(id.to_string(), "01900000-0000-7000-8000-000000000001");
/// let lesson: Id<Lesson> = Id::from_uuid(id.uuid());
/// assert_eq!(lesson.uuid(), id.uuid(), "only through the bare UUID, and never by accident");
/// # Ok::<(), lms_kernel::TextError>(())
/// ```
///
/// # Pitfalls
/// - Make ids with [`Context::id`](crate::Context::id): those of one operation then sort as they
///   were made, and tests repeat them.
/// - The time of creation can be read from an id. Where that must stay secret, or ids must not be
///   guessed, use a token.
pub struct Id<T> {
    uuid: Uuid,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Takes a UUID to be the id of a `T`.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, of: PhantomData }
    }

    /// The bare UUID.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

// Derives would ask of `T` what an id does not need.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        parse_uuid(text, "id").map(Self::from_uuid)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.uuid)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::parse(deserializer, "an id as a hyphenated UUID")
    }
}

/// Declares an id that is not the id of a record type in this library.
macro_rules! uuid_newtype {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(uuid::Uuid);

        impl $name {
            #[doc = concat!("Takes a UUID to be ", $what, ".")]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse_uuid(text, $what).map(Self)
            }
        }

        $crate::serde_text::serde_as_text!($name, "a hyphenated UUID");
    };
}

pub(super) use uuid_newtype;

uuid_newtype! {
    /// The customer whose data a record belongs to.
    TenantId, "a tenant id"
}

impl TenantId {
    /// The one tenant of a host that has no tenants: a fixed id, the same in every installation.
    pub const SINGLE: Self = Self(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001));
}

/// How many times a record has been written: what an update must name to replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Version(i64);

impl Version {
    /// The version of a record that was just inserted.
    pub const FIRST: Self = Self(1);

    /// The version with this number; stores count from 1 upwards.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number of the version.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The version after this one; the largest number has itself as its next.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A version 7 UUID (RFC 9562) for an instant: 48 bits of Unix milliseconds, then `random`.
///
/// Of the 80 bits given, the 6 that hold the version and the variant are replaced. An instant
/// before 1970 counts as 1970. The same arguments give the same UUID.
pub const fn uuid_v7(at: Timestamp, random: [u8; 10]) -> Uuid {
    let micros = at.micros();
    let millis = if micros < 0 { 0 } else { micros.unsigned_abs() / 1_000 };
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Reads the hyphenated form only, so that one id has one spelling (but for case).
pub(super) fn parse_uuid(text: &str, what: &'static str) -> Result<Uuid, TextError> {
    const HYPHENATED_LENGTH: usize = 36;
    let malformed = TextError::Malformed { what, remedy: "write it as a hyphenated UUID" };
    if text.len() != HYPHENATED_LENGTH {
        return Err(malformed);
    }
    Uuid::try_parse(text).map_err(|_| malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Course;

    #[test]
    fn text_and_json_keep_an_id() {
        let id: Id<Course> =
            Id::from_uuid(Uuid::from_u128(0x0190_1234_5678_7abc_8def_0123_4567_89ab));
        assert_eq!(id.to_string(), "01901234-5678-7abc-8def-0123456789ab");
        assert_eq!(format!("{id:?}"), id.to_string());
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"01901234-5678-7abc-8def-0123456789ab\"");
        assert_eq!(serde_json::from_str::<Id<Course>>(&json).unwrap(), id);
    }

    #[test]
    fn other_spellings_of_a_uuid_are_refused_without_being_repeated() {
        for text in
            ["", "01901234567878bc8def0123456789ab", "{01901234-5678-7abc-8def-0123456789ab}"]
        {
            let error = text.parse::<Id<Course>>().unwrap_err();
            assert_eq!(error.to_string(), "id is malformed; write it as a hyphenated UUID");
        }
    }

    #[test]
    fn a_v7_uuid_carries_time_version_and_variant() {
        let at: Timestamp = "2024-03-01T09:30:00.123456Z".parse().unwrap();
        let uuid = uuid_v7(at, [0xff; 10]);
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        let (seconds, nanos) = uuid.get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos), (1_709_285_400, 123_000_000));
        assert!(uuid_v7(at, [0; 10]) < uuid);
        assert_eq!(uuid_v7(Timestamp::MIN, [0; 10]), uuid_v7(Timestamp::EPOCH, [0; 10]));
    }

    #[test]
    fn versions_count_up() {
        assert_eq!(Version::FIRST.next(), Version::new(2));
        assert_eq!(Version::new(i64::MAX).next().get(), i64::MAX);
        assert_eq!(serde_json::to_string(&Version::FIRST).unwrap(), "1");
    }

    #[test]
    fn the_single_tenant_has_a_well_formed_id() {
        assert_eq!(TenantId::SINGLE.to_string(), "00000000-0000-8000-8000-000000000001");
        assert_eq!(TenantId::SINGLE.to_string().parse(), Ok(TenantId::SINGLE));
    }
}
