//! Scores, exact to four fraction digits.

use rust_decimal::Decimal;

use crate::{NumberError, Ratio, Rounding, fixed};

/// An exact score or mark, in ten-thousandths of a point; it may be negative.
///
/// The range is ±922 337 203 685 477.5807. Text has no trailing zeros. Serde writes text (`"12.5"`)
/// and reads text or a whole number; a bare fraction must be quoted, because a JSON number with a
/// fraction is not exact.
///
/// # Arithmetic
/// Adding and subtracting are checked. There is no multiplication: a weighted score is a
/// [`Ratio`](crate::Ratio) until it is rounded back once.
///
/// ```
/// use lms_kernel::{Points, Ratio, Rounding};
///
/// let mark: Points = "7.5".parse()?;
/// let third = Ratio::new(1, 3)?.mul(Ratio::from(mark))?;
/// assert_eq!(Points::from_ratio(third, Rounding::HalfUp)?.to_string(), "2.5");
/// assert_eq!(mark.add("0.25".parse()?)?.to_string(), "7.75");
/// assert!("0.00001".parse::<Points>().is_err(), "five digits do not fit");
/// # Ok::<(), lms_kernel::NumberError>(())
/// ```
///
/// # Pitfalls
/// - Values with more than four digits are refused when parsed, not rounded; choose a rounding with
///   [`from_decimal_rounded`](Self::from_decimal_rounded).
/// - A percentage of a course is not `Points` but [`Percent`](crate::Percent), unless it may exceed
///   100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

#[expect(clippy::should_implement_trait, reason = "these can fail, which operators cannot")]
impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// A score from its ten-thousandths: 12 500 is 1.25 points.
    pub const fn from_ten_thousandths(units: i64) -> Self {
        Self(units)
    }

    /// The score in ten-thousandths of a point.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// A whole number of points.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of range.
    pub fn from_whole(points: i64) -> Result<Self, NumberError> {
        points.checked_mul(fixed::SCALE).map(Self).ok_or(NumberError::Overflow)
    }

    /// The score that is exactly `value`.
    ///
    /// # Errors
    /// [`NumberError::TooPrecise`] if a fifth fraction digit is not zero,
    /// [`NumberError::Overflow`] out of range.
    pub fn from_decimal(value: Decimal) -> Result<Self, NumberError> {
        fixed::exact(value).map(Self)
    }

    /// The score nearest to `value` by the rules of `rounding`.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of range.
    pub fn from_decimal_rounded(value: Decimal, rounding: Rounding) -> Result<Self, NumberError> {
        fixed::rounded(value, rounding).map(Self)
    }

    /// The score nearest to a fraction by the rules of `rounding`.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of range.
    pub fn from_ratio(value: Ratio, rounding: Rounding) -> Result<Self, NumberError> {
        value.scaled(fixed::SCALE, rounding).map(Self)
    }

    /// The score as a decimal with four fraction digits.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, fixed::DIGITS)
    }

    /// Whether the score is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether the score is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum of two scores.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of range.
    pub fn add(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_add(other.0).map(Self).ok_or(NumberError::Overflow)
    }

    /// This score less another.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] out of range.
    pub fn sub(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_sub(other.0).map(Self).ok_or(NumberError::Overflow)
    }

    /// The sum of all; zero for none.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] if the sum, or a part of it, is out of range.
    pub fn sum(scores: impl IntoIterator<Item = Self>) -> Result<Self, NumberError> {
        scores.into_iter().try_fold(Self::ZERO, Self::add)
    }
}

fixed::fixed_point_text!(Points);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(text: &str) -> Points {
        text.parse().unwrap()
    }

    #[test]
    fn sums_are_exact_where_binary_fractions_are_not() {
        assert_eq!(points("0.1").add(points("0.2")), Ok(points("0.3")));
        assert_eq!(Points::sum(["1.25", "-0.5", "3"].map(points)), Ok(points("3.75")));
        assert_eq!(Points::sum([]), Ok(Points::ZERO));
        assert_eq!(points("1").sub(points("1.5")), Ok(points("-0.5")));
        let most = Points::from_ten_thousandths(i64::MAX);
        assert_eq!(most.add(points("0.0001")), Err(NumberError::Overflow));
        assert_eq!(Points::from_whole(i64::MAX), Err(NumberError::Overflow));
    }

    #[test]
    fn json_is_text_out_and_text_or_whole_in() {
        assert_eq!(serde_json::to_string(&points("12.50")).unwrap(), "\"12.5\"");
        for json in ["12", "\"12\"", "\"12.0000\""] {
            assert_eq!(serde_json::from_str::<Points>(json).unwrap(), points("12"), "{json}");
        }
        let error = serde_json::from_str::<Points>("1.5").unwrap_err().to_string();
        assert!(error.contains("quote fractions"), "{error}");
        assert!(serde_json::from_str::<Points>("\"1.00001\"").is_err());
    }

    proptest! {
        #[test]
        fn text_decimal_fraction_and_json_keep_every_score(units: i64) {
            let score = Points::from_ten_thousandths(units);
            prop_assert_eq!(score.to_string().parse(), Ok(score));
            prop_assert_eq!(Points::from_decimal(score.to_decimal()), Ok(score));
            prop_assert_eq!(Points::from_ratio(Ratio::from(score), Rounding::Down), Ok(score));
            let json = serde_json::to_string(&score).unwrap();
            prop_assert_eq!(serde_json::from_str::<Points>(&json).unwrap(), score);
        }
    }
}
