//! A calendar month, as reports and invoices name it.
use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lms_kernel::{TextError, TimeZone, Timestamp};
use lms_store::{Field, FieldError, Sortable, Type, Value};

/// A calendar month of the years 0001 to 9999; its text is `2024-03`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// That month of that year.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if there is no such month.
    pub fn new(year: u16, month: u8) -> Result<Self, TextError> {
        match (1..=9999).contains(&year) && (1..=12).contains(&month) {
            true => Ok(Self { year, month }),
            false => Err(MALFORMED),
        }
    }

    /// The month in which the date lies.
    pub fn of(date: NaiveDate) -> Self {
        let year = u16::try_from(date.year().clamp(1, 9999)).unwrap_or(1);
        Self { year, month: u8::try_from(date.month()).unwrap_or(1) }
    }

    /// The month that calendars in `zone` show at an instant.
    pub fn at(at: Timestamp, zone: TimeZone) -> Self {
        Self::of(zone.date(at))
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The number of the month in its year, 1 to 12.
    pub const fn number(self) -> u8 {
        self.month
    }

    /// The first day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.month), 1).unwrap_or_default()
    }

    /// The last day.
    pub fn last_day(self) -> NaiveDate {
        let (year, month) = match self.month {
            12 => (i32::from(self.year) + 1, 1),
            month => (i32::from(self.year), u32::from(month) + 1),
        };
        NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default() - TimeDelta::days(1)
    }

    /// The month after; the last one stays where it is.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self { year: 9999, month: 12 } => self,
            Self { year, month: 12 } => Self { year: year + 1, month: 1 },
            Self { year, month } => Self { year, month: month + 1 },
        }
    }
}

const MALFORMED: TextError = TextError::Malformed {
    what: "month",
    remedy: "write the year and the number of the month, such as `2024-03`",
};

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let is_plain = text.len() == 7 && text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
        match text.split_once('-') {
            Some((year, month)) if is_plain && year.len() == 4 => {
                let year = year.parse().map_err(|_| MALFORMED)?;
                Self::new(year, month.parse().map_err(|_| MALFORMED)?)
            }
            _ => Err(MALFORMED),
        }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Field for Month {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(7);
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let text = String::from_value(value)?;
        text.parse().map_err(|e| FieldError::invalid("Month", e))
    }
}

impl Sortable for Month {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_sorts_like_time() {
        let months = ["0001-01", "0999-12", "2024-02", "2024-10", "9999-12"];
        let parsed: Vec<Month> = months.iter().map(|it| it.parse().unwrap()).collect();
        assert!(parsed.is_sorted());
        assert_eq!(parsed.iter().map(Month::to_string).collect::<Vec<_>>(), months);
        for text in ["", "2024", "2024-13", "2024-00", "0000-01", "24-03", "2024-3", "+024-03"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_month_knows_its_days_and_its_neighbour() {
        let february: Month = "2024-02".parse().unwrap();
        assert_eq!(february.first_day().to_string(), "2024-02-01");
        assert_eq!(february.last_day().to_string(), "2024-02-29");
        let december: Month = "2023-12".parse().unwrap();
        assert_eq!(december.last_day().to_string(), "2023-12-31");
        assert_eq!(december.next().to_string(), "2024-01");
        assert_eq!(february.next().to_string(), "2024-03");
        let last: Month = "9999-12".parse().unwrap();
        assert_eq!((last.next(), last.last_day().to_string()), (last, "9999-12-31".to_owned()));
    }

    #[test]
    fn the_month_is_that_of_the_zone() {
        let at: Timestamp = "2024-02-29T20:00:00Z".parse().unwrap();
        let tashkent = TimeZone::new("Asia/Tashkent").unwrap();
        assert_eq!(Month::at(at, TimeZone::UTC).to_string(), "2024-02");
        assert_eq!(Month::at(at, tashkent).to_string(), "2024-03");
    }
}
