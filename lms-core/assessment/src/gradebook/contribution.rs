//! The contribution of each item to a course grade.
use serde::{Deserialize, Serialize};

use crate::{
    gradebook::{
        Aggregation, CategoryTrace, Fate, GradeCategory, GradeItem, GradeTrace, aggregation::stake,
    },
    scoring::ShortWeights,
};
use lms_kernel::{BigRatio, Id};

/// The share of the course result that one item contributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contribution {
    /// Its category.
    pub category: Id<GradeCategory>,
    /// The item; none for one that was padded.
    pub item: Option<Id<GradeItem>>,
    /// Its effective weight: what all of its points add, as a share of the whole. Those of all
    /// items but extra credit sum to 1 where weights do.
    pub weight: BigRatio,
    /// What it added.
    pub earned: BigRatio,
}

impl GradeTrace {
    /// What each item that counts adds to the share of the whole, in order; the parts sum to the
    /// share before it is capped.
    ///
    /// Items of a category whose shares are put in order (`median` and the like) are left out, and
    /// so are all where the categories are: there one result decides for all.
    pub fn contributions(&self) -> Vec<Contribution> {
        let counted = self.categories.iter().filter_map(|category| {
            let adds_up = category.aggregation.takes_extra_credit();
            Some((category, self.unit_of(category).filter(|_| adds_up)?))
        });
        counted.flat_map(|(category, unit)| contributions(category, &unit)).collect()
    }

    /// What one unit above the line of a category adds to the share of the whole.
    fn unit_of(&self, category: &CategoryTrace) -> Option<BigRatio> {
        let regular = || self.categories.iter().filter(|it| !it.extra_credit);
        let below = category.below();
        let of = match self.aggregation {
            Aggregation::Natural => {
                let possible = BigRatio::sum(regular().map(|it| it.possible.clone()));
                if category.aggregation == Aggregation::Natural {
                    return BigRatio::ONE.div(&possible).ok();
                }
                category.possible.div(&possible).ok()?
            }
            Aggregation::Mean => {
                let count = regular().filter(|it| it.share.is_some()).count();
                let count = BigRatio::from(i64::try_from(count).unwrap_or(i64::MAX));
                category.share.as_ref().and_then(|_| BigRatio::ONE.div(&count).ok())?
            }
            Aggregation::WeightedMean => {
                category.share.as_ref()?;
                let counted = regular().filter(|it| it.share.is_some());
                let weights = BigRatio::sum(counted.map(|it| BigRatio::from(it.weight)));
                let scale = match self.rules.short_weights {
                    ShortWeights::ScaleUp => weights.min(BigRatio::ONE),
                    ShortWeights::Keep if weights.is_zero() => BigRatio::ZERO,
                    ShortWeights::Keep => BigRatio::ONE,
                };
                BigRatio::from(category.weight).div(&scale).ok()?
            }
            Aggregation::Median
            | Aggregation::Lowest
            | Aggregation::Highest
            | Aggregation::Mode => return None,
        };
        of.div(&below).ok()
    }
}

impl CategoryTrace {
    /// What the items that count add up to below the line.
    fn below(&self) -> BigRatio {
        let counted = self.items.iter().filter(|it| it.fate == Fate::Counts);
        let stakes = counted.filter_map(|it| stake(self.aggregation, &it.portion()));
        BigRatio::sum(stakes.map(|(_, below)| below))
    }
}

fn contributions(category: &CategoryTrace, unit: &BigRatio) -> Vec<Contribution> {
    let by = category.aggregation;
    let counted = category.items.iter().filter(|it| it.fate == Fate::Counts);
    let contribution = |it: &crate::gradebook::ItemTrace| {
        let portion = it.portion();
        let (above, _) = stake(by, &portion)?;
        let whole = match by {
            Aggregation::Natural => portion.possible,
            Aggregation::WeightedMean => BigRatio::from(portion.weight),
            _ => BigRatio::ONE,
        };
        Some(Contribution {
            category: category.category,
            item: it.item,
            weight: whole.mul(unit),
            earned: above.mul(unit),
        })
    };
    counted.filter_map(contribution).collect()
}
