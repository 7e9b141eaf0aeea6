//! Quiet hours of a person.
use chrono::{NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::{TimeZone, Timestamp};

/// Hours of the day in which nothing is sent to a person, by their own clock, such as from 22:00
/// to 07:00. They may go over midnight; the end is not part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Minutes", into = "Minutes")]
pub struct QuietHours {
    from: u16,
    until: u16,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Minutes {
    from: u16,
    until: u16,
}

/// Why hours cannot be quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum QuietHoursError {
    /// A day has 1,440 minutes.
    #[error("a time of day is 0 to 1,439 minutes after midnight")]
    #[fault(invalid, field = "quiet_hours")]
    NoTimeOfDay,
    /// They begin when they end.
    #[error("quiet hours begin and end at different times")]
    #[fault(invalid, field = "quiet_hours")]
    Empty,
}

impl QuietHours {
    /// From so many minutes after midnight until so many.
    ///
    /// # Errors
    /// [`QuietHoursError`].
    pub const fn new(from: u16, until: u16) -> Result<Self, QuietHoursError> {
        const DAY: u16 = 24 * 60;
        if from >= DAY || until >= DAY {
            return Err(QuietHoursError::NoTimeOfDay);
        }
        if from == until {
            return Err(QuietHoursError::Empty);
        }
        Ok(Self { from, until })
    }

    /// When the quiet hours that `now` is in are over, by the clock of `zone`; none when `now` is
    /// in none.
    ///
    /// The end is the first instant after `now` at which the clock shows it: in the hour that
    /// clocks show twice, that may be the second time.
    ///
    /// ```
    /// use lms_kernel::TimeZone;
    /// use lms_community::notification::QuietHours;
    ///
    /// let night = QuietHours::new(22 * 60, 7 * 60)?;
    /// let zone = TimeZone::new("Asia/Jakarta").unwrap();
    /// let end = night.end_at("2024-03-01T16:30:00Z".parse().unwrap(), zone).unwrap();
    /// assert_eq!(end.to_string(), "2024-03-02T00:00:00Z");
    /// assert_eq!(night.end_at("2024-03-02T00:00:00Z".parse().unwrap(), zone), None);
    /// # Ok::<_, lms_community::notification::QuietHoursError>(())
    /// ```
    pub fn end_at(&self, now: Timestamp, zone: TimeZone) -> Option<Timestamp> {
        let end = self.next_end(now, zone)?;
        // Where clocks skip all the time that is not quiet, the next quiet hours follow at once.
        Some(self.next_end(end, zone).unwrap_or(end))
    }

    fn next_end(&self, now: Timestamp, zone: TimeZone) -> Option<Timestamp> {
        let local = zone.local(now).naive_local();
        let minute = minute_of(local.time());
        let (today, tomorrow) = (local.date(), local.date().succ_opt());
        let day = if self.from < self.until {
            (self.from..self.until).contains(&minute).then_some(today)
        } else if minute >= self.from {
            tomorrow
        } else {
            (minute < self.until).then_some(today)
        };
        let (first, last) = instants(day?, self.until, zone);
        Some(if first > now { first } else { last.max(now) })
    }
}

fn minute_of(time: NaiveTime) -> u16 {
    let seconds = time.signed_duration_since(NaiveTime::MIN).num_seconds();
    u16::try_from(seconds / 60).unwrap_or(0)
}

/// When clocks in the zone show that time of that day: the first time where they show it twice,
/// and where they skip it, the first time after it that they show.
pub(super) fn instant(day: NaiveDate, minute: u16, zone: TimeZone) -> Timestamp {
    instants(day, minute, zone).0
}

/// The first and the last time at which clocks in the zone show that time of that day; where they
/// skip it, the first time after it that they show.
fn instants(day: NaiveDate, minute: u16, zone: TimeZone) -> (Timestamp, Timestamp) {
    let wanted = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
    // No clock was ever put forward by more than a day.
    let shown = (0..=1_440).find_map(|minutes| {
        let shown = zone.tz().from_local_datetime(&(wanted + TimeDelta::minutes(minutes)));
        Some((shown.earliest()?, shown.latest()?))
    });
    shown.map_or((Timestamp::MAX, Timestamp::MAX), |(first, last)| {
        (Timestamp::from_utc(first.to_utc()), Timestamp::from_utc(last.to_utc()))
    })
}

impl TryFrom<Minutes> for QuietHours {
    type Error = QuietHoursError;

    fn try_from(minutes: Minutes) -> Result<Self, QuietHoursError> {
        Self::new(minutes.from, minutes.until)
    }
}

impl From<QuietHours> for Minutes {
    fn from(hours: QuietHours) -> Self {
        Self { from: hours.from, until: hours.until }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_of_one_day_and_over_midnight() {
        let noon = QuietHours::new(12 * 60, 14 * 60).unwrap();
        let night = QuietHours::new(22 * 60, 7 * 60).unwrap();
        let utc = TimeZone::UTC;
        for (hours, now, end) in [
            (noon, "2024-03-01T11:59:59Z", None),
            (noon, "2024-03-01T12:00:00Z", Some("2024-03-01T14:00:00Z")),
            (noon, "2024-03-01T14:00:00Z", None),
            (night, "2024-03-01T21:59:59Z", None),
            (night, "2024-03-01T22:00:00Z", Some("2024-03-02T07:00:00Z")),
            (night, "2024-03-02T06:59:59Z", Some("2024-03-02T07:00:00Z")),
            (night, "2024-03-02T07:00:00Z", None),
        ] {
            assert_eq!(hours.end_at(at(now), utc), end.map(at), "{now}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward_and_back() {
        let berlin = TimeZone::new("Europe/Berlin").unwrap();
        // On 31 March 2024 clocks go from 02:00 to 03:00: there is no 02:30.
        let early = QuietHours::new(0, 150).unwrap();
        let end = early.end_at(at("2024-03-31T00:00:00Z"), berlin);
        assert_eq!(end, Some(at("2024-03-31T01:00:00Z")));
        // On 27 October 2024 there are two: the first one counts.
        let end = early.end_at(at("2024-10-26T23:00:00Z"), berlin);
        assert_eq!(end, Some(at("2024-10-27T00:30:00Z")));
        // Between the first 02:30 and the second 02:00 it is not quiet; the second 02:10 is.
        assert_eq!(early.end_at(at("2024-10-27T00:45:00Z"), berlin), None);
        let end = early.end_at(at("2024-10-27T01:10:00Z"), berlin);
        assert_eq!(end, Some(at("2024-10-27T01:30:00Z")));
        // Quiet hours that begin in the hour that is there twice.
        let late = QuietHours::new(150, 420).unwrap();
        let end = late.end_at(at("2024-10-27T00:30:00Z"), berlin);
        assert_eq!(end, Some(at("2024-10-27T06:00:00Z")));
        assert_eq!(late.end_at(at("2024-10-27T01:10:00Z"), berlin), None);
    }

    #[test]
    fn at_the_end_it_is_not_quiet_whatever_the_clocks_do() {
        // Every quarter of an hour of two nights in which clocks change.
        for (zone, night) in [
            ("Europe/Berlin", "2024-10-26T20:00:00Z"),
            ("Europe/Berlin", "2024-03-30T20:00:00Z"),
            ("America/New_York", "2024-11-02T20:00:00Z"),
            ("Australia/Lord_Howe", "2024-04-06T08:00:00Z"),
            ("Australia/Lord_Howe", "2024-10-05T08:00:00Z"),
        ] {
            let zone = TimeZone::new(zone).unwrap();
            for (from, until) in (0..24).flat_map(|from| (0..16).map(move |until| (from, until))) {
                let Ok(hours) = QuietHours::new(from * 60, until * 15 + 5) else { continue };
                for quarter in 0..72 {
                    let now = at(night).saturating_add(TimeDelta::minutes(15 * quarter));
                    let Some(end) = hours.end_at(now, zone) else { continue };
                    assert!(end > now, "{zone} {from} {until} {now}");
                    assert_eq!(hours.end_at(end, zone), None, "{zone} {from} {until} {now}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        assert_eq!(QuietHours::new(1_440, 0), Err(QuietHoursError::NoTimeOfDay));
        assert_eq!(QuietHours::new(0, 1_440), Err(QuietHoursError::NoTimeOfDay));
        assert_eq!(QuietHours::new(60, 60), Err(QuietHoursError::Empty));
        assert!(serde_json::from_str::<QuietHours>(r#"{"from": 9999, "until": 0}"#).is_err());
    }

    proptest! {
        #[test]
        fn the_end_is_never_before_now_and_within_two_days(
            from in 0..1_440_u16, until in 0..1_440_u16, micros in 0..4_000_000_000_000_000_i64,
        ) {
            let now = Timestamp::from_micros(micros).unwrap();
            let Ok(hours) = QuietHours::new(from, until) else { return Ok(()) };
            let zone = TimeZone::new("America/New_York").unwrap();
            if let Some(end) = hours.end_at(now, zone) {
                prop_assert!(end >= now && end.since(now) <= TimeDelta::hours(49));
            }
        }
    }
}
