//! Days of the calendar and times of the wall clock, in the years that every store can keep.

use std::{fmt, ops::Deref, str::FromStr};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

use crate::{TextError, serde_text::serde_as_text};

const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// A day of the calendar, in the years 0001 to 9999, without a time zone.
///
/// Text and serde use ISO 8601, such as `2024-03-01`. It reads like a [`NaiveDate`].
///
/// ```
/// use lms_kernel::LocalDate;
///
/// let day: LocalDate = "2024-02-29".parse()?;
/// assert_eq!(day.to_string(), "2024-02-29");
/// assert!("+10000-01-01".parse::<LocalDate>().is_err());
/// # Ok::<(), lms_kernel::TextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(NaiveDate);

impl LocalDate {
    /// The first day of the year 0001.
    pub const MIN: Self = Self(first_of_year(1));

    /// The last day of the year 9999.
    pub const MAX: Self = Self(match first_of_year(10_000).pred_opt() {
        Some(day) => day,
        None => NaiveDate::MAX,
    });

    /// Checks a day.
    ///
    /// # Errors
    /// [`TextError::Malformed`] outside the years 0001 to 9999.
    pub fn new(day: NaiveDate) -> Result<Self, TextError> {
        if YEARS.contains(&day.year()) { Ok(Self(day)) } else { Err(Self::MALFORMED) }
    }

    /// The day, or the first or the last day of the range where it lies outside.
    pub fn clamped(day: NaiveDate) -> Self {
        Self(day.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The day as `chrono` uses it.
    pub const fn naive(self) -> NaiveDate {
        self.0
    }

    const MALFORMED: TextError = TextError::Malformed {
        what: "date",
        remedy: "write a day in the years 0001 to 9999, such as `2024-03-01`",
    };
}

const fn first_of_year(year: i32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, 1, 1) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

impl Deref for LocalDate {
    type Target = NaiveDate;

    fn deref(&self) -> &NaiveDate {
        &self.0
    }
}

impl TryFrom<NaiveDate> for LocalDate {
    type Error = TextError;

    fn try_from(day: NaiveDate) -> Result<Self, TextError> {
        Self::new(day)
    }
}

impl From<LocalDate> for NaiveDate {
    fn from(day: LocalDate) -> Self {
        day.0
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for LocalDate {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.parse().map_err(|_| Self::MALFORMED).and_then(Self::new)
    }
}

serde_as_text!(LocalDate, "a day in the years 0001 to 9999, such as `2024-03-01`");

/// A date and a time of day, in the years 0001 to 9999, without a time zone.
///
/// Text and serde use ISO 8601, such as `2024-03-01T18:30:00`. It reads like a [`NaiveDateTime`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDateTime(NaiveDateTime);

impl LocalDateTime {
    /// Checks a local time.
    ///
    /// # Errors
    /// [`TextError::Malformed`] outside the years 0001 to 9999.
    pub fn new(at: NaiveDateTime) -> Result<Self, TextError> {
        if YEARS.contains(&at.year()) { Ok(Self(at)) } else { Err(Self::MALFORMED) }
    }

    /// That time of a day.
    pub const fn at(day: LocalDate, time: chrono::NaiveTime) -> Self {
        Self(NaiveDateTime::new(day.0, time))
    }

    /// The day.
    pub const fn day(self) -> LocalDate {
        LocalDate(self.0.date())
    }

    /// The local time as `chrono` uses it.
    pub const fn naive(self) -> NaiveDateTime {
        self.0
    }

    const MALFORMED: TextError = TextError::Malformed {
        what: "local time",
        remedy: "write a time in the years 0001 to 9999, such as `2024-03-01T18:30:00`",
    };
}

impl Deref for LocalDateTime {
    type Target = NaiveDateTime;

    fn deref(&self) -> &NaiveDateTime {
        &self.0
    }
}

impl TryFrom<NaiveDateTime> for LocalDateTime {
    type Error = TextError;

    fn try_from(at: NaiveDateTime) -> Result<Self, TextError> {
        Self::new(at)
    }
}

impl From<LocalDateTime> for NaiveDateTime {
    fn from(at: LocalDateTime) -> Self {
        at.0
    }
}

impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The form with the `T`, which is also the one that is read.
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for LocalDateTime {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.parse().map_err(|_| Self::MALFORMED).and_then(Self::new)
    }
}

serde_as_text!(
    LocalDateTime,
    "a local time in the years 0001 to 9999, such as `2024-03-01T18:30:00`"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_outside_the_years_of_the_stores_are_refused() {
        for text in ["0001-01-01", "1970-01-01", "9999-12-31"] {
            let day: LocalDate = text.parse().unwrap();
            assert_eq!(day.to_string(), text);
            assert_eq!(serde_json::to_string(&day).unwrap(), format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<LocalDate>(&format!("\"{text}\"")).unwrap(), day);
        }
        for text in ["+262142-12-31", "-262143-01-01", "0000-12-31", "+10000-01-01", "2024-02-30"] {
            assert!(text.parse::<LocalDate>().is_err(), "{text}");
            assert!(serde_json::from_str::<LocalDate>(&format!("\"{text}\"")).is_err(), "{text}");
        }
        assert_eq!(LocalDate::clamped(NaiveDate::MAX), LocalDate::MAX);
        assert_eq!(LocalDate::clamped(NaiveDate::MIN), LocalDate::MIN);
        assert_eq!(LocalDate::MAX.to_string(), "9999-12-31");
    }

    #[test]
    fn local_times_outside_the_years_of_the_stores_are_refused() {
        for text in ["0001-01-01T00:00:00", "2024-03-01T18:30:00", "9999-12-31T23:59:59"] {
            let at: LocalDateTime = text.parse().unwrap();
            assert_eq!(at.to_string(), text);
            let json = serde_json::to_string(&at).unwrap();
            assert_eq!(json, serde_json::to_string(&at.naive()).unwrap(), "as chrono writes it");
            assert_eq!(serde_json::from_str::<LocalDateTime>(&json).unwrap(), at);
        }
        for text in ["+262142-12-31T23:30:00", "-262143-01-01T00:00:00", "0000-12-31T23:59:59"] {
            assert!(text.parse::<LocalDateTime>().is_err(), "{text}");
            assert!(serde_json::from_str::<LocalDateTime>(&format!("\"{text}\"")).is_err());
        }
    }
}
