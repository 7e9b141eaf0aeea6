//! The occurrences of a recurrence rule.
use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::delivery::{Frequency, Recurrence, RecurrenceEnd, local_instant};
use lms_kernel::{LocalDateTime, TimeRange, TimeZone, Timestamp};

/// One time at which something that repeats starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Occurrence {
    /// The instant.
    pub at: Timestamp,
    /// What the wall clock says.
    pub local: LocalDateTime,
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
    /// Lists the times at which something starts within `window`, in order, if it started at
    /// `first` on the wall clock of `zone` for the first time.
    ///
    /// The first time counts when it fits the rule. Times that clocks skip or show twice are read
    /// as by [`local_instant`]. The work grows with the window and with
    /// [`MAX_COUNT`](Self::MAX_COUNT), not with the time since `first`.
    ///
    /// # Errors
    /// [`RecurrenceLimit::TooMany`] if there are more than `most`.
    pub fn occurrences(
        &self,
        first: LocalDateTime,
        zone: TimeZone,
        window: TimeRange,
        most: usize,
    ) -> Result<Vec<Occurrence>, RecurrenceLimit> {
        let mut found = Vec::new();
        let mut counted = 0_u32;
        let (from, last) = self.days_to_look_at(zone, window);
        for day in self.days(first.date(), from, last) {
            counted = counted.saturating_add(1);
            let is_over = match self.end {
                RecurrenceEnd::Count(count) => counted > count,
                RecurrenceEnd::UntilDay(last) => day > *last,
                RecurrenceEnd::Never | RecurrenceEnd::Until(_) => false,
            };
            if is_over {
                break;
            }
            if day < from {
                continue;
            }
            let Ok(local) = LocalDateTime::new(day.and_time(first.time())) else { break };
            let at = local_instant(local.naive(), zone);
            if at >= window.end() || matches!(self.end, RecurrenceEnd::Until(last) if at > last) {
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

    /// The days outside of which nothing starts within the window, by the clocks of the zone.
    fn days_to_look_at(&self, zone: TimeZone, window: TimeRange) -> (NaiveDate, NaiveDate) {
        // No clock was ever set by more than a day.
        let margin = Days::new(2);
        let day = |at| zone.date(at);
        let from = day(window.start()).checked_sub_days(margin).unwrap_or(NaiveDate::MIN);
        let last = day(window.end()).checked_add_days(margin).unwrap_or(NaiveDate::MAX);
        let over = match self.end {
            RecurrenceEnd::Until(at) => day(at).checked_add_days(margin),
            RecurrenceEnd::UntilDay(day) => Some(day.naive()),
            RecurrenceEnd::Never | RecurrenceEnd::Count(_) => None,
        };
        (from, over.map_or(last, |it| it.min(last)))
    }

    /// The days on which it happens, from `first` to `last`. Where nothing is counted, it may
    /// leave out days before `from`.
    fn days(
        &self,
        first: NaiveDate,
        from: NaiveDate,
        last: NaiveDate,
    ) -> Box<dyn Iterator<Item = NaiveDate> + '_> {
        let step = u64::from(self.interval);
        let from = if let RecurrenceEnd::Count(_) = self.end { first } else { from.max(first) };
        let whole = |start: NaiveDate| {
            u64::try_from(from.signed_duration_since(start).num_days()).unwrap_or(0)
        };
        match self.frequency {
            Frequency::Daily => {
                // Every seventh day is the same weekday for ever.
                if step.is_multiple_of(7) && !self.has_weekday(first) {
                    return Box::new(std::iter::empty());
                }
                let skipped = whole(first) / step;
                let days = (skipped..)
                    .map_while(move |it| first.checked_add_days(Days::new(it.checked_mul(step)?)))
                    .take_while(move |it| *it <= last);
                Box::new(days.filter(|it| self.has_weekday(*it)))
            }
            Frequency::Weekly => {
                let into_week = u64::from(first.weekday().days_since(self.week_start));
                let start = first.checked_sub_days(Days::new(into_week)).unwrap_or(first);
                let skipped = whole(start) / 7 / step;
                let weeks = (skipped..)
                    .map_while(move |it| {
                        start.checked_add_days(Days::new(it.checked_mul(step)?.checked_mul(7)?))
                    })
                    .take_while(move |it| *it <= last);
                Box::new(weeks.flat_map(move |week| self.days_of_week(week, first)))
            }
            Frequency::Monthly => {
                let start = first.with_day(1).unwrap_or(first);
                let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
                let passed = u32::try_from(months(from) - months(start)).unwrap_or(0);
                let (step, fitting) = (u32::from(self.interval), self.fitting());
                let months = (passed / step..)
                    .map_while(move |it| {
                        start.checked_add_months(Months::new(it.checked_mul(step)?))
                    })
                    .take_while(move |it| *it <= last);
                Box::new(months.flat_map(move |month| self.days_of_month(month, first, fitting)))
            }
        }
    }

    fn has_weekday(&self, day: NaiveDate) -> bool {
        self.by_day.is_empty() || self.by_day.iter().any(|it| it.weekday == day.weekday())
    }

    fn days_of_week(&self, start: NaiveDate, first: NaiveDate) -> Vec<NaiveDate> {
        let days = (0..7).filter_map(|it| start.checked_add_days(Days::new(it)));
        days.filter(|day| {
            let fits = match self.by_day.is_empty() {
                true => day.weekday() == first.weekday(),
                false => self.has_weekday(*day),
            };
            fits && *day >= first
        })
        .collect()
    }

    /// For each weekday from Monday, which of the month's fit: bit 0 any, bits 1 to 5 counted from
    /// the month's start, bits 6 to 10 from its end.
    fn fitting(&self) -> [u16; 7] {
        WEEKDAYS.map(|weekday| {
            let days = self.by_day.iter().filter(|it| it.weekday == weekday);
            days.fold(0, |bits, it| bits | 1 << place(it.ordinal.unwrap_or(0)))
        })
    }

    fn days_of_month(
        &self,
        month: NaiveDate,
        first: NaiveDate,
        fitting: [u16; 7],
    ) -> Vec<NaiveDate> {
        if self.by_day.is_empty() {
            // A month without that day is passed over.
            return month.with_day(first.day()).filter(|it| *it >= first).into_iter().collect();
        }
        let length = u32::from(month.num_days_in_month());
        let mut weekdays = fitting.iter().cycle().skip(weekday_index(month.weekday()));
        let fits = |day0: &u32| {
            let wanted = weekdays.next().copied().unwrap_or(0);
            let (from_start, from_end) = (day0 / 7 + 1, (length - 1 - day0) / 7 + 1);
            wanted & (1 | 1 << from_start | 1 << (5 + from_end)) != 0
        };
        let days = (0..length).filter(fits).filter_map(|it| month.with_day0(it));
        days.filter(|day| *day >= first).collect()
    }
}

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

fn weekday_index(day: Weekday) -> usize {
    WEEKDAYS.iter().position(|it| *it == day).unwrap_or(0)
}

/// The bit of an ordinal from −5 to 5, where 0 means every one.
fn place(ordinal: i8) -> u8 {
    match ordinal {
        0.. => ordinal.unsigned_abs(),
        _ => 5 + ordinal.unsigned_abs(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rrule::RRuleSet;

    use super::*;
    use lms_kernel::LocalDate;

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
    fn weeks_begin_on_the_day_that_the_rule_says() {
        // RFC 5545, section 3.8.5.3: the same rule with weeks from Monday and from Sunday.
        let days = |week_start: &str| -> Vec<String> {
            let rule = format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={week_start}");
            let found = starts(&rule, "2001-08-05T09:00:00", "UTC");
            found.iter().map(|it| it[5..10].to_owned()).collect()
        };
        assert_eq!(days("MO"), ["08-05", "08-14", "08-19", "08-28"]);
        assert_eq!(days("SU"), ["08-05", "08-07", "08-19", "08-21"]);
    }

    #[test]
    fn the_work_is_bounded_by_the_window() {
        // Each of these took seconds when only an occurrence could end the search.
        let month = window("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z");
        let found = |rule: &str, first: &str| {
            let rule: Recurrence = rule.parse().unwrap();
            rule.occurrences(first.parse().unwrap(), TimeZone::UTC, month, 100).unwrap().len()
        };
        // From a Monday, every seventh day is a Monday.
        assert_eq!(found("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "2024-03-04T09:00:00"), 0);
        assert_eq!(found("FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=10", "0001-01-01T09:00:00"), 0);
        assert_eq!(found("FREQ=DAILY;INTERVAL=1000;BYDAY=TU", "0001-01-01T09:00:00"), 0);
        assert_eq!(found("FREQ=DAILY", "0001-01-01T09:00:00"), 31);
        assert_eq!(found("FREQ=WEEKLY;BYDAY=MO,TH", "0001-01-01T09:00:00"), 8);
        assert_eq!(found("FREQ=MONTHLY;BYDAY=-1FR", "0001-01-01T09:00:00"), 1);
        assert_eq!(found("FREQ=MONTHLY", "0001-01-31T09:00:00"), 1);
        assert_eq!(found("FREQ=MONTHLY;INTERVAL=12", "0004-02-29T09:00:00"), 0);
        assert_eq!(found("FREQ=DAILY;COUNT=10000", "2020-01-01T09:00:00"), 31);
        assert_eq!(found("FREQ=DAILY", "9999-12-31T23:59:59"), 0);
    }

    #[test]
    fn the_last_days_that_stores_keep_are_found_and_nothing_after_them() {
        let rule: Recurrence = "FREQ=DAILY".parse().unwrap();
        let first = "9999-12-30T23:30:00".parse().unwrap();
        let end = TimeRange::new("9999-12-01T00:00:00Z".parse().unwrap(), Timestamp::MAX).unwrap();
        for zone in ["UTC", "Asia/Tashkent"] {
            let found = rule.occurrences(first, TimeZone::new(zone).unwrap(), end, 10).unwrap();
            assert_eq!(found.len(), 2, "{zone}");
        }
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
        let part = (0_u8..3, 1_u16..5, any::<bool>(), 0_usize..7);
        (part, days, end).prop_map(move |((frequency, interval, is_nth, start), days, end)| {
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
            format!("FREQ={frequency};INTERVAL={interval}{days}{end};WKST={}", names[start])
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
            let first = LocalDateTime::new(first_day.and_hms_opt(hour, 30, 0).unwrap()).unwrap();
            let gone: Vec<_> =
                exceptions.iter().map(|it| first_day + chrono::TimeDelta::days(*it)).collect();
            let from = local_instant(first.naive(), zone);
            let to = from.saturating_add(chrono::TimeDelta::days(500));
            let mut rule: Recurrence = text.parse().unwrap();
            let mut oracle = format!(
                "DTSTART;TZID={}:{}\nRRULE:{text}",
                zone.as_str(),
                first.format("%Y%m%dT%H%M%S"),
            );
            for day in &gone {
                rule = rule.except(LocalDate::new(*day).unwrap()).unwrap();
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
