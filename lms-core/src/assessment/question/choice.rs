//! The options of a question.

use serde::{Deserialize, Serialize};

use crate::{
    assessment::question::MediaKind,
    kernel::{Id, Link, Ratio},
};

/// A picture, sound or film that belongs to a prompt, an option or an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where it is.
    pub link: Link,
}

/// An option to choose, an item to put in order, or a text to match.
///
/// Its id stays the same when its text is corrected, so answers keep their meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The option's id, which answers refer to.
    pub id: Id<Choice>,
    /// What the learner reads.
    pub text: String,
    /// A picture, sound or film shown with the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// Whether it is a right option.
    #[serde(default)]
    pub is_correct: bool,
    /// The share of the question's score that choosing it earns, from −1 to 1, where the question
    /// gives options different worths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<Ratio>,
    /// What a learner who chose it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// Whether shuffling leaves it where it is, as for "none of the above".
    #[serde(default)]
    pub pinned: bool,
}

impl Choice {
    /// An option that is right or wrong and has no other worth.
    pub fn new(id: Id<Self>, text: impl Into<String>, is_correct: bool) -> Self {
        Self {
            id,
            text: text.into(),
            media: None,
            is_correct,
            fraction: None,
            feedback: None,
            pinned: false,
        }
    }

    /// The same option, worth this share of the question's score.
    #[must_use]
    pub const fn worth(mut self, fraction: Ratio) -> Self {
        self.fraction = Some(fraction);
        self
    }

    /// The same option with words for the learner who chose it.
    #[must_use]
    pub fn with_feedback(mut self, feedback: impl Into<String>) -> Self {
        self.feedback = Some(feedback.into());
        self
    }
}
