//! The one point at which a score is rounded, and the value that decisions use.

use serde::{Deserialize, Serialize};

use lms_kernel::{BigRatio, NumberError, Points, Ratio, Rounding};

/// How the scores of a test are rounded: once, when they are shown.
///
/// Everything before that is an exact fraction. A section and the total are each rounded from
/// their own exact value, so shown sections need not add up to the shown total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreRounding {
    /// How many digits after the point are shown, at most 4.
    pub digits: u8,
    /// How the others are dropped.
    pub mode: Rounding,
    /// What passing and letters are decided on.
    pub decide_on: DecideOn,
    /// What is added before the other digits are dropped; nothing, but for a system that lifts
    /// scores that are nearly there.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub lift: Points,
}

/// The score that decides passing and letter grades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DecideOn {
    /// The score as it is shown: who sees 90 where 90 is needed has passed.
    #[default]
    Shown,
    /// The exact score: 89.66 fails where 90 is needed, also when it is shown as 90.
    Exact,
}

fn is_nothing(points: &Points) -> bool {
    points.is_zero()
}

impl Default for ScoreRounding {
    fn default() -> Self {
        let (mode, decide_on) = (Rounding::HalfUp, DecideOn::Shown);
        Self { digits: 2, mode, decide_on, lift: Points::ZERO }
    }
}

impl ScoreRounding {
    /// The most digits that a score keeps.
    pub const MAX_DIGITS: u8 = 4;

    /// The score as it is shown.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of the range of points.
    pub fn show(self, exact: Ratio) -> Result<Points, NumberError> {
        let steps = self.steps();
        let lifted = if self.lift.is_zero() { exact } else { exact.add(Ratio::from(self.lift))? };
        let scaled = lifted.mul(Ratio::from(steps))?.to_integer(self.mode);
        i64::try_from(scaled)
            .ok()
            .and_then(|units| units.checked_mul(10_000 / steps))
            .map(Points::from_ten_thousandths)
            .ok_or(NumberError::Overflow)
    }

    /// The score as it is shown, at the nearer end of the range of points where it is out of it.
    pub fn show_within_range(self, exact: &BigRatio) -> Points {
        let steps = self.steps();
        let lifted = exact.add(&BigRatio::from(self.lift)).mul(&BigRatio::from(steps));
        let end = if lifted.is_negative() { i64::MIN } else { i64::MAX };
        let units = (lifted.to_integer(self.mode).and_then(|units| i64::try_from(units).ok()))
            .and_then(|units| units.checked_mul(10_000 / steps));
        Points::from_ten_thousandths(units.unwrap_or(end))
    }

    /// How many steps a point has.
    fn steps(self) -> i64 {
        10_i64.pow(u32::from(self.digits.min(Self::MAX_DIGITS)))
    }

    /// The value that decisions look at, of a fraction of any size.
    pub fn deciding_exact(self, exact: &BigRatio) -> BigRatio {
        match self.decide_on {
            DecideOn::Exact => exact.clone(),
            DecideOn::Shown => BigRatio::from(self.show_within_range(exact)),
        }
    }

    /// The value that decisions look at.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of the range of points.
    pub fn deciding(self, exact: Ratio) -> Result<Ratio, NumberError> {
        match self.decide_on {
            DecideOn::Exact => Ok(exact),
            DecideOn::Shown => self.show(exact).map(Ratio::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_shown_is_the_value_compared() {
        let exact: Ratio = "89.66".parse().unwrap();
        let ninety = Ratio::from(90);
        let whole = ScoreRounding { digits: 0, ..ScoreRounding::default() };
        assert_eq!(whole.show(exact).unwrap().to_string(), "90");
        assert!(whole.deciding(exact).unwrap() >= ninety);
        let strict = ScoreRounding { decide_on: DecideOn::Exact, ..whole };
        assert!(strict.deciding(exact).unwrap() < ninety);
    }

    #[test]
    fn what_is_nearly_there_may_be_lifted() {
        let whole =
            ScoreRounding { digits: 0, lift: "0.05".parse().unwrap(), ..ScoreRounding::default() };
        for (exact, expected) in [("59.45", "60"), ("59.4499", "59"), ("59.5", "60"), ("0", "0")] {
            assert_eq!(whole.show(exact.parse().unwrap()).unwrap().to_string(), expected);
        }
        let json = serde_json::to_string(&ScoreRounding::default()).unwrap();
        assert!(!json.contains("lift"), "{json}");
    }

    #[test]
    fn every_number_of_digits_rounds_once() {
        let exact = Ratio::new(2, 3).unwrap();
        for (digits, expected) in [(0, "1"), (1, "0.7"), (2, "0.67"), (4, "0.6667"), (9, "0.6667")]
        {
            let rounding = ScoreRounding { digits, ..ScoreRounding::default() };
            assert_eq!(rounding.show(exact).unwrap().to_string(), expected);
        }
        let half_even =
            ScoreRounding { mode: Rounding::HalfEven, digits: 1, ..ScoreRounding::default() };
        assert_eq!(half_even.show("-0.25".parse().unwrap()).unwrap().to_string(), "-0.2");
    }
}
