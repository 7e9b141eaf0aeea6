//! One score from several scaled sections.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::conversion::RoundTo;
use lms_kernel::{NumberError, Points, Ratio};

/// How scaled sections are combined, before the rounding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Combine {
    /// Their sum times a factor.
    Sum {
        /// The factor, such as 10/3; 1 for the plain sum.
        factor: Ratio,
    },
    /// Their mean.
    Mean,
    /// Their mean, each section counting as its weight says, in the order of the sections.
    WeightedMean {
        /// One weight for each section; none is negative and they do not add up to zero.
        weights: Vec<Ratio>,
    },
}

/// One score from several scaled sections, rounded once as declared.
///
/// ```
/// use lms_assessment::conversion::Composite;
/// use lms_kernel::Points;
///
/// let bands = ["6.5", "6.5", "5", "7"].map(|band| band.parse::<Points>().unwrap());
/// assert_eq!(Composite::ielts().score(&bands)?.to_string(), "6.5");
/// # Ok::<(), lms_assessment::conversion::CompositeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Composite {
    /// How the sections are combined.
    pub combine: Combine,
    /// How the result is rounded.
    pub round: RoundTo,
    /// How many sections there must be; any number when there is none.
    pub sections: Option<u16>,
}

/// Why sections have no composite score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CompositeError {
    /// Sections are missing, or there are too many.
    #[error("the composite needs {expected} scaled sections, not {found}")]
    #[fault(invalid, field = "sections")]
    SectionCount {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A weight is negative, or they add up to zero.
    #[error("weights must not be negative and must not add up to zero")]
    #[fault(invalid, field = "weights")]
    BadWeights,
    /// A result is too large.
    #[error(transparent)]
    #[fault(invalid)]
    Number(#[from] NumberError),
}

impl Composite {
    /// The overall band of IELTS: the mean of the four sections to the nearest half band, where
    /// a mean ending in .25 goes up to the half band and one ending in .75 to the whole band
    /// ("IELTS scoring in detail", ielts.org: 6.5, 6.5, 5.0 and 7.0 give 6.25 and so 6.5).
    pub const fn ielts() -> Self {
        Self { combine: Combine::Mean, round: RoundTo::HALF, sections: Some(4) }
    }

    /// The ACT composite: the mean of the sections to the nearest whole, fractions of one-half
    /// or more rounded up ("Understanding your scores", act.org).
    pub const fn act() -> Self {
        Self { combine: Combine::Mean, round: RoundTo::WHOLE, sections: None }
    }

    /// The TOEFL ITP total: the sum of the three sections times ten, divided by three
    /// (ETS, "TOEFL ITP Test Taker Handbook": 50, 49 and 55 give 513).
    pub fn toefl_itp() -> Self {
        let factor = Ratio::new(10, 3).unwrap_or(Ratio::ONE);
        Self { combine: Combine::Sum { factor }, round: RoundTo::WHOLE, sections: Some(3) }
    }

    /// The plain sum, as exact as the sections are.
    pub const fn sum() -> Self {
        Self {
            combine: Combine::Sum { factor: Ratio::ONE },
            round: RoundTo::FINEST,
            sections: None,
        }
    }

    /// The composite of those sections.
    ///
    /// # Errors
    /// [`CompositeError::SectionCount`] for none or for another number than declared.
    pub fn score(&self, sections: &[Points]) -> Result<Points, CompositeError> {
        Ok(self.round.apply(self.exact(sections)?)?)
    }

    /// The composite before it is rounded, for a trace.
    ///
    /// # Errors
    /// As [`Composite::score`].
    pub fn exact(&self, sections: &[Points]) -> Result<Ratio, CompositeError> {
        let expected = self.sections.map_or(sections.len().max(1), usize::from);
        if sections.len() != expected {
            return Err(CompositeError::SectionCount { expected, found: sections.len() });
        }
        let sum = || Ratio::sum(sections.iter().copied().map(Ratio::from));
        match &self.combine {
            Combine::Sum { factor } => Ok(sum()?.mul(*factor)?),
            Combine::Mean => {
                let count = i128::try_from(sections.len()).map_err(|_| NumberError::Overflow)?;
                Ok(sum()?.div(Ratio::new(count, 1)?)?)
            }
            Combine::WeightedMean { weights } => weighted(sections, weights),
        }
    }
}

fn weighted(sections: &[Points], weights: &[Ratio]) -> Result<Ratio, CompositeError> {
    if weights.len() != sections.len() {
        let (expected, found) = (weights.len(), sections.len());
        return Err(CompositeError::SectionCount { expected, found });
    }
    let whole = Ratio::sum(weights.iter().copied())?;
    if whole.is_zero() || weights.iter().any(|weight| weight.is_negative()) {
        return Err(CompositeError::BadWeights);
    }
    let mut sum = Ratio::ZERO;
    for (section, weight) in sections.iter().zip(weights) {
        sum = sum.add(Ratio::from(*section).mul(*weight)?)?;
    }
    Ok(sum.div(whole)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(texts: &[&str]) -> Vec<Points> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn score(composite: &Composite, sections: &[&str]) -> String {
        composite.score(&points(sections)).unwrap().to_string()
    }

    #[test]
    fn published_ielts_examples() {
        let ielts = Composite::ielts();
        assert_eq!(score(&ielts, &["6.5", "6.5", "5.0", "7.0"]), "6.5"); // 6.25
        assert_eq!(score(&ielts, &["4.0", "3.5", "4.0", "4.0"]), "4"); // 3.875
        assert_eq!(score(&ielts, &["6.5", "6.5", "5.5", "6.0"]), "6"); // 6.125
        assert_eq!(score(&ielts, &["6.5", "6.5", "7", "7"]), "7"); // 6.75
    }

    #[test]
    fn other_published_composites() {
        assert_eq!(score(&Composite::act(), &["22", "23", "24", "25"]), "24"); // 23.5
        assert_eq!(score(&Composite::act(), &["22", "23", "24"]), "23");
        assert_eq!(score(&Composite::toefl_itp(), &["50", "49", "55"]), "513"); // 513.33
        assert_eq!(score(&Composite::toefl_itp(), &["68", "68", "67"]), "677"); // 676.67
        assert_eq!(score(&Composite::sum(), &["0.1", "0.2"]), "0.3");
    }

    #[test]
    fn a_missing_section_has_no_composite() {
        let error = Composite::ielts().score(&points(&["6", "6", "6"])).unwrap_err();
        assert_eq!(error.to_string(), "the composite needs 4 scaled sections, not 3");
        assert!(Composite::act().score(&[]).is_err());
    }

    #[test]
    fn weights_are_relative() {
        let composite = |weights: &[i64]| Composite {
            combine: Combine::WeightedMean {
                weights: weights.iter().copied().map(Ratio::from).collect(),
            },
            round: RoundTo::FINEST,
            sections: None,
        };
        assert_eq!(score(&composite(&[3, 1]), &["8", "4"]), "7");
        assert_eq!(score(&composite(&[6, 2]), &["8", "4"]), "7");
        for bad in [&[0, 0], &[2, -1]] {
            let found = composite(bad).score(&points(&["8", "4"]));
            assert_eq!(found, Err(CompositeError::BadWeights));
        }
    }

    proptest! {
        #[test]
        fn the_ielts_band_follows_the_quarters(quarters in prop::collection::vec(0_i64..=18, 4)) {
            let bands: Vec<_> =
                quarters.iter().map(|half| Points::from_ten_thousandths(half * 5_000)).collect();
            // The sum of the half bands is eight times the mean: count eighths of a band.
            let eighths: i64 = quarters.iter().sum();
            let halves = (eighths + 2) / 4;
            let expected = Points::from_ten_thousandths(halves * 5_000);
            prop_assert_eq!(Composite::ielts().score(&bands), Ok(expected));
        }
    }
}
