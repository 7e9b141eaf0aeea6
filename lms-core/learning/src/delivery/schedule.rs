//! When a class meets, in the time of the place where it meets.
use chrono::{NaiveTime, Weekday};
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::delivery::{ByDay, Frequency, Recurrence, RecurrenceEnd, RecurrenceError, SeriesTiming};
use lms_kernel::{LocalDate, LocalDateTime, TimeZone};

/// When a class meets: on which weekdays, from when to when, in which weeks, in local time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Parts")]
pub struct ClassSchedule {
    weekdays: Vec<Weekday>,
    starts_at: NaiveTime,
    ends_at: NaiveTime,
    time_zone: TimeZone,
    first_day: LocalDate,
    last_day: LocalDate,
}

impl ClassSchedule {
    /// The most days from the first to the last.
    pub const MAX_DAYS: i64 = 3660;

    /// A schedule. Weekdays are sorted from Monday and named once; none at all means every day.
    ///
    /// A meeting that ends at or before the time it starts ends on the next day.
    ///
    /// # Errors
    /// [`ScheduleError`] if the last day is before the first or more than
    /// [`MAX_DAYS`](Self::MAX_DAYS) after it, or start and end are the same.
    pub fn new(
        weekdays: impl IntoIterator<Item = Weekday>,
        (starts_at, ends_at): (NaiveTime, NaiveTime),
        time_zone: TimeZone,
        (first_day, last_day): (LocalDate, LocalDate),
    ) -> Result<Self, ScheduleError> {
        if last_day < first_day {
            return Err(ScheduleError::EndsBeforeStart);
        }
        if last_day.signed_duration_since(*first_day).num_days() > Self::MAX_DAYS {
            return Err(ScheduleError::TooLong { most_days: Self::MAX_DAYS });
        }
        if starts_at == ends_at {
            return Err(ScheduleError::NoDuration);
        }
        let mut weekdays: Vec<Weekday> = weekdays.into_iter().collect();
        weekdays.sort_by_key(Weekday::num_days_from_monday);
        weekdays.dedup();
        Ok(Self { weekdays, starts_at, ends_at, time_zone, first_day, last_day })
    }

    /// The weekdays on which the class meets, from Monday; every day when there are none.
    pub fn weekdays(&self) -> &[Weekday] {
        &self.weekdays
    }

    /// The local time at which a meeting starts.
    pub const fn starts_at(&self) -> NaiveTime {
        self.starts_at
    }

    /// The local time at which a meeting ends.
    pub const fn ends_at(&self) -> NaiveTime {
        self.ends_at
    }

    /// Whose local time it is.
    pub const fn time_zone(&self) -> TimeZone {
        self.time_zone
    }

    /// The same as the timing of a series, whose sessions can be planned.
    ///
    /// # Errors
    /// [`RecurrenceError`] never, for a schedule that was checked.
    pub fn timing(&self) -> Result<SeriesTiming, RecurrenceError> {
        let end = RecurrenceEnd::UntilDay(self.last_day);
        let recurrence = if self.weekdays.is_empty() {
            Recurrence::every(1, Frequency::Daily)?.ending(end)?
        } else {
            let days = self.weekdays.iter().copied().map(ByDay::from);
            Recurrence::every(1, Frequency::Weekly)?.on(days)?.ending(end)?
        };
        // From the start to the end by the wall clock, over midnight where the end comes first.
        let minutes = (self.ends_at - self.starts_at).num_minutes().rem_euclid(24 * 60);
        Ok(SeriesTiming {
            first_start: LocalDateTime::at(self.first_day, self.starts_at),
            duration_minutes: u16::try_from(minutes.max(1)).unwrap_or(1),
            time_zone: self.time_zone,
            recurrence,
        })
    }

    /// The first day on which the class may meet.
    pub const fn first_day(&self) -> LocalDate {
        self.first_day
    }

    /// The last day on which a meeting may start.
    pub const fn last_day(&self) -> LocalDate {
        self.last_day
    }
}

/// Why a schedule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The last day is before the first.
    #[error("a schedule must not end before it starts")]
    #[fault(invalid, field = "last_day")]
    EndsBeforeStart,
    /// It covers too many days.
    #[error("a schedule covers at most {most_days} days; use several")]
    #[fault(invalid, field = "last_day")]
    TooLong {
        /// The most days.
        most_days: i64,
    },
    /// A meeting starts and ends at the same time.
    #[error("a meeting must end at another time than it starts")]
    #[fault(invalid, field = "ends_at")]
    NoDuration,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Parts {
    weekdays: Vec<Weekday>,
    starts_at: NaiveTime,
    ends_at: NaiveTime,
    time_zone: TimeZone,
    first_day: LocalDate,
    last_day: LocalDate,
}

impl TryFrom<Parts> for ClassSchedule {
    type Error = ScheduleError;

    fn try_from(it: Parts) -> Result<Self, ScheduleError> {
        let (times, days) = ((it.starts_at, it.ends_at), (it.first_day, it.last_day));
        Self::new(it.weekdays, times, it.time_zone, days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    fn schedule(
        from: &str,
        to: &str,
        first: &str,
        last: &str,
    ) -> Result<ClassSchedule, ScheduleError> {
        ClassSchedule::new(
            [Weekday::Wed, Weekday::Mon, Weekday::Wed],
            (time(from), time(to)),
            TimeZone::new("Asia/Jakarta").unwrap(),
            (first.parse().unwrap(), last.parse().unwrap()),
        )
    }

    #[test]
    fn weekdays_are_sorted_and_named_once() {
        let schedule = schedule("09:00:00", "10:30:00", "2024-03-04", "2024-03-29").unwrap();
        assert_eq!(schedule.weekdays(), [Weekday::Mon, Weekday::Wed]);
        let json = serde_json::to_string(&schedule).unwrap();
        assert_eq!(
            json,
            "{\"weekdays\":[\"Mon\",\"Wed\"],\"starts_at\":\"09:00:00\",\"ends_at\":\"10:30:00\",\
             \"time_zone\":\"Asia/Jakarta\",\"first_day\":\"2024-03-04\",\"last_day\":\"2024-03-29\"}"
        );
        assert_eq!(serde_json::from_str::<ClassSchedule>(&json).unwrap(), schedule);
    }

    #[test]
    fn a_schedule_becomes_a_series() {
        let timing = |from, to| {
            let schedule = schedule(from, to, "2024-03-05", "2024-03-29").unwrap();
            schedule.timing().unwrap()
        };
        let morning = timing("09:00:00", "10:30:00");
        assert_eq!(morning.duration_minutes, 90);
        assert_eq!(morning.recurrence.to_string(), "RRULE:FREQ=WEEKLY;UNTIL=20240329;BYDAY=MO,WE");
        assert_eq!(timing("22:00:00", "01:00:00").duration_minutes, 180);
    }

    #[test]
    fn impossible_schedules_are_refused_also_when_read() {
        let at = |from, to, first, last| schedule(from, to, first, last).unwrap_err();
        assert_eq!(
            at("09:00:00", "10:00:00", "2024-03-04", "2024-03-03"),
            ScheduleError::EndsBeforeStart
        );
        assert_eq!(
            at("09:00:00", "09:00:00", "2024-03-04", "2024-03-04"),
            ScheduleError::NoDuration
        );
        assert_eq!(
            at("09:00:00", "10:00:00", "2024-03-04", "2044-03-04"),
            ScheduleError::TooLong { most_days: 3660 }
        );
        let json = "{\"weekdays\":[],\"starts_at\":\"09:00:00\",\"ends_at\":\"09:00:00\",\
             \"time_zone\":\"UTC\",\"first_day\":\"2024-03-04\",\"last_day\":\"2024-03-29\"}";
        assert!(serde_json::from_str::<ClassSchedule>(json).is_err());
        let json = json.replace("\"ends_at\":\"09:00:00\"", "\"ends_at\":\"10:00:00\"");
        assert!(serde_json::from_str::<ClassSchedule>(&json).is_ok());
        for (day, other) in [("2024-03-29", "+262142-12-31"), ("2024-03-04", "-262143-01-01")] {
            let json = json.replace(day, other);
            assert!(serde_json::from_str::<ClassSchedule>(&json).is_err(), "{other}");
        }
    }
}
