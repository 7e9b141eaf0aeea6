//! Exact fractions, for rules that round only once, at the end.

use std::{cmp::Ordering, fmt, str::FromStr};

use rust_decimal::Decimal;

use crate::{
    NumberError, Percent, Points, Rounding,
    fixed::{self, power_of_ten},
    serde_text::serde_as_text,
    wide,
};

/// An exact fraction in lowest terms, with a positive denominator.
///
/// Both parts are below 2¹²⁷. The text form is `3/4`, or `3` for a whole number; reading also takes
/// decimals such as `0.75`.
///
/// # Arithmetic
/// Adding, multiplying and dividing are exact. An operation whose result does not fit reports
/// [`NumberError::Overflow`] and is never approximate; comparing never overflows. Round once, at
/// the end, with [`round`](Self::round) or [`to_integer`](Self::to_integer).
///
/// ```
/// use lms_kernel::{Ratio, Rounding};
///
/// let two_thirds = Ratio::new(4, 6)?;
/// assert_eq!(two_thirds.to_string(), "2/3");
/// assert_eq!(two_thirds.add(Ratio::new(1, 3)?)?, Ratio::new(1, 1)?);
/// assert_eq!(two_thirds.round(2, Rounding::HalfUp)?.to_string(), "0.67");
/// assert!(Ratio::new(1, 0).is_err());
/// # Ok::<(), lms_kernel::NumberError>(())
/// ```
///
/// # Pitfalls
/// - Sums of many fractions with different denominators leave 128 bits soon; where that is
///   expected, use [`BigRatio`](crate::BigRatio).
/// - Rounding a share and then multiplying it differs from multiplying and then rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Never `i128::MIN`, so that its sign can be changed.
    numerator: i128,
    /// Above zero.
    denominator: i128,
}

#[expect(clippy::should_implement_trait, reason = "these can fail, which operators cannot")]
impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// The whole.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator` divided by `denominator`, in lowest terms.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`], or [`NumberError::Overflow`] if a part is still −2¹²⁷
    /// in lowest terms.
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, NumberError> {
        if denominator == 0 {
            return Err(NumberError::DivisionByZero);
        }
        let (over, under) = (numerator.unsigned_abs(), denominator.unsigned_abs());
        let shared = wide::gcd(over, under);
        let part = |magnitude: u128| {
            magnitude
                .checked_div(shared)
                .and_then(|part| i128::try_from(part).ok())
                .ok_or(NumberError::Overflow)
        };
        let (over, under) = (part(over)?, part(under)?);
        let negative = (numerator < 0) != (denominator < 0);
        Ok(Self { numerator: if negative { -over } else { over }, denominator: under })
    }

    /// The part above the line, with the sign.
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// The part below the line; at least 1.
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// The same distance from zero on the other side.
    #[must_use]
    pub const fn neg(self) -> Self {
        Self { numerator: -self.numerator, denominator: self.denominator }
    }

    /// The distance from zero.
    #[must_use]
    pub const fn abs(self) -> Self {
        if self.is_negative() { self.neg() } else { self }
    }

    /// The sum of two.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn add(self, other: Self) -> Result<Self, NumberError> {
        let shared = common_divisor(self.denominator, other.denominator)?;
        let (own, theirs) = (self.denominator / shared, other.denominator / shared);
        let numerator = checked_product(self.numerator, theirs)?
            .checked_add(checked_product(other.numerator, own)?)
            .ok_or(NumberError::Overflow)?;
        // What can still be reduced divides `shared`; doing so first keeps the product small.
        let reducible = common_divisor(numerator, shared)?;
        let own_part = checked_product(own, shared / reducible)?;
        Self::new(numerator / reducible, checked_product(own_part, theirs)?)
    }

    /// This less another.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn sub(self, other: Self) -> Result<Self, NumberError> {
        self.add(other.neg())
    }

    /// The product of two.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn mul(self, other: Self) -> Result<Self, NumberError> {
        // Reducing crosswise first leaves the product in lowest terms.
        let left = Self::new(self.numerator, other.denominator)?;
        let right = Self::new(other.numerator, self.denominator)?;
        Self::new(
            checked_product(left.numerator, right.numerator)?,
            checked_product(left.denominator, right.denominator)?,
        )
    }

    /// This divided by another.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`] or [`NumberError::Overflow`].
    pub fn div(self, other: Self) -> Result<Self, NumberError> {
        self.mul(Self::new(other.denominator, other.numerator)?)
    }

    /// The sum of all; zero for none.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn sum(all: impl IntoIterator<Item = Self>) -> Result<Self, NumberError> {
        all.into_iter().try_fold(Self::ZERO, Self::add)
    }

    /// The decimal of exactly this value.
    ///
    /// # Errors
    /// [`NumberError::TooPrecise`] if no decimal of 28 fraction digits is exact, as for 1/3;
    /// [`NumberError::Overflow`] beyond the range of `Decimal`.
    pub fn to_decimal(self) -> Result<Decimal, NumberError> {
        let digits = fraction_digits(self.denominator)
            .filter(|digits| *digits <= Decimal::MAX_SCALE)
            .ok_or(NumberError::TooPrecise { digits: Decimal::MAX_SCALE })?;
        self.round(digits, Rounding::Down)
    }

    /// The decimal with exactly `digits` fraction digits that is nearest by the rules of
    /// `rounding`; the value is rounded once.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] for more than 28 digits; [`NumberError::Overflow`] beyond
    /// the range of `Decimal`, which is 96 bits without the point.
    pub fn round(self, digits: u32, rounding: Rounding) -> Result<Decimal, NumberError> {
        if digits > Decimal::MAX_SCALE {
            return Err(NumberError::OutOfRange { least: 0, most: i64::from(Decimal::MAX_SCALE) });
        }
        power_of_ten(digits)
            .and_then(|factor| wide::scale(self.numerator, factor, self.denominator, rounding))
            .and_then(|units| Decimal::try_from_i128_with_scale(units, digits).ok())
            .ok_or(NumberError::Overflow)
    }

    /// The integer nearest by the rules of `rounding`.
    pub fn to_integer(self, rounding: Rounding) -> i128 {
        // A quotient by at least 1, rounded, is no further from zero than the numerator.
        rounding.divide(self.numerator, self.denominator).unwrap_or(self.numerator)
    }

    /// How many units this is when there are `units_in_one`, rounded once.
    pub(super) fn scaled(self, units_in_one: i64, rounding: Rounding) -> Result<i64, NumberError> {
        wide::scale(self.numerator, i128::from(units_in_one), self.denominator, rounding)
            .and_then(|units| i64::try_from(units).ok())
            .ok_or(NumberError::Overflow)
    }

    /// For sources whose parts are known to be far from the limits.
    fn reduced(numerator: i128, denominator: i128) -> Self {
        Self::new(numerator, denominator).unwrap_or(Self::ZERO)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numerator.signum().cmp(&other.numerator.signum()).then_with(|| {
            let magnitudes = wide::compare_products(
                (self.numerator.unsigned_abs(), other.denominator.unsigned_abs()),
                (other.numerator.unsigned_abs(), self.denominator.unsigned_abs()),
            );
            if self.is_negative() { magnitudes.reverse() } else { magnitudes }
        })
    }
}

impl From<i64> for Ratio {
    fn from(whole: i64) -> Self {
        Self { numerator: i128::from(whole), denominator: 1 }
    }
}

impl From<Decimal> for Ratio {
    fn from(value: Decimal) -> Self {
        // A decimal has 96 bits and at most 28 fraction digits, so both parts fit.
        Self::reduced(value.mantissa(), power_of_ten(value.scale()).unwrap_or(1))
    }
}

impl From<Points> for Ratio {
    fn from(points: Points) -> Self {
        Self::reduced(i128::from(points.ten_thousandths()), i128::from(fixed::SCALE))
    }
}

/// The fraction of one: 50 percent is 1/2.
impl From<Percent> for Ratio {
    fn from(percent: Percent) -> Self {
        let whole = Percent::HUNDRED.ten_thousandths();
        Self::reduced(i128::from(percent.ten_thousandths()), i128::from(whole))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            return write!(f, "{}", self.numerator);
        }
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Ratio {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        match text.split_once('/') {
            Some((over, under)) => Self::new(parse_integer(over)?, parse_integer(under)?),
            None => parse_integer(text)
                .and_then(|whole| Self::new(whole, 1))
                .or_else(|_| fixed::parse_decimal(text).map(Self::from)),
        }
    }
}

serde_as_text!(Ratio, "a fraction in quotes, such as \"3/4\"");

fn parse_integer(text: &str) -> Result<i128, NumberError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    text.parse().map_err(|_| NumberError::Overflow)
}

fn checked_product(a: i128, b: i128) -> Result<i128, NumberError> {
    a.checked_mul(b).ok_or(NumberError::Overflow)
}

/// The greatest common divisor, where one of the two is above zero.
fn common_divisor(a: i128, b: i128) -> Result<i128, NumberError> {
    i128::try_from(wide::gcd(a.unsigned_abs(), b.unsigned_abs())).map_err(|_| NumberError::Overflow)
}

/// The fraction digits of 1/n, if they come to an end.
fn fraction_digits(mut n: i128) -> Option<u32> {
    let (mut twos, mut fives) = (0, 0);
    while n % 2 == 0 {
        n /= 2;
        twos += 1;
    }
    while n % 5 == 0 {
        n /= 5;
        fives += 1;
    }
    (n == 1).then_some(std::cmp::max::<u32>(twos, fives))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn text_is_in_lowest_terms() {
        for (text, expected) in
            [("4/6", "2/3"), ("-0.125", "-1/8"), ("6/-4", "-3/2"), ("10/5", "2"), ("0/7", "0")]
        {
            assert_eq!(ratio(text).to_string(), expected);
        }
        assert_eq!("1/0".parse::<Ratio>(), Err(NumberError::DivisionByZero));
        for text in ["", "/", "1/", "1/2/3", "1.5/2", "a"] {
            assert_eq!(text.parse::<Ratio>(), Err(NumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_mean_of_thirds_is_rounded_once() {
        let sum = Ratio::sum(["1/3", "1/3", "1/3"].map(ratio)).unwrap();
        assert_eq!(sum, Ratio::ONE);
        // Rounding 1.445 twice would give 1.45 and then 1.5.
        assert_eq!(ratio("1.445").round(1, Rounding::HalfUp), Ok(Decimal::new(14, 1)));
        assert_eq!(ratio("-7/2").to_integer(Rounding::HalfEven), -4);
    }

    #[test]
    fn only_exact_decimals_are_given() {
        assert_eq!(ratio("-7/80").to_decimal(), Ok(Decimal::new(-875, 4)));
        assert_eq!(ratio("1/3").to_decimal(), Err(NumberError::TooPrecise { digits: 28 }));
        let huge = Ratio::new(i128::MAX, 1).unwrap();
        assert_eq!(huge.to_decimal(), Err(NumberError::Overflow));
        assert!(huge.round(29, Rounding::Down).is_err());
    }

    #[test]
    fn extremes_are_refused_or_exact() {
        let most = Ratio::new(i128::MAX, 1).unwrap();
        let nearly = Ratio::new(i128::MAX - 1, i128::MAX).unwrap();
        assert_eq!(most.add(Ratio::ONE), Err(NumberError::Overflow));
        assert_eq!(most.mul(most), Err(NumberError::Overflow));
        assert_eq!(most.div(Ratio::ZERO), Err(NumberError::DivisionByZero));
        assert_eq!(most.div(most), Ok(Ratio::ONE));
        assert!(nearly < Ratio::ONE && nearly.neg() > Ratio::ONE.neg());
        assert_eq!(Ratio::new(i128::MIN, 1), Err(NumberError::Overflow));
        assert_eq!(Ratio::new(i128::MIN, -2).unwrap().numerator(), 1 << 126);
        assert_eq!(Ratio::from(Decimal::MIN).to_decimal(), Ok(Decimal::MIN));
    }

    fn ratios() -> impl Strategy<Value = Ratio> {
        (any::<i32>(), 1_i128..=1 << 24).prop_map(|(n, d)| Ratio::new(i128::from(n), d).unwrap())
    }

    proptest! {
        #[test]
        fn sums_and_products_obey_their_laws(a in ratios(), b in ratios(), c in ratios()) {
            prop_assert_eq!(a.add(b), b.add(a));
            prop_assert_eq!(a.mul(b), b.mul(a));
            prop_assert_eq!(a.add(b).unwrap().sub(b), Ok(a));
            prop_assert_eq!(a.add(b).unwrap().add(c), a.add(b.add(c).unwrap()));
            prop_assert_eq!(a.add(b).unwrap().mul(c), a.mul(c).unwrap().add(b.mul(c).unwrap()));
            if !b.is_zero() {
                prop_assert_eq!(a.mul(b).unwrap().div(b), Ok(a));
            }
        }

        #[test]
        fn order_agrees_with_the_difference(a in ratios(), b in ratios()) {
            prop_assert_eq!(a.cmp(&b), a.sub(b).unwrap().cmp(&Ratio::ZERO));
            prop_assert_eq!(a.cmp(&b), b.neg().cmp(&a.neg()));
        }

        #[test]
        fn rounding_stays_within_half_a_unit(a in ratios(), digits in 0_u32..=9) {
            let rounded = Ratio::from(a.round(digits, Rounding::HalfEven).unwrap());
            let half = Ratio::new(1, 2 * 10_i128.pow(digits)).unwrap();
            prop_assert!(a.sub(rounded).unwrap().abs() <= half);
        }

        #[test]
        fn text_and_json_keep_every_fraction(numerator: i64, denominator in 1_i64..) {
            let ratio = Ratio::new(i128::from(numerator), i128::from(denominator)).unwrap();
            prop_assert_eq!(ratio.to_string().parse(), Ok(ratio));
            let json = serde_json::to_string(&ratio).unwrap();
            prop_assert_eq!(serde_json::from_str::<Ratio>(&json).unwrap(), ratio);
        }
    }
}
