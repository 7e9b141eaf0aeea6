//! Everything that a course grade follows from.
use std::fmt;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    gradebook::{
        Aggregation, GradeCategory, GradeItem, GradeScale,
        aggregation::{Portion, aggregate},
    },
    scoring::{DecideOn, ScoreRounding},
};
use lms_kernel::{Id, NumberError, Percent, Points, Ratio, Title};

/// What is known of a learner's item. These are different and never confused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What was marked so far: what is open or to be marked is left out.
    Current,
    /// The end: what is open or to be marked counts as nothing.
    Final,
}

/// What became of an item.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What was possible.
    pub possible: Points,
    /// What it weighs in a weighted mean.
    pub weight: Points,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// What became of it.
    pub fate: Fate,
}

/// One category of a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What was possible with the items that count, extra credit aside; nothing where there is no
    /// share, as where all weights are nothing.
    pub possible: Ratio,
    /// What was earned of it, as the share makes it.
    pub earned: Ratio,
    /// The share; none where there is nothing that counts.
    pub share: Option<Ratio>,
}

/// A grade up to one horizon, and everything that it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeTrace {
    /// Up to when it looks.
    pub horizon: Horizon,
    /// How the categories became one share.
    pub aggregation: Aggregation,
    /// How the percentage is rounded, and what the grade is decided on.
    pub rounding: ScoreRounding,
    /// The grades.
    pub scale: Option<GradeScale>,
    /// The categories, in order.
    pub categories: Vec<CategoryTrace>,
    /// What the whole makes.
    pub total: GradeTotal,
}

/// What a gradebook makes of a learner's items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeTotal {
    /// The share of the whole, exactly; none where nothing counts.
    pub share: Option<Ratio>,
    /// The percentage as it is shown; may be above 100.
    pub percent: Option<Points>,
    /// The grade.
    pub grade: Option<String>,
}

impl GradeTotal {
    pub(super) fn of(
        share: Option<Ratio>,
        rounding: ScoreRounding,
        scale: Option<&GradeScale>,
    ) -> Result<Self, NumberError> {
        let Some(exact) = share else { return Ok(Self::default()) };
        let hundred = Ratio::from(100);
        let percent = rounding.show(exact.mul(hundred)?)?;
        let decided = match rounding.decide_on {
            DecideOn::Exact => exact,
            DecideOn::Shown => Ratio::from(percent).div(hundred)?,
        };
        let grade = scale.map(|scale| scale.grade(decided).to_owned());
        Ok(Self { share, percent: Some(percent), grade })
    }
}

impl ItemTrace {
    pub(super) fn portion(&self) -> Portion {
        Portion {
            earned: self.earned,
            possible: Ratio::from(self.possible),
            weight: Ratio::from(self.weight),
            extra_credit: self.extra_credit,
        }
    }
}

impl CategoryTrace {
    /// The share, what was earned and what was possible, from the items that count.
    pub(super) fn add_up(&self) -> Result<(Option<Ratio>, Ratio, Ratio), NumberError> {
        let counted: Vec<Portion> = (self.items.iter())
            .filter(|it| it.fate == Fate::Counts)
            .map(ItemTrace::portion)
            .collect();
        let share = aggregate(self.aggregation, &counted)?;
        let regular = counted.iter().filter(|it| !it.extra_credit).map(|it| it.possible);
        let possible = Ratio::sum(regular)?;
        Ok(match (self.aggregation, share) {
            (Aggregation::Natural, _) => {
                (share, Ratio::sum(counted.iter().map(|it| it.earned))?, possible)
            }
            (_, Some(it)) => (share, it.mul(possible)?, possible),
            (_, None) => (None, Ratio::ZERO, Ratio::ZERO),
        })
    }
}

impl GradeTrace {
    /// The same total again, from the items that the trace says count.
    ///
    /// # Errors
    /// [`NumberError`] for a trace whose numbers nothing could have made.
    pub fn replay(&self) -> Result<GradeTotal, NumberError> {
        let mut parts = Vec::with_capacity(self.categories.len());
        for category in &self.categories {
            parts.push((category, category.add_up()?));
        }
        let share = whole(self.aggregation, &parts)?;
        GradeTotal::of(share, self.rounding, self.scale.as_ref())
    }
}

/// A category and its share, what it earned and what was possible.
pub(super) type Part<'c> = (&'c CategoryTrace, (Option<Ratio>, Ratio, Ratio));

/// The share of the whole.
///
/// Weights that sum below 100 percent are scaled up to it and never down: what is above is extra.
/// A category without a share is left out.
pub(super) fn whole(by: Aggregation, parts: &[Part<'_>]) -> Result<Option<Ratio>, NumberError> {
    let portion = |(category, (share, earned, possible)): &Part<'_>| -> Option<Portion> {
        let (earned, possible) = match by {
            Aggregation::Natural => (*earned, *possible),
            _ => ((*share)?, Ratio::ONE),
        };
        let (weight, extra_credit) = (category.weight.to_ratio(), category.extra_credit);
        Some(Portion { earned, possible, weight, extra_credit })
    };
    let portions: Vec<Portion> = parts.iter().filter_map(portion).collect();
    let Some(share) = aggregate(by, &portions)? else { return Ok(None) };
    if by != Aggregation::WeightedMean {
        return Ok(Some(share));
    }
    let weights = portions.iter().filter(|it| !it.extra_credit).map(|it| it.weight);
    Ok(Some(share.mul(Ratio::sum(weights)?.max(Ratio::ONE))?))
}

/// The grade in words, for the learner and the teacher.
impl fmt::Display for GradeTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for category in &self.categories {
            write!(f, "{}", category.name)?;
            if self.aggregation == Aggregation::WeightedMean {
                write!(f, " ({} %)", category.weight)?;
            }
            match category.share {
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

struct AsPercent(Ratio);

impl fmt::Display for AsPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.mul(Ratio::from(100)).and_then(|it| ScoreRounding::default().show(it)) {
            Ok(percent) => write!(f, "{percent} %"),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}
