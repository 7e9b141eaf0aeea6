//! Percentages from 0 to 100, exact to four fraction digits.

use rust_decimal::Decimal;

use crate::{NumberError, Ratio, Rounding, fixed};

/// An exact percentage from 0 to 100, in ten-thousandths of one percent.
///
/// Text is the bare number without a sign or trailing zeros: half is `50`. Serde writes text
/// and reads text or a whole number; a bare fraction must be quoted.
///
/// ```
/// use lms_kernel::Percent;
///
/// let tax: Percent = "7.25".parse()?;
/// assert_eq!(tax.complement().to_string(), "92.75");
/// assert!("100.0001".parse::<Percent>().is_err());
/// # Ok::<(), lms_kernel::NumberError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The whole.
    pub const HUNDRED: Self = Self(100 * fixed::SCALE);

    /// A percentage from its ten-thousandths: 125 000 is 12.5 percent.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] below 0 or above 100 percent.
    pub const fn from_ten_thousandths(units: i64) -> Result<Self, NumberError> {
        if units < Self::ZERO.0 || units > Self::HUNDRED.0 {
            return Err(NumberError::OutOfRange { least: 0, most: 100 });
        }
        Ok(Self(units))
    }

    /// The percentage in ten-thousandths of one percent, from 0 to 1 000 000.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// The percentage that is exactly `value`: 12.5 is 12.5 percent.
    ///
    /// # Errors
    /// [`NumberError::TooPrecise`] if a fifth fraction digit is not zero, otherwise as
    /// [`Percent::from_ten_thousandths`].
    pub fn from_decimal(value: Decimal) -> Result<Self, NumberError> {
        Self::checked(fixed::exact(value))
    }

    /// The percentage nearest to `value` by the rules of `rounding`.
    ///
    /// # Errors
    /// As [`Percent::from_ten_thousandths`], after rounding.
    pub fn from_decimal_rounded(value: Decimal, rounding: Rounding) -> Result<Self, NumberError> {
        Self::checked(fixed::rounded(value, rounding))
    }

    /// The percentage that a fraction of one makes: 1/8 is 12.5 percent, 1 is 100.
    ///
    /// # Errors
    /// As [`Percent::from_ten_thousandths`], after rounding.
    pub fn from_ratio(fraction: Ratio, rounding: Rounding) -> Result<Self, NumberError> {
        Self::checked(fraction.scaled(Self::HUNDRED.0, rounding))
    }

    /// The number as a decimal with four fraction digits: 12.5 percent is 12.5000.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, fixed::DIGITS)
    }

    /// The fraction of one: 12.5 percent is 1/8.
    pub fn to_ratio(self) -> Ratio {
        Ratio::from(self)
    }

    /// What is missing to 100 percent.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(Self::HUNDRED.0 - self.0)
    }

    /// Numbers too large to be kept are out of range, too.
    fn checked(units: Result<i64, NumberError>) -> Result<Self, NumberError> {
        match units {
            Ok(units) => Self::from_ten_thousandths(units),
            Err(NumberError::Overflow) => Self::from_ten_thousandths(i64::MAX),
            Err(error) => Err(error),
        }
    }
}

fixed::fixed_point_text!(Percent);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OUT_OF_RANGE: NumberError = NumberError::OutOfRange { least: 0, most: 100 };

    #[test]
    fn the_range_is_closed() {
        assert_eq!("100".parse(), Ok(Percent::HUNDRED));
        assert_eq!("0".parse(), Ok(Percent::ZERO));
        for text in ["-0.0001", "100.0001", "1000000000000000000"] {
            assert_eq!(text.parse::<Percent>(), Err(OUT_OF_RANGE), "{text}");
        }
        assert_eq!("1.00001".parse::<Percent>(), Err(NumberError::TooPrecise { digits: 4 }));
        assert_eq!(OUT_OF_RANGE.to_string(), "the number must be from 0 to 100");
    }

    #[test]
    fn fractions_become_percentages_and_back() {
        let eighth = Ratio::new(1, 8).unwrap();
        let percent = Percent::from_ratio(eighth, Rounding::HalfUp).unwrap();
        assert_eq!((percent.to_string().as_str(), percent.to_ratio()), ("12.5", eighth));
        let third = Percent::from_ratio(Ratio::new(2, 3).unwrap(), Rounding::HalfUp).unwrap();
        assert_eq!(third.to_string(), "66.6667");
        let over = Ratio::new(1_000_001, 1_000_000).unwrap();
        assert_eq!(Percent::from_ratio(over, Rounding::HalfUp), Err(OUT_OF_RANGE));
    }

    #[test]
    fn json_asks_for_quotes_round_fractions() {
        assert_eq!(serde_json::from_str::<Percent>("7").unwrap().to_string(), "7");
        assert!(serde_json::from_str::<Percent>("7.5").is_err());
        assert!(serde_json::from_str::<Percent>("101").is_err());
    }

    proptest! {
        #[test]
        fn text_fraction_and_json_keep_every_percentage(units in 0_i64..=1_000_000) {
            let percent = Percent::from_ten_thousandths(units).unwrap();
            prop_assert_eq!(percent.to_string().parse(), Ok(percent));
            prop_assert_eq!(Percent::from_ratio(percent.to_ratio(), Rounding::Down), Ok(percent));
            prop_assert_eq!(percent.complement().complement(), percent);
            let json = serde_json::to_string(&percent).unwrap();
            prop_assert_eq!(serde_json::from_str::<Percent>(&json).unwrap(), percent);
        }
    }
}
