//! A stretch of time with a first instant and an end.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{DomainError, ErrorKind, Timestamp};

/// The time from `start` up to, but not including, `end`; never empty.
///
/// Ranges that meet (one ends where the other starts) do not overlap.
///
/// ```
/// use lms_kernel::{TimeRange, Timestamp};
///
/// let at = |hour: &str| format!("2024-03-01T{hour}:00:00Z").parse::<Timestamp>();
/// let (nine, ten, eleven) = (at("09")?, at("10")?, at("11")?);
/// let first = TimeRange::new(nine, ten)?;
/// let second = TimeRange::new(ten, eleven)?;
/// assert!(!first.overlaps(&second) && !first.contains(ten) && second.contains(ten));
/// assert!(TimeRange::new(ten, ten).is_err(), "a range is never empty");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds")]
pub struct TimeRange {
    start: Timestamp,
    end: Timestamp,
}

impl TimeRange {
    /// The time from `start` up to `end`.
    ///
    /// # Errors
    /// [`TimeRangeError`] if `end` is not after `start`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, TimeRangeError> {
        if start < end { Ok(Self { start, end }) } else { Err(TimeRangeError) }
    }

    /// The first instant inside.
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    /// How long it lasts; always more than zero.
    pub fn duration(&self) -> TimeDelta {
        self.end.since(self.start)
    }

    /// Whether the instant is inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether the two have an instant in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The time that both cover, if they overlap.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }
}

/// The end of a range was not after its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time range must end after it starts")]
pub struct TimeRangeError;

impl DomainError for TimeRangeError {
    fn code(&self) -> &'static str {
        "time_range_empty"
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// The two ends as they were sent.
#[derive(Deserialize)]
struct Bounds {
    start: Timestamp,
    end: Timestamp,
}

impl TryFrom<Bounds> for TimeRange {
    type Error = TimeRangeError;

    fn try_from(bounds: Bounds) -> Result<Self, TimeRangeError> {
        Self::new(bounds.start, bounds.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: i64, to: i64) -> Result<TimeRange, TimeRangeError> {
        let at = |hour| Timestamp::EPOCH.saturating_add(TimeDelta::hours(hour));
        TimeRange::new(at(from), at(to))
    }

    #[test]
    fn the_start_is_inside_and_the_end_is_not() {
        let morning = hours(8, 12).unwrap();
        assert!(morning.contains(morning.start()));
        assert!(!morning.contains(morning.end()));
        assert_eq!(morning.duration(), TimeDelta::hours(4));
        assert_eq!(hours(8, 8), Err(TimeRangeError));
        assert_eq!(hours(9, 8), Err(TimeRangeError));
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let morning = hours(8, 12).unwrap();
        assert!(!morning.overlaps(&hours(12, 13).unwrap()));
        assert_eq!(morning.intersection(&hours(12, 13).unwrap()), None);
        assert_eq!(morning.intersection(&hours(11, 13).unwrap()), hours(11, 12).ok());
    }

    #[test]
    fn json_is_checked_like_the_constructor() {
        let json = r#"{"start":"1970-01-01T08:00:00Z","end":"1970-01-01T12:00:00Z"}"#;
        let morning: TimeRange = serde_json::from_str(json).unwrap();
        assert_eq!(Ok(morning), hours(8, 12));
        assert_eq!(serde_json::to_string(&morning).unwrap(), json);
        let reversed = r#"{"start":"1970-01-01T12:00:00Z","end":"1970-01-01T08:00:00Z"}"#;
        assert!(serde_json::from_str::<TimeRange>(reversed).is_err());
    }
}
