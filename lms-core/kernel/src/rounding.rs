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
    /// To the nearest; a half goes to the odd neighbour: 2.5 → 3, 3.5 → 3.
    HalfOdd,
    /// To the nearest; a half goes towards zero: 2.5 → 2, −2.5 → −2.
    HalfDown,
    /// To the nearest; a half goes towards plus infinity: 2.5 → 3, −2.5 → −2.
    HalfCeiling,
    /// To the nearest; a half goes towards minus infinity: 2.5 → 2, −2.5 → −3.
    HalfFloor,
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
        Self::HalfOdd,
        Self::HalfDown,
        Self::HalfCeiling,
        Self::HalfFloor,
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
            Self::HalfOdd => "half_odd",
            Self::HalfDown => "half_down",
            Self::HalfCeiling => "half_ceiling",
            Self::HalfFloor => "half_floor",
            Self::Up => "up",
            Self::Down => "down",
            Self::Ceiling => "ceiling",
            Self::Floor => "floor",
        }
    }

    /// Rounds a decimal to at most this many fraction digits.
    pub fn round(self, value: Decimal, digits: u32) -> Decimal {
        let nearest = |strategy| value.round_dp_with_strategy(digits, strategy);
        match self {
            Self::HalfUp => nearest(RoundingStrategy::MidpointAwayFromZero),
            Self::HalfEven => nearest(RoundingStrategy::MidpointNearestEven),
            Self::HalfOdd => {
                let away = nearest(RoundingStrategy::MidpointAwayFromZero);
                let toward = nearest(RoundingStrategy::MidpointTowardZero);
                // The two differ at a half only; there the odd one is the one that is not even.
                if away == nearest(RoundingStrategy::MidpointNearestEven) { toward } else { away }
            }
            Self::HalfDown => nearest(RoundingStrategy::MidpointTowardZero),
            Self::HalfCeiling if value.is_sign_negative() => Self::HalfDown.round(value, digits),
            Self::HalfCeiling => Self::HalfUp.round(value, digits),
            Self::HalfFloor if value.is_sign_negative() => Self::HalfUp.round(value, digits),
            Self::HalfFloor => Self::HalfDown.round(value, digits),
            Self::Up => nearest(RoundingStrategy::AwayFromZero),
            Self::Down => nearest(RoundingStrategy::ToZero),
            Self::Ceiling => nearest(RoundingStrategy::ToPositiveInfinity),
            Self::Floor => nearest(RoundingStrategy::ToNegativeInfinity),
        }
    }

    /// The quotient of two integers, rounded to an integer.
    ///
    /// `None` if `denominator` is zero or the quotient is out of range.
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        wide::scale(numerator, 1, denominator, self)
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
        let to_half = remainder.cmp(&divisor.saturating_sub(remainder));
        remainder != 0 && self.steps_away(negative, odd, to_half)
    }

    /// The same for a quotient that is not whole, by how its remainder compares with half the
    /// divisor.
    pub(super) fn steps_away(self, negative: bool, odd: bool, to_half: Ordering) -> bool {
        let half_moves = |moves: bool| to_half == Ordering::Greater || (to_half.is_eq() && moves);
        match self {
            Self::HalfUp => half_moves(true),
            Self::HalfDown => half_moves(false),
            Self::HalfEven => half_moves(odd),
            Self::HalfOdd => half_moves(!odd),
            Self::HalfCeiling => half_moves(!negative),
            Self::HalfFloor => half_moves(negative),
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
            remedy: "use `half_up`, `half_even`, `half_odd`, `half_down`, `half_ceiling`, \
                     `half_floor`, `up`, `down`, `ceiling` or `floor`",
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
            (Rounding::HalfOdd, [-3, -3, -2, 2, 2, 3, 3, 3]),
            (Rounding::HalfDown, [-3, -2, -2, 2, 2, 2, 3, 3]),
            (Rounding::HalfCeiling, [-3, -2, -2, 2, 2, 3, 3, 4]),
            (Rounding::HalfFloor, [-3, -3, -2, 2, 2, 2, 3, 3]),
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
        fn integers_and_decimals_round_alike(
            value in prop_oneof![any::<i64>(), -400_i64..400],
            digits in 1_u32..6,
        ) {
            for mode in Rounding::ALL {
                let by_decimal = mode.round(Decimal::new(value, digits), 0);
                let by_integer = mode.divide(i128::from(value), 10_i128.pow(digits)).unwrap();
                prop_assert_eq!(by_decimal, Decimal::from(by_integer), "{}", mode);
            }
        }
    }
}
