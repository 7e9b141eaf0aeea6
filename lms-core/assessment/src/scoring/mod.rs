//! The rules by which answers become scores: exact, each by its own name.
//!
//! A rule is a pure function from counts to a share of the score, as an exact fraction.
//! [`ScoringRules`] gathers every choice; a profile is such a value for one well-known system.

mod clamp;
mod course_rules;
mod given;
mod multiple_select;
mod numeric;
mod ordering;
mod parts;
mod profile;
mod rounding;
mod rubric;
mod rules;
mod short_answer;
mod test_scoring;
mod tries;

pub use clamp::{Cap, Clamp, Floor};
pub use course_rules::{CourseRules, ShortWeights};
pub use given::{find_associations, find_spots};
pub use multiple_select::{Monotone, MultipleSelectRule, RExamsDeduction, Ticks};
pub(crate) use numeric::MAX_NUMBER;
pub use numeric::{NumberFinding, UnitFinding, find_number};
pub use ordering::{OrderFinding, OrderingRule};
pub use parts::{PartFinding, PartsRule, find_pairs};
pub use profile::{ProfileData, ScoringProfile};
pub use rounding::{DecideOn, ScoreRounding};
pub use rubric::{ChosenLevel, Criterion, Level, Rubric, RubricError, RubricMark};
pub use rules::ScoringRules;
pub use short_answer::{MAX_SHORT_ANSWER, TextRule, first_match};
pub use test_scoring::{PassRule, ScoringType};
pub use tries::{Certainty, ChargedTries, TryRule, TryShare};
