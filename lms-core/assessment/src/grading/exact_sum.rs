//! Sums of scores: fast where they are ten-thousandths of a point, exact always.

use lms_kernel::{BigRatio, Points, Ratio};

/// A sum of fractions. Those that are whole ten-thousandths are added as integers.
#[derive(Clone, Debug)]
pub(crate) struct ExactSum {
    units: i128,
    rest: BigRatio,
}

const SCALE: i128 = 10_000;

impl ExactSum {
    pub(crate) const ZERO: Self = Self { units: 0, rest: BigRatio::ZERO };

    pub(crate) fn add(&mut self, value: Ratio) {
        // Denominators are small, so the remainder is taken in 64 bits.
        let factor = i64::try_from(value.denominator())
            .ok()
            .filter(|under| 10_000 % under == 0)
            .map(|under| i128::from(10_000 / under));
        let units = factor.and_then(|factor| value.numerator().checked_mul(factor));
        match units.and_then(|units| self.units.checked_add(units)) {
            Some(units) => self.units = units,
            None => self.rest = self.rest.add(&BigRatio::from(value)),
        }
    }

    /// Adds ten-thousandths.
    pub(crate) fn add_units(&mut self, units: i64) {
        match self.units.checked_add(i128::from(units)) {
            Some(sum) => self.units = sum,
            None => self.rest = self.rest.add(&BigRatio::from(Points::from_ten_thousandths(units))),
        }
    }

    pub(crate) fn total(self) -> BigRatio {
        // Only −2¹²⁷ cannot be kept, which no sum of scores is.
        let units = Ratio::new(self.units, SCALE).map_or(BigRatio::ZERO, BigRatio::from);
        if self.rest.is_zero() { units } else { units.add(&self.rest) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_plain_sum(parts in proptest::collection::vec((-1_000_i128..1_000, 1_i128..40), 0..30)) {
            let parts: Vec<Ratio> = parts.into_iter().map(|(n, d)| Ratio::new(n, d).unwrap()).collect();
            let mut sum = ExactSum::ZERO;
            for part in &parts {
                sum.add(*part);
            }
            prop_assert_eq!(sum.total(), BigRatio::from(Ratio::sum(parts).unwrap()));
        }
    }
}
