//! Every choice that grading makes, in one value.

use serde::{Deserialize, Serialize};

use crate::{
    question::NumberFormat,
    scoring::{
        ChargedTries, Clamp, MultipleSelectRule, OrderingRule, PartsRule, ScoreRounding, TextRule,
        TryRule,
    },
};
use lms_kernel::Ratio;

/// Every choice that grading makes. A test keeps its own copy, so a profile that is improved later
/// changes no score that was given before.
///
/// A question's own rule, where it has one, comes before these.
/// [`ScoringProfile`](crate::scoring::ScoringProfile) has ready-made values for well-known systems.
///
/// ```
/// use lms_assessment::scoring::{ScoringProfile, ScoringRules};
/// use lms_kernel::Ratio;
///
/// let strict = ScoringRules { wrong_answer: Ratio::new(-1, 4)?, ..ScoringRules::default() };
/// assert_ne!(strict, ScoringProfile::Moodle.rules());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - A penalty for wrong answers can make a question negative; the clamps decide whether it stays
///   so.
/// - Scores are exact until `rounding`, which happens once; pass marks are compared as the rounding
///   says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoringRules {
    /// What a wrong option of a single-choice or true–false question, or a wrong number or text,
    /// earns where it has no worth of its own; 0 or less.
    pub wrong_answer: Ratio,
    /// The limits on one option's worth.
    pub option_clamp: Clamp,
    /// How several ticked options make a score.
    pub multiple_select: MultipleSelectRule,
    /// How words are compared.
    pub text: TextRule,
    /// How numbers are read.
    pub numbers: NumberFormat,
    /// How blanks make a score.
    pub blanks: PartsRule,
    /// How matches make a score.
    pub pairs: PartsRule,
    /// How an order makes a score.
    pub ordering: OrderingRule,
    /// How several tries at one question make a score.
    pub tries: TryRule,
    /// Which answers count as a try.
    #[serde(default)]
    pub charged_tries: ChargedTries,
    /// The limits on one question's score.
    pub question_clamp: Clamp,
    /// The limits on what a person gives for one answer; none unless a school sets them.
    #[serde(default = "no_limits", skip_serializing_if = "is_unlimited")]
    pub mark_clamp: Clamp,
    /// The limits on one section's score.
    pub section_clamp: Clamp,
    /// The limits on the whole score.
    pub test_clamp: Clamp,
    /// How scores are rounded.
    pub rounding: ScoreRounding,
}

const fn no_limits() -> Clamp {
    Clamp::FREE
}

fn is_unlimited(clamp: &Clamp) -> bool {
    *clamp == Clamp::FREE
}

impl Default for ScoringRules {
    /// The library's own choice: a wrong tick takes back what a right one gave, no question goes
    /// below nothing, and anyone who sees the pass mark has passed.
    fn default() -> Self {
        Self {
            wrong_answer: Ratio::ZERO,
            option_clamp: Clamp::FREE,
            multiple_select: MultipleSelectRule::RIGHT_MINUS_WRONG,
            text: TextRule { case_sensitive: false },
            numbers: NumberFormat::Point,
            blanks: PartsRule::PerPart,
            pairs: PartsRule::PerPart,
            ordering: OrderingRule::Exact,
            tries: TryRule::Deferred,
            charged_tries: ChargedTries::Complete,
            question_clamp: Clamp::BOUNDED,
            mark_clamp: Clamp::FREE,
            section_clamp: Clamp::BOUNDED,
            test_clamp: Clamp::BOUNDED,
            rounding: ScoreRounding::default(),
        }
    }
}
