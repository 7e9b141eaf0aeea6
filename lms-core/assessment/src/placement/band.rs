//! A range of a score scale.
use std::fmt;

use serde::{Deserialize, Serialize};

use lms_kernel::Points;

/// A stretch of a score scale, from a least score to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreBand {
    /// The least score inside.
    pub from: Points,
    /// Where it ends; [`BandEnds`] says whether this score is inside.
    pub to: Points,
}

impl ScoreBand {
    /// The band from one score to another.
    pub const fn new(from: Points, to: Points) -> Self {
        Self { from, to }
    }
}

impl fmt::Display for ScoreBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

/// Whether a band's end is inside the band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "ends", rename_all = "snake_case")]
pub enum BandEnds {
    /// The end belongs to the next band; only the topmost band includes its own.
    #[default]
    HalfOpen,
    /// The end is the last score inside, as published tables are written: 60–77, 78–93. A score
    /// between two steps, such as 77.5, has not reached the next band.
    Inclusive {
        /// The distance between two scores that the test can give; above zero.
        step: Points,
    },
}

/// A band in ten-thousandths of a point, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Span {
    pub(super) const fn contains(self, score: Points) -> bool {
        self.from <= score.ten_thousandths() && score.ten_thousandths() < self.until
    }
}

/// The spans of bands of one scale, in the same order. The topmost end is closed.
pub(super) fn spans(bands: &[ScoreBand], ends: BandEnds) -> Vec<Span> {
    let top = bands.iter().map(|band| band.to).max();
    let span = |band: &ScoreBand| {
        let beyond = match ends {
            _ if Some(band.to) == top => 1,
            BandEnds::HalfOpen => 0,
            BandEnds::Inclusive { step } => step.ten_thousandths(),
        };
        let until = band.to.ten_thousandths().saturating_add(beyond);
        Span { from: band.from.ten_thousandths(), until }
    };
    bands.iter().map(span).collect()
}
