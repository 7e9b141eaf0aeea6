//! One row of a conversion table.
use serde::{Deserialize, Serialize};

use lms_kernel::Points;

/// One row of a conversion table: a raw score or a range of them, and what it is worth.
///
/// Both ranges are inclusive. A row for one raw score has `raw_from == raw_to`; a row with one
/// result has `scaled_from == scaled_to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversionRow {
    /// The least raw score of the row.
    pub raw_from: Points,
    /// The greatest raw score of the row.
    pub raw_to: Points,
    /// What the least raw score is worth.
    pub scaled_from: Points,
    /// What the greatest raw score is worth.
    pub scaled_to: Points,
}

impl ConversionRow {
    /// One raw score and its worth.
    pub const fn single(raw: Points, scaled: Points) -> Self {
        Self { raw_from: raw, raw_to: raw, scaled_from: scaled, scaled_to: scaled }
    }

    /// A range of raw scores that are all worth the same.
    pub const fn range(raw_from: Points, raw_to: Points, scaled: Points) -> Self {
        Self { raw_from, raw_to, scaled_from: scaled, scaled_to: scaled }
    }

    /// The same row, worth a range of scaled scores.
    #[must_use]
    pub const fn worth(mut self, scaled_from: Points, scaled_to: Points) -> Self {
        self.scaled_from = scaled_from;
        self.scaled_to = scaled_to;
        self
    }

    /// Whether the raw score is in the row.
    pub fn contains(&self, raw: Points) -> bool {
        self.raw_from <= raw && raw <= self.raw_to
    }
}
