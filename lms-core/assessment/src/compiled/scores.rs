//! The scores of a batch.

use serde::{Deserialize, Serialize};

use crate::grading::PassDecision;
use lms_kernel::{NumberError, Points, Ratio};

/// The scores of a batch of attempts, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchScores {
    pub(super) totals: Vec<Points>,
    pub(super) passed: Vec<PassDecision>,
    pub(super) sections: Vec<Vec<Points>>,
    /// Empty while nothing is pending.
    pub(super) current: Vec<Points>,
    /// Empty while nothing is pending.
    pub(super) pending: Vec<u32>,
}

impl BatchScores {
    /// The shown totals, with what is still to be marked counted as nothing.
    pub fn totals(&self) -> &[Points] {
        &self.totals
    }

    /// The shown totals, with what is still to be marked left out.
    pub fn current(&self) -> &[Points] {
        if self.current.is_empty() { &self.totals } else { &self.current }
    }

    /// Whether each attempt passed.
    pub fn passed(&self) -> &[PassDecision] {
        &self.passed
    }

    /// The shown scores of a section, with what is still to be marked counted as nothing. None
    /// where only totals were asked for, or there is no such section.
    pub fn section(&self, section: usize) -> Option<&[Points]> {
        self.sections.get(section).map(Vec::as_slice)
    }

    /// How many answers of an attempt are still to be marked.
    pub fn pending(&self, attempt: usize) -> u32 {
        self.pending.get(attempt).copied().unwrap_or(0)
    }
}

/// The points of one question in each attempt of a batch: the input of an item analysis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemScores {
    /// How many of the units below make one point.
    pub units_in_point: i64,
    /// What each attempt earned, in units; none where the question did not count or is pending.
    pub earned: Vec<Option<i64>>,
}

impl ItemScores {
    /// What an attempt earned, exactly.
    ///
    /// # Errors
    /// None in practice: the parts fit.
    pub fn exact(&self, attempt: usize) -> Result<Option<Ratio>, NumberError> {
        match self.earned.get(attempt).copied().flatten() {
            None => Ok(None),
            Some(units) => Ratio::new(i128::from(units), i128::from(self.units_in_point)).map(Some),
        }
    }
}
