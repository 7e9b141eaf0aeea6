//! Named sets of rules, so that a school moving from another system keeps its arithmetic.

use lms_derive::TextEnum;

use crate::assessment::scoring::ScoringRules;

/// A named set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ScoringProfile {
    /// The library's own.
    #[default]
    Default,
}

impl ScoringProfile {
    /// The rules.
    pub fn rules(self) -> ScoringRules {
        match self {
            Self::Default => ScoringRules::default(),
        }
    }
}
