//! Penalties for late work.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{NumberError, Percent, Points, Ratio, Rounding};

/// In which steps lateness is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum LateInterval {
    /// By the hour.
    Hour,
    /// By the day.
    #[default]
    Day,
}

impl LateInterval {
    /// How many seconds a step has.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// The penalty for late work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "late", rename_all = "snake_case")]
pub enum LatePolicy {
    /// Nothing.
    #[default]
    Free,
    /// Late work is refused.
    Refused,
    /// A flat share of the points earned, however late.
    Flat {
        /// The share.
        percent: Percent,
    },
    /// A share of the points possible for every interval begun, but never below a floor.
    PerInterval {
        /// The share for each step.
        percent: Percent,
        /// The steps.
        interval: LateInterval,
        /// The share of the points possible below which lateness deducts nothing more.
        floor: Percent,
    },
}

/// Work that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LateWork {
    /// What it earned, lateness aside.
    pub score: Points,
    /// The points possible.
    pub possible: Points,
    /// How many seconds late it is; 0 when in time.
    pub late_seconds: u64,
}

impl LatePolicy {
    /// Whether work that late is taken at all.
    pub const fn accepts(self, late_seconds: u64) -> bool {
        late_seconds == 0 || !matches!(self, Self::Refused)
    }

    /// What is taken off, exactly; never more than was earned above the floor, never negative.
    ///
    /// By steps it is possible × min(percent × steps begun, max(score % − floor %, 0)) ÷ 100.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn deduction(self, work: LateWork) -> Result<Ratio, NumberError> {
        let (score, possible) = (Ratio::from(work.score), Ratio::from(work.possible));
        if work.late_seconds == 0 || score <= Ratio::ZERO {
            return Ok(Ratio::ZERO);
        }
        match self {
            Self::Free | Self::Refused => Ok(Ratio::ZERO),
            Self::Flat { percent } => score.mul(percent.to_ratio()),
            Self::PerInterval { .. } if possible <= Ratio::ZERO => Ok(Ratio::ZERO),
            Self::PerInterval { percent, interval, floor } => {
                let steps = work.late_seconds.div_ceil(interval.seconds());
                let by_steps = percent.to_ratio().mul(Ratio::new(i128::from(steps), 1)?)?;
                let room = score.div(possible)?.sub(floor.to_ratio())?.max(Ratio::ZERO);
                possible.mul(by_steps.min(room))
            }
        }
    }

    /// What the work is worth, rounded once.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn apply(self, work: LateWork, rounding: Rounding) -> Result<Points, NumberError> {
        Points::from_ratio(Ratio::from(work.score).sub(self.deduction(work)?)?, rounding)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn work(score: i64, possible: i64, late_seconds: u64) -> LateWork {
        let whole = |points| Points::from_whole(points).unwrap();
        LateWork { score: whole(score), possible: whole(possible), late_seconds }
    }

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    fn daily(by: &str, floor: &str) -> LatePolicy {
        LatePolicy::PerInterval {
            percent: percent(by),
            interval: LateInterval::Day,
            floor: percent(floor),
        }
    }

    #[test]
    fn every_step_begun_costs() {
        let deducted = |policy: LatePolicy, work| policy.deduction(work).unwrap().to_string();
        assert_eq!(deducted(daily("15", "0"), work(1_000, 1_000, 259_200)), "450");
        assert_eq!(deducted(daily("15", "0"), work(1_000, 1_000, 259_201)), "600");
        assert_eq!(deducted(daily("15", "0"), work(1_000, 1_000, 1)), "150");
        assert_eq!(deducted(daily("15", "0"), work(1_000, 1_000, 0)), "0");
        assert_eq!(deducted(daily("50", "40"), work(80, 100, 999_999)), "40");
        assert_eq!(deducted(daily("50", "40"), work(30, 100, 999_999)), "0");
        assert_eq!(deducted(daily("5", "0"), work(10, 0, 86_400)), "0");
        let hourly = LatePolicy::PerInterval {
            percent: percent("1"),
            interval: LateInterval::Hour,
            floor: Percent::ZERO,
        };
        assert_eq!(deducted(hourly, work(50, 100, 7_201)), "3");
    }

    #[test]
    fn a_flat_share_is_of_what_was_earned() {
        let flat = LatePolicy::Flat { percent: percent("10") };
        let late = work(85, 100, 1);
        assert_eq!(flat.apply(late, Rounding::HalfUp).unwrap().to_string(), "76.5");
        assert!(!LatePolicy::Refused.accepts(1) && LatePolicy::Refused.accepts(0));
        assert!(flat.accepts(9));
    }

    proptest! {
        #[test]
        fn lateness_never_pays_and_never_takes_more_than_there_is(
            score in 0_i64..200, possible in 0_i64..200, late in 0_u64..10_000_000, later in 0_u64..10_000_000,
            by in 0_i64..=1_000_000, floor in 0_i64..=1_000_000,
        ) {
            let policy = LatePolicy::PerInterval {
                percent: Percent::from_ten_thousandths(by).unwrap(),
                interval: LateInterval::Hour,
                floor: Percent::from_ten_thousandths(floor).unwrap(),
            };
            let off = |late| policy.deduction(work(score, possible, late)).unwrap();
            prop_assert!(!off(late).is_negative());
            prop_assert!(off(late) <= Ratio::from(score));
            prop_assert!(off(late) <= off(late + later));
        }
    }
}
