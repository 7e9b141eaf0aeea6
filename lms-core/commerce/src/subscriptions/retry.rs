//! Retries of declined renewals.
use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::Timestamp;

/// When a renewal that was declined is tried again: so many hours after it was declined for the
/// first time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<u16>", into = "Vec<u16>")]
pub struct RetrySchedule {
    hours: Vec<u16>,
}

/// Why a schedule makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RetryError {
    /// The hours do not ascend from 1 on, or are too many.
    #[error("a schedule has at most {most} tries at ascending hours after the decline, from 1 on")]
    #[fault(invalid, field = "hours")]
    Hours {
        /// The most tries.
        most: usize,
    },
}

/// Why a bank declines a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// It may go through later: no funds, no answer, a limit.
    Soft,
    /// It never will with this means of payment: the card is stolen, closed or expired. Schemes
    /// charge for trying it again.
    Hard,
}

impl RetrySchedule {
    /// The most tries, which is what card schemes allow within thirty days.
    pub const MAX_TRIES: usize = 15;

    /// A try at each of these hours after the first decline.
    ///
    /// # Errors
    /// [`RetryError`] if they do not ascend from 1 on, or are too many.
    pub fn new(hours: Vec<u16>) -> Result<Self, RetryError> {
        let ascends = hours.is_sorted_by(|one, next| one < next);
        if !ascends || hours.first() == Some(&0) || hours.len() > Self::MAX_TRIES {
            return Err(RetryError::Hours { most: Self::MAX_TRIES });
        }
        Ok(Self { hours })
    }

    /// No try at all.
    pub const fn never() -> Self {
        Self { hours: Vec::new() }
    }

    /// How many tries there are.
    pub fn tries(&self) -> usize {
        self.hours.len()
    }

    /// All tries after a decline, in order.
    pub fn times(&self, declined_at: Timestamp) -> impl Iterator<Item = Timestamp> {
        let after =
            move |hours: &u16| declined_at.saturating_add(TimeDelta::hours(i64::from(*hours)));
        self.hours.iter().map(after)
    }

    /// When to try next after `made` tries, none of which went through: never after a hard decline,
    /// after the last try, or from `until` on, such as the end of the grace. A time that has passed
    /// is returned as it is: try at once.
    pub fn next(
        &self,
        declined_at: Timestamp,
        made: usize,
        decline: Decline,
        until: Option<Timestamp>,
    ) -> Option<Timestamp> {
        if decline == Decline::Hard {
            return None;
        }
        let next = self.times(declined_at).nth(made)?;
        until.is_none_or(|until| next < until).then_some(next)
    }
}

impl Default for RetrySchedule {
    /// After one, three, five and seven days: within the usual grace.
    fn default() -> Self {
        Self { hours: vec![24, 72, 120, 168] }
    }
}

impl TryFrom<Vec<u16>> for RetrySchedule {
    type Error = RetryError;

    fn try_from(hours: Vec<u16>) -> Result<Self, RetryError> {
        Self::new(hours)
    }
}

impl From<RetrySchedule> for Vec<u16> {
    fn from(schedule: RetrySchedule) -> Self {
        schedule.hours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn tries_follow_the_first_decline_until_the_end_of_the_grace() {
        let schedule = RetrySchedule::default();
        let declined = at("2024-02-28T10:00:00Z");
        let next = |made, decline, until: Option<&str>| {
            schedule.next(declined, made, decline, until.map(at)).map(|it| it.to_string())
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(next(0, Decline::Soft, None), some("2024-02-29T10:00:00Z"));
        assert_eq!(next(3, Decline::Soft, None), some("2024-03-06T10:00:00Z"));
        assert_eq!(next(4, Decline::Soft, None), None);
        assert_eq!(next(0, Decline::Hard, None), None);
        assert_eq!(next(3, Decline::Soft, Some("2024-03-06T10:00:00Z")), None);
        assert_eq!(schedule.tries(), schedule.times(declined).count());
        assert_eq!(RetrySchedule::never().next(declined, 0, Decline::Soft, None), None);
    }

    #[test]
    fn hours_ascend_from_one_on() {
        let refused = Err(RetryError::Hours { most: RetrySchedule::MAX_TRIES });
        for hours in [vec![0], vec![24, 24], vec![48, 24], (1..=16).collect()] {
            assert_eq!(RetrySchedule::new(hours), refused);
        }
        let json = serde_json::to_string(&RetrySchedule::default()).unwrap();
        assert_eq!(json, "[24,72,120,168]");
        assert_eq!(serde_json::from_str::<RetrySchedule>(&json).unwrap(), RetrySchedule::default());
        assert!(serde_json::from_str::<RetrySchedule>("[2,1]").is_err());
    }
}
