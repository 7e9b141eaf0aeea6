//! The effect of a corrected key on earlier answers.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::question::Question;
use lms_kernel::Id;

/// What a corrected key means for answers that were given before. The choices are those that
/// teachers know from Canvas (<https://community.canvaslms.com/t5/Instructor-Guide/tkb-p/Instructor>,
/// "What options can I use to regrade a quiz in a course?").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RegradePolicy {
    /// Everyone gets the whole of the question, whatever was answered, also where its key was not
    /// changed.
    FullCredit,
    /// An answer that was right before stays right, beside those that are right now. No score
    /// falls.
    CurrentAndPreviousCorrect,
    /// Only the present key counts. Scores may fall.
    CurrentOnly,
    /// Nothing changes for earlier attempts.
    #[default]
    None,
}

/// The policy for one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyRuling {
    /// The question.
    pub question: Id<Question>,
    /// The edition whose key is the present one.
    pub edition: u32,
    /// What it means for attempts that were given an earlier edition.
    pub policy: RegradePolicy,
}
