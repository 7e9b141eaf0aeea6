//! The answer of a learner.

use serde::{Deserialize, Serialize};

use crate::question::{Association, Blank, Choice, Media, Spot, Stem};
use lms_kernel::Id;

/// One learner's answer to one question.
///
/// An answer with nothing in it is blank, whatever its shape: no option ticked, only spaces
/// written. `0` is an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Answer {
    /// Nothing was answered.
    #[default]
    Blank,
    /// The options that were chosen, in any order.
    Choices(Vec<Id<Choice>>),
    /// A written answer: words, or a number with its unit.
    Text(String),
    /// The written answer for each blank.
    Blanks(Vec<FilledBlank>),
    /// Which option was matched to each item.
    Pairs(Vec<Pair>),
    /// The items in the order the learner put them.
    Order(Vec<Id<Choice>>),
    /// A recording or an upload.
    Media(Vec<Media>),
    /// A text with files beside it.
    Written(Written),
    /// The spots that were marked on a picture, in the order in which they were marked.
    Spots(Vec<Spot>),
    /// The options that were joined, in any order.
    Associations(Vec<Association>),
}

/// A text with files beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Written {
    /// The text.
    #[serde(default)]
    pub text: String,
    /// The files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Media>,
}

/// The written answer for one blank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FilledBlank {
    /// Which blank.
    pub blank: Id<Blank>,
    /// The text. In a blank with options it is the id of the option that was chosen, or the ids of
    /// those that were ticked with spaces between.
    pub text: String,
}

impl FilledBlank {
    /// The options that were chosen in a blank.
    pub fn chosen(blank: Id<Blank>, options: impl IntoIterator<Item = Id<Choice>>) -> Self {
        let ids: Vec<String> = options.into_iter().map(|it| it.to_string()).collect();
        Self { blank, text: ids.join(" ") }
    }
}

/// One match of a matching question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair {
    /// The item that was matched.
    pub stem: Id<Stem>,
    /// The option it was matched to.
    pub choice: Id<Choice>,
}

impl Answer {
    /// The choice of one option.
    pub fn choice(id: Id<Choice>) -> Self {
        Self::Choices(vec![id])
    }

    /// The text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Blank => true,
            Self::Choices(ids) | Self::Order(ids) => ids.is_empty(),
            Self::Text(text) => is_empty_text(text),
            Self::Blanks(blanks) => blanks.iter().all(|it| is_empty_text(&it.text)),
            Self::Pairs(pairs) => pairs.is_empty(),
            Self::Media(media) => media.is_empty(),
            Self::Written(it) => is_empty_text(&it.text) && it.attachments.is_empty(),
            Self::Spots(spots) => spots.is_empty(),
            Self::Associations(pairs) => pairs.is_empty(),
        }
    }
}

pub(crate) fn is_empty_text(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_an_answer_and_spaces_are_not() {
        assert!(!Answer::text("0").is_blank());
        assert!(Answer::text(" \t\u{a0}\n").is_blank());
        assert!(Answer::Choices(Vec::new()).is_blank());
        let blank = Id::from_uuid(uuid::Uuid::nil());
        let filled = |text: &str| Answer::Blanks(vec![FilledBlank { blank, text: text.into() }]);
        assert!(filled(" ").is_blank() && !filled("a").is_blank());
    }

    #[test]
    fn json_keeps_every_shape() {
        let id = Id::from_uuid(uuid::Uuid::from_u128(7));
        let stem = Id::from_uuid(uuid::Uuid::from_u128(8));
        for answer in [
            Answer::Blank,
            Answer::choice(id),
            Answer::text("4 m"),
            Answer::Pairs(vec![Pair { stem, choice: id }]),
            Answer::Order(vec![id]),
            Answer::Spots(vec![Spot::new(-3, 7), Spot::marked(id, 0, 1)]),
            Answer::Associations(vec![Association::new(id, id)]),
            Answer::Written(Written { text: "See the file.".into(), attachments: Vec::new() }),
        ] {
            let json = serde_json::to_string(&answer).unwrap();
            assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer);
        }
    }
}
