//! Time zones by their IANA names.

use std::{cmp::Ordering, fmt, hash, str::FromStr};

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use super::TextError;
use crate::{Timestamp, serde_text::serde_as_text};

/// A time zone of the IANA database, such as `Asia/Tashkent`; names are case-sensitive.
///
/// The rules of the zones are those that the library was built with. Zones sort by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(Tz);

impl TimeZone {
    /// The most characters that the name of a zone has.
    pub const MAX_LENGTH: usize = 64;

    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Checks a name.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if the database has no zone of that name.
    pub fn new(name: &str) -> Result<Self, TextError> {
        name.parse().map(Self).map_err(|_| TextError::Malformed {
            what: "time zone",
            remedy: "use a name of the IANA database, such as `Asia/Tashkent` or `UTC`",
        })
    }

    /// The name of the zone.
    pub fn as_str(&self) -> &'static str {
        self.0.name()
    }

    /// The zone as `chrono` uses it.
    pub const fn tz(&self) -> Tz {
        self.0
    }

    /// What calendars and clocks in the zone show at an instant.
    pub fn local(&self, at: Timestamp) -> DateTime<Tz> {
        at.utc().with_timezone(&self.0)
    }

    /// The date in the zone at an instant.
    pub fn date(&self, at: Timestamp) -> NaiveDate {
        self.local(at).date_naive()
    }
}

impl From<Tz> for TimeZone {
    fn from(zone: Tz) -> Self {
        Self(zone)
    }
}

impl PartialOrd for TimeZone {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TimeZone {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl hash::Hash for TimeZone {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TimeZone {
    type Err = TextError;

    fn from_str(name: &str) -> Result<Self, TextError> {
        Self::new(name)
    }
}

impl TryFrom<String> for TimeZone {
    type Error = TextError;

    fn try_from(name: String) -> Result<Self, TextError> {
        Self::new(&name)
    }
}

impl TryFrom<&str> for TimeZone {
    type Error = TextError;

    fn try_from(name: &str) -> Result<Self, TextError> {
        Self::new(name)
    }
}

impl AsRef<str> for TimeZone {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

serde_as_text!(TimeZone, "a time zone such as `Asia/Tashkent`");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_depends_on_the_zone() {
        let at: Timestamp = "2024-03-01T20:30:00Z".parse().unwrap();
        let date = |zone| TimeZone::new(zone).unwrap().date(at).to_string();
        assert_eq!(date("Asia/Tashkent"), "2024-03-02");
        assert_eq!(date("America/New_York"), "2024-03-01");
        assert_eq!(TimeZone::UTC.date(at), at.date());
        // The ends of time have no local date of their own that could overflow.
        assert_eq!(
            TimeZone::new("Asia/Tokyo").unwrap().date(Timestamp::MAX).to_string(),
            "+10000-01-01"
        );
    }

    #[test]
    fn unknown_names_are_refused_and_known_ones_fit() {
        for name in ["", "Mars/Olympus", "asia/tashkent", "+05:00"] {
            assert!(TimeZone::new(name).is_err(), "{name}");
        }
        for zone in chrono_tz::TZ_VARIANTS {
            assert!(zone.name().len() <= TimeZone::MAX_LENGTH);
            assert_eq!(TimeZone::new(zone.name()), Ok(TimeZone::from(zone)));
        }
    }
}
