//! The result of comparing an answer with its key: the inputs of its share of the score.

use serde::{Deserialize, Serialize};

use crate::{
    question::{Choice, PairsKey},
    scoring::{
        MultipleSelectRule, NumberFinding, OrderFinding, OrderingRule, PartFinding, PartsRule,
        Ticks, TryShare,
    },
};
use lms_kernel::{Id, NumberError, Points, Ratio};

/// The outcome of comparing one answer with its key. The share of the score follows from it alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "found")]
pub enum Finding {
    /// Nothing was answered, or nothing could be compared yet.
    Nothing,
    /// The answer has another shape than the question asks for.
    Misfit,
    /// One option was chosen.
    Choice {
        /// Which one; none for an option that the question does not have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chosen: Option<Id<Choice>>,
        /// What it is worth.
        share: Ratio,
    },
    /// Options were ticked.
    Ticked {
        /// The rule they are counted by.
        by: MultipleSelectRule,
        /// The counts.
        ticks: Ticks,
    },
    /// Words were written.
    Words {
        /// The place of the first accepted answer that matched, counted from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<u16>,
        /// What it is worth.
        share: Ratio,
    },
    /// A number was written.
    Number {
        /// The value that was read and the key that it matched.
        number: NumberFinding,
        /// What a number that matched nothing is worth.
        otherwise: Ratio,
    },
    /// Blanks were filled, items matched, spots marked or options joined.
    Parts {
        /// The rule they are counted by.
        by: PartsRule,
        /// What each part earned.
        parts: Vec<PartFinding>,
        /// How many wrong spots or pairs were given that belong to no part.
        #[serde(default, skip_serializing_if = "is_none")]
        extra: u16,
    },
    /// Items were put in order.
    Ordered {
        /// The rule the order is counted by.
        by: OrderingRule,
        /// The counts.
        order: OrderFinding,
    },
    /// A person gave points.
    Marked {
        /// The points.
        points: Points,
        /// What the question was worth when they were given, where that is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        out_of: Option<Points>,
        /// The share of the score that the points are.
        share: Ratio,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_none(extra: &u16) -> bool {
    *extra == 0
}

impl Finding {
    /// The share of the score that follows, before it is limited.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] when fractions with very large denominators meet.
    pub fn share(&self) -> Result<Ratio, NumberError> {
        match self {
            Self::Nothing | Self::Misfit => Ok(Ratio::ZERO),
            Self::Choice { share, .. } | Self::Words { share, .. } | Self::Marked { share, .. } => {
                Ok(*share)
            }
            Self::Ticked { by, ticks } => by.share(ticks),
            Self::Number { number, otherwise } => {
                if number.entry.is_some() {
                    number.share()
                } else {
                    Ok(*otherwise)
                }
            }
            Self::Parts { by, parts, extra } => Ok(by.share_with(parts, *extra)),
            Self::Ordered { order, .. } => order.share(),
        }
    }

    /// The same for the rules about several tries.
    pub(crate) fn try_share(&self) -> Result<TryShare, NumberError> {
        let parts = match self {
            Self::Parts { parts, .. } => parts.iter().map(|it| (it.earned, it.weight)).collect(),
            _ => Vec::new(),
        };
        Ok(TryShare { share: self.share()?, parts })
    }

    /// How many parts of a matching question or blanks were right, of how many.
    pub fn right_parts(&self) -> Option<(usize, usize)> {
        match self {
            Self::Parts { parts, .. } => {
                Some((parts.iter().filter(|it| it.earned == Ratio::ONE).count(), parts.len()))
            }
            _ => None,
        }
    }
}

impl PairsKey {
    /// The item at a place of the key.
    pub fn stem_text(&self, at: usize) -> Option<&str> {
        self.stems.get(at).map(|stem| stem.text.as_str())
    }
}
