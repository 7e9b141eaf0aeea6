//! Splitting a whole number of units by ratios so that no unit is lost.
//!
//! The rule is that of largest remainders: every share gets the whole units of its exact part,
//! and the units that are left go, one each, to the shares with the largest fractions left over;
//! of equal fractions the first wins. A negative amount is split like the positive one, with the
//! sign put back.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use crate::{MoneyError, fixed::power_of_ten, wide};

/// Splits `units` in proportion to the weights.
///
/// The shares are in the order of the weights, sum to `units`, and each is less than one unit
/// from its exact part; a weight of zero gets zero.
pub(super) fn by_weights(units: i64, weights: &[u128]) -> Result<Vec<i64>, MoneyError> {
    if weights.is_empty() {
        return Err(MoneyError::NoRatios);
    }
    let total = weights
        .iter()
        .try_fold(0_u128, |sum, weight| sum.checked_add(*weight))
        .ok_or(MoneyError::Overflow)?;
    if total == 0 {
        return Err(MoneyError::ZeroRatios);
    }
    let amount = u128::from(units.unsigned_abs());
    let mut shares = Vec::with_capacity(weights.len());
    let mut rests = Vec::with_capacity(weights.len());
    let mut left = amount;
    for (index, weight) in weights.iter().enumerate() {
        // The quotient cannot exceed the amount, because no weight exceeds the total.
        let (whole, rest) = wide::mul_div(amount, *weight, total).ok_or(MoneyError::Overflow)?;
        left = left.saturating_sub(whole);
        shares.push(with_sign(whole, units < 0)?);
        rests.push((Reverse(rest), index));
    }
    // There are fewer units left than shares with a fraction, so none goes to a whole share.
    let left = usize::try_from(left).map_err(|_| MoneyError::Overflow)?;
    if left > 0 && left < rests.len() {
        rests.select_nth_unstable(left);
    }
    for (_, index) in rests.iter().take(left) {
        if let Some(share) = shares.get_mut(*index) {
            *share = share.checked_add(units.signum()).ok_or(MoneyError::Overflow)?;
        }
    }
    Ok(shares)
}

/// Whole weights in the same proportion as the ratios.
pub(super) fn weights_of_decimals(ratios: &[Decimal]) -> Result<Vec<u128>, MoneyError> {
    let ratios: Vec<Decimal> = ratios.iter().map(Decimal::normalize).collect();
    let digits = ratios.iter().map(Decimal::scale).max().unwrap_or(0);
    ratios
        .iter()
        .map(|ratio| {
            let mantissa =
                u128::try_from(ratio.mantissa()).map_err(|_| MoneyError::NegativeRatio)?;
            power_of_ten(digits.saturating_sub(ratio.scale()))
                .and_then(|factor| mantissa.checked_mul(factor.unsigned_abs()))
                .ok_or(MoneyError::Overflow)
        })
        .collect()
}

/// The ratios as weights.
pub(super) fn weights_of_integers(ratios: &[i64]) -> Result<Vec<u128>, MoneyError> {
    ratios
        .iter()
        .map(|ratio| u128::try_from(*ratio).map_err(|_| MoneyError::NegativeRatio))
        .collect()
}

fn with_sign(magnitude: u128, negative: bool) -> Result<i64, MoneyError> {
    let magnitude = i128::try_from(magnitude).map_err(|_| MoneyError::Overflow)?;
    i64::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| MoneyError::Overflow)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Ratio;

    fn split(units: i64, ratios: &[&str]) -> Result<Vec<i64>, MoneyError> {
        let ratios: Vec<Decimal> = ratios.iter().map(|text| text.parse().unwrap()).collect();
        by_weights(units, &weights_of_decimals(&ratios)?)
    }

    #[test]
    fn worked_examples() {
        for (units, ratios, expected) in [
            (100, &["1", "1", "1"][..], &[34, 33, 33][..]),
            (-100, &["1", "1", "1"], &[-34, -33, -33]),
            (5, &["0", "0", "1"], &[0, 0, 5]),
            (15, &["1", "1", "1"], &[5, 5, 5]),
            (1_003, &["0", "50", "50"], &[0, 502, 501]),
            (100, &["1", "1", "1", "1", "1", "1"], &[17, 17, 17, 17, 16, 16]),
            (100, &["1", "1", "2"], &[25, 25, 50]),
            (100, &["0.07", "0.03"], &[70, 30]),
            (5, &["1.0"], &[5]),
            (1_000, &["0.6667", "0.3333"], &[667, 333]),
            // The largest fraction gets the odd unit, not the first share.
            (10, &["0.33", "0.67"], &[3, 7]),
            (1, &["1", "2"], &[0, 1]),
            (0, &["1", "2"], &[0, 0]),
        ] {
            assert_eq!(split(units, ratios).as_deref(), Ok(expected), "{units} by {ratios:?}");
        }
    }

    #[test]
    fn ratios_that_say_nothing_are_refused() {
        assert_eq!(split(1, &[]), Err(MoneyError::NoRatios));
        assert_eq!(split(1, &["0", "0.00"]), Err(MoneyError::ZeroRatios));
        assert_eq!(split(1, &["2", "-1"]), Err(MoneyError::NegativeRatio));
        assert_eq!(weights_of_integers(&[1, -1]), Err(MoneyError::NegativeRatio));
    }

    #[test]
    fn extremes_are_exact_or_refused() {
        assert_eq!(split(i64::MIN, &["1"]), Ok(vec![i64::MIN]));
        assert_eq!(split(i64::MAX, &["79228162514264337593543950335", "0"]), Ok(vec![i64::MAX, 0]));
        let apart = ["79228162514264337593543950335", "0.0000000000000000000000000001"];
        assert_eq!(split(1, &apart), Err(MoneyError::Overflow));
        assert_eq!(by_weights(1, &[u128::MAX, 1]), Err(MoneyError::Overflow));
        assert_eq!(by_weights(i64::MAX, &[u128::MAX - 1, 1]), Ok(vec![i64::MAX, 0]));
    }

    fn weights() -> impl Strategy<Value = Vec<u128>> {
        let weight = prop_oneof![Just(0), 0_u128..10, any::<u64>().prop_map(u128::from)];
        proptest::collection::vec(weight, 1..12)
            .prop_filter("all zero", |weights| weights.iter().any(|weight| *weight > 0))
    }

    proptest! {
        #[test]
        fn shares_sum_and_mirror_and_stay_near(
            units in -i64::MAX..=i64::MAX,
            weights in weights(),
        ) {
            let shares = by_weights(units, &weights).unwrap();
            let sum: i128 = shares.iter().map(|share| i128::from(*share)).sum();
            prop_assert_eq!(sum, i128::from(units));
            let mirrored: Vec<i64> = by_weights(-units, &weights).unwrap();
            prop_assert_eq!(mirrored, shares.iter().map(|share| -share).collect::<Vec<_>>());

            let total = weights.iter().sum::<u128>().cast_signed();
            for (share, weight) in shares.iter().zip(&weights) {
                let part = Ratio::new(weight.cast_signed(), total).unwrap();
                let exact = part.mul(Ratio::from(units)).unwrap();
                prop_assert!(exact.sub(Ratio::from(*share)).unwrap().abs() < Ratio::ONE);
                prop_assert!(*weight > 0 || *share == 0);
            }
        }

        #[test]
        fn equal_weights_differ_by_one_and_descend(units in 0_i64.., parts in 1_usize..50) {
            let shares = by_weights(units, &vec![7; parts]).unwrap();
            prop_assert!(shares.is_sorted_by(|a, b| a >= b));
            prop_assert!(shares[0] - shares[parts - 1] <= 1);
        }

        #[test]
        fn only_the_proportion_matters(units: i64, weights in weights(), factor in 1_u128..1_000) {
            let larger: Vec<u128> = weights.iter().map(|weight| weight * factor).collect();
            prop_assert_eq!(by_weights(units, &weights), by_weights(units, &larger));
        }
    }
}
