//! The periods that invoices cover, in the calendar of the person who is billed.
use chrono::{NaiveDate, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Interval;
use lms_kernel::{TimeRange, TimeZone, Timestamp};

/// The first instant of a date in a zone. Where clocks skip midnight, the first one after it.
pub fn start_of_day(zone: TimeZone, date: NaiveDate) -> Timestamp {
    let tz: Tz = zone.tz();
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    // No zone has ever skipped more than a day.
    const QUARTERS_OF_A_DAY: i32 = 96;
    (0..=QUARTERS_OF_A_DAY)
        .find_map(|quarter| {
            let local = midnight.checked_add_signed(TimeDelta::minutes(i64::from(quarter) * 15))?;
            tz.from_local_datetime(&local).earliest()
        })
        .map_or(Timestamp::MAX, |at| Timestamp::from_utc(at.to_utc()))
}

/// The alignment of billing periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// With the calendar: weeks on Monday, months on the first, longer ones counted from January.
    Calendar,
    /// With the day on which something began.
    Anniversary(NaiveDate),
}

/// The periods that invoices cover: how long, from where, in whose calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BillingCalendar {
    /// How long a period is.
    pub interval: Interval,
    /// Where periods begin.
    pub alignment: Alignment,
    /// In whose calendar.
    pub zone: TimeZone,
}

/// The days that one invoice covers, from the first one up to, but not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BillingPeriod {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last one.
    pub end: NaiveDate,
}

impl BillingPeriod {
    /// How many days it has.
    pub fn days(self) -> i64 {
        self.end.signed_duration_since(self.start).num_days()
    }

    /// The same as instants in a zone. `None` at the ends of the calendar.
    pub fn range(self, zone: TimeZone) -> Option<TimeRange> {
        TimeRange::new(start_of_day(zone, self.start), start_of_day(zone, self.end)).ok()
    }
}

impl BillingCalendar {
    /// The date from which periods are counted. The calendar's is a Monday, 1 January 1900.
    fn anchor(&self) -> NaiveDate {
        match self.alignment {
            Alignment::Calendar => NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default(),
            Alignment::Anniversary(anchor) => anchor,
        }
    }

    /// The period with that number; 0 is the one of the anchor.
    pub fn period(&self, number: i64) -> BillingPeriod {
        let start = |number| self.interval.start(self.anchor(), number);
        BillingPeriod { start: start(number), end: start(number.saturating_add(1)) }
    }

    /// The number of the period in which an instant lies.
    pub fn number_at(&self, at: Timestamp) -> i64 {
        self.number_of(self.zone.date(at))
    }

    /// The number of the period in which a day lies.
    pub fn number_of(&self, day: NaiveDate) -> i64 {
        self.interval.number_at(self.anchor(), day)
    }

    /// The period in which an instant lies.
    pub fn period_at(&self, at: Timestamp) -> BillingPeriod {
        self.period(self.number_at(at))
    }
}

/// Whether a period is billed when it begins or after it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BillingTime {
    /// When it begins.
    InAdvance,
    /// After it has ended.
    InArrears,
}

/// What an invoice that is made at `billing_at` covers, of something that started and maybe ended.
///
/// In advance that is the period in which `billing_at` lies, in arrears the one before it; for
/// something that ended, the period in which it did, up to that instant. It never begins before the
/// day of the start. What ended at the first instant of the first day that is left to invoice is
/// billed that day, as [`used_part`](crate::used_part) counts the day of the end. `None` when
/// nothing is left to invoice.
pub fn billed_range(
    calendar: &BillingCalendar,
    time: BillingTime,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    billing_at: Timestamp,
) -> Option<TimeRange> {
    let number = match (ended_at, time) {
        (Some(ended_at), _) => calendar.number_at(ended_at),
        (None, BillingTime::InAdvance) => calendar.number_at(billing_at),
        (None, BillingTime::InArrears) => calendar.number_at(billing_at).saturating_sub(1),
    };
    let period = calendar.period(number);
    let first = period.start.max(calendar.zone.date(started_at));
    let start = start_of_day(calendar.zone, first);
    let end = match ended_at {
        Some(ended_at) if ended_at == start => {
            start_of_day(calendar.zone, first.succ_opt().unwrap_or(first))
        }
        Some(ended_at) => ended_at,
        None => start_of_day(calendar.zone, period.end),
    };
    TimeRange::new(start, end).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    struct Case {
        interval: Interval,
        anchor: Option<&'static str>,
        started: &'static str,
        billing: &'static str,
        zone: &'static str,
        time: BillingTime,
        ended: Option<&'static str>,
    }

    fn range(case: &Case) -> TimeRange {
        let calendar = BillingCalendar {
            interval: case.interval,
            alignment: case
                .anchor
                .map_or(Alignment::Calendar, |it| Alignment::Anniversary(it.parse().unwrap())),
            zone: TimeZone::new(case.zone).unwrap(),
        };
        let ended = case.ended.map(at);
        billed_range(&calendar, case.time, at(case.started), ended, at(case.billing)).unwrap()
    }

    /// Figures from the tests of Lago, github.com/getlago/lago-api, spec/services/subscriptions
    /// /dates; bounds there are inclusive, ours end at the first instant after.
    #[test]
    fn lago_period_boundaries() {
        use BillingTime::{InAdvance, InArrears};
        let case = |interval, anchor, started, billing, time, ended| Case {
            interval,
            anchor,
            started,
            billing,
            zone: "UTC",
            time,
            ended,
        };
        let feb = "2021-02-02T00:00:00Z";
        let march = "2022-03-10T00:00:00Z";
        let ended = Some("2022-03-09T00:00:00Z");
        for (case, from) in [
            (case(Interval::Weeks(1), None, feb, march, InArrears, ended), "2022-03-07T00:00:00Z"),
            (case(Interval::MONTH, None, feb, march, InArrears, ended), "2022-03-01T00:00:00Z"),
            (
                case(
                    Interval::MONTH,
                    Some("2020-01-31"),
                    "2020-01-31T00:00:00Z",
                    "2020-02-29T00:00:00Z",
                    InAdvance,
                    None,
                ),
                "2020-02-29T00:00:00Z",
            ),
            (
                case(
                    Interval::MONTH,
                    Some("2021-03-31"),
                    "2021-03-31T00:00:00Z",
                    "2021-04-30T00:00:00Z",
                    InArrears,
                    None,
                ),
                "2021-03-31T00:00:00Z",
            ),
            (
                case(
                    Interval::QUARTER,
                    Some("2021-01-31"),
                    "2021-01-31T00:00:00Z",
                    "2021-04-30T00:00:00Z",
                    InAdvance,
                    None,
                ),
                "2021-04-30T00:00:00Z",
            ),
            (
                case(
                    Interval::Months(6),
                    Some("2021-11-02"),
                    "2021-11-02T00:00:00Z",
                    "2022-05-10T00:00:00Z",
                    InArrears,
                    Some("2022-05-09T00:00:00Z"),
                ),
                "2022-05-02T00:00:00Z",
            ),
        ] {
            assert_eq!(range(&case).start(), at(from), "{:?}", case.interval);
        }
        let quarter = case(
            Interval::QUARTER,
            Some("2021-02-02"),
            feb,
            "2022-05-02T00:00:00Z",
            InAdvance,
            None,
        );
        // Lago: 2022-08-01T23:59:59Z, inclusive.
        assert_eq!(range(&quarter).end(), at("2022-08-02T00:00:00Z"));
        let year = case(
            Interval::YEAR,
            None,
            "2019-02-02T00:00:00Z",
            "2022-01-01T00:00:00Z",
            InArrears,
            None,
        );
        let year = Case { zone: "America/New_York", ..year };
        assert_eq!(range(&year).start(), at("2020-01-01T05:00:00Z"));
    }

    #[test]
    fn a_period_never_begins_before_the_start() {
        let calendar = BillingCalendar {
            interval: Interval::MONTH,
            alignment: Alignment::Calendar,
            zone: TimeZone::UTC,
        };
        let started = at("2024-02-10T15:00:00Z");
        let range = billed_range(
            &calendar,
            BillingTime::InArrears,
            started,
            None,
            at("2024-03-01T00:00:00Z"),
        );
        let range = range.unwrap();
        assert_eq!(range.start(), at("2024-02-10T00:00:00Z"));
        assert_eq!(range.end(), at("2024-03-01T00:00:00Z"));
        let nothing = billed_range(
            &calendar,
            BillingTime::InArrears,
            started,
            None,
            at("2024-02-20T00:00:00Z"),
        );
        assert_eq!(nothing, None);
    }

    #[test]
    fn what_ends_as_a_period_begins_is_billed_that_day() {
        let ended = |zone: &str, started: &str, ended: &str| {
            let zone = TimeZone::new(zone).unwrap();
            let calendar =
                BillingCalendar { interval: Interval::MONTH, alignment: Alignment::Calendar, zone };
            let (started, ended) = (at(started), at(ended));
            [BillingTime::InAdvance, BillingTime::InArrears].map(|time| {
                billed_range(&calendar, time, started, Some(ended), at("2024-03-10T00:00:00Z"))
                    .map(|it| (it.start().to_string(), it.end().to_string()))
            })
        };
        let day = |start: &str, end: &str| {
            let range = Some((start.to_owned(), end.to_owned()));
            [range.clone(), range]
        };
        assert_eq!(
            ended("UTC", "2024-01-15T10:00:00Z", "2024-03-01T00:00:00Z"),
            day("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"),
        );
        // The clocks of New York go forward on 10 March: the day has 23 hours.
        assert_eq!(
            ended("America/New_York", "2024-03-10T05:00:00Z", "2024-03-10T05:00:00Z"),
            day("2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"),
        );
        assert_eq!(
            ended("UTC", "2024-01-15T10:00:00Z", "2024-03-01T00:00:00.000001Z"),
            day("2024-03-01T00:00:00Z", "2024-03-01T00:00:00.000001Z"),
        );
        // What ended before the day on which it started is not billed.
        assert_eq!(ended("UTC", "2024-03-05T10:00:00Z", "2024-03-04T23:00:00Z"), [None, None]);
    }

    #[test]
    fn a_day_without_midnight_begins_later() {
        // In Beirut the clocks went from 00:00 to 01:00 on 30 March 2025.
        let zone = TimeZone::new("Asia/Beirut").unwrap();
        let start = start_of_day(zone, "2025-03-30".parse().unwrap());
        assert_eq!(start, at("2025-03-29T22:00:00Z"));
        assert_eq!(zone.local(start).to_string(), "2025-03-30 01:00:00 EEST");
    }
}
