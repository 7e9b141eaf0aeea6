//! The options of a question.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Builder;

use crate::question::MediaKind;
use lms_kernel::{Context, Id, Link, Ratio};

/// A picture, sound or film that belongs to a prompt, an option or an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where it is.
    pub link: Link,
}

/// An option to choose, an item to put in order, or a text to match.
///
/// Its id stays the same when its text is corrected, so answers keep their meaning. Learners see
/// it, so it must not tell the order in which the items of an ordering question were written; see
/// [`new_id`](Self::new_id).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// The feedback for a learner who chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// Whether shuffling leaves it where it is, as for "none of the above".
    #[serde(default)]
    pub pinned: bool,
}

impl Choice {
    /// An id for a new option. Ids that are made one after the other sort as they were made; this
    /// one does not, being half the SHA-256 of such an id.
    pub fn new_id(cx: &Context) -> Id<Self> {
        let digest = Sha256::digest(cx.id::<Self>().uuid().as_bytes());
        let mut half = [0; 16];
        half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Id::from_uuid(Builder::from_custom_bytes(half).into_uuid())
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grading::tests::context;

    #[test]
    fn ids_of_options_do_not_tell_the_order_they_were_made_in() {
        let cx = context();
        let made: Vec<_> = (0..32).map(|_| Choice::new_id(&cx)).collect();
        let rising = made.is_sorted();
        let mut sorted = made;
        sorted.sort();
        sorted.dedup();
        assert_eq!((rising, sorted.len()), (false, 32));
    }
}
