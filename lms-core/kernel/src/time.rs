//! An instant, at the precision that every store can keep.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Timelike as _, Utc};

use crate::{TextError, serde_text::serde_as_text};

/// An instant in UTC, to the microsecond, in the years 0001 to 9999.
///
/// Text and serde use RFC 3339: written with `Z` and up to six fraction digits, without trailing
/// zeros; read with any offset. Digits finer than a microsecond are cut off, as PostgreSQL stores
/// no finer ones.
///
/// # Arithmetic
/// [`since`](Self::since) gives the time between two instants. Adding is checked or saturates at
/// the ends of the range.
///
/// ```
/// use chrono::TimeDelta;
/// use lms_kernel::Timestamp;
///
/// let start: Timestamp = "2024-03-01T10:30:00.5+01:00".parse()?;
/// assert_eq!(start.to_string(), "2024-03-01T09:30:00.5Z");
/// let end = start.saturating_add(TimeDelta::minutes(90));
/// assert_eq!(end.since(start), TimeDelta::minutes(90));
/// # Ok::<(), lms_kernel::TextError>(())
/// ```
///
/// # Pitfalls
/// - It has no time zone. A weekly lesson at 17:00 needs a [`TimeZone`](crate::TimeZone), because
///   its UTC time changes with daylight saving.
/// - "In one month" is no fixed time; see the intervals of subscriptions.
/// - Rules take the time from the [`Context`](crate::Context), never from a clock, so that they can
///   be replayed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS_PER_SECOND: i64 = 1_000_000;

impl Timestamp {
    /// The first instant of the year 0001.
    pub const MIN: Self = Self(-62_135_596_800_000_000);

    /// The last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The first instant of 1970.
    pub const EPOCH: Self = Self(0);

    /// The instant this many microseconds after [`Timestamp::EPOCH`]; `None` out of range.
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 { None } else { Some(Self(micros)) }
    }

    /// The instant this many seconds after [`Timestamp::EPOCH`]; `None` out of range.
    pub const fn from_unix_seconds(seconds: i64) -> Option<Self> {
        match seconds.checked_mul(MICROS_PER_SECOND) {
            Some(micros) => Self::from_micros(micros),
            None => None,
        }
    }

    /// Whole seconds since [`Timestamp::EPOCH`], negative before it; what is finer is cut off
    /// towards the past.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Microseconds since [`Timestamp::EPOCH`], negative before it.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The same instant, cut to the microsecond before it and clamped to the range.
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self::clamped(at.timestamp_micros())
    }

    /// The instant as a `chrono` value.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The calendar date in UTC. For a date that people see, ask a [`TimeZone`].
    ///
    /// [`TimeZone`]: crate::TimeZone
    pub fn date(self) -> NaiveDate {
        self.utc().date_naive()
    }

    /// This instant moved by `delta`, cut to whole microseconds; `None` if that leaves the range.
    pub fn checked_add(self, delta: TimeDelta) -> Option<Self> {
        self.0.checked_add(delta.num_microseconds()?).and_then(Self::from_micros)
    }

    /// This instant moved by `delta`, but not past [`Timestamp::MIN`] or [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, delta: TimeDelta) -> Self {
        match delta.num_microseconds() {
            Some(micros) => Self::clamped(self.0.saturating_add(micros)),
            None if delta < TimeDelta::zero() => Self::MIN,
            None => Self::MAX,
        }
    }

    /// This instant moved back by `delta`, but not past the ends of the range.
    #[must_use]
    pub fn saturating_sub(self, delta: TimeDelta) -> Self {
        match delta.num_microseconds() {
            Some(micros) => Self::clamped(self.0.saturating_sub(micros)),
            None if delta < TimeDelta::zero() => Self::MAX,
            None => Self::MIN,
        }
    }

    /// The time from `earlier` to this instant; negative if `earlier` is the later of the two.
    pub fn since(self, earlier: Self) -> TimeDelta {
        // The whole range spans fewer microseconds than an `i64` counts.
        TimeDelta::microseconds(self.0.saturating_sub(earlier.0))
    }

    fn clamped(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.utc();
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let mut fraction = self.0.rem_euclid(1_000_000);
        if fraction != 0 {
            let mut width = 6;
            while fraction % 10 == 0 {
                fraction /= 10;
                width -= 1;
            }
            write!(f, ".{fraction:0width$}")?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let malformed = TextError::Malformed {
            what: "timestamp",
            remedy: "write RFC 3339 in the years 0001 to 9999, such as `2024-03-01T09:30:00Z`",
        };
        let Ok(at) = DateTime::parse_from_rfc3339(text) else { return Err(malformed) };
        Self::from_micros(at.timestamp_micros()).ok_or(malformed)
    }
}

serde_as_text!(Timestamp, "an RFC 3339 timestamp");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn text_has_up_to_six_digits() {
        for text in [
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59.05Z",
            "9999-12-31T23:59:59.999999Z",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
        assert_eq!(at("0001-01-01T00:00:00Z"), Timestamp::MIN);
        assert_eq!(at("9999-12-31T23:59:59.9999999Z"), Timestamp::MAX);
    }

    #[test]
    fn what_is_not_an_instant_in_range_is_refused() {
        for text in [
            "",
            "2024-03-01",
            "2024-03-01T09:30:00",
            "2023-02-29T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_micros(Timestamp::MAX.micros() + 1), None);
        assert_eq!(Timestamp::from_micros(i64::MIN), None);
    }

    #[test]
    fn unix_seconds_are_whole_and_in_range() {
        assert_eq!(Timestamp::from_unix_seconds(0), Some(Timestamp::EPOCH));
        let start = at("2024-03-01T09:30:00Z");
        assert_eq!(Timestamp::from_unix_seconds(1_709_285_400), Some(start));
        assert_eq!(at("2024-03-01T09:30:00.9Z").unix_seconds(), 1_709_285_400);
        assert_eq!(at("1969-12-31T23:59:59.9Z").unix_seconds(), -1);
        let last = Timestamp::MAX.unix_seconds();
        assert!(Timestamp::from_unix_seconds(last).is_some());
        for out_of_range in [last + 1, Timestamp::MIN.unix_seconds() - 1, i64::MAX, i64::MIN] {
            assert_eq!(Timestamp::from_unix_seconds(out_of_range), None);
        }
    }

    #[test]
    fn chrono_values_are_cut_and_clamped() {
        let fine = DateTime::from_timestamp(-1, 999_999_999).unwrap();
        assert_eq!(Timestamp::from_utc(fine).micros(), -1);
        assert_eq!(Timestamp::from_utc(DateTime::<Utc>::MAX_UTC), Timestamp::MAX);
        assert_eq!(Timestamp::from_utc(DateTime::<Utc>::MIN_UTC), Timestamp::MIN);
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let day = TimeDelta::days(1);
        assert_eq!(at("2024-02-28T12:00:00Z").checked_add(day), Some(at("2024-02-29T12:00:00Z")));
        assert_eq!(Timestamp::MAX.checked_add(day), None);
        assert_eq!(Timestamp::MAX.saturating_add(day), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH.saturating_add(TimeDelta::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::EPOCH.saturating_sub(TimeDelta::MAX), Timestamp::MIN);
        assert_eq!(Timestamp::EPOCH.since(at("1970-01-02T00:00:00Z")), -day);
        assert_eq!(at("2024-02-29T23:00:00Z").date().to_string(), "2024-02-29");
    }

    proptest! {
        #[test]
        fn text_json_and_chrono_keep_every_instant(
            micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros()
        ) {
            let at = Timestamp::from_micros(micros).unwrap();
            prop_assert_eq!(at.to_string().parse(), Ok(at));
            prop_assert_eq!(Timestamp::from_utc(at.utc()), at);
            let json = serde_json::to_string(&at).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
        }
    }
}
