//! Whether a number is among the accepted ones.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

use crate::question::{
    Accept, End, NumberFormat, NumberKey, Numeral, PenaltyOf, ReadNumber, UnitRule, UnitSide,
    digits::plain_digits,
};
use lms_kernel::{NumberError, Ratio};

/// The most bytes of a number that is read.
pub(crate) const MAX_NUMBER: usize = 1_000;

/// The value read in an answer to a numeric question, and the key it matched.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberFinding {
    /// The number that was read; none where there is no number, as in `inf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Numeral>,
    /// The place of the first accepted number that matched, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u16>,
    /// What the matched number is worth.
    pub fraction: Ratio,
    /// How the unit was dealt with.
    pub unit: UnitFinding,
}

/// How the unit of a number was dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnitFinding {
    /// No unit was asked for.
    #[default]
    NotAsked,
    /// A unit of the key was written, or left out where it may be.
    Right,
    /// The unit is missing or unknown, or another than the one that the number is right in, which
    /// costs this part.
    Penalized {
        /// The part lost.
        penalty: Ratio,
        /// What it is a part of.
        of: PenaltyOf,
    },
}

impl NumberFinding {
    /// Nothing was read.
    const UNREAD: Self =
        Self { read: None, entry: None, fraction: Ratio::ZERO, unit: UnitFinding::NotAsked };

    /// The share of the score: what the number is worth, less the unit penalty, not below zero
    /// because of it.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] when fractions with very large denominators meet.
    pub fn share(&self) -> Result<Ratio, NumberError> {
        let UnitFinding::Penalized { penalty, of } = self.unit else { return Ok(self.fraction) };
        if self.fraction.is_negative() || self.fraction.is_zero() {
            return Ok(self.fraction);
        }
        let lost = match of {
            PenaltyOf::Response => self.fraction.mul(penalty)?,
            PenaltyOf::Question => penalty,
        };
        Ok(self.fraction.sub(lost)?.max(Ratio::ZERO))
    }
}

/// Finds the first accepted number that an answer matches.
///
/// A number with a unit of the key is converted. One that an entry accepts only as it is written,
/// such as `3.14 cm` where 3.14 m is right, is the right number with a wrong unit, and costs what a
/// missing unit does (Moodle, `qtype_numerical_question::get_matching_answer`).
///
/// Digits may be full-width or of another script. Units are compared in Unicode's compatibility
/// form (NFKC) and without spaces, so that the micro sign is the Greek letter, the ohm sign is the
/// omega, and `m²` is `m2`; capitals differ from small letters.
///
/// # Errors
/// [`NumberError`] when a bound of the key cannot be kept exactly.
pub fn find_number(
    key: &NumberKey,
    text: &str,
    format: NumberFormat,
) -> Result<NumberFinding, NumberError> {
    let format = key.format.unwrap_or(format);
    let text = plain_digits(text, format);
    let Some((number, unit)) = read_with_unit(&text, format, key.units.as_ref()) else {
        return Ok(NumberFinding::UNREAD);
    };
    let mut found = NumberFinding { read: Some(number.value), ..NumberFinding::UNREAD };
    let mut factor = Ratio::ONE;
    match (&key.units, unit) {
        (None, "") => {}
        // Words after a number make it another answer where no units are known.
        (None, _) => return Ok(found),
        (Some(rule), unit) => {
            let known = rule.units.iter().find(|it| is_same_unit(&it.name, unit));
            found.unit = match known {
                Some(known) => {
                    factor = known.factor;
                    UnitFinding::Right
                }
                None if unit.is_empty() && rule.optional => UnitFinding::Right,
                None => rule.penalized(),
            };
        }
    }
    for (at, entry) in key.entries.iter().enumerate() {
        let converted = entry.accept.contains(&number, factor)?;
        if converted || (factor != Ratio::ONE && entry.accept.contains(&number, Ratio::ONE)?) {
            found.entry = u16::try_from(at).ok();
            found.fraction = entry.fraction;
            if let Some(rule) = key.units.as_ref().filter(|_| !converted) {
                found.unit = rule.penalized();
            }
            break;
        }
    }
    Ok(found)
}

impl UnitRule {
    const fn penalized(&self) -> UnitFinding {
        UnitFinding::Penalized { penalty: self.penalty, of: self.penalty_of }
    }
}

fn is_same_unit(a: &str, b: &str) -> bool {
    let form = |name: &str| name.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
    a.trim() == b || form(a) == form(b)
}

/// Reads `12 cm`, or `€ 12` where a known unit comes first, on the side where units are written.
fn read_with_unit<'t>(
    text: &'t str,
    format: NumberFormat,
    units: Option<&UnitRule>,
) -> Option<(ReadNumber<'t>, &'t str)> {
    if text.len() > MAX_NUMBER {
        return None;
    }
    let side = units.map_or(UnitSide::Either, |rule| rule.side);
    if let Some(number) = format.read(text)
        && (side != UnitSide::Before || number.rest.is_empty())
    {
        return Some((number, number.rest));
    }
    let text = text.trim();
    match side {
        UnitSide::After => None,
        UnitSide::Either => units?.units.iter().find_map(|unit| {
            let name = unit.name.trim();
            let number = format.read(text.strip_prefix(name).filter(|_| !name.is_empty())?)?;
            let written = text.get(..name.len())?;
            number.rest.is_empty().then_some((number, written))
        }),
        // Any word may stand first; the number is all that follows it.
        UnitSide::Before => text.char_indices().find_map(|(at, _)| {
            let (written, rest) = text.split_at_checked(at)?;
            let number = format.read(rest).filter(|number| number.rest.is_empty())?;
            (!written.contains(|c: char| c.is_ascii_digit())).then_some((number, written.trim()))
        }),
    }
}

/// A limit as `ratio × 10^exponent`.
#[derive(Clone, Copy, Debug)]
struct Limit {
    ratio: Ratio,
    exponent: i32,
}

impl Limit {
    fn of(value: Numeral) -> Result<Self, NumberError> {
        Ok(Self { ratio: Ratio::new(value.mantissa(), 1)?, exponent: value.exponent() })
    }

    /// `value + step`, exactly.
    fn sum(value: Numeral, step: i128, step_exponent: i32) -> Result<Self, NumberError> {
        let exponent = value.exponent().min(step_exponent);
        let mantissa = aligned(value.mantissa(), value.exponent(), exponent)?
            .checked_add(aligned(step, step_exponent, exponent)?)
            .ok_or(NumberError::Overflow)?;
        Ok(Self { ratio: Ratio::new(mantissa, 1)?, exponent })
    }

    fn times(self, factor: Ratio, exponent: i32) -> Result<Self, NumberError> {
        Ok(Self { ratio: self.ratio.mul(factor)?, exponent: self.exponent + exponent })
    }
}

fn aligned(mantissa: i128, exponent: i32, to: i32) -> Result<i128, NumberError> {
    if mantissa == 0 {
        return Ok(0);
    }
    10_i128
        .checked_pow(exponent.abs_diff(to))
        .and_then(|power| mantissa.checked_mul(power))
        .ok_or(NumberError::Overflow)
}

impl Accept {
    /// Whether a number is accepted when each of its units is worth `factor` of the key's.
    ///
    /// # Errors
    /// [`NumberError`] when a bound cannot be kept exactly, as for 10³⁰ ± 10⁻³⁰.
    pub fn contains(&self, number: &ReadNumber<'_>, factor: Ratio) -> Result<bool, NumberError> {
        let compare = |limit: Limit| -> Result<Ordering, NumberError> {
            let ratio = if factor == Ratio::ONE { limit.ratio } else { limit.ratio.div(factor)? };
            let order = number.value.compare(ratio, limit.exponent);
            Ok(if factor.is_negative() { order.reverse() } else { order })
        };
        let between = |low: Limit, high: Limit| -> Result<bool, NumberError> {
            Ok(compare(low)?.is_ge() && compare(high)?.is_le())
        };
        match *self {
            Self::Exact { value } => Ok(compare(Limit::of(value)?)?.is_eq()),
            Self::Absolute { value, margin } => {
                let step = margin.mantissa().abs();
                let low = Limit::sum(value, -step, margin.exponent())?;
                between(low, Limit::sum(value, step, margin.exponent())?)
            }
            Self::Relative { value, share } => {
                let step = value
                    .mantissa()
                    .checked_mul(share.mantissa())
                    .ok_or(NumberError::Overflow)?
                    .abs();
                let exponent = value.exponent() + share.exponent();
                let low = Limit::sum(value, -step, exponent)?;
                between(low, Limit::sum(value, step, exponent)?)
            }
            Self::Geometric { value, share } => {
                let factor = Limit::sum(share, 1, 0)?;
                if factor.ratio <= Ratio::ZERO {
                    return Ok(false);
                }
                let value = Limit::of(value)?;
                let inverse = Ratio::ONE.div(factor.ratio)?;
                let one = value.times(inverse, -factor.exponent)?;
                let other = value.times(factor.ratio, factor.exponent)?;
                Ok(between(one, other)? || between(other, one)?)
            }
            Self::Interval { low, high } => {
                let (low, high) = match (low, high) {
                    (Some(a), Some(b)) if a.at > b.at => (high, low),
                    ends => ends,
                };
                Ok(inside(low, compare, Ordering::Greater)?
                    && inside(high, compare, Ordering::Less)?)
            }
            Self::Figures { value, figures, as_written } => {
                let figures = u32::from(figures);
                if as_written && number.figures != figures {
                    return Ok(false);
                }
                let scaled = in_key_units(number.value, factor)?;
                Ok(scaled.round_figures(figures) == value.round_figures(figures))
            }
            Self::Places { value, places, as_written } => {
                if as_written && number.places != i64::from(places) {
                    return Ok(false);
                }
                let scaled = in_key_units(number.value, factor)?;
                let places = u32::from(places);
                Ok(scaled.round_places(places) == value.round_places(places))
            }
        }
    }
}

fn inside(
    end: Option<End>,
    compare: impl Fn(Limit) -> Result<Ordering, NumberError>,
    wanted: Ordering,
) -> Result<bool, NumberError> {
    let Some(end) = end else { return Ok(true) };
    let order = compare(Limit::of(end.at)?)?;
    Ok(order == wanted || (order.is_eq() && !end.open))
}

/// The number in the key's unit, which has to be a decimal again to be rounded.
fn in_key_units(value: Numeral, factor: Ratio) -> Result<Numeral, NumberError> {
    if factor == Ratio::ONE {
        return Ok(value);
    }
    let exact = Ratio::new(value.mantissa(), 1)?.mul(factor)?;
    let decimal = exact.to_decimal()?;
    let scale = i32::try_from(decimal.scale()).map_err(|_| NumberError::Overflow)?;
    let mantissa = decimal.mantissa();
    Numeral::new(mantissa < 0, mantissa.unsigned_abs(), value.exponent() - scale, false)
}

#[cfg(test)]
mod tests;
