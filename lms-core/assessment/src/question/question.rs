//! The record of a question.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    bank::QuestionBank,
    question::{AnswerKey, Choice, MarkedBy, MediaKind, QuestionKind, QuestionRules},
};
use lms_kernel::{Context, Id, Link, Points};
use lms_store::{Direction, Query, Record, Stamp};

/// A question: its text, its options, its key and its worth.
///
/// It belongs to one assessment, or to none and is then drawn from a bank by many.
///
/// # Pitfalls
/// - Changing it makes a new edition. Attempts that were given an earlier edition are graded under
///   it, unless a regrade decides otherwise.
/// - The key is part of the record: show learners the paper of their attempt, which has none.
/// - Keys are checked when the assessment is published, not while it is a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "questions", index(assessment_id, position), index(section_id), index(bank_id))]
pub struct Question {
    /// The question's id.
    pub id: Id<Question>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment that owns it; none for a question of a bank.
    pub assessment_id: Option<Id<Assessment>>,
    /// The bank that keeps it; none for a question of one assessment alone.
    pub bank_id: Option<Id<QuestionBank>>,
    /// The section it belongs to.
    pub section_id: Option<Id<Section>>,
    /// Its place in the section or, without sections, in the assessment.
    pub position: u32,
    /// What the learner is asked to do.
    pub kind: QuestionKind,
    /// What the learner reads. Kept as written; a host that renders it as HTML cleans it first.
    pub prompt: String,
    /// What the prompt is made of beside its words.
    pub media_kind: MediaKind,
    /// Where the prompt's sound, film or picture is.
    pub media_url: Option<Link>,
    /// The options to choose, the items to order, or the texts to match.
    #[record(json)]
    pub options: Vec<Choice>,
    /// What makes an answer right.
    #[record(json)]
    pub answer_key: AnswerKey,
    /// What it does otherwise than its test.
    #[record(json)]
    #[serde(default)]
    pub rules: QuestionRules,
    /// What it is worth, in points.
    pub score: Points,
    /// How it counts: as usual, as a bonus, or voided after the fact.
    pub treatment: Treatment,
    /// The feedback after answering, whatever the answer.
    pub explanation: Option<String>,
    /// How many times what is asked or what is right was changed, counted from 1.
    pub edition: u32,
    /// Whether it may be used.
    pub status: QuestionStatus,
}

/// Whether a question may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum QuestionStatus {
    /// It is being written.
    Draft,
    /// It may be used.
    #[default]
    Ready,
    /// It is kept for past attempts and used no more.
    Retired,
}

/// How a question counts in a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum Treatment {
    /// What it earns counts, of what it is worth.
    #[default]
    Counted,
    /// What it earns counts and nothing is lost without it: its worth is not part of the maximum.
    Bonus,
    /// Voided: it counts for no one, as if it had not been asked.
    Dropped,
    /// Voided: anyone who was asked it earns everything.
    FullCredit,
}

impl Treatment {
    /// Whether the question was withdrawn after the fact.
    pub const fn is_voided(self) -> bool {
        matches!(self, Self::Dropped | Self::FullCredit)
    }
}

impl Question {
    /// The most options, blanks or items of a question.
    pub const MAX_PARTS: usize = 200;

    /// A question of no assessment yet, worth one point, ready to be used.
    pub fn new(
        cx: &Context,
        kind: QuestionKind,
        prompt: impl Into<String>,
        answer_key: AnswerKey,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assessment_id: None,
            bank_id: None,
            section_id: None,
            position: 0,
            kind,
            prompt: prompt.into(),
            media_kind: MediaKind::Text,
            media_url: None,
            options: Vec::new(),
            answer_key,
            rules: QuestionRules::default(),
            score: Points::from_ten_thousandths(10_000),
            treatment: Treatment::Counted,
            explanation: None,
            edition: 1,
            status: QuestionStatus::Ready,
        }
    }

    /// The same question with these options.
    #[must_use]
    pub fn with_options(mut self, options: Vec<Choice>) -> Self {
        self.options = options;
        self
    }

    /// The same question, worth this much.
    #[must_use]
    pub const fn worth(mut self, score: Points) -> Self {
        self.score = score;
        self
    }

    /// The same question with rules of its own.
    #[must_use]
    pub fn with_rules(mut self, rules: QuestionRules) -> Self {
        self.rules = rules;
        self
    }

    /// Whether a person has to mark the answer: by its kind, or because its author says so.
    pub const fn is_manual(&self) -> bool {
        self.kind.is_manual() || matches!(self.rules.marked_by, MarkedBy::Person)
    }

    /// The same question at a place of an assessment.
    #[must_use]
    pub const fn placed(
        mut self,
        assessment: Id<Assessment>,
        section: Option<Id<Section>>,
        position: u32,
    ) -> Self {
        self.assessment_id = Some(assessment);
        self.section_id = section;
        self.position = position;
        self
    }

    /// The questions of an assessment, by position.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(Some(assessment)))
            .order_by(Self::POSITION, Direction::Asc)
    }

    /// The questions of a bank.
    pub fn of_bank(bank: Id<QuestionBank>) -> Query<Self> {
        Query::filter(Self::BANK_ID.eq(Some(bank)))
    }

    /// The questions of a section, by position.
    pub fn of_section(section: Id<Section>) -> Query<Self> {
        Query::filter(Self::SECTION_ID.eq(Some(section))).order_by(Self::POSITION, Direction::Asc)
    }
}
