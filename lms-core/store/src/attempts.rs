//! Work that waits for a worker: how long a claim holds, when a failure is tried again, and when
//! the work is given up. Messages of the outbox, notifications, and webhooks in both directions
//! follow these rules, each with figures of its own.
use chrono::TimeDelta;

use lms_kernel::Timestamp;

/// The wait after each failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It doubles with each failure.
    Doubling {
        /// The wait after the first failure, in seconds.
        first_seconds: i64,
        /// The longest wait, in seconds.
        longest_seconds: i64,
    },
    /// Those, in seconds; the last one holds for every later failure.
    Listed(&'static [i64]),
}

impl Waits {
    /// The wait after that many failures: a second at least.
    fn after(self, failures: u32) -> TimeDelta {
        let earlier = failures.saturating_sub(1);
        let seconds = match self {
            Self::Doubling { first_seconds, longest_seconds } => {
                first_seconds.saturating_mul(1 << earlier.min(20)).min(longest_seconds)
            }
            Self::Listed(all) => {
                let listed = usize::try_from(earlier).ok().and_then(|it| all.get(it));
                listed.or(all.last()).copied().unwrap_or(1)
            }
        };
        TimeDelta::seconds(seconds.max(1))
    }
}

/// How workers claim and repeat.
///
/// ```
/// use lms_kernel::Timestamp;
/// use lms_store::{AfterFailure, Attempts, Waits};
///
/// let waits = Waits::Doubling { first_seconds: 10, longest_seconds: 60 };
/// let rules = Attempts { lease_seconds: 30, most: 3, waits };
/// let (now, mut failures) = (Timestamp::EPOCH, 0);
/// assert_eq!(rules.lease_end(now).to_string(), "1970-01-01T00:00:30Z");
/// let first = rules.fail(&mut failures, now);
/// assert!(matches!(first, AfterFailure::RetryAt(at) if at.to_string() == "1970-01-01T00:00:10Z"));
/// rules.fail(&mut failures, now);
/// assert_eq!(rules.fail(&mut failures, now), AfterFailure::GiveUp);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How long a claim holds, in seconds. A worker that dies gives its work back after it.
    pub lease_seconds: i64,
    /// After how many failures the work is given up.
    pub most: u32,
    /// The wait after each failure.
    pub waits: Waits,
}

/// What comes after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// Another attempt, not before then.
    RetryAt(Timestamp),
    /// Nothing; an operator may have it tried again.
    GiveUp,
}

impl Attempts {
    /// When a claim that is made now ends.
    pub fn lease_end(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(TimeDelta::seconds(self.lease_seconds))
    }

    /// Counts a failure, and says what comes after it.
    pub fn fail(&self, failures: &mut u32, now: Timestamp) -> AfterFailure {
        *failures = failures.saturating_add(1);
        if *failures >= self.most {
            return AfterFailure::GiveUp;
        }
        AfterFailure::RetryAt(now.saturating_add(self.waits.after(*failures)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::EPOCH;

    /// The waits in seconds until the work is given up.
    fn waits(rules: Attempts) -> Vec<i64> {
        let mut failures = 0;
        let next = || match rules.fail(&mut failures, START) {
            AfterFailure::RetryAt(at) => Some(at.since(START).num_seconds()),
            AfterFailure::GiveUp => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let doubling = Waits::Doubling { first_seconds: 60, longest_seconds: 400 };
        let rules = Attempts { lease_seconds: 60, most: 6, waits: doubling };
        assert_eq!(waits(rules), [60, 120, 240, 400, 400]);
        let many = Attempts { most: 60, ..rules };
        assert_eq!(waits(many).len(), 59, "no shift overflows");
    }

    #[test]
    fn listed_waits_come_in_their_order() {
        let rules = Attempts { lease_seconds: 60, most: 4, waits: Waits::Listed(&[5, 300]) };
        assert_eq!(waits(rules), [5, 300, 300]);
    }

    #[test]
    fn figures_that_mean_nothing_wait_a_second() {
        let none = Attempts { lease_seconds: 0, most: 3, waits: Waits::Listed(&[]) };
        assert_eq!(waits(none), [1, 1]);
        let negative = Waits::Doubling { first_seconds: i64::MIN, longest_seconds: -1 };
        assert_eq!(waits(Attempts { waits: negative, ..none }), [1, 1]);
        assert_eq!(none.lease_end(START), START);
    }

    #[test]
    fn work_without_attempts_is_given_up_at_once() {
        let rules = Attempts { lease_seconds: 60, most: 0, waits: Waits::Listed(&[5]) };
        assert_eq!(waits(rules), [0_i64; 0]);
        let mut failures = u32::MAX;
        assert_eq!(rules.fail(&mut failures, START), AfterFailure::GiveUp);
        assert_eq!(failures, u32::MAX);
    }
}
