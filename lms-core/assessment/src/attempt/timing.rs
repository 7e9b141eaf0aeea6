//! When an attempt may start, and when it ends.
use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::attempt::{AttemptLimits, AttemptRules};
use lms_kernel::Timestamp;

/// An earlier attempt of the same learner, as far as delays ask about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierAttempt {
    /// When it was started.
    pub started_at: Timestamp,
    /// When it was over; none while it runs.
    pub finished_at: Option<Timestamp>,
}

/// Why an attempt may not start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum StartRefusal {
    /// The assessment is not open yet.
    #[error("the assessment opens at {opens_at}")]
    #[fault(conflict)]
    NotOpenYet {
        /// When it opens.
        opens_at: Timestamp,
    },
    /// The assessment is closed.
    #[error("the assessment closed at {closed_at}")]
    #[fault(conflict)]
    Closed {
        /// The last instant at which it was open.
        closed_at: Timestamp,
    },
    /// The attempts are used up.
    #[error("all {most} attempts are used up")]
    #[fault(quota)]
    NoAttemptsLeft {
        /// How many there are.
        most: u32,
    },
    /// The last attempt is too recent.
    #[error("the next attempt may start at {from}")]
    #[fault(conflict)]
    TooSoon {
        /// From when it may start.
        from: Timestamp,
    },
    /// The last attempt is too recent, and the assessment closes before the wait is over.
    #[error("the assessment closes at {closes_at}, before another attempt may start")]
    #[fault(conflict)]
    ClosesBeforeNext {
        /// When it closes.
        closes_at: Timestamp,
    },
}

/// Whether another attempt may start now, after those earlier ones in the order of their
/// numbers. The instant at which the assessment closes is still inside.
///
/// The delay is counted from the end of the last attempt or from the end of its time, whichever
/// came first; the first attempt is followed by its own delay. When the attempts are used up,
/// that is what is said.
///
/// # Errors
/// [`StartRefusal`].
pub fn may_start(
    limits: &AttemptLimits,
    rules: &AttemptRules,
    earlier: &[EarlierAttempt],
    now: Timestamp,
) -> Result<(), StartRefusal> {
    if let Some(opens_at) = limits.opens_at.filter(|opens_at| now < *opens_at) {
        return Err(StartRefusal::NotOpenYet { opens_at });
    }
    if let Some(closed_at) = limits.closes_at.filter(|closes_at| *closes_at < now) {
        return Err(StartRefusal::Closed { closed_at });
    }
    if let Some(most) = limits.max_attempts
        && u32::try_from(earlier.len()).unwrap_or(u32::MAX) >= most
    {
        return Err(StartRefusal::NoAttemptsLeft { most });
    }
    match next_start(limits, rules, earlier).filter(|from| now < *from && !limits.unlocked) {
        None => Ok(()),
        Some(from) => match limits.closes_at {
            Some(closes_at) if closes_at < from => {
                Err(StartRefusal::ClosesBeforeNext { closes_at })
            }
            _ => Err(StartRefusal::TooSoon { from }),
        },
    }
}

/// From when the next attempt may start by the delays alone; `None` before the first attempt.
pub fn next_start(
    limits: &AttemptLimits,
    rules: &AttemptRules,
    earlier: &[EarlierAttempt],
) -> Option<Timestamp> {
    let last = earlier.last()?;
    let delay = match earlier.len() {
        1 => rules.delay_after_first_seconds,
        _ => rules.delay_after_later_seconds,
    };
    let time_up =
        limits.time_limit_seconds.map(|limit| last.started_at.saturating_add(seconds(limit)));
    let over = match (last.finished_at, time_up) {
        (Some(finished), Some(time_up)) => finished.min(time_up),
        (Some(at), None) | (None, Some(at)) => at,
        (None, None) => last.started_at,
    };
    Some(over.saturating_add(seconds(delay)))
}

/// The last instant at which an attempt that started at `started_at` takes answers: the end of
/// its time or the close of the assessment, whichever is first; none without either.
pub fn answers_until(limits: &AttemptLimits, started_at: Timestamp) -> Option<Timestamp> {
    let time_up = limits.time_limit_seconds.map(|limit| started_at.saturating_add(seconds(limit)));
    earlier_of(time_up, limits.closes_at)
}

/// The last instant at which an attempt may be handed in: its end and the grace.
pub fn hand_in_until(
    limits: &AttemptLimits,
    answers_until: Option<Timestamp>,
) -> Option<Timestamp> {
    answers_until.map(|end| end.saturating_add(seconds(limits.grace_seconds)))
}

/// The last instant at which a section that was entered at `entered_at` takes answers, within
/// the time of the attempt; none when neither has a limit.
pub fn section_until(
    limits: &AttemptLimits,
    section_limit_seconds: Option<u32>,
    entered_at: Timestamp,
    answers_until: Option<Timestamp>,
) -> Option<Timestamp> {
    let limit = limits.section_time.limit(section_limit_seconds);
    earlier_of(limit.map(|limit| entered_at.saturating_add(seconds(limit))), answers_until)
}

fn earlier_of(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn seconds(seconds: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::SectionTime;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::seconds(seconds))
    }

    fn limits(attempts: u32, limit: u32, closes_at: i64) -> AttemptLimits {
        AttemptLimits {
            opens_at: None,
            closes_at: (closes_at > 0).then(|| at(closes_at)),
            time_limit_seconds: (limit > 0).then_some(limit),
            grace_seconds: 0,
            max_attempts: Some(attempts),
            section_time: SectionTime::AS_IT_IS,
            unlocked: false,
        }
    }

    fn delays(first: u32, later: u32) -> AttemptRules {
        AttemptRules {
            delay_after_first_seconds: first,
            delay_after_later_seconds: later,
            ..AttemptRules::default()
        }
    }

    fn attempts(count: usize, started: i64, finished: i64) -> Vec<EarlierAttempt> {
        vec![EarlierAttempt { started_at: at(started), finished_at: Some(at(finished)) }; count]
    }

    /// The delay rule of Moodle's quiz (`quizaccess_delaybetweenattempts`), by its own examples.
    #[test]
    fn published_examples_of_delays() {
        let allowed =
            |limits, rules, earlier: &[_]| may_start(&limits, &rules, earlier, at(10_000));
        // After the first attempt the first delay, to the second inclusive.
        assert_eq!(allowed(limits(3, 0, 0), delays(1_000, 0), &attempts(1, 0, 9_000)), Ok(()));
        let soon = allowed(limits(3, 0, 0), delays(1_000, 0), &attempts(1, 0, 9_001));
        assert_eq!(soon, Err(StartRefusal::TooSoon { from: at(10_001) }));
        // No delay before the first.
        assert_eq!(allowed(limits(5, 0, 0), delays(2_000, 1_000), &[]), Ok(()));
        // After later attempts the later delay.
        let rules = delays(2_000, 1_000);
        assert_eq!(allowed(limits(5, 0, 0), rules, &attempts(3, 0, 8_000)), Ok(()));
        assert_eq!(allowed(limits(5, 0, 0), rules, &attempts(4, 0, 8_001)), Ok(()));
        assert_eq!(allowed(limits(5, 0, 0), rules, &attempts(2, 0, 9_000)), Ok(()));
        assert!(allowed(limits(5, 0, 0), rules, &attempts(2, 0, 9_001)).is_err());
        // The end of the time limit counts where the attempt was handed in later.
        let late = attempts(1, 7_900, 10_100);
        assert_eq!(allowed(limits(5, 100, 0), rules, &late), Ok(()));
        assert_eq!(
            allowed(limits(5, 101, 0), rules, &late),
            Err(StartRefusal::TooSoon { from: at(10_001) })
        );
    }

    #[test]
    fn a_wait_that_outlasts_the_close_is_hopeless() {
        let found =
            may_start(&limits(5, 0, 10_500), &delays(2_000, 0), &attempts(1, 0, 9_000), at(10_000));
        assert_eq!(found, Err(StartRefusal::ClosesBeforeNext { closes_at: at(10_500) }));
        let in_time =
            may_start(&limits(5, 0, 11_000), &delays(2_000, 0), &attempts(1, 0, 9_000), at(10_000));
        assert_eq!(in_time, Err(StartRefusal::TooSoon { from: at(11_000) }));
    }

    #[test]
    fn used_up_attempts_are_named_before_delays() {
        let found =
            may_start(&limits(1, 0, 0), &delays(9_000, 0), &attempts(1, 0, 9_999), at(10_000));
        assert_eq!(found, Err(StartRefusal::NoAttemptsLeft { most: 1 }));
        let unlocked = AttemptLimits { unlocked: true, ..limits(2, 0, 0) };
        let rules = delays(9_000, 0);
        assert_eq!(may_start(&unlocked, &rules, &attempts(1, 0, 9_999), at(10_000)), Ok(()));
    }

    #[test]
    fn opening_and_closing_are_inside() {
        let limits = AttemptLimits { opens_at: Some(at(10)), ..limits(1, 0, 20) };
        let start = |now| may_start(&limits, &AttemptRules::default(), &[], at(now));
        assert_eq!(start(9), Err(StartRefusal::NotOpenYet { opens_at: at(10) }));
        assert_eq!((start(10), start(20)), (Ok(()), Ok(())));
        assert_eq!(start(21), Err(StartRefusal::Closed { closed_at: at(20) }));
    }

    #[test]
    fn the_earlier_of_two_limits_wins() {
        let limits = AttemptLimits { grace_seconds: 5, ..limits(1, 600, 1_000) };
        assert_eq!(answers_until(&limits, at(0)), Some(at(600)));
        assert_eq!(answers_until(&limits, at(500)), Some(at(1_000)));
        assert_eq!(hand_in_until(&limits, Some(at(600))), Some(at(605)));
        assert_eq!(section_until(&limits, Some(300), at(100), Some(at(600))), Some(at(400)));
        assert_eq!(section_until(&limits, Some(300), at(400), Some(at(600))), Some(at(600)));
        assert_eq!(section_until(&limits, None, at(400), None), None);
    }
}
