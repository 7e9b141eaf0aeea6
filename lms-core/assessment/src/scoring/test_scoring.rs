//! The score of a test from its questions and sections, and passing.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{Percent, Points};

/// How question and section scores make the score of a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ScoringType {
    /// The test's maximum, spread over the questions in proportion to their scores.
    Fixed,
    /// The sum of the questions' scores.
    #[default]
    PerQuestion,
    /// The sum of the sections' scores, each scaled to its section's maximum and limited to it.
    PerSection,
    /// The sections' shares by their weights, of the test's maximum or of 100.
    Weighted,
    /// Points earned divided by points possible, of 100.
    Percentage,
}

/// The rule for passing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "pass", content = "at_least")]
pub enum PassRule {
    /// A share of the test's maximum.
    Percent(Percent),
    /// So many points.
    Marks(Points),
    /// In every section its own passing share, or this one where it has none.
    AllSections(Percent),
    /// Nothing: the test is not passed or failed.
    #[default]
    None,
}
