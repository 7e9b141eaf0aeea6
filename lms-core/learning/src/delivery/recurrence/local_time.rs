//! From the time on a wall clock to an instant.
use chrono::{LocalResult, NaiveDateTime, TimeDelta, TimeZone as _};

use lms_kernel::{TimeZone, Timestamp};

/// The instant at which clocks in `zone` show `local`.
///
/// As RFC 5545 section 3.3.5 says: a time that clocks show twice means the first, and a time that
/// they skip is read with the offset from before the gap, so that 02:30 in a gap from 02:00 to
/// 03:00 is 03:30.
pub fn local_instant(local: NaiveDateTime, zone: TimeZone) -> Timestamp {
    match zone.tz().from_local_datetime(&local) {
        LocalResult::Single(at) => Timestamp::from_utc(at.to_utc()),
        LocalResult::Ambiguous(first, _) => Timestamp::from_utc(first.to_utc()),
        LocalResult::None => skipped(local, zone),
    }
}

/// The offset from before the gap is the one of an instant shortly before it. No gap that a clock
/// ever made is longer than a day.
fn skipped(local: NaiveDateTime, zone: TimeZone) -> Timestamp {
    let day_before = local.checked_sub_signed(TimeDelta::days(1)).unwrap_or(local);
    let before = zone.tz().from_local_datetime(&day_before).earliest();
    let Some(before) = before else {
        return Timestamp::from_utc(local.and_utc());
    };
    let same_offset = before.naive_utc() + TimeDelta::days(1);
    Timestamp::from_utc(same_offset.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, local: &str) -> String {
        let zone = TimeZone::new(zone).unwrap();
        local_instant(local.parse().unwrap(), zone).to_string()
    }

    #[test]
    fn the_examples_of_rfc_5545() {
        // Section 3.3.5: 01:30 on 4 November 2007 in New York is twice, and the first is in
        // daylight time; 02:30 on 11 March 2007 is skipped, and means 03:30 in daylight time.
        assert_eq!(at("America/New_York", "2007-11-04T01:30:00"), "2007-11-04T05:30:00Z");
        assert_eq!(at("America/New_York", "2007-03-11T02:30:00"), "2007-03-11T07:30:00Z");
    }

    #[test]
    fn other_clocks_change_by_other_amounts() {
        // Lord Howe skips half an hour; Samoa skipped 30 December 2011.
        assert_eq!(at("Australia/Lord_Howe", "2024-10-06T02:15:00"), "2024-10-05T15:45:00Z");
        assert_eq!(at("Pacific/Apia", "2011-12-30T12:00:00"), "2011-12-30T22:00:00Z");
        assert_eq!(at("Asia/Jakarta", "2024-03-31T02:30:00"), "2024-03-30T19:30:00Z");
    }
}
