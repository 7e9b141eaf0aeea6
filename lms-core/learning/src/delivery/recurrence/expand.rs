//! The occurrences of a recurrence rule.
use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveDateTime};
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::delivery::{ByDay, Frequency, Recurrence, RecurrenceEnd, local_instant};
use lms_kernel::{TimeRange, TimeZone, Timestamp};

/// One time at which something that repeats starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// The instant.
    pub at: Timestamp,
    /// What the wall clock says.
    pub local: NaiveDateTime,
}

/// Too many occurrences were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RecurrenceLimit {
    /// There are more than were allowed.
    #[error("there are more than {most} occurrences; ask for a shorter time")]
    #[fault(invalid, field = "window")]
    TooMany {
        /// The most occurrences.
        most: usize,
    },
}

impl Recurrence {
    /// The times at which something starts within `window`, in order, if it started at `first` on
    /// the wall clock of `zone` for the first time.
    ///
    /// The first time counts when it fits the rule. Times that clocks skip or show twice are read
    /// as by [`local_instant`].
    ///
    /// # Errors
    /// [`RecurrenceLimit::TooMany`] if there are more than `most`.
    pub fn occurrences(
        &self,
        first: NaiveDateTime,
        zone: TimeZone,
        window: TimeRange,
        most: usize,
    ) -> Result<Vec<Occurrence>, RecurrenceLimit> {
        let mut found = Vec::new();
        let mut counted = 0_u32;
        for day in self.days(first.date()) {
            let local = day.and_time(first.time());
            let at = local_instant(local, zone);
            counted = counted.saturating_add(1);
            let is_over = match self.end {
                RecurrenceEnd::Never => false,
                RecurrenceEnd::Count(count) => counted > count,
                RecurrenceEnd::UntilDay(last) => day > last,
                RecurrenceEnd::Until(last) => at > last,
            };
            if is_over || at >= window.end() {
                break;
            }
            if window.contains(at) && !self.is_excepted(local) {
                if found.len() == most {
                    return Err(RecurrenceLimit::TooMany { most });
                }
                found.push(Occurrence { at, local });
            }
        }
        Ok(found)
    }

    /// The days on which it happens, from `first` on, without an end.
    fn days(&self, first: NaiveDate) -> Box<dyn Iterator<Item = NaiveDate> + '_> {
        let step = u32::from(self.interval);
        match self.frequency {
            Frequency::Daily => {
                let days = (0_u64..)
                    .map_while(move |it| first.checked_add_days(Days::new(it * u64::from(step))));
                Box::new(days.filter(|it| self.has_weekday(*it)))
            }
            Frequency::Weekly => {
                let monday = u64::from(first.weekday().num_days_from_monday());
                let start = first.checked_sub_days(Days::new(monday)).unwrap_or(first);
                let weeks = (0_u64..).map_while(move |it| {
                    start.checked_add_days(Days::new(it * 7 * u64::from(step)))
                });
                Box::new(weeks.flat_map(move |week| self.days_of_week(week, first)))
            }
            Frequency::Monthly => {
                let start = first.with_day(1).unwrap_or(first);
                let months = (0_u32..).map_while(move |it| {
                    start.checked_add_months(Months::new(it.checked_mul(step)?))
                });
                Box::new(months.flat_map(move |month| self.days_of_month(month, first)))
            }
        }
    }

    fn has_weekday(&self, day: NaiveDate) -> bool {
        self.by_day.is_empty() || self.by_day.iter().any(|it| it.weekday == day.weekday())
    }

    fn days_of_week(&self, monday: NaiveDate, first: NaiveDate) -> Vec<NaiveDate> {
        let days = (0..7).filter_map(|it| monday.checked_add_days(Days::new(it)));
        days.filter(|day| {
            let fits = match self.by_day.is_empty() {
                true => day.weekday() == first.weekday(),
                false => self.has_weekday(*day),
            };
            fits && *day >= first
        })
        .collect()
    }

    fn days_of_month(&self, month: NaiveDate, first: NaiveDate) -> Vec<NaiveDate> {
        if self.by_day.is_empty() {
            // A month without that day is passed over.
            return month.with_day(first.day()).filter(|it| *it >= first).into_iter().collect();
        }
        let days = (1..=31).filter_map(|it| month.with_day(it));
        days.filter(|day| *day >= first && self.by_day.iter().any(|it| is_nth(*day, *it))).collect()
    }
}

/// Whether a day is that weekday and, of its month, the one that the ordinal says.
fn is_nth(day: NaiveDate, by_day: ByDay) -> bool {
    if day.weekday() != by_day.weekday {
        return false;
    }
    let from_start = day.day0() / 7 + 1;
    let is_same = |wanted: i8, found: u32| u32::from(wanted.unsigned_abs()) == found;
    match by_day.ordinal {
        None => true,
        Some(wanted) if wanted > 0 => is_same(wanted, from_start),
        Some(wanted) => {
            let from_end = (days_in_month(day) - day.day()) / 7 + 1;
            is_same(wanted, from_end)
        }
    }
}

fn days_in_month(day: NaiveDate) -> u32 {
    (28..=31).rev().find(|it| day.with_day(*it).is_some()).unwrap_or(28)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rrule::RRuleSet;

    use super::*;

    fn window(from: &str, to: &str) -> TimeRange {
        TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn starts(rule: &str, first: &str, zone: &str) -> Vec<String> {
        let rule: Recurrence = rule.parse().unwrap();
        let all = window("2000-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
        let zone = TimeZone::new(zone).unwrap();
        let found = rule.occurrences(first.parse().unwrap(), zone, all, 100).unwrap();
        found.iter().map(|it| it.at.to_string()).collect()
    }

    #[test]
    fn a_class_keeps_its_time_when_clocks_change() {
        assert_eq!(
            starts("FREQ=WEEKLY;COUNT=3", "2024-03-24T18:00:00", "Europe/Berlin"),
            ["2024-03-24T17:00:00Z", "2024-03-31T16:00:00Z", "2024-04-07T16:00:00Z"]
        );
        // 02:30 on 31 March is skipped: the class starts at 03:30, once.
        assert_eq!(
            starts("FREQ=DAILY;COUNT=3", "2024-03-30T02:30:00", "Europe/Berlin"),
            ["2024-03-30T01:30:00Z", "2024-03-31T01:30:00Z", "2024-04-01T00:30:00Z"]
        );
    }

    #[test]
    fn the_examples_of_rfc_5545() {
        // Section 3.8.5.3: every other week on Tuesday and Thursday, for 8 occurrences.
        let days = |rule: &str, first: &str| {
            let rule: Recurrence = rule.parse().unwrap();
            let all = window("1990-01-01T00:00:00Z", "2010-01-01T00:00:00Z");
            let zone = TimeZone::new("America/New_York").unwrap();
            let found = rule.occurrences(first.parse().unwrap(), zone, all, 100).unwrap();
            found.iter().map(|it| it.local.format("%m-%d").to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            days("FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=TU,TH", "1997-09-02T09:00:00"),
            ["09-02", "09-04", "09-16", "09-18", "09-30", "10-02", "10-14", "10-16"]
        );
        // Monthly on the first Friday, until 24 December.
        assert_eq!(
            days("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997-09-05T09:00:00"),
            ["09-05", "10-03", "11-07", "12-05"]
        );
        // Every other month on the first and last Sunday, for 10 occurrences.
        assert_eq!(
            days("FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07T09:00:00"),
            [
                "09-07", "09-28", "11-02", "11-30", "01-04", "01-25", "03-01", "03-29", "05-03",
                "05-31"
            ]
        );
        // Monthly on the second-to-last Monday, for 6 months.
        assert_eq!(
            days("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22T09:00:00"),
            ["09-22", "10-20", "11-17", "12-22", "01-19", "02-16"]
        );
    }

    #[test]
    fn few_months_have_a_fifth_monday() {
        let fifth = ["2024-01-29T09:00:00Z", "2024-04-29T09:00:00Z", "2024-07-29T09:00:00Z"];
        assert_eq!(starts("FREQ=MONTHLY;BYDAY=5MO;COUNT=3", "2024-01-01T09:00:00", "UTC"), fifth);
        let first = ["2024-01-01T09:00:00Z", "2024-04-01T09:00:00Z", "2024-07-01T09:00:00Z"];
        assert_eq!(starts("FREQ=MONTHLY;BYDAY=-5MO;COUNT=3", "2024-01-01T09:00:00", "UTC"), first);
        // Any Monday or the last one: every Monday, once.
        assert_eq!(
            starts("FREQ=MONTHLY;BYDAY=MO,-1MO;UNTIL=20240201", "2024-01-10T09:00:00", "UTC").len(),
            3
        );
    }

    #[test]
    fn months_without_the_day_are_passed_over() {
        assert_eq!(
            starts("FREQ=MONTHLY;COUNT=3", "2024-01-31T09:00:00", "UTC"),
            ["2024-01-31T09:00:00Z", "2024-03-31T09:00:00Z", "2024-05-31T09:00:00Z"]
        );
    }

    #[test]
    fn exceptions_count_and_do_not_happen() {
        assert_eq!(
            starts("FREQ=DAILY;COUNT=3\nEXDATE:20240302", "2024-03-01T09:00:00", "UTC"),
            ["2024-03-01T09:00:00Z", "2024-03-03T09:00:00Z"]
        );
        assert_eq!(
            starts("FREQ=DAILY;COUNT=2\nEXDATE:20240302T080000", "2024-03-01T09:00:00", "UTC"),
            ["2024-03-01T09:00:00Z", "2024-03-02T09:00:00Z"]
        );
    }

    #[test]
    fn the_last_day_is_a_local_one() {
        // 23:00 on the 3rd in New York is the 4th in UTC.
        let last = starts("FREQ=DAILY;UNTIL=20240303", "2024-03-02T23:00:00", "America/New_York");
        assert_eq!(last, ["2024-03-03T04:00:00Z", "2024-03-04T04:00:00Z"]);
    }

    #[test]
    fn too_many_are_refused() {
        let rule: Recurrence = "FREQ=DAILY".parse().unwrap();
        let first = "2024-03-01T09:00:00".parse().unwrap();
        let year = window("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
        let found = rule.occurrences(first, TimeZone::UTC, year, 10);
        assert_eq!(found, Err(RecurrenceLimit::TooMany { most: 10 }));
    }

    /// Rules of the supported part. Weekdays with and without an ordinal are not mixed: RFC 5545
    /// means either, and the oracle both. It also refuses the fifth, which has examples above.
    fn rules() -> impl Strategy<Value = String> {
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let days = proptest::collection::vec((0..7_usize, -4_i8..=4), 0..4);
        let end = prop_oneof![
            Just(String::new()),
            (1_u32..40).prop_map(|it| format!(";COUNT={it}")),
            (1_u32..=12, 1_u32..=28, 0_u32..24).prop_map(|(month, day, hour)| format!(
                ";UNTIL=2025{month:02}{day:02}T{hour:02}0000Z"
            )),
        ];
        let part = (0_u8..3, 1_u16..5, any::<bool>());
        (part, days, end).prop_map(move |((frequency, interval, is_nth), days, end)| {
            let frequency = ["DAILY", "WEEKLY", "MONTHLY"][usize::from(frequency)];
            let days: Vec<String> = days
                .into_iter()
                .map(|(day, ordinal)| match ordinal {
                    ordinal if frequency == "MONTHLY" && is_nth => {
                        format!("{}{}", if ordinal == 0 { 1 } else { ordinal }, names[day])
                    }
                    _ => names[day].to_owned(),
                })
                .collect();
            let days =
                if days.is_empty() { String::new() } else { format!(";BYDAY={}", days.join(",")) };
            format!("FREQ={frequency};INTERVAL={interval}{days}{end}")
        })
    }

    proptest! {
        #[test]
        fn the_crate_rrule_finds_the_same(
            text in rules(),
            day in 0_i64..700,
            zone_at in 0_usize..5,
            hour in 6_u32..22,
            exceptions in proptest::collection::vec(0_i64..60, 0..3),
        ) {
            // Times at which no clock changes, because libraries read those in different ways.
            let names = [
                "UTC", "Europe/Berlin", "America/New_York", "Asia/Jakarta", "Australia/Lord_Howe",
            ];
            let zone = TimeZone::new(names[zone_at]).unwrap();
            let base: NaiveDate = "2023-06-01".parse().unwrap();
            let first_day = base + chrono::TimeDelta::days(day);
            let first = first_day.and_hms_opt(hour, 30, 0).unwrap();
            let gone: Vec<_> =
                exceptions.iter().map(|it| first_day + chrono::TimeDelta::days(*it)).collect();
            let from = local_instant(first, zone);
            let to = from.saturating_add(chrono::TimeDelta::days(500));
            let mut rule: Recurrence = text.parse().unwrap();
            let mut oracle = format!(
                "DTSTART;TZID={}:{}\nRRULE:{text}",
                zone.as_str(),
                first.format("%Y%m%dT%H%M%S"),
            );
            for day in &gone {
                rule = rule.except(*day).unwrap();
                oracle.push_str(&format!(
                    "\nEXDATE;TZID={}:{}T{hour:02}3000",
                    zone.as_str(),
                    day.format("%Y%m%d"),
                ));
            }
            // The oracle refuses an end before the start; here it means that there is nothing.
            let Ok(oracle) = oracle.parse::<RRuleSet>() else {
                let window = TimeRange::new(from, to).unwrap();
                let found = rule.occurrences(first, zone, window, 1_000).unwrap();
                prop_assert!(found.is_empty(), "{} {}", text, first);
                return Ok(());
            };
            let expected: Vec<Timestamp> = oracle
                .all(1_000)
                .dates
                .iter()
                .map(|it| Timestamp::from_utc(it.to_utc()))
                .filter(|it| *it < to)
                .collect();
            let window = TimeRange::new(from, to).unwrap();
            let found: Vec<Timestamp> = rule
                .occurrences(first, zone, window, 1_000)
                .unwrap()
                .iter()
                .map(|it| it.at)
                .collect();
            prop_assert_eq!(found, expected, "{} from {} in {}", text, first, zone);
        }
    }
}
