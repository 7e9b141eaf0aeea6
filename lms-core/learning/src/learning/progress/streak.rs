//! Streaks: days in a row on which a learner was active.
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use lms_kernel::{LocalDate, TimeZone, Timestamp};

/// On how many days in a row someone learned, by the calendar of where they live.
///
/// Days are counted, not hours: a day of 23 or 25 hours, when clocks change, is one day like any
/// other. Activity that is reported late, for a day before the last one, changes nothing.
///
/// ```
/// use lms_kernel::TimeZone;
/// use lms_learning::learning::Streak;
///
/// let berlin = TimeZone::new("Europe/Berlin")?;
/// let streak = Streak::default()
///     .after("2024-03-30T22:30:00Z".parse()?, berlin) // 30 March, 23:30
///     .after("2024-03-31T21:30:00Z".parse()?, berlin); // 31 March, 23:30, 23 hours later
/// assert_eq!((streak.current_days, streak.longest_days), (2, 2));
/// # Ok::<(), lms_kernel::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Streak {
    /// How many days the streak has that ended on the last day of activity.
    pub current_days: u32,
    /// How many the longest one had.
    pub longest_days: u32,
    /// The last day of activity, by the learner's calendar.
    pub last_day: Option<LocalDate>,
}

impl Streak {
    /// The streak after activity at that instant, where the learner lives.
    #[must_use]
    pub fn after(self, at: Timestamp, zone: TimeZone) -> Self {
        self.on(LocalDate::clamped(zone.date(at)))
    }

    /// The streak after activity on that day.
    #[must_use]
    pub fn on(self, day: LocalDate) -> Self {
        let current_days = match self.last_day {
            Some(last) if day <= last => return self,
            Some(last) if last.checked_add_days(Days::new(1)) == Some(day.naive()) => {
                self.current_days.saturating_add(1)
            }
            _ => 1,
        };
        let longest_days = self.longest_days.max(current_days);
        Self { current_days, longest_days, last_day: Some(day) }
    }

    /// How many days the streak has on `today`: it is alive until the end of the day after the
    /// last one.
    pub fn days_on(self, today: NaiveDate) -> u32 {
        match self.last_day.and_then(|last| last.checked_add_days(Days::new(1))) {
            Some(last_chance) if today <= last_chance => self.current_days,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::new(name).unwrap()
    }

    #[test]
    fn a_missed_day_starts_again() {
        let streak = ["2024-02-28", "2024-02-29", "2024-03-01"]
            .into_iter()
            .fold(Streak::default(), |streak, it| streak.on(day(it)));
        assert_eq!((streak.current_days, streak.longest_days), (3, 3));
        let again = streak.on(day("2024-03-03"));
        assert_eq!((again.current_days, again.longest_days), (1, 3));
        // Twice on a day, or told late, changes nothing.
        assert_eq!(again.on(day("2024-03-03")), again);
        assert_eq!(again.on(day("2024-03-02")), again);
    }

    #[test]
    fn a_streak_lives_through_the_next_day() {
        let streak = Streak::default().on(day("2024-03-01"));
        assert_eq!(streak.days_on(*day("2024-03-01")), 1);
        assert_eq!(streak.days_on(*day("2024-03-02")), 1);
        assert_eq!(streak.days_on(*day("2024-03-03")), 0);
        assert_eq!(Streak::default().days_on(*day("2024-03-03")), 0);
    }

    #[test]
    fn midnight_is_where_the_learner_lives() {
        // 16:30 UTC is 23:30 in Jakarta; 17:30 UTC is the next day there.
        let (jakarta, utc) = (zone("Asia/Jakarta"), TimeZone::UTC);
        let both = |zone| {
            Streak::default()
                .after(at("2024-03-01T16:30:00Z"), zone)
                .after(at("2024-03-01T17:30:00Z"), zone)
                .current_days
        };
        assert_eq!((both(jakarta), both(utc)), (2, 1));
    }

    #[test]
    fn changing_clocks_neither_make_nor_break_a_streak() {
        // Clocks go forward on 10 March and back on 3 November 2024 in New York.
        let york = zone("America/New_York");
        let late = ["2024-03-10T04:30:00Z", "2024-03-11T03:30:00Z", "2024-03-12T03:30:00Z"];
        let streak = late.iter().fold(Streak::default(), |it, text| it.after(at(text), york));
        assert_eq!(streak.current_days, 3);
        // Two instants an hour apart, both 01:30 on the day that has 25 hours.
        let twice = Streak::default()
            .after(at("2024-11-03T05:30:00Z"), york)
            .after(at("2024-11-03T06:30:00Z"), york);
        assert_eq!(twice.current_days, 1);
    }

    proptest! {
        #[test]
        fn the_longest_is_never_shorter_than_the_current(
            days in proptest::collection::vec(0_u64..40, 0..40),
        ) {
            let first = day("2024-03-20");
            let mut streak = Streak::default();
            for offset in days {
                let before = streak;
                streak = streak.on(LocalDate::clamped(first.checked_add_days(Days::new(offset)).unwrap()));
                prop_assert!(streak.longest_days >= streak.current_days);
                prop_assert!(streak.longest_days >= before.longest_days);
                prop_assert!(streak.last_day >= before.last_day);
            }
        }

        #[test]
        fn learning_every_local_noon_never_breaks_a_streak_over_clock_changes(
            zone_at in 0_usize..5,
            start in 0_i64..700,
            minutes in -700_i64..700,
        ) {
            use chrono::TimeZone as _;
            let names = [
                "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                "America/Santiago", "Africa/Casablanca",
            ];
            let zone = zone(names[zone_at]);
            let first = day("2023-01-01").naive() + TimeDelta::days(start);
            let mut streak = Streak::default();
            for offset in 0..30 {
                let noon = (first + TimeDelta::days(offset)).and_hms_opt(12, 0, 0).unwrap();
                let local = noon + TimeDelta::minutes(minutes);
                // The earlier of two, or the first after a gap.
                let instant = zone.tz().from_local_datetime(&local).earliest();
                let instant = instant.unwrap_or_else(|| {
                    zone.tz().from_local_datetime(&(local + TimeDelta::hours(1))).unwrap()
                });
                streak = streak.after(Timestamp::from_utc(instant.to_utc()), zone);
            }
            prop_assert_eq!(streak.current_days, 30);
        }
    }
}
