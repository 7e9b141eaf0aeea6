//! Keys of questions with parts: blanks to fill, items to match, items to order.

use serde::{Deserialize, Serialize};

use crate::{
    question::{Choice, NumberKey, TextKey},
    scoring::{MultipleSelectRule, OrderingRule, PartsRule},
};
use lms_kernel::{Id, Ratio};

/// The blanks of a text with gaps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlanksKey {
    /// The blanks, in the order of the text.
    pub blanks: Vec<Blank>,
    /// How they make a score; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<PartsRule>,
}

/// One blank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Blank {
    /// The blank's id, which answers refer to.
    pub id: Id<Blank>,
    /// How the prompt marks it, such as `colour` in `[colour]`.
    #[serde(default)]
    pub label: String,
    /// What may be written in it.
    pub key: BlankKey,
    /// Its worth beside the others, above zero.
    #[serde(default = "one")]
    pub weight: Ratio,
}

const fn one() -> Ratio {
    Ratio::ONE
}

impl Blank {
    /// A blank without a label that is worth as much as the others.
    pub const fn new(id: Id<Self>, key: BlankKey) -> Self {
        Self { id, label: String::new(), key, weight: Ratio::ONE }
    }
}

impl Stem {
    /// An item with the option that belongs to it, worth as much as the others.
    pub fn new(id: Id<Self>, text: impl Into<String>, choice: Id<Choice>) -> Self {
        Self { id, text: text.into(), choice, weight: Ratio::ONE }
    }
}

impl BlanksKey {
    /// Blanks, in the order of the text, that the scoring rules make a score of.
    pub const fn new(blanks: Vec<Blank>) -> Self {
        Self { blanks, rule: None }
    }
}

impl PairsKey {
    /// Items to match that the scoring rules make a score of.
    pub const fn new(stems: Vec<Stem>) -> Self {
        Self { stems, rule: None }
    }
}

impl OrderKey {
    /// The items in their right order, scored as the scoring rules say.
    pub const fn new(order: Vec<Id<Choice>>) -> Self {
        Self { order, rule: None }
    }
}

/// The key of one blank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlankKey {
    /// Words, also where they are picked from a list.
    Text(TextKey),
    /// A number.
    Number(NumberKey),
    /// One option of a list of the blank's own.
    Choice(GapOptions),
    /// The options to be ticked of a list of the blank's own.
    Ticks(GapOptions),
}

/// The options of one blank, which say themselves whether they are right and what they are worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GapOptions {
    /// The options, in the order in which they are shown.
    pub options: Vec<Choice>,
    /// How ticks make a share of the blank; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<MultipleSelectRule>,
}

impl GapOptions {
    /// Options that the scoring rules make a share of.
    pub const fn new(options: Vec<Choice>) -> Self {
        Self { options, rule: None }
    }
}

/// The items of a matching question. The options to match are the question's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairsKey {
    /// The items.
    pub stems: Vec<Stem>,
    /// How they make a score; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<PartsRule>,
}

/// One item to match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stem {
    /// The item's id, which answers refer to.
    pub id: Id<Stem>,
    /// What the learner reads.
    pub text: String,
    /// The option that belongs to it. Options with the same text are interchangeable.
    pub choice: Id<Choice>,
    /// Its worth beside the others, above zero.
    #[serde(default = "one")]
    pub weight: Ratio,
}

/// The right order of an ordering question. The items to order are the question's options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderKey {
    /// The items in their right order.
    pub order: Vec<Id<Choice>>,
    /// How an order makes a score; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<OrderingRule>,
}
