//! Exact fractions of any size, for sums of many results.

use std::{cmp::Ordering, fmt, str::FromStr};

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;

use rust_decimal::Decimal;

use crate::{
    NumberError, Percent, Points, Ratio, Rounding, fixed::power_of_ten, serde_text::serde_as_text,
    wide,
};

/// An exact fraction in lowest terms whose parts may have any size.
///
/// Where both parts fit in 128 bits it is a [`Ratio`] and as fast as one; beyond that its parts are
/// big integers. So nothing but a division by zero fails: the mean of thirty results of different
/// maxima needs more than 128 bits, and is still exact. The text form is that of [`Ratio`].
///
/// ```
/// use lms_kernel::{BigRatio, Ratio};
///
/// let primes = [1_000_003, 1_000_033, 1_000_037, 1_000_039, 1_000_081, 1_000_099, 1_000_117];
/// let parts = primes.map(|prime| BigRatio::from(Ratio::new(1, prime).unwrap()));
/// let sum = BigRatio::sum(parts.iter().cloned());
/// assert_eq!(sum.to_ratio(), None, "its denominator has 42 digits");
/// let back = parts.iter().fold(sum, |sum, part| sum.sub(part));
/// assert_eq!(back, BigRatio::ZERO);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigRatio(Repr);

/// One value has one form: `Big` holds what does not fit in a [`Ratio`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Small(Ratio),
    Big(Box<Parts>),
}

/// Numerator and denominator, which is above zero, in lowest terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Parts {
    over: BigInt,
    under: BigUint,
}

impl BigRatio {
    /// Nothing.
    pub const ZERO: Self = Self(Repr::Small(Ratio::ZERO));

    /// The whole.
    pub const ONE: Self = Self(Repr::Small(Ratio::ONE));

    /// The most digits that a part may have when a text is read: far more than a sum of ten
    /// thousand results has.
    const MAX_DIGITS: usize = 250_000;

    /// The fraction where both parts fit in 128 bits.
    pub fn to_ratio(&self) -> Option<Ratio> {
        match &self.0 {
            Repr::Small(ratio) => Some(*ratio),
            Repr::Big(_) => None,
        }
    }

    /// The fraction where both parts fit in 128 bits, else one beside it that does: it lies between
    /// the same two neighbouring numbers of up to 20 digits after the point as this fraction, so that
    /// it compares with all of them, and is rounded to 19 digits, as this one. Beyond 10¹⁷ there are
    /// fewer digits, and beyond 2¹²⁷ it is the end of the range.
    pub fn nearby(&self) -> Ratio {
        if let Repr::Small(ratio) = &self.0 {
            return *ratio;
        }
        for digits in (0..=20).rev() {
            let Some(unit) = power_of_ten(digits) else { continue };
            let Ok(factor) = Ratio::new(unit, 1) else { continue };
            let below = self.mul(&Self::from(factor)).to_integer(Rounding::Floor);
            // In the middle between two neighbours, neither of which it is.
            let odd = below.and_then(|it| it.checked_mul(2)?.checked_add(1));
            let doubled = unit.checked_mul(2);
            if let Some(Ok(near)) = odd.zip(doubled).map(|(odd, unit)| Ratio::new(odd, unit)) {
                return near;
            }
        }
        let end = if self.is_negative() { -i128::MAX } else { i128::MAX };
        Ratio::new(end, 1).unwrap_or(Ratio::ZERO)
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        matches!(&self.0, Repr::Small(ratio) if ratio.is_zero())
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(ratio) => ratio.is_negative(),
            Repr::Big(parts) => parts.over.sign() == Sign::Minus,
        }
    }

    /// The same distance from zero on the other side.
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Repr::Small(ratio) => Self(Repr::Small(ratio.neg())),
            Repr::Big(parts) => {
                Self(Repr::Big(Box::new(Parts { over: -&parts.over, under: parts.under.clone() })))
            }
        }
    }

    /// The sum of two.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Ok(sum) = a.add(*b)
        {
            return Self(Repr::Small(sum));
        }
        let (a, b) = (self.parts(), other.parts());
        let shared = gcd(a.under.clone(), b.under.clone());
        let (own, theirs) = (&a.under / &shared, &b.under / &shared);
        let over = &a.over * BigInt::from(theirs.clone()) + &b.over * BigInt::from(own.clone());
        // What can still be reduced divides `shared`.
        let reducible = gcd(over.magnitude().clone(), shared.clone());
        let under = own * theirs * (shared / &reducible);
        Self::in_lowest_terms(over / BigInt::from(reducible), under)
    }

    /// This less another.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// The product of two.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Ok(product) = a.mul(*b)
        {
            return Self(Repr::Small(product));
        }
        let (a, b) = (self.parts(), other.parts());
        // Reducing crosswise first leaves the product in lowest terms.
        let left = gcd(a.over.magnitude().clone(), b.under.clone());
        let right = gcd(b.over.magnitude().clone(), a.under.clone());
        let over = (a.over / BigInt::from(left.clone())) * (b.over / BigInt::from(right.clone()));
        Self::in_lowest_terms(over, (a.under / right) * (b.under / left))
    }

    /// This divided by another.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`].
    pub fn div(&self, other: &Self) -> Result<Self, NumberError> {
        if other.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        let Parts { over, under } = other.parts();
        let (sign, magnitude) = over.into_parts();
        Ok(self.mul(&Self::in_lowest_terms(BigInt::from_biguint(sign, under), magnitude)))
    }

    /// The sum of all; zero for none.
    #[must_use]
    pub fn sum(all: impl IntoIterator<Item = Self>) -> Self {
        let mut all = all.into_iter();
        let mut sum = Self::ZERO;
        // Many fractions are brought to one denominator and reduced once, which takes a small part
        // of the time that reducing after each of them does.
        let mut rest = Vec::new();
        for each in all.by_ref() {
            sum = sum.add(&each);
            if sum.to_ratio().is_none() {
                rest.push(sum.parts());
                break;
            }
        }
        if rest.is_empty() {
            return sum;
        }
        rest.extend(all.map(|each| each.parts()));
        let unit = rest.iter().fold(BigUint::from(1_u8), |unit, part| {
            let shared = gcd(unit.clone(), part.under.clone());
            unit * (&part.under / shared)
        });
        let over: BigInt =
            rest.into_iter().map(|part| part.over * BigInt::from(&unit / part.under)).sum();
        let shared = gcd(over.magnitude().clone(), unit.clone());
        Self::in_lowest_terms(over / BigInt::from(shared.clone()), unit / shared)
    }

    /// The square root: exact where it is a fraction, else cut to this many fraction digits.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] below zero.
    pub fn square_root(&self, digits: u32) -> Result<Self, NumberError> {
        if self.is_negative() {
            return Err(NumberError::OutOfRange { least: 0, most: i64::MAX });
        }
        let Parts { over, under } = self.parts();
        let over = over.into_parts().1;
        let (root, of) = (over.sqrt(), under.sqrt());
        if &root * &root == over && &of * &of == under {
            return Ok(Self::in_lowest_terms(BigInt::from(root), of));
        }
        let unit = BigUint::from(10_u8).pow(digits);
        let root = (over * &unit * &unit / under).sqrt();
        let shared = gcd(root.clone(), unit.clone());
        Ok(Self::in_lowest_terms(BigInt::from(root / &shared), unit / shared))
    }

    /// The decimal with exactly `digits` fraction digits that is nearest by the rules of
    /// `rounding`; the value is rounded once.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] for more than 28 digits; [`NumberError::Overflow`] beyond
    /// the range of `Decimal`, which is 96 bits without the point.
    pub fn round(&self, digits: u32, rounding: Rounding) -> Result<Decimal, NumberError> {
        if digits > Decimal::MAX_SCALE {
            return Err(NumberError::OutOfRange { least: 0, most: i64::from(Decimal::MAX_SCALE) });
        }
        let factor = Ratio::new(power_of_ten(digits).ok_or(NumberError::Overflow)?, 1)?;
        (self.mul(&Self::from(factor)).to_integer(rounding))
            .and_then(|units| Decimal::try_from_i128_with_scale(units, digits).ok())
            .ok_or(NumberError::Overflow)
    }

    /// The integer nearest by the rules of `rounding`; none where it does not fit in 128 bits.
    pub fn to_integer(&self, rounding: Rounding) -> Option<i128> {
        let parts = match &self.0 {
            Repr::Small(ratio) => return Some(ratio.to_integer(rounding)),
            Repr::Big(parts) => parts,
        };
        let (quotient, remainder) = parts.over.magnitude().div_rem(&parts.under);
        let to_half = (&remainder << 1_u8).cmp(&parts.under);
        let (negative, is_whole) = (self.is_negative(), remainder == BigUint::ZERO);
        let away = !is_whole && rounding.steps_away(negative, quotient.is_odd(), to_half);
        let magnitude = i128::try_from(quotient + u8::from(away)).ok()?;
        Some(if negative { -magnitude } else { magnitude })
    }

    fn parts(&self) -> Parts {
        match &self.0 {
            Repr::Small(ratio) => Parts {
                over: BigInt::from(ratio.numerator()),
                under: BigUint::from(ratio.denominator().unsigned_abs()),
            },
            Repr::Big(parts) => (**parts).clone(),
        }
    }

    /// The one form of a fraction whose parts share no divisor; `under` is above zero.
    fn in_lowest_terms(over: BigInt, under: BigUint) -> Self {
        let small = i128::try_from(&over).ok().zip(i128::try_from(&under).ok());
        match small.map(|(over, under)| Ratio::new(over, under)) {
            Some(Ok(ratio)) => Self(Repr::Small(ratio)),
            _ => Self(Repr::Big(Box::new(Parts { over, under }))),
        }
    }
}

/// The greatest common divisor; that of 0 and `b` is `b`.
fn gcd(a: BigUint, b: BigUint) -> BigUint {
    let (mut large, mut small) = if a < b { (b, a) } else { (a, b) };
    // One step of division brings a small and a large number to the size of the small one.
    if small != BigUint::ZERO {
        (large, small) = (small.clone(), large % small);
    }
    match (u128::try_from(&large), u128::try_from(&small)) {
        (Ok(large), Ok(small)) => BigUint::from(wide::gcd(large, small)),
        _ => large.gcd(&small),
    }
}

impl PartialOrd for BigRatio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BigRatio {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let (a, b) = (self.parts(), other.parts());
        (a.over * BigInt::from(b.under)).cmp(&(b.over * BigInt::from(a.under)))
    }
}

impl PartialEq<Ratio> for BigRatio {
    fn eq(&self, other: &Ratio) -> bool {
        self.to_ratio() == Some(*other)
    }
}

impl From<Ratio> for BigRatio {
    fn from(ratio: Ratio) -> Self {
        Self(Repr::Small(ratio))
    }
}

impl From<i64> for BigRatio {
    fn from(whole: i64) -> Self {
        Self::from(Ratio::from(whole))
    }
}

impl From<Points> for BigRatio {
    fn from(points: Points) -> Self {
        Self::from(Ratio::from(points))
    }
}

/// The fraction of one: 50 percent is 1/2.
impl From<Percent> for BigRatio {
    fn from(percent: Percent) -> Self {
        Self::from(Ratio::from(percent))
    }
}

impl fmt::Display for BigRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(ratio) => write!(f, "{ratio}"),
            Repr::Big(parts) if parts.under == BigUint::from(1_u8) => write!(f, "{}", parts.over),
            Repr::Big(parts) => write!(f, "{}/{}", parts.over, parts.under),
        }
    }
}

impl FromStr for BigRatio {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        match text.parse::<Ratio>() {
            Err(NumberError::Overflow) => {}
            other => return other.map(Self::from),
        }
        let (over, under) = text.split_once('/').unwrap_or((text, "1"));
        let (over, under) = (parse_integer(over)?, parse_integer(under)?);
        let negative = (over.sign() == Sign::Minus) != (under.sign() == Sign::Minus);
        let (over, under) = (over.into_parts().1, under.into_parts().1);
        if under == BigUint::ZERO {
            return Err(NumberError::DivisionByZero);
        }
        let shared = gcd(over.clone(), under.clone());
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        Ok(Self::in_lowest_terms(BigInt::from_biguint(sign, over / &shared), under / shared))
    }
}

serde_as_text!(BigRatio, "a fraction in quotes, such as \"3/4\"");

fn parse_integer(text: &str) -> Result<BigInt, NumberError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    if digits.len() > BigRatio::MAX_DIGITS {
        return Err(NumberError::Overflow);
    }
    text.parse().map_err(|_| NumberError::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Fractions of which about half do not fit in 128 bits.
    fn fractions() -> impl Strategy<Value = BigRatio> {
        let part = |n: i64, d: i64| BigRatio::from(Ratio::new(n.into(), d.into()).unwrap());
        prop::collection::vec((any::<i64>(), 1_i64..), 1..5).prop_map(move |list| {
            list.into_iter().fold(BigRatio::ONE, |so_far, (n, d)| so_far.mul(&part(n, d)))
        })
    }

    proptest! {
        #[test]
        fn sums_and_products_obey_their_laws(a in fractions(), b in fractions(), c in fractions()) {
            prop_assert_eq!(a.add(&b), b.add(&a));
            prop_assert_eq!(a.mul(&b), b.mul(&a));
            prop_assert_eq!(a.add(&b).sub(&b), a.clone());
            prop_assert_eq!(a.add(&b).add(&c), a.add(&b.add(&c)));
            prop_assert_eq!(a.add(&b).mul(&c), a.mul(&c).add(&b.mul(&c)));
            prop_assert_eq!(BigRatio::sum([a.clone(), b.clone(), c.clone()]), a.add(&b).add(&c));
            if !b.is_zero() {
                prop_assert_eq!(a.mul(&b).div(&b), Ok(a));
            }
        }

        #[test]
        fn order_and_rounding_agree_with_the_difference(a in fractions(), b in fractions()) {
            prop_assert_eq!(a.cmp(&b), a.sub(&b).cmp(&BigRatio::ZERO));
            prop_assert_eq!(a.cmp(&b), b.neg().cmp(&a.neg()));
            for mode in Rounding::ALL {
                let Some(whole) = a.to_integer(*mode) else { continue };
                let off = a.sub(&BigRatio::from(Ratio::new(whole, 1).unwrap()));
                let most = if mode.as_str().starts_with("half") { BigRatio::from(2) } else { BigRatio::ONE };
                let off = if off.is_negative() { off.neg() } else { off };
                prop_assert!(off.mul(&most) <= BigRatio::ONE, "{} {}", a, mode);
            }
        }

        #[test]
        fn it_is_a_ratio_where_one_fits(n: i64, d in 1_i64.., m: i64, e in 1_i64..) {
            let [a, b] = [(n, d), (m, e)].map(|(n, d)| Ratio::new(n.into(), d.into()).unwrap());
            let [big_a, big_b] = [a, b].map(BigRatio::from);
            for (small, big) in [(a.add(b), big_a.add(&big_b)), (a.mul(b), big_a.mul(&big_b))] {
                prop_assert_eq!(small.ok(), big.to_ratio());
            }
            prop_assert_eq!(big_a.to_string(), a.to_string());
        }

        #[test]
        fn text_and_json_keep_every_fraction(a in fractions()) {
            prop_assert_eq!(a.to_string().parse(), Ok(a.clone()));
            let json = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(serde_json::from_str::<BigRatio>(&json).unwrap(), a);
        }
    }

    #[test]
    fn halves_beyond_128_bits_round_by_their_mode() {
        let digits = "9".repeat(30);
        // 10^30 − 1/2 is small; the same over a large odd number is not.
        let half: BigRatio = format!("{digits}5/10").parse().unwrap();
        assert_eq!(half.to_integer(Rounding::HalfUp), Some(10_i128.pow(30)));
        let odd = "7".repeat(50);
        let quotient: BigRatio = format!("{odd}/{}", "3".repeat(49)).parse().unwrap();
        assert_eq!(quotient.to_ratio(), None);
        assert_eq!(quotient.to_integer(Rounding::Down), Some(23));
        assert_eq!(quotient.neg().to_integer(Rounding::Floor), Some(-24));
        assert_eq!(quotient.to_integer(Rounding::HalfEven), Some(23));
        let huge: BigRatio = "1".repeat(60).parse().unwrap();
        assert_eq!(huge.to_integer(Rounding::HalfUp), None);
    }

    #[test]
    fn what_does_not_fit_lies_near_and_on_the_same_side() {
        let near = |text: &str| text.parse::<BigRatio>().unwrap().nearby();
        let (tiny, huge) = (format!("1{}", "0".repeat(50)), format!("1{}", "0".repeat(45)));
        let above = near(&format!("7{}1/{tiny}0", "0".repeat(49)));
        let seven_tenths = Ratio::new(7, 10).unwrap();
        assert!(above > seven_tenths);
        assert!(above.sub(seven_tenths).unwrap() <= Ratio::new(1, 10_i128.pow(20)).unwrap());
        assert!(near(&format!("6{}/{tiny}0", "9".repeat(50))) < seven_tenths);
        assert!(near(&format!("-1/{huge}7")) < Ratio::ZERO);
        assert_eq!(near(&huge), Ratio::new(i128::MAX, 1).unwrap());
        assert_eq!(near("3/4"), Ratio::new(3, 4).unwrap());
        let large = near(&format!("9{}1/10{}", "0".repeat(60), "0".repeat(30)));
        assert!(large > Ratio::new(10_i128.pow(29), 1).unwrap());
    }

    #[test]
    fn roots_are_exact_where_they_can_be() {
        let root = |text: &str, digits| {
            text.parse::<BigRatio>().unwrap().square_root(digits).map(|it| it.to_string())
        };
        assert_eq!(root("9/16", 0).unwrap(), "3/4");
        assert_eq!(root("0", 5).unwrap(), "0");
        assert_eq!(root("2", 4).unwrap(), "7071/5000");
        assert_eq!(root("1/3", 3).unwrap(), "577/1000");
        assert!(root("-1", 3).is_err());
        let huge = format!("1{}", "0".repeat(80));
        assert_eq!(root(&huge, 0).unwrap(), format!("1{}", "0".repeat(40)));
        let third = BigRatio::from(Ratio::new(1, 3).unwrap());
        assert_eq!(third.round(3, Rounding::HalfUp).unwrap().to_string(), "0.333");
        assert!(third.round(29, Rounding::HalfUp).is_err());
    }

    #[test]
    fn texts_that_are_no_fraction_are_refused() {
        let long = "1".repeat(BigRatio::MAX_DIGITS + 1);
        assert_eq!(long.parse::<BigRatio>(), Err(NumberError::Overflow));
        let nines = "9".repeat(60);
        assert_eq!(format!("{nines}/0").parse::<BigRatio>(), Err(NumberError::DivisionByZero));
        for text in [String::new(), format!("{nines}/"), format!("+{nines}"), "a".into()] {
            assert_eq!(text.parse::<BigRatio>(), Err(NumberError::Malformed), "{text}");
        }
        assert_eq!(format!("-{nines}/-{nines}").parse(), Ok(BigRatio::ONE));
        assert_eq!("0.75".parse(), Ok(BigRatio::from(Ratio::new(3, 4).unwrap())));
    }
}
