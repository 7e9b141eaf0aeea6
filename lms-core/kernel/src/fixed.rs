//! Numbers with four fraction digits: how they are read, written and rounded.

use std::fmt;

use rust_decimal::Decimal;

use crate::{Rounding, wide};

/// Why a number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, lms_derive::DomainError)]
#[fault(kernel)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("write a decimal number such as `12.5`, with digits, one point and perhaps a minus")]
    #[fault(invalid, code = "number_malformed")]
    Malformed,
    /// There are more fraction digits than can be kept.
    #[error("at most {digits} fraction digits can be kept; round the number first")]
    #[fault(invalid, code = "number_too_precise")]
    TooPrecise {
        /// The most fraction digits that can be kept.
        digits: u32,
    },
    /// The number is outside what the type allows.
    #[error("the number must be from {least} to {most}")]
    #[fault(invalid, code = "number_out_of_range")]
    OutOfRange {
        /// The least value allowed.
        least: i64,
        /// The greatest value allowed.
        most: i64,
    },
    /// The result is too large to be kept exactly.
    #[error("the result is too large to be kept exactly")]
    #[fault(invalid, code = "number_overflow")]
    Overflow,
    /// Something was divided by zero.
    #[error("a number cannot be divided by zero")]
    #[fault(invalid, code = "division_by_zero")]
    DivisionByZero,
}

/// Ten-thousandths in one.
pub(super) const SCALE: i64 = 10_000;

/// The fraction digits that are kept.
pub(super) const DIGITS: u32 = 4;

/// The ten-thousandths of a decimal that has no finer digits.
pub(super) fn exact(value: Decimal) -> Result<i64, NumberError> {
    let value = value.normalize();
    let missing =
        DIGITS.checked_sub(value.scale()).ok_or(NumberError::TooPrecise { digits: DIGITS })?;
    power_of_ten(missing)
        .and_then(|factor| value.mantissa().checked_mul(factor))
        .and_then(|units| i64::try_from(units).ok())
        .ok_or(NumberError::Overflow)
}

/// The ten-thousandths nearest to a decimal by the rules of `rounding`.
pub(super) fn rounded(value: Decimal, rounding: Rounding) -> Result<i64, NumberError> {
    power_of_ten(value.scale())
        .and_then(|one| wide::scale(value.mantissa(), i128::from(SCALE), one, rounding))
        .and_then(|units| i64::try_from(units).ok())
        .ok_or(NumberError::Overflow)
}

/// 10ⁿ, up to 10³⁸.
pub(super) const fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// Writes ten-thousandths as a decimal without trailing zeros.
pub(super) fn write(units: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if units < 0 { "-" } else { "" };
    let magnitude = units.unsigned_abs();
    let (whole, mut fraction) = (magnitude / 10_000, magnitude % 10_000);
    write!(f, "{sign}{whole}")?;
    if fraction == 0 {
        return Ok(());
    }
    let mut width = 4;
    while fraction % 10 == 0 {
        fraction /= 10;
        width -= 1;
    }
    write!(f, ".{fraction:0width$}")
}

/// Reads plain decimal text: an optional minus, digits, and perhaps a point and more digits.
pub(super) fn parse_decimal(text: &str) -> Result<Decimal, NumberError> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    if [whole, fraction].iter().any(|part| part.is_empty() || !part.bytes().all(is_digit)) {
        return Err(NumberError::Malformed);
    }
    Decimal::from_str_exact(text).map_err(|_| NumberError::Overflow)
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Implements text and serde for a type that keeps ten-thousandths: text on output, text or a
/// whole number on input.
macro_rules! fixed_point_text {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::fixed::write(self.0, f)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::NumberError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::fixed::parse_decimal(text).and_then(Self::from_decimal)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = deserializer.deserialize_any($crate::fixed::NumberVisitor)?;
                Self::from_decimal(value).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use fixed_point_text;

/// Reads text or a whole number. There is no case for binary fractions, so those are refused.
pub(super) struct NumberVisitor;

impl serde::de::Visitor<'_> for NumberVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a decimal in quotes such as \"12.5\" (quote fractions)")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        parse_decimal(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_read() {
        for (text, units) in [("0", 0), ("-0.5", -5_000), ("12.3400", 123_400), ("007", 70_000)] {
            assert_eq!(parse_decimal(text).and_then(exact), Ok(units), "{text}");
        }
        for text in ["", "-", ".5", "5.", "+1", "1_000", "1e3", "1,5", " 1", "1.2.3", "--1", "१"]
        {
            assert_eq!(parse_decimal(text), Err(NumberError::Malformed), "{text}");
        }
        let long = "9".repeat(40);
        assert_eq!(parse_decimal(&long), Err(NumberError::Overflow));
    }

    #[test]
    fn finer_digits_are_refused_or_rounded() {
        let third = Decimal::new(333_333_333, 9);
        assert_eq!(exact(third), Err(NumberError::TooPrecise { digits: 4 }));
        assert_eq!(rounded(third, Rounding::HalfUp), Ok(3_333));
        assert_eq!(rounded(Decimal::new(-15, 5), Rounding::HalfUp), Ok(-2));
        assert_eq!(exact(Decimal::MAX), Err(NumberError::Overflow));
        assert_eq!(rounded(Decimal::MAX, Rounding::Down), Err(NumberError::Overflow));
    }
}
