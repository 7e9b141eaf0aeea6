//! Equating two forms whose candidates differ, by an anchor that both groups took.
use std::collections::BTreeMap;

use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::conversion::{
    DistributionError, EquatingError, ScoreDistribution,
    equating::{Line, Moments},
};
use lms_kernel::{BigRatio, NumberError, Percent, Ratio};

/// How many candidates of one group had each pair of scores: that on their form and that on the
/// anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<(u32, u32, u64)>", into = "Vec<(u32, u32, u64)>")]
pub struct AnchoredScores {
    counts: BTreeMap<(u32, u32), u64>,
    total: u64,
}

/// How the scores of a new form are put on the scale of an old one by a common anchor.
///
/// The definitions are those of Kolen and Brennan, "Test Equating, Scaling, and Linking"
/// (3rd edition, Springer 2014), chapter 4. In what follows 1 is the group of the new form X, 2
/// that of the old form Y, and V the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum AnchorMethod {
    /// Linear, where the regression of the scores on the anchor is the same in both groups:
    /// γ = cov(X, V) ÷ var(V).
    Tucker,
    /// Linear, where true scores on a form and the anchor are perfectly correlated, for observed
    /// scores. γ = var(X) ÷ cov(X, V) for an anchor within the form, and
    /// (var(X) + cov(X, V)) ÷ (var(V) + cov(X, V)) for one beside it.
    LevineObserved,
    /// The same for true scores: y = γ₂/γ₁ · (x − μ₁(X) − γ₁ · (μ₂(V) − μ₁(V))) + μ₂(Y), where the
    /// weights of the groups make no difference.
    LevineTrue,
    /// Linear from the form to the anchor in group 1, then from the anchor to the form in group 2.
    ChainedLinear,
}

/// Whether anchor questions count in the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum Anchor {
    /// Among those of each form: they count for its score.
    Internal,
    /// Beside those of each form.
    External,
}

/// Why anchored scores give no equating.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AnchorError {
    /// The scores on a form and the anchor do not vary together.
    #[error("the scores on the anchor tell nothing about those on the form; equate without it")]
    #[fault(invalid, field = "anchor")]
    NoRelation,
    /// The scores do not vary.
    #[error(transparent)]
    #[fault(transparent)]
    Equating(#[from] EquatingError),
    /// The scores are no distribution.
    #[error(transparent)]
    #[fault(transparent)]
    Distribution(#[from] DistributionError),
    /// A result is too large.
    #[error(transparent)]
    #[fault(invalid)]
    Number(#[from] NumberError),
}

/// How a group did on its form and the anchor.
struct Group {
    form: Moments,
    anchor: Moments,
    covariance: BigRatio,
}

impl AnchoredScores {
    /// Counts the pairs of scores of candidates, each on the form and on the anchor.
    ///
    /// # Errors
    /// [`DistributionError`] for no candidates, or more candidates or higher scores than can be
    /// handled.
    pub fn of(scores: impl IntoIterator<Item = (u32, u32)>) -> Result<Self, DistributionError> {
        Self::new(scores.into_iter().map(|(form, anchor)| (form, anchor, 1)))
    }

    /// So many candidates had each pair of scores; the same pair may be listed several times.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn new(
        counts: impl IntoIterator<Item = (u32, u32, u64)>,
    ) -> Result<Self, DistributionError> {
        let too_large = DistributionError::TooLarge {
            scores: ScoreDistribution::MAX_SCORES,
            candidates: ScoreDistribution::MAX_CANDIDATES,
        };
        let (mut found, mut total) = (BTreeMap::new(), 0_u64);
        for (form, anchor, count) in counts {
            if form.max(anchor) as usize >= ScoreDistribution::MAX_SCORES {
                return Err(too_large);
            }
            total = total.saturating_add(count);
            if total > ScoreDistribution::MAX_CANDIDATES {
                return Err(too_large);
            }
            *found.entry((form, anchor)).or_insert(0) += count;
        }
        if total == 0 {
            return Err(DistributionError::Empty);
        }
        Ok(Self { counts: found, total })
    }

    /// How many candidates there are; at least 1.
    pub const fn candidates(&self) -> u64 {
        self.total
    }

    fn group(&self) -> Group {
        let sum = |value: &dyn Fn(i128, i128) -> i128| -> i128 {
            let each = self.counts.iter();
            each.map(|((form, anchor), count)| {
                value(i128::from(*form), i128::from(*anchor)) * i128::from(*count)
            })
            .sum()
        };
        let n = i128::from(self.total);
        let over = |above: i128, below: i128| {
            Ratio::new(above, below).map_or(BigRatio::ZERO, BigRatio::from)
        };
        let (form, anchor) = (sum(&|x, _| x), sum(&|_, v| v));
        // n² times a variance or covariance: below 10²⁷ within the limits of a distribution.
        let moments = |total: i128, squares: i128| Moments {
            mean: over(total, n),
            variance: over(n * squares - total * total, n * n),
        };
        Group {
            form: moments(form, sum(&|x, _| x * x)),
            anchor: moments(anchor, sum(&|_, v| v * v)),
            covariance: over(n * sum(&|x, v| x * v) - form * anchor, n * n),
        }
    }
}

/// The score on the scale of the old form of every raw score of the new one, from 0 to `maximum`,
/// before any rounding. [`EquatingTarget::table`](crate::conversion::EquatingTarget::table) makes a
/// table of them.
///
/// Variances divide by the number of candidates. `weight` is that of the new form's group in the
/// population for which the forms are equated; none takes the groups by their sizes. A root that is
/// no fraction is cut to 150 digits.
///
/// ```
/// use lms_assessment::conversion::{Anchor, AnchorMethod, AnchoredScores, equated_by_anchor};
///
/// let new = AnchoredScores::of([(1, 0), (2, 1), (3, 2)])?;
/// let old = AnchoredScores::of([(2, 0), (3, 1), (4, 2)])?;
/// let method = AnchorMethod::Tucker;
/// let scores = equated_by_anchor(method, Anchor::External, &new, &old, None, 4)?;
/// assert_eq!(scores[2].to_string(), "3");
/// # Ok::<(), lms_assessment::conversion::AnchorError>(())
/// ```
///
/// # Errors
/// [`AnchorError`] where scores do not vary, or not together with the anchor.
pub fn equated_by_anchor(
    method: AnchorMethod,
    anchor: Anchor,
    new_form: &AnchoredScores,
    old_form: &AnchoredScores,
    weight: Option<Percent>,
    maximum: u32,
) -> Result<Vec<BigRatio>, AnchorError> {
    let (new, old) = (new_form.group(), old_form.group());
    let line = match method {
        AnchorMethod::ChainedLinear => {
            let first = Line::of_moments(&new.form, &new.anchor)?;
            let then = Line::of_moments(&old.anchor, &old.form)?;
            let to = then.at(&first.to);
            Line { slope: first.slope.mul(&then.slope), from: first.from, to }
        }
        AnchorMethod::LevineTrue => {
            let (own, other) = (levine(&new, anchor)?, levine(&old, anchor)?);
            let apart = new.anchor.mean.sub(&old.anchor.mean);
            let slope = other.div(&own).map_err(|_| AnchorError::NoRelation)?;
            Line { slope, from: new.form.mean, to: old.form.mean.add(&other.mul(&apart)) }
        }
        AnchorMethod::Tucker | AnchorMethod::LevineObserved => {
            let slope = |group: &Group| match method {
                AnchorMethod::Tucker => regression(group),
                _ => levine(group, anchor),
            };
            let slopes = (slope(&new)?, slope(&old)?);
            let own = match weight {
                Some(weight) => BigRatio::from(weight),
                None => {
                    let candidates = |it: &AnchoredScores| {
                        BigRatio::from(i64::try_from(it.candidates()).unwrap_or(i64::MAX))
                    };
                    let all = candidates(new_form).add(&candidates(old_form));
                    candidates(new_form).div(&all)?
                }
            };
            let (own, other) = synthetic(&new, &old, &slopes, &own);
            Line::of_moments(&own, &other)?
        }
    };
    Ok((0..=i64::from(maximum)).map(|raw| line.at(&BigRatio::from(raw))).collect())
}

/// The slope of the regression of the form on the anchor.
fn regression(group: &Group) -> Result<BigRatio, AnchorError> {
    group.covariance.div(&group.anchor.variance).map_err(|_| AnchorError::NoRelation)
}

/// The slope of true scores on the form over those on the anchor, under the congeneric model.
fn levine(group: &Group, anchor: Anchor) -> Result<BigRatio, AnchorError> {
    let (form, covariance) = (&group.form.variance, &group.covariance);
    let slope = match anchor {
        Anchor::Internal => form.div(covariance),
        Anchor::External => form.add(covariance).div(&group.anchor.variance.add(covariance)),
    };
    slope.map_err(|_| AnchorError::NoRelation)
}

/// The moments of both forms in the population of both groups (Kolen and Brennan, equations 4.12
/// to 4.15), where the group of the new form has the weight `own`.
fn synthetic(
    new: &Group,
    old: &Group,
    (first, second): &(BigRatio, BigRatio),
    own: &BigRatio,
) -> (Moments, Moments) {
    let other = BigRatio::ONE.sub(own);
    let apart = new.anchor.mean.sub(&old.anchor.mean);
    let spread = new.anchor.variance.sub(&old.anchor.variance);
    let between = own.mul(&other).mul(&apart).mul(&apart);
    let moments = |form: &Moments, slope: &BigRatio, share: &BigRatio| {
        let squared = slope.mul(slope);
        Moments {
            mean: form.mean.add(&share.mul(slope).mul(&apart)),
            variance: (form.variance.add(&share.mul(&squared).mul(&spread)))
                .add(&squared.mul(&between)),
        }
    };
    (moments(&new.form, first, &other.neg()), moments(&old.form, second, own))
}

impl TryFrom<Vec<(u32, u32, u64)>> for AnchoredScores {
    type Error = DistributionError;

    fn try_from(counts: Vec<(u32, u32, u64)>) -> Result<Self, DistributionError> {
        Self::new(counts)
    }
}

impl From<AnchoredScores> for Vec<(u32, u32, u64)> {
    fn from(scores: AnchoredScores) -> Self {
        scores.counts.into_iter().map(|((form, anchor), count)| (form, anchor, count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use lms_kernel::Rounding;

    fn scores(list: &[(u32, u32)]) -> AnchoredScores {
        AnchoredScores::of(list.iter().copied()).unwrap()
    }

    /// Two small groups whose equatings are worked in binary fractions from the textbook's
    /// formulas, apart from the code above.
    fn groups() -> (AnchoredScores, AnchoredScores) {
        let new = scores(&[(2, 1), (4, 2), (5, 2), (7, 4), (9, 4), (10, 5)]);
        let old = scores(&[(3, 0), (5, 2), (6, 3), (6, 2), (9, 5)]);
        (new, old)
    }

    fn equated(method: AnchorMethod, anchor: Anchor, weight: Option<&str>) -> Vec<f64> {
        let (new, old) = groups();
        let weight = weight.map(|text| text.parse().unwrap());
        let found = equated_by_anchor(method, anchor, &new, &old, weight, 10).unwrap();
        let decimal = |it: &BigRatio| it.round(12, Rounding::HalfUp).unwrap();
        found.iter().map(|it| decimal(it).to_string().parse().unwrap()).collect()
    }

    /// Method, anchor, weight of the new form's group, and where 0 and 10 go.
    const EXPECTED: [(AnchorMethod, Anchor, Option<&str>, f64, f64); 12] = [
        (AnchorMethod::Tucker, Anchor::Internal, None, 2.747_964_469_712, 8.832_107_959_618),
        (AnchorMethod::Tucker, Anchor::External, Some("100"), 2.748_421_974_305, 8.832_062_015_973),
        (AnchorMethod::Tucker, Anchor::Internal, Some("50"), 2.747_931_246_998, 8.832_107_854_454),
        (
            AnchorMethod::LevineObserved,
            Anchor::Internal,
            None,
            2.835_065_024_699,
            8.830_902_556_267,
        ),
        (
            AnchorMethod::LevineObserved,
            Anchor::Internal,
            Some("100"),
            2.834_965_691_324,
            8.830_914_622_908,
        ),
        (
            AnchorMethod::LevineObserved,
            Anchor::External,
            None,
            2.800_988_342_251,
            8.830_973_637_469,
        ),
        (
            AnchorMethod::LevineObserved,
            Anchor::External,
            Some("100"),
            2.794_620_072_044,
            8.831_694_307_890,
        ),
        (
            AnchorMethod::LevineObserved,
            Anchor::External,
            Some("50"),
            2.801_444_374_386,
            8.830_969_267_181,
        ),
        (AnchorMethod::LevineTrue, Anchor::Internal, None, 2.835_374_589_823, 8.830_660_442_760),
        (
            AnchorMethod::LevineTrue,
            Anchor::External,
            Some("50"),
            2.821_619_907_539,
            8.814_910_626_366,
        ),
        (AnchorMethod::ChainedLinear, Anchor::Internal, None, 2.790_798_932_643, 8.831_746_236_024),
        (
            AnchorMethod::ChainedLinear,
            Anchor::External,
            Some("100"),
            2.790_798_932_643,
            8.831_746_236_024,
        ),
    ];

    #[test]
    fn each_method_by_its_formula() {
        for (method, anchor, weight, zero, ten) in EXPECTED {
            let found = equated(method, anchor, weight);
            let off = (found[0] - zero).abs().max((found[10] - ten).abs());
            assert!(off < 1e-9, "{method} {anchor}: {} {}", found[0], found[10]);
        }
    }

    #[test]
    fn an_anchor_that_tells_nothing_is_refused() {
        let (new, _) = groups();
        let flat = scores(&[(1, 3), (2, 3), (3, 3)]);
        for method in AnchorMethod::ALL {
            for anchor in Anchor::ALL {
                let found = equated_by_anchor(*method, *anchor, &flat, &new, None, 10);
                assert!(found.is_err(), "{method} {anchor}");
            }
        }
        assert_eq!(AnchoredScores::of([]), Err(DistributionError::Empty));
        assert!(AnchoredScores::of([(10_001, 0)]).is_err());
        assert!(AnchoredScores::new([(1, 1, u64::MAX)]).is_err());
    }

    proptest! {
        #[test]
        fn a_form_is_equivalent_to_itself(
            list in prop::collection::vec((0_u32..20, 0_u32..8), 3..30),
            method in prop::sample::select(AnchorMethod::ALL),
            anchor in prop::sample::select(Anchor::ALL),
        ) {
            let form = scores(&list);
            if let Ok(found) = equated_by_anchor(method, anchor, &form, &form, None, 20) {
                let rounded = |it: &BigRatio| it.round(20, Rounding::HalfUp).unwrap();
                for (raw, equated) in (0_i64..).zip(&found) {
                    prop_assert_eq!(rounded(equated), rounded(&BigRatio::from(raw)));
                }
            }
        }
    }
}
