//! Multiplication and division whose intermediate product needs 256 bits.

use std::cmp::Ordering;

use crate::Rounding;

/// `value × numerator ÷ denominator`, exact until it is rounded once.
///
/// `None` if the denominator is zero or the result does not fit.
pub(super) fn scale(
    value: i128,
    numerator: i128,
    denominator: i128,
    rounding: Rounding,
) -> Option<i128> {
    let negative = (value < 0) ^ (numerator < 0) ^ (denominator < 0);
    let divisor = denominator.unsigned_abs();
    let (quotient, remainder) = mul_div(value.unsigned_abs(), numerator.unsigned_abs(), divisor)?;
    let odd = quotient & 1 == 1;
    let step = u128::from(rounding.moves_away(negative, odd, remainder, divisor));
    let magnitude = i128::try_from(quotient.checked_add(step)?).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// `a × b`, if all three are words.
fn small_product(a: u128, b: u128) -> Option<u64> {
    u64::try_from(a).ok()?.checked_mul(u64::try_from(b).ok()?)
}

/// Quotient and remainder of `a × b ÷ divisor`; `None` if the quotient does not fit.
pub(super) fn mul_div(a: u128, b: u128, divisor: u128) -> Option<(u128, u128)> {
    if divisor == 0 {
        return None;
    }
    // Nearly all amounts are this small, and dividing words is several times as fast.
    if let (Some(low), Ok(divisor)) = (small_product(a, b), u64::try_from(divisor)) {
        return Some((u128::from(low / divisor), u128::from(low % divisor)));
    }
    let (high, low) = multiply(a, b);
    if high == 0 {
        return Some((low / divisor, low % divisor));
    }
    if high >= divisor {
        return None;
    }
    // Long division, bit by bit; the remainder stays below the divisor.
    let (mut quotient, mut remainder) = (0_u128, high);
    for shift in (0..u128::BITS).rev() {
        let carry = remainder >> (u128::BITS - 1) == 1;
        remainder = (remainder << 1) | ((low >> shift) & 1);
        if carry || remainder >= divisor {
            remainder = remainder.wrapping_sub(divisor);
            quotient |= 1 << shift;
        }
    }
    Some((quotient, remainder))
}

/// Compares `a × b` with `c × d`.
#[doc(hidden)]
pub fn compare_products((a, b): (u128, u128), (c, d): (u128, u128)) -> Ordering {
    multiply(a, b).cmp(&multiply(c, d))
}

/// The greatest common divisor; that of 0 and `b` is `b`.
pub(super) const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if a >> 64 == 0 && b >> 64 == 0 {
            return gcd_of_words(a as u64, b as u64) as u128;
        }
        (a, b) = (b, a % b);
    }
    a
}

/// The same for what nearly all numbers fit in, where division is several times faster.
const fn gcd_of_words(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The product as its high and low 128 bits.
const fn multiply(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    // None of these sums overflows: (2⁶⁴ − 1)² + 2 × (2⁶⁴ − 1) = 2¹²⁸ − 1.
    let lowest = a_low * b_low;
    let middle = a_high * b_low + (lowest >> 64);
    let other_middle = a_low * b_high + (middle & LOW);
    let high = a_high * b_high + (middle >> 64) + (other_middle >> 64);
    (high, (other_middle << 64) | (lowest & LOW))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn products_of_extremes_are_exact() {
        assert_eq!(multiply(u128::MAX, u128::MAX), (u128::MAX - 1, 1));
        assert_eq!(mul_div(u128::MAX, u128::MAX, u128::MAX), Some((u128::MAX, 0)));
        assert_eq!(mul_div(u128::MAX, 2, 1), None);
        assert_eq!(mul_div(1, 1, 0), None);
        assert_eq!(scale(i128::MIN, 1, 1, Rounding::HalfUp), None);
        assert_eq!(scale(i128::MAX, i128::MIN, i128::MIN, Rounding::Up), Some(i128::MAX));
    }

    proptest! {
        #[test]
        fn quotient_and_remainder_make_the_product(a: u128, b: u128, c: u128, extra: u128) {
            let divisor = c.max(1);
            if let Some((quotient, remainder)) = mul_div(a, b, divisor) {
                prop_assert!(remainder < divisor);
                let (high, low) = multiply(quotient, divisor);
                let (low, carry) = low.overflowing_add(remainder);
                prop_assert_eq!((high + u128::from(carry), low), multiply(a, b));
            }
            // Dividing a product by one of its factors gives the other.
            prop_assert_eq!(mul_div(extra, divisor, divisor), Some((extra, 0)));
        }

        #[test]
        fn small_products_agree_with_the_machine(a: u64, b: u64, c in 1_u64..) {
            let (a, b, c) = (u128::from(a), u128::from(b), u128::from(c));
            prop_assert_eq!(multiply(a, b), (0, a * b));
            prop_assert_eq!(mul_div(a, b, c), Some((a * b / c, a * b % c)));
            prop_assert_eq!(multiply(a << 64, b << 64), (a * b, 0));
        }
    }
}
