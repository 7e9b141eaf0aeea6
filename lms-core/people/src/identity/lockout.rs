//! How failed logins lock an account for a while.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use lms_kernel::Timestamp;

/// How many logins may fail before an account is locked, and for how long.
///
/// The lock ends by itself, so that no one can be kept out of their account for good by a person
/// who fails on purpose (see the OWASP Authentication Cheat Sheet, "Account Lockout").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LockoutPolicy {
    /// How many failures in a row lock the account; at least 1.
    pub max_attempts: u32,
    /// For how many minutes the first time.
    pub lock_minutes: u32,
}

impl Default for LockoutPolicy {
    /// 5 attempts, 15 minutes.
    fn default() -> Self {
        Self { max_attempts: 5, lock_minutes: 15 }
    }
}

/// The failed sign-ins of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginFailures {
    /// How many logins failed since the last one that did not, or since the last lock ended.
    pub attempts: u32,
    /// Until when no login is accepted, exclusive.
    pub locked_until: Option<Timestamp>,
}

impl LoginFailures {
    /// Whether logins are refused at an instant.
    pub fn is_locked(&self, at: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| at < until)
    }

    /// What is known after one more failure. While the account is locked nothing is counted, so
    /// that the lock does not grow.
    #[must_use]
    pub fn after_failure(self, policy: &LockoutPolicy, at: Timestamp) -> Self {
        if self.is_locked(at) {
            return self;
        }
        let before = if self.locked_until.is_some() { 0 } else { self.attempts };
        let attempts = before.saturating_add(1);
        let locked = attempts >= policy.max_attempts.max(1);
        let lock = TimeDelta::minutes(i64::from(policy.lock_minutes));
        Self { attempts, locked_until: locked.then(|| at.saturating_add(lock)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::minutes(minutes))
    }

    #[test]
    fn the_fifth_failure_locks_for_a_quarter_of_an_hour() {
        let policy = LockoutPolicy::default();
        let mut failures = LoginFailures::default();
        for minute in 0..4 {
            failures = failures.after_failure(&policy, at(minute));
            assert!(!failures.is_locked(at(minute)));
        }
        failures = failures.after_failure(&policy, at(4));
        assert_eq!(failures, LoginFailures { attempts: 5, locked_until: Some(at(19)) });
        assert_eq!(failures.after_failure(&policy, at(10)), failures);
        assert!(failures.is_locked(at(18)) && !failures.is_locked(at(19)));
        let next = failures.after_failure(&policy, at(19));
        assert_eq!(next, LoginFailures { attempts: 1, locked_until: None });
    }

    proptest! {
        #[test]
        fn between_two_locks_there_are_as_many_failures_as_allowed(
            max_attempts in 1_u32..6,
            gaps in prop::collection::vec(0_i64..40, 1..60),
        ) {
            let policy = LockoutPolicy { max_attempts, lock_minutes: 15 };
            let (mut failures, mut now, mut counted) = (LoginFailures::default(), 0, 0);
            for gap in gaps {
                now += gap;
                let before = failures;
                failures = failures.after_failure(&policy, at(now));
                if before.is_locked(at(now)) {
                    prop_assert_eq!(failures, before);
                    continue;
                }
                counted += 1;
                prop_assert_eq!(failures.is_locked(at(now)), counted == max_attempts);
                if counted == max_attempts {
                    counted = 0;
                }
            }
        }
    }
}
