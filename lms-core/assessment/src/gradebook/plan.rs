//! The plan of a gradebook: categories, items, weights and the scale.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    gradebook::{Aggregation, DropRule, GradeCategory, GradeItem, GradeScale, LatePolicy},
    scoring::{CourseRules, ScoreRounding, ScoringProfile},
};
use lms_kernel::{Id, NumberError, Percent, Points, Title};

/// An item that is graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemPlan {
    /// The item.
    pub id: Id<GradeItem>,
    /// What is possible; zero for an item that only adds.
    pub possible: Points,
    /// What it weighs in a weighted mean.
    pub weight: Points,
    /// The share of its category that it weighs where items count by their points; none where it
    /// weighs what its points say ([`natural_weights`](crate::gradebook::natural_weights)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_weight: Option<Percent>,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// Whether it is never dropped.
    pub never_drop: bool,
    /// Whether the learner does not see it yet: it is left out of what the learner is shown.
    pub hidden: bool,
    /// What lateness costs.
    pub late: LatePolicy,
}

/// Items that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CategoryPlan {
    /// The category.
    pub id: Id<GradeCategory>,
    /// Its name.
    pub name: Title,
    /// Its share of the whole, where categories count by weight.
    pub weight: Percent,
    /// Whether it adds to what is earned and not to what is possible.
    pub extra_credit: bool,
    /// How its items become one share.
    pub aggregation: Aggregation,
    /// How many of its items do not count.
    pub drop: DropRule,
    /// How many items there are at least in the end: those not yet there count as nothing.
    pub pad_to: u16,
    /// What an item that is padded would be worth.
    pub padded_points: Points,
    /// The items, in order.
    pub items: Vec<ItemPlan>,
}

/// The categories, items and rules of a gradebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GradebookPlan {
    /// How the categories become one share.
    pub aggregation: Aggregation,
    /// What share of its points a missing item earns.
    pub missing_earns: Percent,
    /// The grades; none where only percentages are shown.
    pub scale: Option<GradeScale>,
    /// How percentages are rounded, and what grades are decided on.
    pub rounding: ScoreRounding,
    /// What happens to weights below 100 percent and of shares above it.
    #[serde(default)]
    pub rules: CourseRules,
    /// The categories, in order.
    pub categories: Vec<CategoryPlan>,
}

/// Why a gradebook cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PlanError {
    /// Extra credit has no meaning where results are not added up.
    #[error("`{aggregation}` takes no extra credit; use `natural`, `mean` or `weighted_mean`")]
    #[fault(invalid, field = "extra_credit")]
    NoExtraCredit {
        /// How results become one.
        aggregation: Aggregation,
    },
    /// Points or weights below zero, or too large.
    #[error("points and weights must be from 0 to {most}")]
    #[fault(invalid, field = "possible")]
    OutOfRange {
        /// The most.
        most: Points,
    },
    /// Percentages with too many digits.
    #[error("percentages are shown with at most {most} digits")]
    #[fault(invalid, field = "rounding")]
    TooManyDigits {
        /// The most.
        most: u8,
    },
    /// An item is listed twice.
    #[error("item {item} is listed twice")]
    #[fault(invalid, field = "items", message = "an item is listed twice")]
    Repeated {
        /// The item.
        item: Id<GradeItem>,
    },
    /// A number is out of range.
    #[error(transparent)]
    #[fault(invalid)]
    Number(#[from] NumberError),
}

impl ItemPlan {
    /// The most points and the greatest weight of an item: a million.
    pub const MOST: Points = Points::from_ten_thousandths(10_000_000_000);

    /// An item worth so much that always counts alike.
    pub const fn new(id: Id<GradeItem>, possible: Points) -> Self {
        Self {
            id,
            possible,
            weight: Points::from_ten_thousandths(10_000),
            own_weight: None,
            extra_credit: false,
            never_drop: false,
            hidden: false,
            late: LatePolicy::Free,
        }
    }

    /// Whether its numbers are in range.
    ///
    /// # Errors
    /// [`PlanError::OutOfRange`].
    pub fn check(&self) -> Result<(), PlanError> {
        in_range(self.possible)?;
        in_range(self.weight)
    }
}

impl CategoryPlan {
    /// A category of the whole weight, counted by points, of which nothing is dropped.
    pub const fn new(id: Id<GradeCategory>, name: Title, items: Vec<ItemPlan>) -> Self {
        Self {
            id,
            name,
            weight: Percent::HUNDRED,
            extra_credit: false,
            aggregation: Aggregation::Natural,
            drop: DropRule { lowest: 0, highest: 0 },
            pad_to: 0,
            padded_points: Points::from_ten_thousandths(10_000),
            items,
        }
    }

    fn check(&self) -> Result<(), PlanError> {
        in_range(self.padded_points)?;
        for item in &self.items {
            item.check()?;
            if item.extra_credit && !self.aggregation.takes_extra_credit() {
                return Err(PlanError::NoExtraCredit { aggregation: self.aggregation });
            }
        }
        Ok(())
    }
}

impl GradebookPlan {
    /// A gradebook that adds up the points of all categories, with percentages of two digits.
    pub fn by_points(categories: Vec<CategoryPlan>) -> Self {
        Self { aggregation: Aggregation::Natural, ..Self::weighted(categories) }
    }

    /// A gradebook of weighted categories with percentages of two digits.
    pub fn weighted(categories: Vec<CategoryPlan>) -> Self {
        Self {
            aggregation: Aggregation::WeightedMean,
            missing_earns: Percent::ZERO,
            scale: None,
            rounding: ScoreRounding::default(),
            rules: CourseRules::default(),
            categories,
        }
    }

    /// The same gradebook, with the rounding and the rules of a system that a school moves from.
    #[must_use]
    pub fn with_profile(mut self, profile: ScoringProfile) -> Self {
        let data = profile.data();
        (self.rounding, self.rules) = (data.course_rounding, data.course_rules);
        self
    }

    /// Whether a grade can be computed by it.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn check(&self) -> Result<(), PlanError> {
        if self.rounding.digits > ScoreRounding::MAX_DIGITS {
            return Err(PlanError::TooManyDigits { most: ScoreRounding::MAX_DIGITS });
        }
        let mut seen = std::collections::BTreeSet::new();
        for category in &self.categories {
            category.check()?;
            if category.extra_credit && !self.aggregation.takes_extra_credit() {
                return Err(PlanError::NoExtraCredit { aggregation: self.aggregation });
            }
            for item in &category.items {
                if !seen.insert(item.id) {
                    return Err(PlanError::Repeated { item: item.id });
                }
            }
        }
        Ok(())
    }
}

fn in_range(points: Points) -> Result<(), PlanError> {
    if points.is_negative() || points > ItemPlan::MOST {
        return Err(PlanError::OutOfRange { most: ItemPlan::MOST });
    }
    Ok(())
}
