//! The number of candidates at each raw score.
use std::collections::BTreeMap;

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::{NumberError, Ratio};

/// How many candidates had each whole raw score from 0 to the maximum of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub struct ScoreDistribution {
    counts: Vec<u64>,
    total: u64,
}

/// Why counts are not a distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DistributionError {
    /// There are no candidates.
    #[error("a score distribution needs at least one candidate")]
    #[fault(invalid, field = "counts")]
    Empty,
    /// The form has more scores, or more candidates took it, than can be handled exactly.
    #[error("a score distribution has at most {scores} scores and {candidates} candidates")]
    #[fault(invalid, field = "counts")]
    TooLarge {
        /// The most scores.
        scores: usize,
        /// The most candidates.
        candidates: u64,
    },
    /// A score is above the maximum of the form.
    #[error("raw score {score} is above the maximum of the form, {maximum}")]
    #[fault(invalid, field = "scores")]
    AboveMaximum {
        /// The score.
        score: u32,
        /// The maximum.
        maximum: u32,
    },
}

impl ScoreDistribution {
    /// The most different scores.
    pub const MAX_SCORES: usize = 10_001;
    /// The most candidates.
    pub const MAX_CANDIDATES: u64 = 1_000_000_000;

    /// `counts[s]` candidates had the raw score `s`; the maximum is the last one.
    ///
    /// # Errors
    /// [`DistributionError`] for no candidates or too many.
    pub fn new(counts: Vec<u64>) -> Result<Self, DistributionError> {
        let total = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count));
        match total {
            Some(0) => Err(DistributionError::Empty),
            Some(total) if total <= Self::MAX_CANDIDATES && counts.len() <= Self::MAX_SCORES => {
                Ok(Self { counts, total })
            }
            _ => Err(DistributionError::TooLarge {
                scores: Self::MAX_SCORES,
                candidates: Self::MAX_CANDIDATES,
            }),
        }
    }

    /// Counts the scores of candidates on a form with that maximum.
    ///
    /// # Errors
    /// [`DistributionError`] for no scores or one above the maximum.
    pub fn of(
        scores: impl IntoIterator<Item = u32>,
        maximum: u32,
    ) -> Result<Self, DistributionError> {
        let mut seen: BTreeMap<usize, u64> = BTreeMap::new();
        for score in scores {
            if score > maximum {
                return Err(DistributionError::AboveMaximum { score, maximum });
            }
            *seen.entry(score as usize).or_default() += 1;
        }
        if maximum as usize >= Self::MAX_SCORES {
            let (scores, candidates) = (Self::MAX_SCORES, Self::MAX_CANDIDATES);
            return Err(DistributionError::TooLarge { scores, candidates });
        }
        let counts = (0..=maximum as usize).map(|at| seen.get(&at).copied().unwrap_or(0));
        Self::new(counts.collect())
    }

    /// How many candidates had each score.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many candidates there are; at least 1.
    pub const fn candidates(&self) -> u64 {
        self.total
    }

    /// The greatest raw score of the form.
    pub fn maximum(&self) -> u32 {
        u32::try_from(self.counts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The mean.
    ///
    /// # Errors
    /// [`NumberError`] never within the limits of a distribution.
    pub fn mean(&self) -> Result<Ratio, NumberError> {
        let sum = self.scores().map(|(score, count)| score * count).sum();
        Ratio::new(sum, i128::from(self.total))
    }

    /// The variance, dividing by the number of candidates.
    ///
    /// # Errors
    /// [`NumberError`] never within the limits of a distribution.
    pub fn variance(&self) -> Result<Ratio, NumberError> {
        let total = i128::from(self.total);
        let sum: i128 = self.scores().map(|(score, count)| score * count).sum();
        let squares: i128 = self.scores().map(|(score, count)| score * score * count).sum();
        Ratio::new(squares * total - sum * sum, total * total)
    }

    fn scores(&self) -> impl Iterator<Item = (i128, i128)> + '_ {
        self.counts.iter().zip(0_i128..).map(|(count, score)| (score, i128::from(*count)))
    }
}

impl TryFrom<Vec<u64>> for ScoreDistribution {
    type Error = DistributionError;

    fn try_from(counts: Vec<u64>) -> Result<Self, DistributionError> {
        Self::new(counts)
    }
}

impl From<ScoreDistribution> for Vec<u64> {
    fn from(distribution: ScoreDistribution) -> Self {
        distribution.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_variance_are_exact() {
        let scores = ScoreDistribution::of([1, 2, 2, 3, 4], 5).unwrap();
        assert_eq!(scores.counts(), [0, 1, 2, 1, 1, 0]);
        assert_eq!(scores.mean().unwrap().to_string(), "12/5");
        assert_eq!(scores.variance().unwrap().to_string(), "26/25");
        assert_eq!(scores.maximum(), 5);
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert_eq!(ScoreDistribution::new(vec![0, 0]), Err(DistributionError::Empty));
        assert!(ScoreDistribution::new(vec![u64::MAX, 1]).is_err());
        assert!(ScoreDistribution::new(vec![1; 10_002]).is_err());
        assert!(ScoreDistribution::of([6], 5).is_err());
        assert!(ScoreDistribution::of([6], u32::MAX).is_err());
    }
}
