//! A conversion table from the results of two forms of one test.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::conversion::{
    ConversionError, ConversionRow, ConversionRule, ConversionTable, RoundTo, ScoreDistribution,
};
use lms_kernel::{NumberError, Points, Ratio};

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

/// What an equated table looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
/// Mean and equipercentile equating are exact up to the one declared rounding. Linear equating
/// needs a square root, which is taken to at least nine fraction digits below the rounding.
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
    let top = Ratio::from(i64::from(old_form.maximum()));
    let mut rows = Vec::with_capacity(new_form.counts().len());
    for raw in 0..=i64::from(new_form.maximum()) {
        let exact = match method {
            EquatingMethod::Mean => mean_equivalent(raw, new_form, old_form)?,
            EquatingMethod::Linear => linear_equivalent(raw, new_form, old_form)?,
            EquatingMethod::Equipercentile => percentile_equivalent(raw, new_form, old_form)?,
        };
        let exact = if target.within_scale { exact.clamp(Ratio::ZERO, top) } else { exact };
        let raw = Points::from_whole(raw)?;
        rows.push(ConversionRow::single(raw, target.round.apply(exact)?));
    }
    Ok(ConversionTable::new(ConversionRule::default(), rows)?)
}

fn mean_equivalent(
    raw: i64,
    new_form: &ScoreDistribution,
    old_form: &ScoreDistribution,
) -> Result<Ratio, EquatingError> {
    Ok(Ratio::from(raw).sub(new_form.mean()?)?.add(old_form.mean()?)?)
}

fn linear_equivalent(
    raw: i64,
    new_form: &ScoreDistribution,
    old_form: &ScoreDistribution,
) -> Result<Ratio, EquatingError> {
    let (own, other) = (new_form.variance()?, old_form.variance()?);
    if own.is_zero() || other.is_zero() {
        return Err(EquatingError::NoSpread);
    }
    let deviation = Ratio::from(raw).sub(new_form.mean()?)?;
    let moved = deviation.mul(square_root(own, other)?)?;
    // The root has denominator 10¹⁴; bring the product back to a small one before adding.
    let moved = Ratio::new(moved.mul(Ratio::from(ROOT_SCALE))?.to_integer(Default::default()), {
        i128::from(ROOT_SCALE)
    })?;
    Ok(moved.add(old_form.mean()?)?)
}

/// Fraction digits of a square root: 10¹⁴ units in one.
const ROOT_SCALE: i64 = 100_000_000_000_000;

/// √(other ÷ own), cut to fourteen fraction digits.
fn square_root(own: Ratio, other: Ratio) -> Result<Ratio, NumberError> {
    let quotient = other.div(own)?;
    let scale = u128::from(ROOT_SCALE.unsigned_abs());
    // floor(√(n/d) · s) = floor(√(floor(n · s² ÷ d))). Numbers this large do not occur in
    // scores, but the whole and the fraction are scaled apart so that they still fit.
    let (numerator, denominator) =
        (quotient.numerator().unsigned_abs(), quotient.denominator().unsigned_abs());
    let squared = scaled_twice(numerator, denominator, scale).ok_or(NumberError::Overflow)?;
    let root = i128::try_from(squared.isqrt()).map_err(|_| NumberError::Overflow)?;
    Ratio::new(root, i128::from(ROOT_SCALE))
}

/// floor(numerator · scale² ÷ denominator), by long division in two steps.
fn scaled_twice(numerator: u128, denominator: u128, scale: u128) -> Option<u128> {
    let mut whole = numerator.checked_div(denominator)?;
    let mut rest = numerator.checked_rem(denominator)?;
    for _ in 0..2 {
        let mut digits = scale;
        while digits > 1 {
            // One decimal digit at a time, so that the remainder times ten fits.
            let next = rest.checked_mul(10)?;
            whole = whole.checked_mul(10)?.checked_add(next / denominator)?;
            rest = next % denominator;
            digits /= 10;
        }
    }
    Some(whole)
}

/// The score of the old form with the percentile rank that `raw` has on the new one.
fn percentile_equivalent(
    raw: i64,
    new_form: &ScoreDistribution,
    old_form: &ScoreDistribution,
) -> Result<Ratio, EquatingError> {
    let at = usize::try_from(raw).unwrap_or(0);
    let below: u64 = new_form.counts().iter().take(at).sum();
    let here = new_form.counts().get(at).copied().unwrap_or(0);
    // Half of those with the score count as below it: F(x − 1) + f(x)/2.
    let rank = Ratio::new(
        2 * i128::from(below) + i128::from(here),
        2 * i128::from(new_form.candidates()),
    )?;
    Ok(score_at_rank(rank, old_form)?)
}

/// The inverse of the percentile rank; in the middle where a whole range of scores has it.
fn score_at_rank(rank: Ratio, form: &ScoreDistribution) -> Result<Ratio, NumberError> {
    let total = i128::from(form.candidates());
    let wanted = rank.mul(Ratio::new(total, 1)?)?;
    let half = Ratio::new(1, 2)?;
    let upper = upper_score(wanted, form, half)?;
    let lower = lower_score(wanted, form, half)?;
    upper.add(lower)?.mul(half)
}

/// The least score with a greater cumulative count, and how far into it `wanted` lies.
fn upper_score(wanted: Ratio, form: &ScoreDistribution, half: Ratio) -> Result<Ratio, NumberError> {
    let mut below = 0_i128;
    for (score, count) in (0_i64..).zip(form.counts()) {
        let here = i128::from(*count);
        if Ratio::new(below + here, 1)? > wanted {
            let into = wanted.sub(Ratio::new(below, 1)?)?.div(Ratio::new(here, 1)?)?;
            return into.add(Ratio::from(score))?.sub(half);
        }
        below += here;
    }
    Ratio::from(i64::from(form.maximum())).add(half)
}

/// The greatest score with a smaller cumulative count before it, and how far `wanted` lies in it.
fn lower_score(wanted: Ratio, form: &ScoreDistribution, half: Ratio) -> Result<Ratio, NumberError> {
    let mut through = i128::from(form.candidates());
    let scores = (0..=i64::from(form.maximum())).rev().zip(form.counts().iter().rev());
    for (score, count) in scores {
        let here = i128::from(*count);
        let before = through - here;
        if Ratio::new(before, 1)? < wanted {
            let into = wanted.sub(Ratio::new(before, 1)?)?.div(Ratio::new(here, 1)?)?;
            return into.add(Ratio::from(score))?.sub(half);
        }
        through = before;
    }
    Ratio::ZERO.sub(half)
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
