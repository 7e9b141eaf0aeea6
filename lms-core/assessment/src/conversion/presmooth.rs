//! Smoothing a score distribution before it is equated.
#![expect(clippy::float_arithmetic, reason = "frequencies are estimated; no score is made here")]
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::conversion::{DistributionError, ScoreDistribution};

/// A distribution that was smoothed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Presmoothed {
    /// The estimated share of each score, from 0; they sum to 1.
    pub shares: Vec<f64>,
    /// How many moments are those of the observed scores.
    pub degree: u8,
    /// The likelihood-ratio χ² against the observed shares, with as many degrees of freedom as
    /// there are scores less `degree` less 1: how much the smoothing changed.
    pub chi_squared: f64,
    /// Akaike's criterion, χ² + 2·(degree + 1): the degree with the least of several fits best.
    pub aic: f64,
}

/// Why a distribution cannot be smoothed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PresmoothError {
    /// As many moments as asked for cannot be kept.
    #[error("keep from 1 to {most} moments; the scores have only so many different values")]
    #[fault(invalid, field = "degree")]
    Degree {
        /// The most.
        most: u8,
    },
    /// The estimate does not settle.
    #[error("the scores do not settle at a smooth distribution; keep fewer moments")]
    #[fault(invalid, field = "degree")]
    NoEstimate,
    /// The shares are no distribution.
    #[error(transparent)]
    #[fault(transparent)]
    Distribution(#[from] DistributionError),
}

/// The most moments that are kept.
const MOST: u8 = 10;

/// Smooths a distribution by a polynomial log-linear model: of all distributions whose first
/// `degree` moments are those of the observed scores, the one nearest to uniform, which is the
/// maximum-likelihood estimate (Holland and Thayer, "Notes on the use of log-linear models for
/// fitting discrete probability distributions", ETS RR-87-31, 1987).
///
/// # Errors
/// [`PresmoothError`] for no degree, or one that the scores do not carry.
pub fn presmooth(scores: &ScoreDistribution, degree: u8) -> Result<Presmoothed, PresmoothError> {
    let different = scores.counts().iter().filter(|count| **count > 0).count();
    let most = u8::try_from(different.saturating_sub(1)).unwrap_or(MOST).min(MOST);
    if degree == 0 || degree > most {
        return Err(PresmoothError::Degree { most });
    }
    let total = scores.candidates() as f64;
    let observed: Vec<f64> = scores.counts().iter().map(|count| *count as f64 / total).collect();
    let terms = polynomials(observed.len(), usize::from(degree));
    let shares = fit(&observed, &terms).ok_or(PresmoothError::NoEstimate)?;
    let distance = |(seen, share): (&f64, &f64)| {
        if *seen > 0.0 { seen * (seen / share).ln() } else { 0.0 }
    };
    let chi_squared = 2.0 * total * observed.iter().zip(&shares).map(distance).sum::<f64>();
    let aic = chi_squared + 2.0 * (f64::from(degree) + 1.0);
    Ok(Presmoothed { shares, degree, chi_squared, aic })
}

impl Presmoothed {
    /// The shares as counts of a thousand million candidates, which equating takes.
    ///
    /// # Errors
    /// [`DistributionError`] for shares that presmoothing does not give.
    pub fn distribution(&self) -> Result<ScoreDistribution, DistributionError> {
        // Cut, so that they are not more than there may be.
        let most = ScoreDistribution::MAX_CANDIDATES as f64;
        let count = |share: &f64| (share.clamp(0.0, 1.0) * most) as u64;
        ScoreDistribution::new(self.shares.iter().map(count).collect())
    }
}

/// Polynomials of degrees 1 to `degree` over the scores, orthogonal to each other and to the
/// constant, so that the equations stay well conditioned.
fn polynomials(scores: usize, degree: usize) -> Vec<Vec<f64>> {
    let middle = (scores as f64 - 1.0) / 2.0;
    let at = |score: usize| (score as f64 - middle) / middle.max(1.0);
    let mut terms: Vec<Vec<f64>> = vec![vec![1.0 / (scores as f64).sqrt(); scores]];
    for _ in 0..degree {
        let last = terms.last().cloned().unwrap_or_default();
        let mut next: Vec<f64> = last.iter().enumerate().map(|(x, it)| it * at(x)).collect();
        // Twice: once leaves traces of rounding.
        for _ in 0..2 {
            for term in &terms {
                let along = dot(&next, term);
                next.iter_mut().zip(term).for_each(|(it, term)| *it -= along * term);
            }
        }
        let length = dot(&next, &next).sqrt();
        next.iter_mut().for_each(|it| *it /= length);
        terms.push(next);
    }
    terms.remove(0);
    terms
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The shares of the model, by Newton's method with halved steps: its likelihood has one maximum.
fn fit(observed: &[f64], terms: &[Vec<f64>]) -> Option<Vec<f64>> {
    let wanted: Vec<f64> = terms.iter().map(|term| dot(observed, term)).collect();
    let mut weights = vec![0.0; terms.len()];
    let (mut shares, mut height) = model(&weights, terms, &wanted);
    for _ in 0..200 {
        let means: Vec<f64> = terms.iter().map(|term| dot(&shares, term)).collect();
        let slope: Vec<f64> = wanted.iter().zip(&means).map(|(a, b)| a - b).collect();
        if slope.iter().all(|it| it.abs() < 1e-12) {
            return Some(shares);
        }
        let step = solve(&curvature(&shares, &means, terms), &slope)?;
        let mut size = 1.0;
        loop {
            let tried: Vec<f64> =
                weights.iter().zip(&step).map(|(weight, step)| weight + size * step).collect();
            let (found, higher) = model(&tried, terms, &wanted);
            if higher >= height - 1e-15 {
                (weights, shares, height) = (tried, found, higher);
                break;
            }
            size /= 2.0;
            if size < 1e-10 {
                return settled(&shares, terms, &wanted).then_some(shares);
            }
        }
    }
    settled(&shares, terms, &wanted).then_some(shares)
}

/// Whether nothing is left to improve but for rounding.
fn settled(shares: &[f64], terms: &[Vec<f64>], wanted: &[f64]) -> bool {
    terms.iter().zip(wanted).all(|(term, wanted)| (dot(shares, term) - wanted).abs() < 1e-9)
}

/// The shares that weights of the terms make, and the log-likelihood for one candidate.
fn model(weights: &[f64], terms: &[Vec<f64>], wanted: &[f64]) -> (Vec<f64>, f64) {
    let scores = terms.first().map_or(0, Vec::len);
    let mut shares = vec![0.0; scores];
    for (weight, term) in weights.iter().zip(terms) {
        shares.iter_mut().zip(term).for_each(|(it, term)| *it += weight * term);
    }
    let most = shares.iter().copied().fold(f64::MIN, f64::max);
    shares.iter_mut().for_each(|it| *it = (*it - most).exp());
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|it| *it /= sum);
    (shares, dot(weights, wanted) - most - sum.ln())
}

/// The covariances of the terms under the shares.
fn curvature(shares: &[f64], means: &[f64], terms: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let covariance = |(a, mean_a): (&Vec<f64>, &f64), (b, mean_b): (&Vec<f64>, &f64)| -> f64 {
        let each = shares.iter().zip(a).zip(b);
        each.map(|((share, a), b)| share * (a - mean_a) * (b - mean_b)).sum()
    };
    let all = || terms.iter().zip(means);
    all().map(|a| all().map(|b| covariance(a, b)).collect()).collect()
}

/// Solves a symmetric, positive system by Cholesky's method; none where it is not positive.
fn solve(matrix: &[Vec<f64>], right: &[f64]) -> Option<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    let mut forward: Vec<f64> = Vec::with_capacity(matrix.len());
    for (row, wanted) in matrix.iter().zip(right) {
        let mut next: Vec<f64> = Vec::with_capacity(row.len());
        for above in &rows {
            let diagonal = above.last()?;
            let taken = dot(&next, above.get(..next.len())?);
            next.push((row.get(next.len())? - taken) / diagonal);
        }
        let left = row.get(next.len())? - dot(&next, &next);
        if left <= 0.0 || !left.is_finite() {
            return None;
        }
        let value = (wanted - dot(&next, &forward)) / left.sqrt();
        next.push(left.sqrt());
        rows.push(next);
        forward.push(value);
    }
    let mut solution = vec![0.0; rows.len()];
    for at in (0..rows.len()).rev() {
        let below: f64 = (at + 1..rows.len())
            .filter_map(|row| Some(rows.get(row)?.get(at)? * solution.get(row)?))
            .sum();
        let value = (forward.get(at)? - below) / rows.get(at)?.get(at)?;
        *solution.get_mut(at)? = value;
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conversion::{EquatingMethod, EquatingTarget, RoundTo, equate};

    fn counts(counts: &[u64]) -> ScoreDistribution {
        ScoreDistribution::new(counts.to_vec()).unwrap()
    }

    fn moment(shares: &[f64], power: i32) -> f64 {
        let middle = shares.len() as f64 / 2.0;
        (0..)
            .zip(shares)
            .map(|(x, share)| ((f64::from(x) - middle) / middle).powi(power) * share)
            .sum()
    }

    /// The first moment alone: shares proportional to q^x. With 1, 1, 2 of four candidates the
    /// mean is 5/4, so 3q² − q − 5 = 0.
    #[test]
    fn one_moment_makes_a_geometric_distribution() {
        let found = presmooth(&counts(&[1, 1, 2]), 1).unwrap();
        let q = (1.0 + 61.0_f64.sqrt()) / 6.0;
        let sum = 1.0 + q + q * q;
        for (share, expected) in found.shares.iter().zip([1.0 / sum, q / sum, q * q / sum]) {
            assert!((share - expected).abs() < 1e-12, "{share} {expected}");
        }
        // All moments that there are: nothing changes.
        let all = presmooth(&counts(&[1, 1, 2]), 2).unwrap();
        assert!(all.chi_squared.abs() < 1e-9 && found.chi_squared > all.chi_squared);
        assert!((all.shares[2] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn degrees_that_the_scores_do_not_carry_are_refused() {
        let three = counts(&[5, 0, 3, 0, 9]);
        assert_eq!(presmooth(&three, 0), Err(PresmoothError::Degree { most: 2 }));
        assert_eq!(presmooth(&three, 3), Err(PresmoothError::Degree { most: 2 }));
        assert_eq!(presmooth(&counts(&[0, 4]), 1), Err(PresmoothError::Degree { most: 0 }));
    }

    /// A ragged distribution of fifty-one scores is smooth, has a share everywhere, and is equated.
    #[test]
    fn a_smoothed_form_is_equated() {
        let ragged: Vec<u64> = (0..=50_u64)
            .map(|x| 60 - (x.abs_diff(28) * 2).min(58) + if x % 5 == 0 { 9 } else { 0 })
            .collect();
        let form = counts(&ragged);
        let smooth = presmooth(&form, 4).unwrap();
        let falls = smooth.shares.windows(2).filter(|pair| pair[0] > pair[1]).count();
        let turns = smooth.shares.windows(3).filter(|it| (it[1] - it[0]) * (it[2] - it[1]) < 0.0);
        assert!(falls > 10 && turns.count() <= 2, "one top");
        let form = smooth.distribution().unwrap();
        let target = EquatingTarget { round: RoundTo::FINEST, within_scale: false };
        let table = equate(EquatingMethod::Equipercentile, &form, &form, target).unwrap();
        assert!(table.rows().iter().all(|row| row.raw_from == row.scaled_from));
    }

    proptest! {
        #[test]
        fn the_moments_that_are_kept_are_those_of_the_scores(
            list in prop::collection::vec(1_u64..500, 12..60), degree in 1_u8..7,
        ) {
            let found = presmooth(&counts(&list), degree).unwrap();
            let total: u64 = list.iter().sum();
            let observed: Vec<f64> = list.iter().map(|it| *it as f64 / total as f64).collect();
            prop_assert!((found.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(found.shares.iter().all(|it| *it > 0.0));
            for power in 1..=i32::from(degree) {
                let off = moment(&found.shares, power) - moment(&observed, power);
                prop_assert!(off.abs() < 1e-9, "{} {}", power, off);
            }
            let more = presmooth(&counts(&list), degree + 1).unwrap();
            prop_assert!(more.chi_squared <= found.chi_squared + 1e-6);
        }
    }
}
