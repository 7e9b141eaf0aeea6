//! The answers of a learner, question by question.

use serde::{Deserialize, Serialize};

use crate::{
    question::{Answer, Question},
    scoring::{Certainty, RubricMark},
};
use lms_kernel::{Id, NumberError, Points, Ratio};

/// Everything that one attempt holds of answers and marks. A question of the form without an
/// entry was asked and left blank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AnswerSheet {
    /// The entries, in any order; at most one for each question.
    pub entries: Vec<SheetEntry>,
}

/// The entry of an attempt for one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SheetEntry {
    /// Which question.
    pub question: Id<Question>,
    /// The last answer, or why there is none.
    pub given: Given,
    /// The answers of the tries before, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Answer>,
    /// How sure the learner was.
    #[serde(default, skip_serializing_if = "is_low")]
    pub certainty: Certainty,
    /// What a person gave. It comes before every rule and survives regrading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<ManualMark>,
}

fn is_low(certainty: &Certainty) -> bool {
    *certainty == Certainty::Low
}

/// The answer to a question, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The learner's attempt did not contain it.
    NotAsked,
    /// An answer was due and got lost.
    Missing,
    /// The learner was excused from it.
    Excused,
    /// The answer, which may be blank.
    Answer(Answer),
}

/// A mark that a person gave for an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ManualMark {
    /// The points, which may be below zero or above what the question is worth, unless
    /// [`ScoringRules::mark_clamp`](crate::scoring::ScoringRules::mark_clamp) says otherwise.
    pub points: Points,
    /// What the question was worth when the points were given: where it is worth something else
    /// when it is graded again, they count in proportion. None where they count as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of: Option<Points>,
    /// The feedback for the learner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The levels that were chosen, where there is a rubric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rubric: Option<RubricMark>,
}

impl ManualMark {
    /// Points without a comment, which count as they are whatever happens to the question.
    pub const fn new(points: Points) -> Self {
        Self { points, out_of: None, comment: None, rubric: None }
    }

    /// Points of a question that is worth so much now.
    pub const fn out_of(points: Points, worth: Points) -> Self {
        Self { points, out_of: Some(worth), comment: None, rubric: None }
    }

    /// What the points are of a question that is worth so much, exactly.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] for points far out of range.
    pub fn points_of(&self, worth: Points) -> Result<Ratio, NumberError> {
        rescaled(self.points, self.out_of, worth)
    }
}

/// Points of a question that was worth `out_of` as points of one that is worth `worth`. Where
/// nothing could be earned there is no proportion to keep.
pub(crate) fn rescaled(
    points: Points,
    out_of: Option<Points>,
    worth: Points,
) -> Result<Ratio, NumberError> {
    let points = Ratio::from(points);
    match out_of {
        Some(before) if before != worth && !before.is_zero() => {
            points.mul(Ratio::from(worth))?.div(Ratio::from(before))
        }
        _ => Ok(points),
    }
}

impl SheetEntry {
    /// One answer.
    pub const fn new(question: Id<Question>, answer: Answer) -> Self {
        Self::of(question, Given::Answer(answer))
    }

    /// An answer, or why there is none.
    pub const fn of(question: Id<Question>, given: Given) -> Self {
        Self { question, given, earlier: Vec::new(), certainty: Certainty::Low, mark: None }
    }

    /// The same entry with what a person gave.
    #[must_use]
    pub fn marked(mut self, mark: ManualMark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// The same entry with how sure the learner was.
    #[must_use]
    pub const fn with_certainty(mut self, certainty: Certainty) -> Self {
        self.certainty = certainty;
        self
    }

    /// The same entry after these earlier tries.
    #[must_use]
    pub fn after(mut self, earlier: Vec<Answer>) -> Self {
        self.earlier = earlier;
        self
    }
}

impl AnswerSheet {
    /// A sheet of answers.
    pub fn new(answers: impl IntoIterator<Item = (Id<Question>, Answer)>) -> Self {
        let entry = |(question, answer)| SheetEntry::new(question, answer);
        Self { entries: answers.into_iter().map(entry).collect() }
    }

    /// The entry for a question.
    pub fn entry(&self, question: Id<Question>) -> Option<&SheetEntry> {
        self.entries.iter().find(|entry| entry.question == question)
    }
}
