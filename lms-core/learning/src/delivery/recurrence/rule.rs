//! Recurrence rules and their checks.
use chrono::Weekday;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::{LocalDate, LocalDateTime, Timestamp};

/// How often something repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Frequency {
    /// Every so many days.
    Daily,
    /// Every so many weeks, which start on Monday unless the rule says otherwise.
    Weekly,
    /// Every so many months.
    Monthly,
}

/// A weekday and, within a month, which of them: the second, the last but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ByDay {
    /// The weekday.
    pub weekday: Weekday,
    /// Which one of the month, from 1 or, from the end, from −1; every one when there is none.
    pub ordinal: Option<i8>,
}

impl From<Weekday> for ByDay {
    fn from(weekday: Weekday) -> Self {
        Self { weekday, ordinal: None }
    }
}

/// When something stops to repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecurrenceEnd {
    /// Never.
    #[default]
    Never,
    /// After so many times, those taken out by `EXDATE` counted.
    Count(u32),
    /// After that day, by the local calendar.
    UntilDay(LocalDate),
    /// After that instant.
    Until(Timestamp),
}

/// How something repeats, in local time: a part of the recurrence rules of RFC 5545 (iCalendar).
///
/// `FREQ` of `DAILY`, `WEEKLY` and `MONTHLY`, `INTERVAL`, `BYDAY` (with ordinals such as `2TU` or
/// `-1FR` where it is monthly), `WKST`, `COUNT`, `UNTIL` and `EXDATE`. Every other part is refused by its
/// name. What repeats keeps its time on the wall clock when clocks change.
///
/// Serde writes and reads the text form, whose lines are joined by line breaks.
///
/// ```
/// use lms_learning::delivery::Recurrence;
///
/// let rule: Recurrence = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10".parse()?;
/// assert_eq!(rule.to_string(), "RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE");
/// let error = "FREQ=WEEKLY;BYSETPOS=1".parse::<Recurrence>().unwrap_err();
/// assert_eq!(error.to_string(), "recurrence part `BYSETPOS` is not supported");
/// # Ok::<(), lms_learning::delivery::RecurrenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    pub(super) frequency: Frequency,
    pub(super) interval: u16,
    pub(super) by_day: Vec<ByDay>,
    pub(super) week_start: Weekday,
    pub(super) end: RecurrenceEnd,
    pub(super) exceptions: Vec<Exception>,
}

/// What `EXDATE` takes out: a whole local day, or what starts at a local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Exception {
    Day(LocalDate),
    Start(LocalDateTime),
}

impl Recurrence {
    /// The greatest interval.
    pub const MAX_INTERVAL: u16 = 1_000;
    /// The greatest count.
    pub const MAX_COUNT: u32 = 10_000;
    /// The most exceptions.
    pub const MAX_EXCEPTIONS: usize = 1_000;

    /// Every so many days, weeks or months, for ever.
    ///
    /// # Errors
    /// [`RecurrenceError::OutOfRange`] unless the interval is from 1 to 1 000.
    pub fn every(interval: u16, frequency: Frequency) -> Result<Self, RecurrenceError> {
        if interval == 0 || interval > Self::MAX_INTERVAL {
            return Err(RecurrenceError::OutOfRange { part: "INTERVAL" });
        }
        let (by_day, exceptions) = (Vec::new(), Vec::new());
        let (week_start, end) = (Weekday::Mon, RecurrenceEnd::Never);
        Ok(Self { frequency, interval, by_day, week_start, end, exceptions })
    }

    /// The same, on those weekdays only.
    ///
    /// # Errors
    /// [`RecurrenceError`] if there are none, or one has an ordinal that does not make sense:
    /// they go with `MONTHLY` and are from ±1 to ±5.
    pub fn on(mut self, days: impl IntoIterator<Item = ByDay>) -> Result<Self, RecurrenceError> {
        let mut by_day: Vec<ByDay> = Vec::new();
        for day in days {
            match day.ordinal {
                Some(_) if self.frequency != Frequency::Monthly => {
                    return Err(RecurrenceError::OrdinalNeedsMonthly);
                }
                Some(ordinal) if ordinal == 0 || !(-5..=5).contains(&ordinal) => {
                    return Err(RecurrenceError::OutOfRange { part: "BYDAY" });
                }
                _ => {}
            }
            if !by_day.contains(&day) {
                by_day.push(day);
            }
        }
        if by_day.is_empty() {
            return Err(RecurrenceError::Malformed { part: "BYDAY" });
        }
        by_day.sort_by_key(|it| (it.weekday.num_days_from_monday(), it.ordinal));
        self.by_day = by_day;
        Ok(self)
    }

    /// The same, with weeks that start on that day. It matters where something repeats every second
    /// week or less often.
    #[must_use]
    pub const fn weeks_from(mut self, day: Weekday) -> Self {
        self.week_start = day;
        self
    }

    /// The same, until then.
    ///
    /// # Errors
    /// [`RecurrenceError::OutOfRange`] unless a count is from 1 to 10 000.
    pub fn ending(mut self, end: RecurrenceEnd) -> Result<Self, RecurrenceError> {
        if let RecurrenceEnd::Count(count) = end
            && (count == 0 || count > Self::MAX_COUNT)
        {
            return Err(RecurrenceError::OutOfRange { part: "COUNT" });
        }
        self.end = end;
        Ok(self)
    }

    /// The same, without what starts on that local day.
    ///
    /// # Errors
    /// [`RecurrenceError::TooManyExceptions`].
    pub fn except(mut self, day: LocalDate) -> Result<Self, RecurrenceError> {
        self.except_any([Exception::Day(day)])?;
        Ok(self)
    }

    pub(super) fn except_any(
        &mut self,
        more: impl IntoIterator<Item = Exception>,
    ) -> Result<(), RecurrenceError> {
        self.exceptions.extend(more);
        self.exceptions.sort_unstable();
        self.exceptions.dedup();
        if self.exceptions.len() > Self::MAX_EXCEPTIONS {
            return Err(RecurrenceError::TooManyExceptions { most: Self::MAX_EXCEPTIONS });
        }
        Ok(())
    }

    /// How often it repeats.
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Every so many days, weeks or months.
    pub const fn interval(&self) -> u16 {
        self.interval
    }

    /// On which weekdays, from Monday; empty where the first day decides.
    pub fn by_day(&self) -> &[ByDay] {
        &self.by_day
    }

    /// The day on which weeks start.
    pub const fn week_start(&self) -> Weekday {
        self.week_start
    }

    /// When it stops.
    pub const fn end(&self) -> RecurrenceEnd {
        self.end
    }

    /// Whether something that starts at that local time is taken out.
    pub(super) fn is_excepted(&self, start: LocalDateTime) -> bool {
        let has = |it: &Exception| self.exceptions.binary_search(it).is_ok();
        has(&Exception::Day(start.day())) || has(&Exception::Start(start))
    }
}

/// Why a recurrence rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RecurrenceError {
    /// The rule has a part that is not supported.
    #[error("recurrence part `{part}` is not supported")]
    #[fault(invalid, field = "recurrence")]
    Unsupported {
        /// The part, such as `BYSETPOS` or `FREQ=YEARLY`.
        part: String,
    },
    /// A part is not written as RFC 5545 says.
    #[error("recurrence part `{part}` is malformed; see RFC 5545 section 3.3.10")]
    #[fault(invalid, field = "recurrence")]
    Malformed {
        /// The part.
        part: &'static str,
    },
    /// A number is too small or too large.
    #[error("recurrence part `{part}` is out of range")]
    #[fault(invalid, field = "recurrence")]
    OutOfRange {
        /// The part.
        part: &'static str,
    },
    /// A part is there twice.
    #[error("recurrence part `{part}` is given twice; keep one")]
    #[fault(invalid, field = "recurrence")]
    Repeated {
        /// The part.
        part: &'static str,
    },
    /// The rule ends by a count and by a date.
    #[error("a recurrence rule has `COUNT` or `UNTIL`, not both")]
    #[fault(invalid, field = "recurrence")]
    CountAndUntil,
    /// Something like the second Tuesday needs months.
    #[error("an ordinal in `BYDAY`, such as `2TU`, goes with `FREQ=MONTHLY`")]
    #[fault(invalid, field = "recurrence")]
    OrdinalNeedsMonthly,
    /// There are too many exceptions.
    #[error("a recurrence has at most {most} exceptions; use several")]
    #[fault(invalid, field = "recurrence")]
    TooManyExceptions {
        /// The most exceptions.
        most: usize,
    },
    /// The text is too long.
    #[error("a recurrence has at most {most} characters")]
    #[fault(invalid, field = "recurrence")]
    TooLong {
        /// The most characters.
        most: usize,
    },
}
