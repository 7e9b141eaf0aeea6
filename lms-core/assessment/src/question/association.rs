//! Pairs of options, where either side of a pair may be used several times.

use serde::{Deserialize, Serialize};

use crate::{question::Choice, scoring::PartsRule};
use lms_kernel::{Id, Ratio};

/// Two options that a learner joined, or that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Association {
    /// The option on the left.
    pub from: Id<Choice>,
    /// The option on the right.
    pub to: Id<Choice>,
}

impl Association {
    /// Two options that belong together.
    pub const fn new(from: Id<Choice>, to: Id<Choice>) -> Self {
        Self { from, to }
    }

    /// Whether it joins the same options as another, in either direction unless it is directed.
    pub fn is_same(self, other: Self, is_directed: bool) -> bool {
        self == other || (!is_directed && self.from == other.to && self.to == other.from)
    }
}

/// A right pair, which is one part of the question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RightPair {
    /// The options.
    #[serde(flatten)]
    pub pair: Association,
    /// Its worth beside the others, above zero.
    #[serde(default = "one")]
    pub weight: Ratio,
}

const fn one() -> Ratio {
    Ratio::ONE
}

/// The pairs that belong together, of the question's options (QTI, `associateInteraction` for
/// pairs and `matchInteraction` for directed pairs).
///
/// Each right pair is one part. A pair that a learner gives twice counts once, and every pair that
/// is not among the right ones is a wrong one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssociationsKey {
    /// The right pairs.
    pub pairs: Vec<RightPair>,
    /// The options of the left column, in order; the others form the right column. Empty where
    /// any option may be joined to any other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Id<Choice>>,
    /// Whether `a` to `b` is another pair than `b` to `a`.
    #[serde(default)]
    pub is_directed: bool,
    /// The most pairs that a learner may give; by default as many as are right. An answer with
    /// more earns nothing, like two options where one is to be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u16>,
    /// How the pairs make a score; by default as the scoring rules say for matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<PartsRule>,
}

impl AssociationsKey {
    /// Pairs of any options, in either direction, that the scoring rules make a score of.
    pub fn new(pairs: impl IntoIterator<Item = Association>) -> Self {
        let pairs = pairs.into_iter().map(|pair| RightPair { pair, weight: Ratio::ONE });
        Self { pairs: pairs.collect(), ..Self::default() }
    }

    /// Pairs from the options of a left column to the others.
    pub fn directed(left: Vec<Id<Choice>>, pairs: impl IntoIterator<Item = Association>) -> Self {
        Self { left, is_directed: true, ..Self::new(pairs) }
    }

    /// The most pairs of an answer.
    pub fn most(&self) -> usize {
        self.most.map_or(self.pairs.len(), usize::from)
    }
}
