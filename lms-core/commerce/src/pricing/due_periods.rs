//! Which periods are due by a day: dates and parts of the price in one listing.
use chrono::NaiveDate;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{BilledCycles, BillingCalendar, BillingPeriod, BillingTime, CycleError};
use lms_kernel::{NumberError, Ratio};

/// A period that is due: which one, the days of it that are billed, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DuePeriod {
    /// The number of the period; 0 is the one of the anchor or, for cycles with a billing day, the
    /// one that begins in the month of the start.
    pub number: i64,
    /// The whole period.
    pub whole: BillingPeriod,
    /// The days of it that are billed: from the start, and up to the end of what is billed.
    pub billed: BillingPeriod,
    /// The day on which it is due: its first billed day in advance, the day after its last one in
    /// arrears.
    pub due_on: NaiveDate,
}

impl DuePeriod {
    /// How much of the period is billed: days against days, above 0 and up to 1, exactly.
    ///
    /// # Errors
    /// None that can occur: a period has at least a day.
    pub fn part(&self) -> Result<Ratio, NumberError> {
        Ratio::new(i128::from(self.billed.days()), i128::from(self.whole.days()))
    }
}

/// Why due periods cannot be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DueError {
    /// The cycles make no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Cycle(#[from] CycleError),
    /// There are more periods than a listing holds.
    #[error("there are more than {most} periods by that day; ask for an earlier one")]
    #[fault(invalid, field = "by")]
    TooMany {
        /// The most periods of a listing.
        most: usize,
    },
}

/// The most periods of one listing: daily ones of 27 years.
pub const MAX_DUE_PERIODS: usize = 10_000;

impl BillingCalendar {
    /// The periods of something that starts and maybe ends (`end` is the day after its last one)
    /// that are due by a day, in order.
    ///
    /// # Errors
    /// [`DueError`]; [`CycleError::BeforeStart`] if it ends before it starts.
    pub fn periods_due(
        &self,
        time: BillingTime,
        (start, end): (NaiveDate, Option<NaiveDate>),
        by: NaiveDate,
    ) -> Result<Vec<DuePeriod>, DueError> {
        let first = self.number_of(start);
        list((start, end), by, time, first, |number| self.period(number))
    }
}

impl BilledCycles {
    /// The cycles that are billed up to and including `target`, with their days: the parts of
    /// [`parts_until`](Self::parts_until) that are above zero.
    ///
    /// # Errors
    /// [`DueError`].
    pub fn periods_due(&self, target: NaiveDate) -> Result<Vec<DuePeriod>, DueError> {
        self.check(target)?;
        let cycle = |number| self.cycle(number);
        let lived = (self.start, self.end);
        list(lived, target, BillingTime::InAdvance, self.first_number() - 1, cycle)
    }
}

fn list(
    (start, end): (NaiveDate, Option<NaiveDate>),
    by: NaiveDate,
    time: BillingTime,
    first: i64,
    period: impl Fn(i64) -> BillingPeriod,
) -> Result<Vec<DuePeriod>, DueError> {
    if end.is_some_and(|end| end < start) {
        return Err(CycleError::BeforeStart.into());
    }
    let mut due = Vec::new();
    for number in first.. {
        let whole = period(number);
        let from = whole.start.max(start);
        let to = end.map_or(whole.end, |end| end.min(whole.end));
        let is_over = end.is_some_and(|end| whole.start >= end) || whole.end <= whole.start;
        let due_on = match time {
            BillingTime::InAdvance => from,
            BillingTime::InArrears => to,
        };
        if is_over || due_on > by {
            break;
        }
        if from < to {
            if due.len() == MAX_DUE_PERIODS {
                return Err(DueError::TooMany { most: MAX_DUE_PERIODS });
            }
            let billed = BillingPeriod { start: from, end: to };
            due.push(DuePeriod { number, whole, billed, due_on });
        }
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Alignment, Interval};
    use lms_kernel::TimeZone;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn monthly(alignment: Alignment) -> BillingCalendar {
        BillingCalendar { interval: Interval::MONTH, alignment, zone: TimeZone::UTC }
    }

    #[test]
    fn a_start_in_a_month_is_due_at_once_in_advance_and_when_it_is_over_in_arrears() {
        let calendar = monthly(Alignment::Calendar);
        let lived = (day("2024-01-16"), Some(day("2024-03-11")));
        let due = |time, by| {
            let due = calendar.periods_due(time, lived, day(by)).unwrap();
            let row = |it: &DuePeriod| {
                let part = it.part().unwrap();
                (it.due_on.to_string(), it.billed.days(), part)
            };
            due.iter().map(row).collect::<Vec<_>>()
        };
        let part = |over, under| Ratio::new(over, under).unwrap();
        let row = |on: &str, days: i64, part| (on.to_owned(), days, part);
        assert_eq!(due(BillingTime::InAdvance, "2024-01-15"), []);
        assert_eq!(
            due(BillingTime::InAdvance, "2024-12-31"),
            [
                row("2024-01-16", 16, part(16, 31)),
                row("2024-02-01", 29, Ratio::ONE),
                row("2024-03-01", 10, part(10, 31)),
            ]
        );
        assert_eq!(
            due(BillingTime::InArrears, "2024-03-10"),
            [row("2024-02-01", 16, part(16, 31)), row("2024-03-01", 29, Ratio::ONE),]
        );
        assert_eq!(due(BillingTime::InArrears, "2024-03-11").len(), 3);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let calendar = monthly(Alignment::Calendar);
        let lived = (day("2024-01-16"), Some(day("2024-01-15")));
        let refused = calendar.periods_due(BillingTime::InAdvance, lived, day("2024-02-01"));
        assert_eq!(refused, Err(DueError::Cycle(CycleError::BeforeStart)));
        let daily = BillingCalendar { interval: Interval::Days(1), ..calendar };
        let all =
            daily.periods_due(BillingTime::InAdvance, (day("1900-01-01"), None), day("2024-01-01"));
        assert_eq!(all, Err(DueError::TooMany { most: MAX_DUE_PERIODS }));
        let nothing = (day("2024-01-16"), Some(day("2024-01-16")));
        let due = calendar.periods_due(BillingTime::InArrears, nothing, day("2024-02-01"));
        assert_eq!(due, Ok(Vec::new()));
    }

    proptest! {
        /// Cycles with a billing day and the calendar that begins on that day say the same, and the
        /// parts are those of the cycles.
        #[test]
        fn cycles_and_calendars_meet(
            billing_day in 1_u32..=28,
            offset in 0_i64..800,
            lasts in proptest::option::of(0_i64..500),
            until in 0_i64..700,
            months in 1_u16..=12,
        ) {
            let start = day("2023-01-01") + chrono::TimeDelta::days(offset);
            let end = lasts.map(|it| start + chrono::TimeDelta::days(it));
            let target = start + chrono::TimeDelta::days(until);
            let interval = Interval::Months(months);
            let cycles = BilledCycles { interval, billing_day, start, end };
            let due = cycles.periods_due(target).unwrap();
            let parts: Vec<_> = due.iter().map(|it| it.part().unwrap()).collect();
            let wanted = cycles.parts_until(target).unwrap();
            let wanted: Vec<_> = wanted.into_iter().filter(|it| !it.is_zero()).collect();
            prop_assert_eq!(parts, wanted);
            let anchor = chrono::Datelike::with_day(&start, billing_day).unwrap();
            let alignment = Alignment::Anniversary(anchor);
            let calendar = BillingCalendar { interval, alignment, zone: TimeZone::UTC };
            let same = calendar.periods_due(BillingTime::InAdvance, (start, end), target);
            prop_assert_eq!(same, Ok(due));
        }

        /// Periods follow each other without a gap, from the start to the end.
        #[test]
        fn billed_days_are_all_days_once(offset in 0_i64..400, lasts in 1_i64..900) {
            let start = day("2023-01-31") + chrono::TimeDelta::days(offset);
            let end = start + chrono::TimeDelta::days(lasts);
            for alignment in [Alignment::Calendar, Alignment::Anniversary(day("2023-01-31"))] {
                for time in [BillingTime::InAdvance, BillingTime::InArrears] {
                    let due = monthly(alignment).periods_due(time, (start, Some(end)), end);
                    let due = due.unwrap();
                    prop_assert_eq!(due.first().unwrap().billed.start, start);
                    prop_assert_eq!(due.last().unwrap().billed.end, end);
                    prop_assert!(due.windows(2).all(|it| it[0].billed.end == it[1].billed.start));
                }
            }
        }
    }
}
