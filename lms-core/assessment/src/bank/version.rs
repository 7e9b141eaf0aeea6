//! The record of one edition of a question.

use serde::{Deserialize, Serialize};

use crate::question::{AnswerKey, Choice, MediaKind, Question, QuestionKind, QuestionRules};
use lms_kernel::{Context, Id, Link, Points};
use lms_store::{LogStamp, Query, Record};

/// One edition of a question: an attempt graded under it can be graded again under it, whatever
/// happened to the question since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "question_versions", unaudited, unique(question_id, edition))]
pub struct QuestionVersion {
    /// The version's id.
    pub id: Id<QuestionVersion>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The question.
    pub question_id: Id<Question>,
    /// Which edition it is, counted from 1.
    pub edition: u32,
    /// The last edition of the assessment that asked it so; none for a question of a bank, whose
    /// attempts keep the edition that they were given.
    pub until: Option<u32>,
    /// The question and its key.
    #[record(json)]
    pub content: QuestionContent,
}

/// The question and its key, without its position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuestionContent {
    /// What the learner is asked to do.
    pub kind: QuestionKind,
    /// What the learner reads.
    pub prompt: String,
    /// What the prompt is made of beside its words.
    #[serde(default)]
    pub media_kind: MediaKind,
    /// Where the prompt's sound, film or picture is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_url: Option<Link>,
    /// The options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// What makes an answer right.
    pub answer_key: AnswerKey,
    /// What it does otherwise than its test.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub rules: QuestionRules,
    /// What it is worth.
    pub score: Points,
    /// The feedback shown to the learner after answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

fn is_usual(rules: &QuestionRules) -> bool {
    *rules == QuestionRules::default()
}

impl QuestionContent {
    /// The content of a question.
    pub fn of(question: &Question) -> Self {
        Self {
            kind: question.kind,
            prompt: question.prompt.clone(),
            media_kind: question.media_kind,
            media_url: question.media_url.clone(),
            options: question.options.clone(),
            answer_key: question.answer_key.clone(),
            rules: question.rules.clone(),
            score: question.score,
            explanation: question.explanation.clone(),
        }
    }

    /// Puts the content into a question.
    pub fn put_into(self, question: &mut Question) {
        question.kind = self.kind;
        question.prompt = self.prompt;
        question.media_kind = self.media_kind;
        question.media_url = self.media_url;
        question.options = self.options;
        question.answer_key = self.answer_key;
        question.rules = self.rules;
        question.score = self.score;
        question.explanation = self.explanation;
    }
}

impl QuestionVersion {
    /// The edition that a question is at.
    pub fn of(cx: &Context, question: &Question) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            question_id: question.id,
            edition: question.edition,
            until: None,
            content: QuestionContent::of(question),
        }
    }

    /// The question as it was in this edition.
    #[must_use]
    pub fn restore(self, mut question: Question) -> Question {
        question.edition = self.edition;
        self.content.put_into(&mut question);
        question
    }

    /// The editions of a question.
    pub fn of_question(question: Id<Question>) -> Query<Self> {
        Query::filter(Self::QUESTION_ID.eq(question))
    }

    /// The editions of several questions.
    pub fn of_questions(questions: impl IntoIterator<Item = Id<Question>>) -> Query<Self> {
        Query::filter(Self::QUESTION_ID.is_in(questions))
    }

    /// One edition of a question.
    pub fn edition_of(question: Id<Question>, edition: u32) -> Query<Self> {
        Self::of_question(question).and(Self::EDITION.eq(edition))
    }
}
