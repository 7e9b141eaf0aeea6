//! A question to write.
use serde::{Deserialize, Serialize};

use crate::{
    bank::QuestionContent,
    question::{
        AnswerKey, Choice, MediaKind, Question, QuestionKind, QuestionRules, QuestionStatus,
        Treatment,
    },
};
use lms_kernel::{Context, Points};

/// A new question, as its author writes it. The library sets its position, its edition and its id.
///
/// ```
/// use lms_assessment::{
///     authoring::NewQuestion,
///     question::{AnswerKey, QuestionKind},
/// };
///
/// let essay = NewQuestion::new(QuestionKind::LongAnswer, "Why?", AnswerKey::choices());
/// assert_eq!(essay.content.score.to_string(), "1");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewQuestion {
    /// What is asked and what is right.
    pub content: QuestionContent,
    /// How it counts.
    #[serde(default)]
    pub treatment: Treatment,
    /// Whether it may be used.
    #[serde(default)]
    pub status: QuestionStatus,
}

impl NewQuestion {
    /// A question without options, worth one point, ready to be used.
    pub fn new(kind: QuestionKind, prompt: impl Into<String>, answer_key: AnswerKey) -> Self {
        let content = QuestionContent {
            kind,
            prompt: prompt.into(),
            media_kind: MediaKind::Text,
            media_url: None,
            options: Vec::new(),
            answer_key,
            rules: QuestionRules::default(),
            score: Points::from_ten_thousandths(10_000),
            explanation: None,
        };
        Self { content, treatment: Treatment::Counted, status: QuestionStatus::Ready }
    }

    /// The same question with these options.
    #[must_use]
    pub fn with_options(mut self, options: Vec<Choice>) -> Self {
        self.content.options = options;
        self
    }

    /// The same question, worth this many points.
    #[must_use]
    pub const fn worth(mut self, score: Points) -> Self {
        self.content.score = score;
        self
    }

    /// The same question with rules of its own.
    #[must_use]
    pub fn with_rules(mut self, rules: QuestionRules) -> Self {
        self.content.rules = rules;
        self
    }

    /// The same question with the feedback shown after answering.
    #[must_use]
    pub fn explained(mut self, explanation: impl Into<String>) -> Self {
        self.content.explanation = Some(explanation.into());
        self
    }

    /// The record of the question, of no assessment and no bank yet.
    pub(crate) fn written(self, cx: &Context) -> Question {
        let mut question = Question::new(cx, self.content.kind, "", AnswerKey::choices());
        self.content.put_into(&mut question);
        (question.treatment, question.status) = (self.treatment, self.status);
        question
    }
}

/// The contents of a question, to create it again. Its position, id and edition are left out.
impl From<Question> for NewQuestion {
    fn from(question: Question) -> Self {
        Self {
            content: QuestionContent::of(&question),
            treatment: question.treatment,
            status: question.status,
        }
    }
}
