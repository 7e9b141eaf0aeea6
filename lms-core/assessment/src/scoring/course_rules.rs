//! How the categories of a course make its grade, beside their aggregation.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::scoring::Cap;

/// How the categories of a course make its grade, beside their aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CourseRules {
    /// What happens to weights that sum below 100 percent.
    #[serde(default)]
    pub short_weights: ShortWeights,
    /// Whether the grade of the course may be above 100 percent.
    #[serde(default = "bonus")]
    pub course_cap: Cap,
    /// Whether the share of a category may be above 100 percent.
    #[serde(default = "bonus")]
    pub category_cap: Cap,
}

const fn bonus() -> Cap {
    Cap::Bonus
}

impl Default for CourseRules {
    /// Short weights are scaled up, and what is above 100 percent counts.
    fn default() -> Self {
        Self {
            short_weights: ShortWeights::ScaleUp,
            course_cap: Cap::Bonus,
            category_cap: Cap::Bonus,
        }
    }
}

/// How weights that sum below 100 percent are treated, also because a category has no result yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ShortWeights {
    /// They are scaled up to 100 percent: the rest of the course is as good as what there is.
    #[default]
    ScaleUp,
    /// They stay: what is missing to 100 percent is lost.
    Keep,
}
