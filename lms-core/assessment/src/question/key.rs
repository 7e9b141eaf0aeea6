//! The key of a question.

use serde::{Deserialize, Serialize};

use crate::{
    question::{
        AssociationsKey, BlanksKey, NumberKey, OrderKey, PairsKey, QuestionKind, SliderKey,
        SpotsKey, TextKey,
    },
    scoring::{MultipleSelectRule, Rubric},
};

/// The answer key, by the kind of question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "key")]
pub enum AnswerKey {
    /// The options themselves say whether they are right and what they are worth.
    Choices(ChoicesKey),
    /// Accepted words.
    Texts(TextKey),
    /// Accepted numbers.
    Numbers(NumberKey),
    /// Accepted words or numbers, blank by blank.
    Blanks(BlanksKey),
    /// Which option belongs to which item.
    Pairs(PairsKey),
    /// The right order.
    Order(OrderKey),
    /// Areas of a picture.
    Spots(SpotsKey),
    /// Which options belong together.
    Associations(AssociationsKey),
    /// Accepted numbers of a scale.
    Slider(SliderKey),
    /// A person decides.
    Manual(ManualKey),
    /// There is nothing to answer.
    Nothing,
}

/// How ticked options make a score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChoicesKey {
    /// The rule of a question with several right options; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<MultipleSelectRule>,
}

/// Marking guidance for a question that a person marks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ManualKey {
    /// The criteria and what each level of them is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rubric: Option<Rubric>,
    /// An answer that would earn everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_answer: Option<String>,
}

impl AnswerKey {
    /// The key of a question whose options say which are right.
    pub fn choices() -> Self {
        Self::Choices(ChoicesKey::default())
    }

    /// The key of a question with several right options and a rule of its own.
    pub const fn multiple_select(rule: MultipleSelectRule) -> Self {
        Self::Choices(ChoicesKey { rule: Some(rule) })
    }

    /// The key of a question that a person marks, without a rubric.
    pub fn manual() -> Self {
        Self::Manual(ManualKey::default())
    }

    /// Whether the key belongs to questions of this kind.
    pub const fn fits(&self, kind: QuestionKind) -> bool {
        match self {
            Self::Choices(_) => matches!(
                kind,
                QuestionKind::SingleChoice | QuestionKind::MultipleSelect | QuestionKind::TrueFalse
            ),
            Self::Texts(_) => matches!(kind, QuestionKind::ShortAnswer),
            Self::Numbers(_) => matches!(kind, QuestionKind::Numeric),
            Self::Blanks(_) => matches!(kind, QuestionKind::FillBlank),
            Self::Pairs(_) => matches!(kind, QuestionKind::Matching),
            Self::Order(_) => matches!(kind, QuestionKind::Ordering),
            Self::Spots(_) => matches!(kind, QuestionKind::Hotspot | QuestionKind::Markers),
            Self::Associations(_) => matches!(kind, QuestionKind::Association),
            Self::Slider(_) => matches!(kind, QuestionKind::Slider),
            Self::Manual(_) => kind.is_manual(),
            Self::Nothing => matches!(kind, QuestionKind::Information),
        }
    }
}
