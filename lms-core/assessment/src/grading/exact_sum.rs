//! Sums of scores: fast where they are ten-thousandths of a point, exact always.

use lms_kernel::{NumberError, Ratio};

/// A sum of fractions. Those that are whole ten-thousandths are added as integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactSum {
    units: i128,
    rest: Ratio,
}

const SCALE: i128 = 10_000;

impl ExactSum {
    pub(crate) const ZERO: Self = Self { units: 0, rest: Ratio::ZERO };

    pub(crate) fn add(&mut self, value: Ratio) -> Result<(), NumberError> {
        // Denominators are small, so the remainder is taken in 64 bits.
        let factor = i64::try_from(value.denominator())
            .ok()
            .filter(|under| 10_000 % under == 0)
            .map(|under| i128::from(10_000 / under));
        match factor.and_then(|factor| value.numerator().checked_mul(factor)) {
            Some(units) => {
                self.units = self.units.checked_add(units).ok_or(NumberError::Overflow)?;
            }
            None => self.rest = self.rest.add(value)?,
        }
        Ok(())
    }

    /// Adds ten-thousandths.
    pub(crate) fn add_units(&mut self, units: i64) -> Result<(), NumberError> {
        self.units = self.units.checked_add(i128::from(units)).ok_or(NumberError::Overflow)?;
        Ok(())
    }

    pub(crate) fn total(self) -> Result<Ratio, NumberError> {
        let units = Ratio::new(self.units, SCALE)?;
        if self.rest.is_zero() { Ok(units) } else { units.add(self.rest) }
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
                sum.add(*part).unwrap();
            }
            prop_assert_eq!(sum.total(), Ratio::sum(parts));
        }
    }
}
