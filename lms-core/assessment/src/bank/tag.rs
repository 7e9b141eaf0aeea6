//! The record of a tag on a question.

use serde::{Deserialize, Serialize};

use crate::question::Question;
use lms_kernel::{Context, Id, Slug};
use lms_store::{LogStamp, Query, Record};

/// A word that a question can be found by, such as `algebra` or `level-b1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "question_tags", unaudited, unique(question_id, tag), index(tag))]
pub struct QuestionTag {
    /// The tag's id.
    pub id: Id<QuestionTag>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The question.
    pub question_id: Id<Question>,
    /// The word.
    pub tag: Slug,
}

impl QuestionTag {
    /// A tag on a question.
    pub fn new(cx: &Context, question: Id<Question>, tag: Slug) -> Self {
        Self { id: cx.id(), stamp: LogStamp::new(cx), question_id: question, tag }
    }

    /// The tags of a question.
    pub fn of_question(question: Id<Question>) -> Query<Self> {
        Query::filter(Self::QUESTION_ID.eq(question))
    }

    /// The tags of that word.
    pub fn named(tag: Slug) -> Query<Self> {
        Query::filter(Self::TAG.eq(tag))
    }
}
