//! Numbers as learners write them: any size, exact, compared without rounding.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use lms_kernel::{NumberError, Ratio};

/// An exact decimal number of up to 34 significant digits and any usual power of ten.
///
/// The 96 bits of a `Decimal` reach down to 10⁻²⁸, which is not enough for physics: Planck's
/// constant is 6.62607015 × 10⁻³⁴. Text is `0.00012`, or `6.6e-34` when the plain form would be
/// long. Digits after the 34th are cut, and [`Numeral::compare`] knows that they were there.
///
/// ```
/// use lms_assessment::question::Numeral;
///
/// let planck: Numeral = "6.62607015e-34".parse()?;
/// assert!(planck < "6.63e-34".parse()?);
/// assert_eq!("1200.50".parse::<Numeral>()?.to_string(), "1200.5");
/// # Ok::<(), lms_kernel::NumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Numeral {
    negative: bool,
    /// Does not end in a zero, unless the number is zero.
    digits: u128,
    /// The power of ten that the digits are multiplied with.
    exponent: i32,
    /// Whether digits that are not all zero were cut from the end.
    cut: bool,
}

impl Numeral {
    /// The most significant digits that are kept.
    pub const MAX_DIGITS: u32 = 34;

    /// The greatest power of ten, up and down.
    pub const MAX_EXPONENT: i32 = 9_999;

    /// Nothing.
    pub const ZERO: Self = Self { negative: false, digits: 0, exponent: 0, cut: false };

    /// `±digits × 10^exponent`; `cut` says that smaller digits were left out.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] beyond 34 digits or a power of ten beyond ±9,999.
    pub fn new(
        negative: bool,
        digits: u128,
        exponent: i32,
        cut: bool,
    ) -> Result<Self, NumberError> {
        let (mut digits, mut exponent) = (digits, exponent);
        if digits == 0 && !cut {
            return Ok(Self::ZERO);
        }
        while digits % 10 == 0 && digits != 0 && !cut {
            digits = smaller(digits);
            exponent = exponent.checked_add(1).ok_or(NumberError::Overflow)?;
        }
        if width(digits) > Self::MAX_DIGITS || exponent.unsigned_abs() > 9_999 {
            return Err(NumberError::Overflow);
        }
        Ok(Self { negative, digits, exponent, cut })
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.negative
    }

    /// The digits before the power of ten, with the sign.
    pub(crate) fn mantissa(self) -> i128 {
        // 34 digits are far below 2¹²⁷.
        let magnitude = i128::try_from(self.digits).unwrap_or(i128::MAX);
        if self.negative { -magnitude } else { magnitude }
    }

    /// The power of ten that the digits are multiplied with.
    pub(crate) const fn exponent(self) -> i32 {
        self.exponent
    }

    /// How it compares with `ratio × 10^exponent`, exactly.
    pub fn compare(self, ratio: Ratio, exponent: i32) -> Ordering {
        let sign = i8::from(self.digits != 0) * if self.negative { -1 } else { 1 };
        let other = if ratio.is_zero() { 0 } else { 1 - 2 * i8::from(ratio.is_negative()) };
        if sign != other || sign == 0 {
            return sign.cmp(&other);
        }
        let over = ratio.numerator().unsigned_abs();
        let under = ratio.denominator().unsigned_abs();
        let magnitude = self.compare_magnitude(over, under, exponent);
        if self.negative { magnitude.reverse() } else { magnitude }
    }

    /// Compares `digits × 10^self.exponent` with `over ÷ under × 10^exponent`, neither being zero.
    fn compare_magnitude(self, over: u128, under: u128, exponent: i32) -> Ordering {
        let gap = self.exponent - exponent;
        let shift = gap.unsigned_abs();
        let left = product(self.digits, under, if gap > 0 { shift } else { 0 });
        let right = product(over, 1, if gap < 0 { shift } else { 0 });
        if let (Some(left), Some(right)) = (left, right) {
            return left.cmp(&right).then(self.beyond());
        }
        // Where the first digits stand tells numbers apart that differ a hundredfold.
        let place = i64::from(self.exponent) + i64::from(width(self.digits));
        let least = i64::from(exponent) + i64::from(width(over)) - i64::from(width(under));
        if place > least + 1 {
            return Ordering::Greater;
        }
        if place < least {
            return Ordering::Less;
        }
        let left = spread(self.digits, under, if gap > 0 { shift } else { 0 });
        let right = spread(over, 1, if gap < 0 { shift } else { 0 });
        match (left, right) {
            (Some(left), Some(right)) => {
                lms_kernel::compare_products(left, right).then(self.beyond())
            }
            (None, _) => Ordering::Greater,
            (_, None) => Ordering::Less,
        }
    }

    const fn beyond(self) -> Ordering {
        if self.cut { Ordering::Greater } else { Ordering::Equal }
    }

    /// The number with at most `figures` significant digits; a half goes away from zero.
    #[must_use]
    pub fn round_figures(self, figures: u32) -> Self {
        self.drop_digits(width(self.digits).saturating_sub(figures.max(1)))
    }

    /// The number with at most `places` digits after the point; a half goes away from zero.
    #[must_use]
    pub fn round_places(self, places: u32) -> Self {
        let places = i64::from(places);
        let extra = -i64::from(self.exponent) - places;
        self.drop_digits(u32::try_from(extra).unwrap_or(0))
    }

    fn drop_digits(self, count: u32) -> Self {
        if count == 0 {
            return self;
        }
        let Some(unit) = 10_u128.checked_pow(count) else { return Self::ZERO };
        let quotient = self.digits / unit;
        let up = self.digits % unit >= unit / 2;
        let exponent = self.exponent.saturating_add(i32::try_from(count).unwrap_or(i32::MAX));
        Self::new(self.negative, quotient + u128::from(up), exponent, false).unwrap_or(Self::ZERO)
    }
}

/// Divides by ten, in 64 bits where that is enough.
fn smaller(digits: u128) -> u128 {
    u64::try_from(digits).map_or(digits / 10, |digits| u128::from(digits / 10))
}

/// How many decimal digits a number has; at least 1.
fn width(digits: u128) -> u32 {
    digits.checked_ilog10().map_or(1, |log| log + 1)
}

fn product(a: u128, b: u128, power: u32) -> Option<u128> {
    a.checked_mul(b)?.checked_mul(10_u128.checked_pow(power)?)
}

/// `a × b × 10^power` as two factors that fit, if there are such.
fn spread(mut a: u128, mut b: u128, power: u32) -> Option<(u128, u128)> {
    for _ in 0..power {
        if let Some(larger) = a.checked_mul(10) {
            a = larger;
        } else {
            b = b.checked_mul(10)?;
        }
    }
    Some((a, b))
}

impl Ord for Numeral {
    fn cmp(&self, other: &Self) -> Ordering {
        let ratio = Ratio::new(other.mantissa(), 1).unwrap_or(Ratio::ZERO);
        match self.compare(ratio, other.exponent) {
            Ordering::Equal if other.cut && !self.cut => {
                if self.negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            Ordering::Greater | Ordering::Less
                if self.cut && other.cut && self.same_digits(*other) =>
            {
                Ordering::Equal
            }
            order => order,
        }
    }
}

impl Numeral {
    fn same_digits(self, other: Self) -> bool {
        (self.negative, self.digits, self.exponent)
            == (other.negative, other.digits, other.exponent)
    }
}

impl PartialOrd for Numeral {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Numeral {
    fn from(whole: i64) -> Self {
        Self::new(whole < 0, u128::from(whole.unsigned_abs()), 0, false).unwrap_or(Self::ZERO)
    }
}

impl fmt::Display for Numeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let digits = self.digits.to_string();
        let point = i64::from(self.exponent) + i64::from(width(self.digits));
        match (usize::try_from(point), self.exponent) {
            // Whole numbers of up to 21 digits.
            (Ok(point), 0..) if point <= 21 => write!(f, "{sign}{digits:0<point$}"),
            (Ok(point), _) if point > 0 && point < digits.len() => {
                let (whole, fraction) = digits.split_at_checked(point).unwrap_or((&digits, "0"));
                write!(f, "{sign}{whole}.{fraction}")
            }
            // Up to six zeros after the point.
            _ if (-6..=0).contains(&point) && self.exponent < 0 => {
                let zeros = usize::try_from(-point).unwrap_or(0);
                write!(f, "{sign}0.{:0<zeros$}{digits}", "")
            }
            _ => {
                let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
                let dot = if rest.is_empty() { "" } else { "." };
                write!(f, "{sign}{first}{dot}{rest}e{}", point - 1)
            }
        }
    }
}

impl FromStr for Numeral {
    type Err = NumberError;

    /// Reads the plain form: a sign, digits, a point, and perhaps `e` and a power of ten. Digits
    /// may be missing on one side of the point, as in `12.` and `.5`.
    /// What learners write in their own way is read by a
    /// [`NumberFormat`](crate::question::NumberFormat).
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => {
                (mantissa, power.parse::<i32>().map_err(|_| NumberError::Malformed)?)
            }
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(NumberError::Malformed);
        }
        let mut digits = DigitCollector::default();
        for byte in whole.bytes() {
            digits.push(byte, false)?;
        }
        for byte in fraction.bytes() {
            digits.push(byte, true)?;
        }
        digits.finish(negative, exponent)
    }
}

/// Gathers digits from the left and cuts those that do not fit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DigitCollector {
    digits: u128,
    /// Digits gathered, not counting zeros at the start.
    count: u32,
    exponent: i32,
    cut: bool,
}

impl DigitCollector {
    /// Adds one ASCII digit, before or after the point.
    pub(crate) fn push(&mut self, byte: u8, is_fraction: bool) -> Result<(), NumberError> {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(NumberError::Malformed);
        }
        let step = if self.count < Numeral::MAX_DIGITS {
            self.digits = self.digits * 10 + u128::from(digit);
            self.count += u32::from(self.digits != 0);
            -i32::from(is_fraction)
        } else {
            self.cut |= digit != 0;
            i32::from(!is_fraction)
        };
        self.exponent = self.exponent.checked_add(step).ok_or(NumberError::Overflow)?;
        Ok(())
    }

    /// The number that was gathered, times a power of ten.
    pub(crate) fn finish(self, negative: bool, power: i32) -> Result<Numeral, NumberError> {
        let exponent = self.exponent.checked_add(power).ok_or(NumberError::Overflow)?;
        Numeral::new(negative, self.digits, exponent, self.cut)
    }
}

impl Serialize for Numeral {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Numeral {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
