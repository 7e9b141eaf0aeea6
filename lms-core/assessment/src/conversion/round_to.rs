//! The one declared rounding of a scaled score.
use serde::{Deserialize, Serialize};

use lms_kernel::{BigRatio, NumberError, Points, Ratio, Rounding};

/// To which multiple a scaled score is rounded, and how: to half bands, to whole points.
///
/// ```
/// use lms_assessment::conversion::RoundTo;
/// use lms_kernel::{Ratio, Rounding};
///
/// let half_band = RoundTo::new("0.5".parse()?, Rounding::HalfUp)?;
/// assert_eq!(half_band.apply(Ratio::new(25, 4)?)?.to_string(), "6.5");
/// # Ok::<(), lms_kernel::NumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Parts")]
pub struct RoundTo {
    step: Points,
    rounding: Rounding,
}

impl RoundTo {
    /// To the nearest ten-thousandth, the finest score there is, a half away from zero.
    pub const FINEST: Self =
        Self { step: Points::from_ten_thousandths(1), rounding: Rounding::HalfUp };

    /// To the nearest whole point, a half away from zero.
    pub const WHOLE: Self =
        Self { step: Points::from_ten_thousandths(10_000), rounding: Rounding::HalfUp };

    /// To the nearest half point, a half of that away from zero.
    pub const HALF: Self =
        Self { step: Points::from_ten_thousandths(5_000), rounding: Rounding::HalfUp };

    /// To multiples of `step`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if `step` is not above zero.
    pub fn new(step: Points, rounding: Rounding) -> Result<Self, NumberError> {
        if step <= Points::ZERO {
            return Err(NumberError::OutOfRange { least: 1, most: i64::MAX });
        }
        Ok(Self { step, rounding })
    }

    /// The distance between two neighbouring results; above zero.
    pub const fn step(self) -> Points {
        self.step
    }

    /// Which neighbour is taken.
    pub const fn rounding(self) -> Rounding {
        self.rounding
    }

    /// The value, rounded once.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] beyond the range of [`Points`].
    pub fn apply(self, value: Ratio) -> Result<Points, NumberError> {
        self.steps(value.div(Ratio::from(self.step))?.to_integer(self.rounding))
    }

    /// The value, which may have parts of any size, rounded once.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] beyond the range of [`Points`].
    pub fn apply_exact(self, value: &BigRatio) -> Result<Points, NumberError> {
        let steps = value.div(&BigRatio::from(self.step))?.to_integer(self.rounding);
        self.steps(steps.ok_or(NumberError::Overflow)?)
    }

    /// The quotient of two integers in ten-thousandths of a point, rounded once.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`], or [`NumberError::Overflow`] beyond the range of
    /// [`Points`].
    pub(super) fn apply_to_quotient(
        self,
        numerator: i128,
        denominator: i128,
    ) -> Result<Points, NumberError> {
        if denominator == 0 {
            return Err(NumberError::DivisionByZero);
        }
        let divisor = denominator.checked_mul(i128::from(self.step.ten_thousandths()));
        let steps = divisor.and_then(|it| self.rounding.divide(numerator, it));
        self.steps(steps.ok_or(NumberError::Overflow)?)
    }

    fn steps(self, steps: i128) -> Result<Points, NumberError> {
        i64::try_from(steps)
            .ok()
            .and_then(|steps| steps.checked_mul(self.step.ten_thousandths()))
            .map(Points::from_ten_thousandths)
            .ok_or(NumberError::Overflow)
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Parts {
    step: Points,
    rounding: Rounding,
}

impl TryFrom<Parts> for RoundTo {
    type Error = NumberError;

    fn try_from(parts: Parts) -> Result<Self, NumberError> {
        Self::new(parts.step, parts.rounding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_above_zero() {
        for text in ["0", "-0.5"] {
            assert!(RoundTo::new(text.parse().unwrap(), Rounding::HalfUp).is_err());
        }
        assert!(serde_json::from_str::<RoundTo>(r#"{"step":"0","rounding":"half_up"}"#).is_err());
    }

    #[test]
    fn halves_go_where_the_mode_says() {
        let quarter = Ratio::new(25, 4).unwrap();
        for (mode, expected) in
            [(Rounding::HalfUp, "6.5"), (Rounding::HalfDown, "6"), (Rounding::Floor, "6")]
        {
            let to = RoundTo::new("0.5".parse().unwrap(), mode).unwrap();
            assert_eq!(to.apply(quarter).unwrap().to_string(), expected);
        }
        for (numerator, expected) in [(62_500, "6.5"), (62_499, "6"), (-62_500, "-6.5")] {
            assert_eq!(
                RoundTo::HALF.apply_to_quotient(numerator, 1).unwrap().to_string(),
                expected
            );
        }
        assert_eq!(RoundTo::HALF.apply_to_quotient(1, 0), Err(NumberError::DivisionByZero));
        assert_eq!(RoundTo::FINEST.apply(Ratio::new(2, 3).unwrap()).unwrap().to_string(), "0.6667");
    }
}
