//! When a placement test may be taken again.
use std::fmt;

use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::Timestamp;

/// When a placement test may be taken again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RetestRule {
    /// So many days lie between two sittings.
    pub wait_days: u32,
    /// So many sittings are allowed within `within_days`; any number when there is none.
    pub most: Option<u16>,
    /// The days in which sittings are counted; all of them when there is none.
    pub within_days: Option<u32>,
}

/// Why a test may not be taken again now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RetestRefusal {
    /// The last sitting is too recent.
    #[error("the test may be taken again from {from}")]
    #[fault(conflict)]
    TooSoon {
        /// From when it may.
        from: Timestamp,
    },
    /// The sittings are used up.
    #[error("the test was taken {most} times{}", Again(*.from))]
    #[fault(conflict)]
    UsedUp {
        /// How many sittings are allowed.
        most: u16,
        /// From when it may be taken again; never when there is none.
        from: Option<Timestamp>,
    },
}

struct Again(Option<Timestamp>);

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(from) => write!(f, " and may be taken again from {from}"),
            None => f.write_str(" and may not be taken again"),
        }
    }
}

impl RetestRule {
    /// Whether a learner with these earlier sittings may take the test now.
    ///
    /// # Errors
    /// [`RetestRefusal`], with the instant from which it is allowed.
    pub fn may_sit(&self, sittings: &[Timestamp], now: Timestamp) -> Result<(), RetestRefusal> {
        let mut earlier: Vec<Timestamp> =
            sittings.iter().copied().filter(|at| *at <= now).collect();
        earlier.sort_unstable();
        if let Some(last) = earlier.last() {
            let from = last.saturating_add(TimeDelta::days(i64::from(self.wait_days)));
            if now < from {
                return Err(RetestRefusal::TooSoon { from });
            }
        }
        let Some(most) = self.most else { return Ok(()) };
        let window = self.within_days.map(|days| TimeDelta::days(i64::from(days)));
        let counted =
            earlier.iter().filter(|at| window.is_none_or(|window| now < at.saturating_add(window)));
        let counted: Vec<Timestamp> = counted.copied().collect();
        let Some(beyond) = counted.len().checked_sub(usize::from(most)) else { return Ok(()) };
        // When the sitting at this place leaves the window, one less than allowed is left in it.
        let from = window.and_then(|window| Some(counted.get(beyond)?.saturating_add(window)));
        Err(RetestRefusal::UsedUp { most, from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::days(day))
    }

    #[test]
    fn a_wait_lies_between_two_sittings() {
        let rule = RetestRule { wait_days: 14, ..RetestRule::default() };
        assert_eq!(rule.may_sit(&[], day(0)), Ok(()));
        let refused = rule.may_sit(&[day(0), day(3)], day(16));
        assert_eq!(refused, Err(RetestRefusal::TooSoon { from: day(17) }));
        assert_eq!(rule.may_sit(&[day(3), day(0)], day(17)), Ok(()));
    }

    #[test]
    fn sittings_are_counted_in_a_window() {
        let rule = RetestRule { wait_days: 0, most: Some(2), within_days: Some(365) };
        let sittings = [day(0), day(100)];
        let refused = rule.may_sit(&sittings, day(364)).unwrap_err();
        assert_eq!(refused, RetestRefusal::UsedUp { most: 2, from: Some(day(365)) });
        assert_eq!(rule.may_sit(&sittings, day(365)), Ok(()));
        let for_ever = RetestRule { within_days: None, ..rule };
        let refused = for_ever.may_sit(&sittings, day(9_999)).unwrap_err();
        assert_eq!(refused.to_string(), "the test was taken 2 times and may not be taken again");
    }

    #[test]
    fn after_too_many_sittings_enough_of_them_must_leave_the_window() {
        let rule = RetestRule { wait_days: 0, most: Some(1), within_days: Some(10) };
        let refused = rule.may_sit(&[day(0), day(4)], day(5)).unwrap_err();
        assert_eq!(refused, RetestRefusal::UsedUp { most: 1, from: Some(day(14)) });
    }
}
