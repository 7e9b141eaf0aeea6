//! The effect of a regrade on scores.
use serde::{Deserialize, Serialize};

use crate::attempt::{Attempt, Score, ScoreStatus};
use lms_kernel::{Id, NumberError, Points, Ratio};
use lms_people::identity::Membership;

/// The figures of a score that a regrade may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreFigures {
    /// What the questions earned.
    pub raw: Points,
    /// What is reported.
    pub total: Points,
    /// Whether it passed; none where that is not known.
    pub passed: Option<bool>,
    /// Its status.
    pub status: ScoreStatus,
}

impl ScoreFigures {
    /// The figures of a score.
    pub const fn of(score: &Score) -> Self {
        Self { raw: score.raw, total: score.total, passed: score.passed, status: score.status }
    }
}

/// A score before and after a regrading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegradeDelta {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// Before.
    pub before: ScoreFigures,
    /// After.
    pub after: ScoreFigures,
}

/// The scores of all attempts before and after a regrading, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RegradeTally {
    /// How many attempts were looked at.
    pub attempts: u64,
    /// How many earned more than before.
    pub raised: u64,
    /// How many earned less.
    pub lowered: u64,
    /// How many passed before.
    pub passed_before: u64,
    /// How many pass now.
    pub passed_after: u64,
    /// How many passed only now.
    pub newly_passed: u64,
    /// How many passed before and do not now.
    pub newly_failed: u64,
    /// The sum of the points earned before.
    pub earned_before: Points,
    /// The sum of what is earned now.
    pub earned_after: Points,
}

impl RegradeTally {
    /// Adds one attempt, changed or not.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] where the sums leave their range.
    pub fn add(&mut self, before: ScoreFigures, after: ScoreFigures) -> Result<(), NumberError> {
        let passes = |it: ScoreFigures| it.passed == Some(true);
        let (passed, passes) = (passes(before), passes(after));
        self.attempts += 1;
        self.raised += u64::from(after.raw > before.raw);
        self.lowered += u64::from(after.raw < before.raw);
        self.passed_before += u64::from(passed);
        self.passed_after += u64::from(passes);
        self.newly_passed += u64::from(passes && !passed);
        self.newly_failed += u64::from(passed && !passes);
        self.earned_before = self.earned_before.add(before.raw)?;
        self.earned_after = self.earned_after.add(after.raw)?;
        Ok(())
    }

    /// Both tallies together.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] where the sums leave their range.
    pub fn and(self, other: Self) -> Result<Self, NumberError> {
        Ok(Self {
            attempts: self.attempts + other.attempts,
            raised: self.raised + other.raised,
            lowered: self.lowered + other.lowered,
            passed_before: self.passed_before + other.passed_before,
            passed_after: self.passed_after + other.passed_after,
            newly_passed: self.newly_passed + other.newly_passed,
            newly_failed: self.newly_failed + other.newly_failed,
            earned_before: self.earned_before.add(other.earned_before)?,
            earned_after: self.earned_after.add(other.earned_after)?,
        })
    }

    /// How many earned what they earned before.
    pub const fn unchanged(&self) -> u64 {
        self.attempts.saturating_sub(self.raised).saturating_sub(self.lowered)
    }

    /// The mean of the points earned before and after, exactly; `None` without attempts.
    pub fn means(&self) -> Option<(Ratio, Ratio)> {
        let mean = |sum: Points| {
            let under = i128::from(self.attempts).checked_mul(10_000)?;
            Ratio::new(i128::from(sum.ten_thousandths()), under).ok()
        };
        mean(self.earned_before).zip(mean(self.earned_after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(raw: &str, passed: bool) -> ScoreFigures {
        let raw = raw.parse().unwrap();
        ScoreFigures { raw, total: raw, passed: Some(passed), status: ScoreStatus::Graded }
    }

    #[test]
    fn a_tally_counts_who_rose_fell_passed_and_failed() {
        let mut tally = RegradeTally::default();
        assert_eq!(tally.means(), None);
        for (before, after) in [
            (figures("5", false), figures("7", true)),
            (figures("8", true), figures("6", false)),
            (figures("9", true), figures("9", true)),
        ] {
            tally.add(before, after).unwrap();
        }
        assert_eq!((tally.raised, tally.lowered, tally.unchanged()), (1, 1, 1));
        assert_eq!((tally.newly_passed, tally.newly_failed), (1, 1));
        assert_eq!((tally.passed_before, tally.passed_after), (2, 2));
        assert_eq!(tally.means(), Some(("22/3".parse().unwrap(), "22/3".parse().unwrap())));
    }
}
