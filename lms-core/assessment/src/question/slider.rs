//! Numbers that are set on a scale.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::question::{Accept, NumberKey, Numeral};
use lms_kernel::{NumberError, Ratio};

/// The scale of a slider: from its lowest number in equal steps to its highest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SliderScale {
    /// The lowest number.
    pub low: Numeral,
    /// The highest number, above the lowest.
    pub high: Numeral,
    /// The distance of two numbers that can be set, above zero.
    pub step: Numeral,
}

impl SliderScale {
    /// Whether a number can be set: it lies on the scale, a whole number of steps from its low end.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] for a scale whose numbers cannot be kept exactly.
    pub fn has(&self, number: Numeral) -> Result<bool, NumberError> {
        let [low, high, step, number] = [self.low, self.high, self.step, number].map(exact);
        let (low, high, step) = (low?, high?, step?);
        // A number that does not fit is none of the scale.
        let Ok(number) = number else { return Ok(false) };
        if number < low || number > high || step.is_zero() {
            return Ok(false);
        }
        Ok(number.sub(low)?.div(step)?.denominator() == 1)
    }

    /// Whether it rises in steps that lead from its low end to its high end.
    pub(crate) fn is_usable(&self) -> bool {
        self.low.cmp(&self.high) == Ordering::Less
            && self.step > Numeral::ZERO
            && self.has(self.high) == Ok(true)
    }
}

fn exact(number: Numeral) -> Result<Ratio, NumberError> {
    let power = 10_i128.checked_pow(number.exponent().unsigned_abs()).ok_or(NumberError::Overflow);
    let mantissa = Ratio::new(number.mantissa(), 1)?;
    if number.is_zero() {
        Ok(Ratio::ZERO)
    } else if number.exponent() >= 0 {
        mantissa.mul(Ratio::new(power?, 1)?)
    } else {
        mantissa.div(Ratio::new(power?, 1)?)
    }
}

/// The scale of a slider and the numbers on it that are accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SliderKey {
    /// The scale.
    pub scale: SliderScale,
    /// The accepted numbers. Answers are written with a decimal point and without a unit.
    pub accepted: NumberKey,
}

impl SliderKey {
    /// A scale with the numbers that earn everything.
    pub fn new(scale: SliderScale, accepted: impl IntoIterator<Item = Accept>) -> Self {
        Self { scale, accepted: NumberKey::new(accepted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(low: &str, high: &str, step: &str) -> SliderScale {
        let [low, high, step] = [low, high, step].map(|it| it.parse().unwrap());
        SliderScale { low, high, step }
    }

    #[test]
    fn numbers_between_steps_are_not_on_the_scale() {
        let tenths = scale("-1", "1", "0.1");
        let has = |text: &str| tenths.has(text.parse().unwrap()).unwrap();
        for (text, expected) in [
            ("-1", true),
            ("0.3", true),
            ("1.0", true),
            ("0.25", false),
            ("1.1", false),
            ("1e300", false),
            ("1e-300", false),
        ] {
            assert_eq!(has(text), expected, "{text}");
        }
        assert!(tenths.is_usable() && scale("0", "100", "5").is_usable());
        for (low, high, step) in
            [("1", "1", "1"), ("0", "1", "0"), ("0", "1", "0.3"), ("2", "1", "1")]
        {
            assert!(!scale(low, high, step).is_usable(), "{low} {high} {step}");
        }
    }
}
