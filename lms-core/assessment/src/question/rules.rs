//! What one question does otherwise than its test.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::scoring::TryRule;

/// Who decides what an answer earns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum MarkedBy {
    /// The answer key, where the kind of the question has one.
    #[default]
    Key,
    /// A person, whatever the kind: the key only shows what is right.
    Person,
}

/// What one question does otherwise than its test. By default nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuestionRules {
    /// Who decides what an answer earns.
    #[serde(skip_serializing_if = "is_default")]
    pub marked_by: MarkedBy,
    /// How several tries make a score, with their penalty; none as the test does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<TryRule>,
    /// The most tries, from 1 to 64; none as many as there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_tries: Option<u8>,
    /// Whether a learner sees at once how much the answer earned, also where one answer counts:
    /// with [`TryRule::Deferred`] or [`TryRule::Certainty`] the question then takes one try, which
    /// is final (Moodle, "immediate feedback" and "immediate feedback with CBM").
    #[serde(skip_serializing_if = "is_default")]
    pub at_once: bool,
    /// How many files belong to a written answer; none where any number does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<AttachmentLimits>,
}

/// How many files belong to a written answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttachmentLimits {
    /// The fewest, without which the answer is incomplete.
    #[serde(default)]
    pub least: u8,
    /// The most.
    pub most: u8,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl QuestionRules {
    /// The most tries that any question takes.
    pub const MAX_TRIES: u8 = 64;

    /// How several tries make a score, in a test with this rule.
    pub fn tries<'r>(&'r self, of_test: &'r TryRule) -> &'r TryRule {
        self.tries.as_ref().unwrap_or(of_test)
    }

    /// The most tries that the question itself says; none where it does not.
    pub(crate) fn limit(&self, of_test: &TryRule) -> Option<u8> {
        self.most_tries.or(self.at_once.then_some(1)).map(|_| self.tries_taken(of_test))
    }

    /// The most tries in a test with this rule; 0 where the question is answered once and graded
    /// with the attempt.
    pub fn tries_taken(&self, of_test: &TryRule) -> u8 {
        let most = self.most_tries.unwrap_or(Self::MAX_TRIES);
        match self.tries(of_test) {
            TryRule::Deferred | TryRule::Certainty if self.at_once => 1,
            TryRule::Deferred | TryRule::Certainty => 0,
            TryRule::Adaptive { .. }
            | TryRule::Interactive { .. }
            | TryRule::Countback { .. }
            | TryRule::PointsList { .. } => most,
        }
    }
}
