//! Billing intervals, and the dates at which periods begin.
use std::{fmt, str::FromStr};

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lms_kernel::TextError;
use lms_store::{Field, FieldError, Type, Value};

/// How long a period is: so many days, weeks, months or years. Its text is an ISO 8601 duration of
/// one part: `P1M`, `P14D`.
///
/// Dates come from an anchor and never from the last date, so a short month does not shift what
/// follows: from 31 January, months begin on 28 February and on 31 March.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// So many days.
    Days(u16),
    /// So many weeks.
    Weeks(u16),
    /// So many calendar months.
    Months(u16),
    /// So many calendar years.
    Years(u16),
}

impl Interval {
    /// One month.
    pub const MONTH: Self = Self::Months(1);
    /// One quarter: three months.
    pub const QUARTER: Self = Self::Months(3);
    /// One year.
    pub const YEAR: Self = Self::Years(1);

    /// How many there are of the unit; at least one.
    pub const fn count(self) -> u16 {
        let (Self::Days(count) | Self::Weeks(count) | Self::Months(count) | Self::Years(count)) =
            self;
        if count == 0 { 1 } else { count }
    }

    const fn months(self) -> Option<i64> {
        match self {
            Self::Months(_) => Some(self.count() as i64),
            Self::Years(_) => Some(self.count() as i64 * 12),
            Self::Days(_) | Self::Weeks(_) => None,
        }
    }

    const fn days(self) -> i64 {
        match self {
            Self::Weeks(_) => self.count() as i64 * 7,
            Self::Days(_) | Self::Months(_) | Self::Years(_) => self.count() as i64,
        }
    }

    /// The date on which the period with that number begins, when the one with number 0 begins on
    /// `anchor`. Numbers below zero lead back; dates stop at the ends of the calendar.
    ///
    /// A day of the month that a month does not have becomes its last day.
    pub fn start(self, anchor: NaiveDate, number: i64) -> NaiveDate {
        match self.months() {
            Some(months) => add_months(anchor, number.saturating_mul(months)),
            None => add_days(anchor, number.saturating_mul(self.days())),
        }
    }

    /// The number of the period in which `date` lies, when the one with number 0 begins on
    /// `anchor`.
    pub fn number_at(self, anchor: NaiveDate, date: NaiveDate) -> i64 {
        let guess = match self.months() {
            Some(months) => {
                let years = i64::from(date.year()) - i64::from(anchor.year());
                let apart = years * 12 + i64::from(date.month()) - i64::from(anchor.month());
                apart.div_euclid(months)
            }
            None => date.signed_duration_since(anchor).num_days().div_euclid(self.days()),
        };
        // A month's guess may be one too far, when the day of the month is still to come.
        if self.start(anchor, guess) <= date { guess } else { guess - 1 }
    }
}

fn add_months(date: NaiveDate, months: i64) -> NaiveDate {
    let by = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
    if months < 0 {
        date.checked_sub_months(by).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_months(by).unwrap_or(NaiveDate::MAX)
    }
}

fn add_days(date: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    if days < 0 {
        date.checked_sub_days(by).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_days(by).unwrap_or(NaiveDate::MAX)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self {
            Self::Days(_) => "D",
            Self::Weeks(_) => "W",
            Self::Months(_) => "M",
            Self::Years(_) => "Y",
        };
        write!(f, "P{}{unit}", self.count())
    }
}

const MALFORMED: TextError = TextError::Malformed {
    what: "interval",
    remedy: "write an ISO 8601 duration of one part, such as `P1M`, `P1Y` or `P14D`",
};

impl FromStr for Interval {
    type Err = TextError;

    /// Reads `P1M`, and the words of the source schemas: `month`, `monthly`, `year`, `yearly`,
    /// `quarterly`, `weekly`, `daily`.
    fn from_str(text: &str) -> Result<Self, TextError> {
        match text.to_ascii_lowercase().as_str() {
            "day" | "daily" => return Ok(Self::Days(1)),
            "week" | "weekly" => return Ok(Self::Weeks(1)),
            "month" | "monthly" => return Ok(Self::MONTH),
            "quarter" | "quarterly" => return Ok(Self::QUARTER),
            "year" | "yearly" | "annual" => return Ok(Self::YEAR),
            _ => {}
        }
        let digits = text.strip_prefix('P').ok_or(MALFORMED)?;
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).ok_or(MALFORMED)?;
        let (digits, unit) = digits.split_at_checked(end).ok_or(MALFORMED)?;
        let count = digits.parse().map_err(|_| MALFORMED)?;
        match (count, unit) {
            (0, _) => Err(MALFORMED),
            (_, "D") => Ok(Self::Days(count)),
            (_, "W") => Ok(Self::Weeks(count)),
            (_, "M") => Ok(Self::Months(count)),
            (_, "Y") => Ok(Self::Years(count)),
            _ => Err(MALFORMED),
        }
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Field for Interval {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(16);
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let text = String::from_value(value)?;
        text.parse().map_err(|e| FieldError::invalid("Interval", e))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_short_month_shifts_nothing() {
        let starts: Vec<_> =
            (0..5).map(|it| Interval::MONTH.start(date("2023-01-31"), it).to_string()).collect();
        let wanted = ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31"];
        assert_eq!(starts, wanted);
        assert_eq!(Interval::YEAR.start(date("2024-02-29"), 4).to_string(), "2028-02-29");
        assert_eq!(Interval::YEAR.start(date("2024-02-29"), 1).to_string(), "2025-02-28");
        assert_eq!(Interval::MONTH.start(date("2023-03-31"), -1).to_string(), "2023-02-28");
    }

    #[test]
    fn text_keeps_an_interval_and_reads_the_words_of_the_source_schemas() {
        for (text, interval) in [
            ("P1M", Interval::MONTH),
            ("P14D", Interval::Days(14)),
            ("P2W", Interval::Weeks(2)),
            ("P1Y", Interval::YEAR),
        ] {
            assert_eq!(interval.to_string(), text);
            assert_eq!(text.parse(), Ok(interval));
        }
        assert_eq!("Monthly".parse(), Ok(Interval::MONTH));
        assert_eq!("quarterly".parse(), Ok(Interval::QUARTER));
        for text in ["", "P", "P1", "P0D", "1M", "P1MD", "P-1D", "P70000D", "PT1H", "fortnight"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }

    fn any_interval() -> impl Strategy<Value = Interval> {
        prop_oneof![
            (1_u16..400).prop_map(Interval::Days),
            (1_u16..60).prop_map(Interval::Weeks),
            (1_u16..30).prop_map(Interval::Months),
            (1_u16..5).prop_map(Interval::Years),
        ]
    }

    proptest! {
        #[test]
        fn periods_meet_and_every_date_lies_in_exactly_one(
            interval in any_interval(),
            anchor in 0_u64..20_000,
            date in 0_u64..20_000,
        ) {
            let day = |days| NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(days);
            let (anchor, date) = (day(anchor), day(date));
            let number = interval.number_at(anchor, date);
            prop_assert!(interval.start(anchor, number) <= date);
            prop_assert!(date < interval.start(anchor, number + 1));
        }
    }
}
