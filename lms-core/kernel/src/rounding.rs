//! The ways to drop digits, each of which a caller names.

use std::{cmp::Ordering, fmt, str::FromStr};

use rust_decimal::{Decimal, RoundingStrategy};

use crate::{TextError, serde_text::serde_as_text, wide};

/// How to drop the digits that do not fit.
///
/// Money uses [`Rounding::HalfUp`] unless a rule says otherwise, which is also the default here.
/// The text form is the snake_case name, such as `half_up`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rounding {
    /// To the nearest; a half goes away from zero: 2.5 → 3, −2.5 → −3.
    #[default]
    HalfUp,
    /// To the nearest; a half goes to the even neighbour: 2.5 → 2, 3.5 → 4.
    HalfEven,
    /// To the nearest; a half goes towards zero: 2.5 → 2, −2.5 → −2.
    HalfDown,
    /// Away from zero: 2.1 → 3, −2.1 → −3.
    Up,
    /// Towards zero: 2.9 → 2, −2.9 → −2.
    Down,
    /// Towards plus infinity: 2.1 → 3, −2.9 → −2.
    Ceiling,
    /// Towards minus infinity: 2.9 → 2, −2.1 → −3.
    Floor,
}

impl Rounding {
    /// Every mode, in the order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::HalfUp,
        Self::HalfEven,
        Self::HalfDown,
        Self::Up,
        Self::Down,
        Self::Ceiling,
        Self::Floor,
    ];

    /// The mode's text form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HalfUp => "half_up",
            Self::HalfEven => "half_even",
            Self::HalfDown => "half_down",
            Self::Up => "up",
            Self::Down => "down",
            Self::Ceiling => "ceiling",
            Self::Floor => "floor",
        }
    }

    /// Rounds a decimal to at most this many fraction digits.
    pub fn round(self, value: Decimal, digits: u32) -> Decimal {
        value.round_dp_with_strategy(digits, self.strategy())
    }

    /// The quotient of two integers, rounded to an integer.
    ///
    /// `None` if `denominator` is zero or the quotient is out of range.
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        wide::scale(numerator, 1, denominator, self)
    }

    /// The same mode as `rust_decimal` names it.
    pub const fn strategy(self) -> RoundingStrategy {
        match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
            Self::HalfDown => RoundingStrategy::MidpointTowardZero,
            Self::Up => RoundingStrategy::AwayFromZero,
            Self::Down => RoundingStrategy::ToZero,
            Self::Ceiling => RoundingStrategy::ToPositiveInfinity,
            Self::Floor => RoundingStrategy::ToNegativeInfinity,
        }
    }

    /// Whether a quotient that was cut towards zero moves one step away from zero.
    ///
    /// `negative` and `odd` describe the exact and the cut quotient; `remainder < divisor`.
    pub(super) fn moves_away(
        self,
        negative: bool,
        odd: bool,
        remainder: u128,
        divisor: u128,
    ) -> bool {
        if remainder == 0 {
            return false;
        }
        let to_half = remainder.cmp(&divisor.saturating_sub(remainder));
        match self {
            Self::HalfUp => to_half != Ordering::Less,
            Self::HalfDown => to_half == Ordering::Greater,
            Self::HalfEven => to_half == Ordering::Greater || (to_half == Ordering::Equal && odd),
            Self::Up => true,
            Self::Down => false,
            Self::Ceiling => !negative,
            Self::Floor => negative,
        }
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Rounding {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::ALL.iter().copied().find(|mode| mode.as_str() == text).ok_or(TextError::Malformed {
            what: "rounding",
            remedy: "use `half_up`, `half_even`, `half_down`, `up`, `down`, `ceiling` or `floor`",
        })
    }
}

serde_as_text!(Rounding, "the name of a rounding mode");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_mode_treats_halves_and_signs_its_own_way() {
        // Quotients of tenths, for −2.6 −2.5 −2.1 2 2.1 2.5 2.6 3.5.
        let tenths = [-26, -25, -21, 20, 21, 25, 26, 35];
        for (mode, expected) in [
            (Rounding::HalfUp, [-3, -3, -2, 2, 2, 3, 3, 4]),
            (Rounding::HalfEven, [-3, -2, -2, 2, 2, 2, 3, 4]),
            (Rounding::HalfDown, [-3, -2, -2, 2, 2, 2, 3, 3]),
            (Rounding::Up, [-3, -3, -3, 2, 3, 3, 3, 4]),
            (Rounding::Down, [-2, -2, -2, 2, 2, 2, 2, 3]),
            (Rounding::Ceiling, [-2, -2, -2, 2, 3, 3, 3, 4]),
            (Rounding::Floor, [-3, -3, -3, 2, 2, 2, 2, 3]),
        ] {
            assert_eq!(tenths.map(|n| mode.divide(n, 10).unwrap()), expected, "{mode}");
            assert_eq!(tenths.map(|n| mode.divide(-n, -10).unwrap()), expected, "{mode}");
        }
        assert_eq!(Rounding::HalfUp.divide(1, 0), None);
    }

    #[test]
    fn text_and_json_keep_every_mode() {
        for mode in Rounding::ALL {
            assert_eq!(mode.as_str().parse(), Ok(*mode));
            let json = serde_json::to_string(mode).unwrap();
            assert_eq!(serde_json::from_str::<Rounding>(&json).unwrap(), *mode);
        }
        assert!("bankers".parse::<Rounding>().is_err());
    }

    proptest! {
        #[test]
        fn integers_and_decimals_round_alike(value: i64, digits in 1_u32..6, mode in 0_usize..7) {
            let mode = Rounding::ALL[mode];
            let by_decimal = mode.round(Decimal::new(value, digits), 0);
            let by_integer = mode.divide(i128::from(value), 10_i128.pow(digits)).unwrap();
            prop_assert_eq!(by_decimal, Decimal::from(by_integer));
        }
    }
}
