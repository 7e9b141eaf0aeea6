//! The text form of recurrence rules.
use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _, Weekday};

use super::rule::Exception;
use crate::delivery::{ByDay, Frequency, Recurrence, RecurrenceEnd, RecurrenceError};
use lms_kernel::{LocalDate, LocalDateTime, Timestamp};

/// The longest text that is read.
const MAX_LENGTH: usize = 32_768;

/// What the parts of an `RRULE` say, before it is checked that they go together.
#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    interval: Option<u16>,
    by_day: Option<Vec<ByDay>>,
    count: Option<u32>,
    until: Option<RecurrenceEnd>,
    week_start: Option<Weekday>,
}

impl FromStr for Recurrence {
    type Err = RecurrenceError;

    /// Reads an `RRULE` line, with or without its name, and any number of `EXDATE` lines.
    fn from_str(text: &str) -> Result<Self, RecurrenceError> {
        if text.len() > MAX_LENGTH {
            return Err(RecurrenceError::TooLong { most: MAX_LENGTH });
        }
        let (mut rule, mut exceptions) = (None, Vec::new());
        for line in text.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let (name, value) = match line.split_once(':') {
                Some((name, value)) => (name.to_ascii_uppercase(), value),
                None => ("RRULE".to_owned(), line),
            };
            match name.as_str() {
                "RRULE" if rule.is_some() => {
                    return Err(RecurrenceError::Repeated { part: "RRULE" });
                }
                "RRULE" => rule = Some(read_rule(value)?),
                "EXDATE" | "EXDATE;VALUE=DATE" | "EXDATE;VALUE=DATE-TIME" => {
                    for item in value.split(',') {
                        exceptions.push(read_exception(item)?);
                    }
                }
                _ => return Err(RecurrenceError::Unsupported { part: shown(&name) }),
            }
        }
        let mut rule = rule.ok_or(RecurrenceError::Malformed { part: "FREQ" })?;
        rule.except_any(exceptions)?;
        Ok(rule)
    }
}

fn read_rule(value: &str) -> Result<Recurrence, RecurrenceError> {
    let mut parts = Parts::default();
    for part in value.split(';').filter(|it| !it.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        read_part(&mut parts, &name.trim().to_ascii_uppercase(), value.trim())?;
    }
    let frequency = parts.frequency.ok_or(RecurrenceError::Malformed { part: "FREQ" })?;
    let mut rule = Recurrence::every(parts.interval.unwrap_or(1), frequency)?
        .weeks_from(parts.week_start.unwrap_or(Weekday::Mon));
    if let Some(days) = parts.by_day {
        rule = rule.on(days)?;
    }
    let end = match (parts.count, parts.until) {
        (Some(_), Some(_)) => return Err(RecurrenceError::CountAndUntil),
        (Some(count), None) => RecurrenceEnd::Count(count),
        (None, Some(until)) => until,
        (None, None) => RecurrenceEnd::Never,
    };
    rule.ending(end)
}

fn read_part(parts: &mut Parts, name: &str, value: &str) -> Result<(), RecurrenceError> {
    let unsupported = |part: String| Err(RecurrenceError::Unsupported { part: shown(&part) });
    match name {
        "FREQ" => {
            let frequency = match value.to_ascii_uppercase().as_str() {
                "DAILY" => Frequency::Daily,
                "WEEKLY" => Frequency::Weekly,
                "MONTHLY" => Frequency::Monthly,
                "YEARLY" | "HOURLY" | "MINUTELY" | "SECONDLY" => {
                    return unsupported(format!("FREQ={value}"));
                }
                _ => return Err(RecurrenceError::Malformed { part: "FREQ" }),
            };
            set(&mut parts.frequency, frequency, "FREQ")
        }
        "INTERVAL" => set(&mut parts.interval, number(value, "INTERVAL")?, "INTERVAL"),
        "COUNT" => set(&mut parts.count, number(value, "COUNT")?, "COUNT"),
        "UNTIL" => set(&mut parts.until, read_until(value)?, "UNTIL"),
        "BYDAY" => {
            let days: Result<_, _> = value.split(',').map(read_day).collect();
            set(&mut parts.by_day, days?, "BYDAY")
        }
        "WKST" => {
            let day = weekday(value).ok_or(RecurrenceError::Malformed { part: "WKST" })?;
            set(&mut parts.week_start, day, "WKST")
        }
        other => unsupported(other.to_owned()),
    }
}

fn set<T>(slot: &mut Option<T>, value: T, part: &'static str) -> Result<(), RecurrenceError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(RecurrenceError::Repeated { part }),
    }
}

fn number<T: FromStr>(value: &str, part: &'static str) -> Result<T, RecurrenceError> {
    if value.is_empty() || !value.bytes().all(|it| it.is_ascii_digit()) {
        return Err(RecurrenceError::Malformed { part });
    }
    value.parse().map_err(|_| RecurrenceError::OutOfRange { part })
}

fn read_day(text: &str) -> Result<ByDay, RecurrenceError> {
    let malformed = RecurrenceError::Malformed { part: "BYDAY" };
    let text = text.trim();
    let Some((ordinal, name)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at))
    else {
        return Err(malformed);
    };
    let Some(weekday) = weekday(name) else { return Err(malformed) };
    if ordinal.is_empty() {
        return Ok(weekday.into());
    }
    let ordinal = ordinal.strip_prefix('+').unwrap_or(ordinal);
    let ordinal = ordinal.parse().map_err(|_| malformed)?;
    Ok(ByDay { weekday, ordinal: Some(ordinal) })
}

fn weekday(name: &str) -> Option<Weekday> {
    match name.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}

fn read_until(value: &str) -> Result<RecurrenceEnd, RecurrenceError> {
    let malformed = RecurrenceError::Malformed { part: "UNTIL" };
    if let Some(local) = value.strip_suffix(['Z', 'z']) {
        let at = date_time(local).ok_or(malformed)?;
        return Ok(RecurrenceEnd::Until(Timestamp::from_utc(at.and_utc())));
    }
    date(value).map(RecurrenceEnd::UntilDay).ok_or(malformed)
}

fn read_exception(value: &str) -> Result<Exception, RecurrenceError> {
    let value = value.trim();
    if value.ends_with(['Z', 'z']) {
        // An instant could not be compared with what starts at a local time.
        return Err(RecurrenceError::Unsupported { part: "EXDATE in UTC".to_owned() });
    }
    let start = date_time(value).map(Exception::Start);
    start
        .or_else(|| date(value).map(Exception::Day))
        .ok_or(RecurrenceError::Malformed { part: "EXDATE" })
}

fn date(text: &str) -> Option<LocalDate> {
    let is_plain = text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit());
    if !is_plain {
        return None;
    }
    LocalDate::new(NaiveDate::parse_from_str(text, "%Y%m%d").ok()?).ok()
}

fn date_time(text: &str) -> Option<LocalDateTime> {
    let (day, time) = text.split_once(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| time.get(at..at + 2)?.parse().ok();
    let time = NaiveTime::from_hms_opt(part(0)?, part(2)?, part(4)?)?;
    Some(LocalDateTime::at(date(day)?, time))
}

/// A name from outside, cut to what an error may repeat.
fn shown(name: &str) -> String {
    name.chars().filter(|it| it.is_ascii_graphic()).take(40).collect()
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = match self.frequency {
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
        };
        write!(f, "RRULE:FREQ={frequency}")?;
        match self.end {
            RecurrenceEnd::Never => {}
            RecurrenceEnd::Count(count) => write!(f, ";COUNT={count}")?,
            RecurrenceEnd::UntilDay(day) => write!(f, ";UNTIL={}", day.format("%Y%m%d"))?,
            RecurrenceEnd::Until(at) => {
                write!(f, ";UNTIL={}", at.utc().format("%Y%m%dT%H%M%SZ"))?;
            }
        }
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", code(self.week_start))?;
        }
        for (at, day) in self.by_day.iter().enumerate() {
            f.write_str(if at == 0 { ";BYDAY=" } else { "," })?;
            if let Some(ordinal) = day.ordinal {
                write!(f, "{ordinal}")?;
            }
            f.write_str(code(day.weekday))?;
        }
        for (at, exception) in self.exceptions.iter().enumerate() {
            f.write_str(if at == 0 { "\nEXDATE:" } else { "," })?;
            match exception {
                Exception::Day(day) => write!(f, "{}", day.format("%Y%m%d"))?,
                Exception::Start(start) => {
                    let (date, time) = (start.date(), start.time());
                    write!(f, "{:04}{:02}{:02}", date.year(), date.month(), date.day())?;
                    let (hour, minute) = (time.hour(), time.minute());
                    write!(f, "T{hour:02}{minute:02}{:02}", time.second())?;
                }
            }
        }
        Ok(())
    }
}

const fn code(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

impl TryFrom<String> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(text: String) -> Result<Self, RecurrenceError> {
        text.parse()
    }
}

impl From<Recurrence> for String {
    fn from(rule: Recurrence) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<Recurrence>().unwrap_err().to_string()
    }

    #[test]
    fn what_is_read_is_written_the_same_way() {
        for (text, written) in [
            ("FREQ=DAILY", "RRULE:FREQ=DAILY"),
            ("rrule:freq=weekly;byday=we,mo,mo;wkst=mo", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE"),
            (
                "RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR,+2TU\nEXDATE:20240329",
                "RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU,-1FR\nEXDATE:20240329",
            ),
            (
                "FREQ=DAILY;UNTIL=20240331T215959Z\r\nEXDATE:20240304T090000,20240303",
                "RRULE:FREQ=DAILY;UNTIL=20240331T215959Z\nEXDATE:20240303,20240304T090000",
            ),
            ("FREQ=DAILY;UNTIL=20240331", "RRULE:FREQ=DAILY;UNTIL=20240331"),
            (
                "FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=SU,TU",
                "RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU",
            ),
        ] {
            let rule: Recurrence = text.parse().unwrap();
            assert_eq!(rule.to_string(), written);
            assert_eq!(written.parse(), Ok(rule.clone()));
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Recurrence>(&json).unwrap(), rule);
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for (text, part) in [
            ("FREQ=YEARLY", "FREQ=YEARLY"),
            ("FREQ=HOURLY", "FREQ=HOURLY"),
            ("FREQ=WEEKLY;BYMONTH=1", "BYMONTH"),
            ("FREQ=MONTHLY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=WEEKLY;BYHOUR=9", "BYHOUR"),
            ("FREQ=WEEKLY;RSCALE=CHINESE", "RSCALE"),
            ("FREQ=WEEKLY\nRDATE:20240304", "RDATE"),
            ("DTSTART:20240304T090000\nRRULE:FREQ=WEEKLY", "DTSTART"),
            ("FREQ=WEEKLY\nEXRULE:FREQ=DAILY", "EXRULE"),
            ("FREQ=WEEKLY\nEXDATE;TZID=UTC:20240304T090000", "EXDATE;TZID=UTC"),
            ("FREQ=WEEKLY\nEXDATE:20240304T090000Z", "EXDATEinUTC"),
        ] {
            let expected = format!("recurrence part `{part}` is not supported");
            assert_eq!(refused(text).replace("EXDATE in UTC", "EXDATEinUTC"), expected);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, message) in [
            ("", "recurrence part `FREQ` is malformed; see RFC 5545 section 3.3.10"),
            ("BYDAY=MO", "recurrence part `FREQ` is malformed; see RFC 5545 section 3.3.10"),
            ("FREQ=DAILY;FREQ=DAILY", "recurrence part `FREQ` is given twice; keep one"),
            ("FREQ=DAILY;INTERVAL=0", "recurrence part `INTERVAL` is out of range"),
            ("FREQ=DAILY;INTERVAL=1001", "recurrence part `INTERVAL` is out of range"),
            ("FREQ=DAILY;COUNT=0", "recurrence part `COUNT` is out of range"),
            ("FREQ=DAILY;COUNT=99999999999", "recurrence part `COUNT` is out of range"),
            (
                "FREQ=DAILY;COUNT=1;UNTIL=20240331",
                "a recurrence rule has `COUNT` or `UNTIL`, not both",
            ),
            (
                "FREQ=WEEKLY;BYDAY=2TU",
                "an ordinal in `BYDAY`, such as `2TU`, goes with `FREQ=MONTHLY`",
            ),
            ("FREQ=MONTHLY;BYDAY=6TU", "recurrence part `BYDAY` is out of range"),
            ("FREQ=MONTHLY;BYDAY=0TU", "recurrence part `BYDAY` is out of range"),
        ] {
            assert_eq!(refused(text), message, "{text}");
        }
        for text in [
            "FREQ=DAILY;WKST=XX",
            "FREQ=DAILY;UNTIL=00000101",
            "FREQ=DAILY;BYDAY=",
            "FREQ=DAILY;BYDAY=M",
            "FREQ=DAILY;UNTIL=2024-03-31",
            "FREQ=é",
        ] {
            assert!(refused(text).contains("is malformed"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([A-Z]{2,8}[=:][A-Za-z0-9,+é-]{0,12}[;\n]?){0,6}") {
            if let Ok(rule) = text.parse::<Recurrence>() {
                prop_assert_eq!(rule.to_string().parse(), Ok(rule));
            }
        }
    }
}
