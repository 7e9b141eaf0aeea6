//! A conversion table from the results of two forms of one test.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::conversion::{
    ConversionError, ConversionRow, ConversionRule, ConversionTable, RoundTo, ScoreDistribution,
};
use lms_kernel::{BigRatio, NumberError, Points, Ratio};

/// How the scores of a new form are put on the scale of the old one, for random groups.
///
/// The definitions are those of Kolen and Brennan, "Test Equating, Scaling, and Linking"
/// (3rd edition, Springer 2014), chapter 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum EquatingMethod {
    /// The same distance from the mean: y = x − μ(X) + μ(Y).
    Mean,
    /// The same number of standard deviations from the mean:
    /// y = σ(Y)/σ(X) · (x − μ(X)) + μ(Y).
    Linear,
    /// The same percentile rank, where each whole score is spread evenly over ±0.5.
    Equipercentile,
}

/// The range and rounding of an equated table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EquatingTarget {
    /// How an equated score is rounded.
    pub round: RoundTo,
    /// Whether scores beyond 0 or the maximum of the old form are cut to them.
    pub within_scale: bool,
}

/// Why two distributions give no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum EquatingError {
    /// All candidates of a form had the same score.
    #[error("linear equating needs scores that differ; use mean equating")]
    #[fault(invalid, field = "method")]
    NoSpread,
    /// The equated scores do not make a table.
    #[error(transparent)]
    #[fault(transparent)]
    Table(#[from] ConversionError),
    /// A result is too large.
    #[error(transparent)]
    #[fault(invalid)]
    Number(#[from] NumberError),
}

/// The table that puts every raw score of `new_form` on the scale of `old_form`.
///
/// Every method is exact up to the one declared rounding; [`equated_scores`] gives the scores
/// before it.
///
/// ```
/// use lms_assessment::conversion::{ EquatingMethod, EquatingTarget, RoundTo, ScoreDistribution, equate, };
///
/// let harder = ScoreDistribution::of([2, 3, 4], 5)?;
/// let easier = ScoreDistribution::of([3, 4, 5], 5)?;
/// let target = EquatingTarget { round: RoundTo::FINEST, within_scale: false };
/// let table = equate(EquatingMethod::Mean, &harder, &easier, target)?;
/// assert_eq!(table.convert("2".parse()?)?.to_string(), "3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EquatingError::NoSpread`] where linear equating has no slope.
pub fn equate(
    method: EquatingMethod,
    new_form: &ScoreDistribution,
    old_form: &ScoreDistribution,
    target: EquatingTarget,
) -> Result<ConversionTable, EquatingError> {
    target.table(&equated_scores(method, new_form, old_form)?, old_form.maximum())
}

impl EquatingTarget {
    /// The table of the equated scores of the raw scores from 0, on a scale with that maximum.
    ///
    /// # Errors
    /// [`EquatingError`] for scores that make no table.
    pub fn table(
        self,
        equated: &[BigRatio],
        maximum: u32,
    ) -> Result<ConversionTable, EquatingError> {
        let top = BigRatio::from(i64::from(maximum));
        let mut rows = Vec::with_capacity(equated.len());
        for (raw, exact) in (0_i64..).zip(equated) {
            let exact = match exact {
                low if self.within_scale && low.is_negative() => &BigRatio::ZERO,
                high if self.within_scale && *high > top => &top,
                exact => exact,
            };
            rows.push(ConversionRow::single(
                Points::from_whole(raw)?,
                self.round.apply_exact(exact)?,
            ));
        }
        Ok(ConversionTable::new(ConversionRule::default(), rows)?)
    }
}

/// The score on the scale of `old_form` of every raw score of `new_form`, from 0, before any
/// rounding.
///
/// Mean and equipercentile equating are exact. So is linear equating where the quotient of the
/// variances has a root that is a fraction; else the root is cut to 150 fraction digits, which is
/// more than any rounding of scores can tell apart.
///
/// # Errors
/// [`EquatingError::NoSpread`] where linear equating has no slope.
pub fn equated_scores(
    method: EquatingMethod,
    new_form: &ScoreDistribution,
    old_form: &ScoreDistribution,
) -> Result<Vec<BigRatio>, EquatingError> {
    let raws = 0..=i64::from(new_form.maximum());
    match method {
        EquatingMethod::Mean => {
            let shift = BigRatio::from(old_form.mean()?.sub(new_form.mean()?)?);
            Ok(raws.map(|raw| BigRatio::from(raw).add(&shift)).collect())
        }
        EquatingMethod::Linear => {
            let line = Line::of_moments(
                &Moments::of(new_form.mean()?, new_form.variance()?),
                &Moments::of(old_form.mean()?, old_form.variance()?),
            )?;
            Ok(raws.map(|raw| line.at(&BigRatio::from(raw))).collect())
        }
        EquatingMethod::Equipercentile => {
            percentile_equivalents(new_form.counts(), old_form.counts())
        }
    }
}

/// The scores of the old form with the percentile ranks that the scores of the new one have.
///
/// Half of those with a score count as below it. Where a whole range of scores has a rank, its
/// middle is taken.
fn percentile_equivalents(new: &[u64], old: &[u64]) -> Result<Vec<BigRatio>, EquatingError> {
    let mut before = vec![0_i128];
    for count in old {
        before.push(before.last().copied().unwrap_or(0) + i128::from(*count));
    }
    let total = before.last().copied().unwrap_or(0);
    let candidates: i128 = new.iter().copied().map(i128::from).sum();
    let mut below = 0;
    let mut equated = Vec::with_capacity(new.len());
    for here in new.iter().copied().map(i128::from) {
        // So many candidates of the old form are below: over ÷ under.
        let (over, under) = ((2 * below + here) * total, 2 * candidates);
        let spread = |score: usize, before: i128, through: i128| -> Result<Ratio, NumberError> {
            let into = Ratio::new(over - before * under, (through - before) * under)?;
            Ratio::new(2 * i128::try_from(score).unwrap_or(0) - 1, 2)?.add(into)
        };
        let at = |place: usize| before.get(place).copied().unwrap_or(total);
        // The least score through which more candidates come.
        let least = before.partition_point(|through| through * under <= over).saturating_sub(1);
        let upper = if least < old.len() {
            spread(least, at(least), at(least + 1))?
        } else {
            Ratio::new(2 * i128::try_from(old.len()).unwrap_or(0) - 1, 2)?
        };
        // The greatest score before which fewer candidates come.
        let greatest = before.partition_point(|before| before * under < over).min(old.len());
        let lower = match greatest.checked_sub(1) {
            Some(greatest) => spread(greatest, at(greatest), at(greatest + 1))?,
            None => Ratio::new(-1, 2)?,
        };
        equated.push(BigRatio::from(upper.add(lower)?.mul(Ratio::new(1, 2)?)?));
        below += here;
    }
    Ok(equated)
}

/// The mean and the variance of the scores of a form.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub(super) mean: BigRatio,
    pub(super) variance: BigRatio,
}

impl Moments {
    pub(super) fn of(mean: Ratio, variance: Ratio) -> Self {
        Self { mean: BigRatio::from(mean), variance: BigRatio::from(variance) }
    }
}

/// The line that linear equating moves scores along.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) slope: BigRatio,
    /// The score that stays at its place among the others: the mean of the new form.
    pub(super) from: BigRatio,
    /// Where it goes: the mean of the old form.
    pub(super) to: BigRatio,
}

/// Fraction digits of a square root that has no end. Scores of up to a thousand million
/// candidates have moments of at most 45 digits, and a root that is no fraction differs from every
/// middle between two rounded scores in fewer than 140 digits.
const ROOT_DIGITS: u32 = 150;

impl Line {
    /// The line that keeps the number of standard deviations from the mean.
    ///
    /// # Errors
    /// [`EquatingError::NoSpread`] where all scores of a form are the same.
    pub(super) fn of_moments(own: &Moments, other: &Moments) -> Result<Self, EquatingError> {
        let no_spread = |it: &Moments| it.variance <= BigRatio::ZERO;
        if no_spread(own) || no_spread(other) {
            return Err(EquatingError::NoSpread);
        }
        let slope = other.variance.div(&own.variance)?.square_root(ROOT_DIGITS)?;
        Ok(Self { slope, from: own.mean.clone(), to: other.mean.clone() })
    }

    /// Where a score goes.
    pub(super) fn at(&self, raw: &BigRatio) -> BigRatio {
        raw.sub(&self.from).mul(&self.slope).add(&self.to)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(counts: &[u64]) -> ScoreDistribution {
        ScoreDistribution::new(counts.to_vec()).unwrap()
    }

    fn table(
        method: EquatingMethod,
        new_form: &[u64],
        old_form: &[u64],
        within_scale: bool,
    ) -> Vec<String> {
        let target = EquatingTarget { round: RoundTo::FINEST, within_scale };
        let table = equate(method, &counts(new_form), &counts(old_form), target).unwrap();
        table.rows().iter().map(|row| row.scaled_from.to_string()).collect()
    }

    /// Form X and form Y of Kolen and Brennan, tables 2.2 and 2.3: 0.2, 0.3, 0.2, 0.2, 0.1 and
    /// 0.1, 0.2, 0.2, 0.3, 0.2 of the candidates have 0 to 4. Their equipercentile equivalents
    /// are 0.50, 1.75, 2.8333, 3.50 and 4.25.
    #[test]
    fn the_textbook_example() {
        let (x, y) = ([2, 3, 2, 2, 1], [1, 2, 2, 3, 2]);
        let found = table(EquatingMethod::Equipercentile, &x, &y, false);
        assert_eq!(found, ["0.5", "1.75", "2.8333", "3.5", "4.25"]);
        let cut = table(EquatingMethod::Equipercentile, &x, &y, true);
        assert_eq!(cut, ["0.5", "1.75", "2.8333", "3.5", "4"]);
    }

    #[test]
    fn mean_and_linear_equating_of_a_worked_example() {
        // Means 2 and 3, variances 2 and 0.5: the slope is 1/2.
        let (x, y) = ([1, 1, 1, 1, 1], [0, 0, 2, 4, 2]);
        assert_eq!(table(EquatingMethod::Mean, &x, &y, false), ["1", "2", "3", "4", "5"]);
        assert_eq!(table(EquatingMethod::Mean, &x, &y, true), ["1", "2", "3", "4", "4"]);
        assert_eq!(table(EquatingMethod::Linear, &x, &y, false), ["2", "2.5", "3", "3.5", "4"]);
    }

    /// A thousand million candidates on each of two forms of ten thousand points.
    #[test]
    fn the_largest_distributions_that_there_may_be_are_equated() {
        let spread = |step: usize| {
            let mut counts = vec![0_u64; ScoreDistribution::MAX_SCORES];
            let scores = (counts.len() - 1) / step + 1;
            for at in (0..counts.len()).step_by(step) {
                counts[at] = ScoreDistribution::MAX_CANDIDATES / scores as u64 - (at % 7) as u64;
            }
            ScoreDistribution::new(counts).unwrap()
        };
        let target = EquatingTarget { round: RoundTo::FINEST, within_scale: false };
        for (own, other) in [(1, 3), (3, 1), (1, 9_999), (9_999, 1), (13, 7)] {
            for method in EquatingMethod::ALL {
                let table = equate(*method, &spread(own), &spread(other), target).unwrap();
                assert_eq!(table.rows().len(), ScoreDistribution::MAX_SCORES);
            }
        }
    }

    #[test]
    fn equated_scores_are_exact_before_they_are_rounded() {
        let (x, y) = (counts(&[2, 3, 2, 2, 1]), counts(&[1, 2, 2, 3, 2]));
        let exact = |method| -> Vec<String> {
            let found = equated_scores(method, &x, &y).unwrap();
            found.iter().map(ToString::to_string).collect()
        };
        assert_eq!(exact(EquatingMethod::Equipercentile), ["1/2", "7/4", "17/6", "7/2", "17/4"]);
        assert_eq!(exact(EquatingMethod::Mean), ["3/5", "8/5", "13/5", "18/5", "23/5"]);
        // Means 17/10 and 23/10; both variances are 161/100, so the slope is exactly 1.
        assert_eq!(exact(EquatingMethod::Linear), exact(EquatingMethod::Mean));
    }

    #[test]
    fn linear_equating_needs_spread() {
        let target = EquatingTarget { round: RoundTo::WHOLE, within_scale: true };
        let (same, spread) = (counts(&[0, 3, 0]), counts(&[1, 1, 1]));
        for (new_form, old_form) in [(&same, &spread), (&spread, &same)] {
            let found = equate(EquatingMethod::Linear, new_form, old_form, target);
            assert_eq!(found, Err(EquatingError::NoSpread));
        }
        assert!(equate(EquatingMethod::Mean, &same, &spread, target).is_ok());
    }

    proptest! {
        #[test]
        fn a_form_is_equivalent_to_itself(
            form in prop::collection::vec(1_u64..1_000, 2..60),
            method in prop::sample::select(EquatingMethod::ALL.to_vec()),
        ) {
            let form = counts(&form);
            let target = EquatingTarget { round: RoundTo::FINEST, within_scale: false };
            let table = equate(method, &form, &form, target).unwrap();
            for row in table.rows() {
                prop_assert_eq!(row.raw_from, row.scaled_from);
            }
        }

        #[test]
        fn equated_scores_never_decrease(
            new_form in prop::collection::vec(0_u64..50, 2..40),
            old_form in prop::collection::vec(0_u64..50, 2..40),
            method in prop::sample::select(EquatingMethod::ALL.to_vec()),
        ) {
            let (Ok(new_form), Ok(old_form)) =
                (ScoreDistribution::new(new_form), ScoreDistribution::new(old_form))
            else { return Ok(()) };
            let target = EquatingTarget { round: RoundTo::FINEST, within_scale: true };
            match equate(method, &new_form, &old_form, target) {
                Ok(table) => prop_assert_eq!(table.rows().len(), new_form.counts().len()),
                Err(error) => prop_assert_eq!(error, EquatingError::NoSpread),
            }
        }
    }
}
