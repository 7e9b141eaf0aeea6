//! The start dates of periods.
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _};

use crate::Interval;
use lms_kernel::{TimeZone, Timestamp};

/// When the period begins that is so many periods after the one that begins at `anchor`, by the
/// calendar and the clock of a zone: from 31 January 09:00 months begin on 28 February and on
/// 31 March, at 09:00.
///
/// Where clocks skip that time of day, the first quarter of an hour after it that exists.
pub(super) fn boundary(
    zone: TimeZone,
    anchor: Timestamp,
    interval: Interval,
    ahead: i64,
) -> Timestamp {
    if ahead == 0 {
        return anchor;
    }
    let local = zone.local(anchor).naive_local();
    let date = interval.start(local.date(), ahead);
    match date {
        NaiveDate::MAX => Timestamp::MAX,
        NaiveDate::MIN => Timestamp::MIN,
        date => instant(zone, date.and_time(local.time())),
    }
}

fn instant(zone: TimeZone, local: NaiveDateTime) -> Timestamp {
    if zone == TimeZone::UTC {
        return Timestamp::from_utc(local.and_utc());
    }
    // No zone has ever skipped more than a day.
    const QUARTERS_OF_A_DAY: i64 = 96;
    (0..=QUARTERS_OF_A_DAY)
        .find_map(|quarter| {
            let local = local.checked_add_signed(TimeDelta::minutes(quarter * 15))?;
            zone.tz().from_local_datetime(&local).earliest()
        })
        .map_or(Timestamp::MAX, |at| Timestamp::from_utc(at.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_from_the_anchor_and_keep_the_time_of_day() {
        let zone = TimeZone::new("Europe/Paris").unwrap();
        let anchor = "2025-01-31T08:00:00Z".parse().unwrap();
        let starts: Vec<_> =
            (0..4).map(|it| boundary(zone, anchor, Interval::MONTH, it).to_string()).collect();
        let wanted = [
            "2025-01-31T08:00:00Z",
            "2025-02-28T08:00:00Z",
            // Summer time began on 30 March.
            "2025-03-31T07:00:00Z",
            "2025-04-30T07:00:00Z",
        ];
        assert_eq!(starts, wanted);
    }

    #[test]
    fn a_time_of_day_that_is_skipped_is_the_next_one_there_is() {
        let zone = TimeZone::new("Europe/Paris").unwrap();
        let anchor = "2025-02-28T01:30:00Z".parse().unwrap();
        let skipped = boundary(zone, anchor, Interval::Days(30), 1);
        assert_eq!(skipped.to_string(), "2025-03-30T01:00:00Z");
        let next = boundary(zone, anchor, Interval::Days(30), 2);
        assert_eq!(next.to_string(), "2025-04-29T00:30:00Z");
    }
}
