//! The inputs of a course grade, stored so that it can be computed again.
use std::fmt;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    gradebook::{
        Aggregation, GradeCategory, GradeItem, GradeScale,
        aggregation::{Portion, aggregate},
    },
    scoring::{Cap, CourseRules, DecideOn, ScoreRounding, ShortWeights},
};
use lms_kernel::{BigRatio, Id, Percent, Points, Ratio, Title};

/// The state of a learner's item; each is treated differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GradeState {
    /// Nothing yet.
    #[default]
    NotYet,
    /// Something was handed in and is not marked.
    Pending,
    /// Nothing was handed in in time.
    Missing,
    /// The learner is excused: it is as if the item were not there.
    Excused,
    /// It is marked.
    Graded {
        /// What it earned, lateness aside; may be above what is possible.
        score: Points,
        /// How late it was, in seconds; 0 when in time.
        late_seconds: u64,
    },
}

/// Up to when a grade looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum Horizon {
    /// The marks so far: open and unmarked items are left out.
    Current,
    /// The end: what is open or to be marked counts as nothing.
    Final,
}

/// The outcome of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Fate {
    /// It counts.
    Counts,
    /// It was dropped.
    Dropped,
    /// The learner is excused.
    Excused,
    /// It is not marked, and the grade is the current one.
    LeftOut,
    /// Nothing was possible, so it has no share to count.
    NothingPossible,
}

/// One item of a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemTrace {
    /// The item; none for one that was padded.
    pub item: Option<Id<GradeItem>>,
    /// What is known of it.
    #[serde(flatten)]
    pub state: GradeState,
    /// What lateness took.
    pub late_deduction: Ratio,
    /// What it earned in the end.
    pub earned: Ratio,
    /// The points possible.
    pub possible: Points,
    /// What it weighs in a weighted mean.
    pub weight: Points,
    /// How many times its points count where the natural weights of its category are overridden;
    /// none for once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<BigRatio>,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// The outcome of it.
    pub fate: Fate,
}

/// One category of a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CategoryTrace {
    /// The category.
    pub category: Id<GradeCategory>,
    /// Its name.
    pub name: Title,
    /// How its items became one share.
    pub aggregation: Aggregation,
    /// Its share of the whole, where categories count by weight.
    pub weight: Percent,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// Its items, in order.
    pub items: Vec<ItemTrace>,
    /// The points possible with the items that count, extra credit aside; `None` where there is no
    /// share, as where all weights are zero.
    pub possible: BigRatio,
    /// The points earned of it, as the share makes it.
    pub earned: BigRatio,
    /// The share; none where there is nothing that counts.
    pub share: Option<BigRatio>,
}

/// A grade up to one horizon, and everything that it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradeTrace {
    /// Up to when it looks.
    pub horizon: Horizon,
    /// How the categories became one share.
    pub aggregation: Aggregation,
    /// How the percentage is rounded, and what the grade is decided on.
    pub rounding: ScoreRounding,
    /// The outcome of weights below 100 percent and of shares above it.
    #[serde(default)]
    pub rules: CourseRules,
    /// The grades.
    pub scale: Option<GradeScale>,
    /// The categories, in order.
    pub categories: Vec<CategoryTrace>,
    /// What the whole makes.
    pub total: GradeTotal,
}

/// The course result that a gradebook computes from a learner's items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradeTotal {
    /// The share of the whole, exactly; none where nothing counts.
    pub share: Option<BigRatio>,
    /// The percentage as it is shown; may be above 100. A percentage beyond the range of
    /// [`Points`], as of a million points of extra credit where a ten-thousandth was possible, is
    /// shown as the end of that range.
    pub percent: Option<Points>,
    /// The grade.
    pub grade: Option<String>,
}

impl GradeTotal {
    pub(super) fn of(
        share: Option<BigRatio>,
        rounding: ScoreRounding,
        scale: Option<&GradeScale>,
    ) -> Self {
        let Some(exact) = share else { return Self::default() };
        let percent = rounding.show_within_range(&exact.mul(&BigRatio::from(100)));
        let decided = match rounding.decide_on {
            DecideOn::Exact => exact.clone(),
            DecideOn::Shown => of_hundred(percent),
        };
        let grade = scale.map(|scale| scale.grade(&decided).to_owned());
        Self { share: Some(exact), percent: Some(percent), grade }
    }
}

/// The share that a percentage is.
pub(super) fn of_hundred(percent: Points) -> BigRatio {
    // A hundredth is never zero.
    let hundredth = Ratio::new(1, 100).unwrap_or(Ratio::ZERO);
    BigRatio::from(percent).mul(&BigRatio::from(hundredth))
}

impl ItemTrace {
    pub(super) fn portion(&self) -> Portion {
        let counted = |points: BigRatio| match &self.times {
            Some(times) => points.mul(times),
            None => points,
        };
        Portion {
            earned: counted(BigRatio::from(self.earned)),
            possible: counted(BigRatio::from(self.possible)),
            weight: Ratio::from(self.weight),
            extra_credit: self.extra_credit,
        }
    }
}

impl CategoryTrace {
    /// The share, the points earned and the points possible, from the items that count.
    pub(super) fn add_up(&self, cap: Cap) -> Sum {
        let counted: Vec<Portion> = (self.items.iter())
            .filter(|it| it.fate == Fate::Counts)
            .map(ItemTrace::portion)
            .collect();
        let share = aggregate(self.aggregation, &counted);
        let regular = counted.iter().filter(|it| !it.extra_credit).map(|it| it.possible.clone());
        let possible = BigRatio::sum(regular);
        let is_above = share.as_ref().is_some_and(|it| *it > BigRatio::ONE);
        let (is_capped, share) = match cap {
            Cap::Full if is_above => (true, Some(BigRatio::ONE)),
            Cap::Full | Cap::Bonus => (false, share),
        };
        match (self.aggregation, share) {
            (Aggregation::Natural, share) if !is_capped => {
                let earned = BigRatio::sum(counted.into_iter().map(|it| it.earned));
                Sum { share, earned, possible }
            }
            (_, Some(share)) => Sum { earned: share.mul(&possible), share: Some(share), possible },
            (_, None) => Sum { share: None, earned: BigRatio::ZERO, possible: BigRatio::ZERO },
        }
    }
}

impl GradeTrace {
    /// The same total again, from the items that the trace says count.
    pub fn replay(&self) -> GradeTotal {
        let parts: Vec<Part<'_>> =
            self.categories.iter().map(|it| (it, it.add_up(self.rules.category_cap))).collect();
        let share = whole(self.aggregation, self.rules, &parts);
        GradeTotal::of(share, self.rounding, self.scale.as_ref())
    }
}

/// What the items of a category make.
pub(super) struct Sum {
    pub(super) share: Option<BigRatio>,
    pub(super) earned: BigRatio,
    pub(super) possible: BigRatio,
}

/// A category and what its items make.
pub(super) type Part<'c> = (&'c CategoryTrace, Sum);

/// The share of the whole.
///
/// Weights that sum below 100 percent are scaled up to it, or keep their loss, and are never scaled
/// down: what is above is extra. A category without a share is left out.
pub(super) fn whole(by: Aggregation, rules: CourseRules, parts: &[Part<'_>]) -> Option<BigRatio> {
    let portion = |(category, sum): &Part<'_>| -> Option<Portion> {
        let (earned, possible) = match by {
            Aggregation::Natural => (sum.earned.clone(), sum.possible.clone()),
            _ => (sum.share.clone()?, BigRatio::ONE),
        };
        let (weight, extra_credit) = (category.weight.to_ratio(), category.extra_credit);
        Some(Portion { earned, possible, weight, extra_credit })
    };
    let portions: Vec<Portion> = parts.iter().filter_map(portion).collect();
    let share = aggregate(by, &portions)?;
    let share = match by {
        Aggregation::WeightedMean => {
            let regular = portions.iter().filter(|it| !it.extra_credit);
            let weights = BigRatio::sum(regular.map(|it| BigRatio::from(it.weight)));
            match rules.short_weights {
                ShortWeights::ScaleUp => share.mul(&weights.max(BigRatio::ONE)),
                ShortWeights::Keep => share.mul(&weights),
            }
        }
        _ => share,
    };
    Some(match rules.course_cap {
        Cap::Full => share.min(BigRatio::ONE),
        Cap::Bonus => share,
    })
}

/// The grade in words, for the learner and the teacher.
impl fmt::Display for GradeTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for category in &self.categories {
            write!(f, "{}", category.name)?;
            if self.aggregation == Aggregation::WeightedMean {
                write!(f, " ({} %)", category.weight)?;
            }
            match &category.share {
                Some(share) => write!(f, ": {} by {}", AsPercent(share), category.aggregation)?,
                None => f.write_str(": nothing counts")?,
            }
            let count = |fate| category.items.iter().filter(|it| it.fate == fate).count();
            for fate in Fate::ALL {
                if count(*fate) > 0 {
                    write!(f, "; {} {fate}", count(*fate))?;
                }
            }
            writeln!(f)?;
        }
        match (&self.total.percent, &self.total.grade) {
            (Some(percent), Some(grade)) => write!(f, "{}: {percent} %, {grade}", self.horizon),
            (Some(percent), None) => write!(f, "{}: {percent} %", self.horizon),
            (None, _) => write!(f, "{}: nothing counts", self.horizon),
        }
    }
}

struct AsPercent<'s>(&'s BigRatio);

impl fmt::Display for AsPercent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0.mul(&BigRatio::from(100));
        write!(f, "{} %", ScoreRounding::default().show_within_range(&percent))
    }
}
