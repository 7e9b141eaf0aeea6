//! The accepted numbers of a numeric question or a blank.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::question::{NumberFormat, Numeral};
use lms_kernel::Ratio;

/// The accepted numbers, in order: the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberKey {
    /// The accepted numbers.
    pub entries: Vec<NumberEntry>,
    /// The units that may or must follow the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<UnitRule>,
    /// The separators of the numbers that learners write; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<NumberFormat>,
}

impl NumberKey {
    /// The most units of a question, those of all its blanks together.
    pub const MAX_UNITS: usize = 100;

    /// Accepted numbers, each of which earns everything, without units.
    pub fn new(accepted: impl IntoIterator<Item = Accept>) -> Self {
        let entries = accepted.into_iter().map(NumberEntry::new).collect();
        Self { entries, units: None, format: None }
    }

    /// The same numbers with units.
    #[must_use]
    pub fn with_units(mut self, units: UnitRule) -> Self {
        self.units = Some(units);
        self
    }
}

/// One accepted number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberEntry {
    /// Which numbers are accepted.
    pub accept: Accept,
    /// The share of the score that they earn, from −1 to 1.
    #[serde(default = "whole")]
    pub fraction: Ratio,
    /// The feedback for a learner who wrote one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

const fn whole() -> Ratio {
    Ratio::ONE
}

impl NumberEntry {
    /// Numbers that earn everything.
    pub const fn new(accept: Accept) -> Self {
        Self { accept, fraction: Ratio::ONE, feedback: None }
    }

    /// The same numbers, earning this share.
    #[must_use]
    pub const fn worth(mut self, fraction: Ratio) -> Self {
        self.fraction = fraction;
        self
    }
}

/// Which numbers are accepted. Bounds are included unless an [`End`] says otherwise, and all
/// arithmetic is decimal and exact, so −11.7 ± 0.02 accepts −11.72.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "tolerance")]
pub enum Accept {
    /// This number, however it is written.
    Exact {
        /// The number.
        value: Numeral,
    },
    /// From `value − margin` to `value + margin`.
    Absolute {
        /// The middle.
        value: Numeral,
        /// The distance to each side; its sign does not matter.
        margin: Numeral,
    },
    /// From `value − |value| × share` to `value + |value| × share`.
    Relative {
        /// The middle.
        value: Numeral,
        /// The distance as a share of the middle: `0.05` for 5 percent.
        share: Numeral,
    },
    /// From `value ÷ (1 + share)` to `value × (1 + share)`, as Moodle's geometric tolerance
    /// (<https://docs.moodle.org/en/Numerical_question_type>).
    Geometric {
        /// The middle.
        value: Numeral,
        /// How much more than 1 the factor is.
        share: Numeral,
    },
    /// Between two ends, which may be given in either order.
    Interval {
        /// One end; none for no limit below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<End>,
        /// The other end; none for no limit above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<End>,
    },
    /// Numbers that agree with `value` once both are rounded to this many significant figures,
    /// half away from zero.
    Figures {
        /// The number.
        value: Numeral,
        /// The significant figures.
        figures: u8,
        /// Whether the answer must be written with exactly that many.
        #[serde(default)]
        as_written: bool,
    },
    /// Numbers that agree with `value` once both are rounded to this many digits after the point,
    /// half away from zero.
    Places {
        /// The number.
        value: Numeral,
        /// The digits after the point.
        places: u8,
        /// Whether the answer must be written with exactly that many.
        #[serde(default)]
        as_written: bool,
    },
}

/// The accepted numbers for readers: `−11.7 ± 0.02`, `from 5 to below 7`.
impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { value } => write!(f, "{value}"),
            Self::Absolute { value, margin } if margin.is_zero() => write!(f, "{value}"),
            Self::Absolute { value, margin } => write!(f, "{value} ± {margin}"),
            Self::Relative { value, share } => write!(f, "{value} ± {share} of it"),
            Self::Geometric { value, share } => write!(f, "{value} up to the factor 1 + {share}"),
            Self::Interval { low, high } => {
                let (low, high) = match (low, high) {
                    (Some(a), Some(b)) if a.at > b.at => (high, low),
                    _ => (low, high),
                };
                match (low, high) {
                    (None, None) => f.write_str("any number"),
                    (Some(low), None) => write!(f, "{} {}", low.from(), low.at),
                    (None, Some(high)) if high.open => write!(f, "below {}", high.at),
                    (None, Some(high)) => write!(f, "up to {}", high.at),
                    (Some(low), Some(high)) => {
                        write!(f, "{} {} {} {}", low.from(), low.at, high.to(), high.at)
                    }
                }
            }
            Self::Figures { value, figures, .. } => {
                write!(f, "{value} to {figures} significant figures")
            }
            Self::Places { value, places, .. } => {
                write!(f, "{value} to {places} digits after the point")
            }
        }
    }
}

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct End {
    /// Where it is.
    pub at: Numeral,
    /// Whether the end itself is left out, as 7 is in `[5, 7)`.
    #[serde(default)]
    pub open: bool,
}

impl End {
    /// An end that belongs to the interval.
    pub const fn closed(at: Numeral) -> Self {
        Self { at, open: false }
    }

    /// An end that does not.
    pub const fn open(at: Numeral) -> Self {
        Self { at, open: true }
    }

    const fn from(self) -> &'static str {
        if self.open { "above" } else { "from" }
    }

    const fn to(self) -> &'static str {
        if self.open { "to below" } else { "to" }
    }
}

/// The units of a numeric question, and what a missing or wrong one costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnitRule {
    /// The units that are understood.
    pub units: Vec<Unit>,
    /// Whether a number without a unit is taken to be in the key's own unit without a penalty.
    #[serde(default)]
    pub optional: bool,
    /// The part lost for a missing or unknown unit, and for a number that is right in the key's
    /// unit and was written with another, from 0 to 1.
    pub penalty: Ratio,
    /// What the penalty is a part of.
    #[serde(default)]
    pub penalty_of: PenaltyOf,
    /// On which side of the number a unit is written.
    #[serde(default, skip_serializing_if = "is_either")]
    pub side: UnitSide,
}

fn is_either(side: &UnitSide) -> bool {
    *side == UnitSide::Either
}

impl UnitRule {
    /// Units that must be written, on either side; without one the number earns nothing.
    pub const fn new(units: Vec<Unit>) -> Self {
        Self {
            units,
            optional: false,
            penalty: Ratio::ONE,
            penalty_of: PenaltyOf::Response,
            side: UnitSide::Either,
        }
    }
}

/// On which side of a number its unit is written. A number with its unit on the other side is not
/// read, as in Moodle's setting "Units input is before or after the number"
/// (<https://docs.moodle.org/en/Numerical_question_type>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnitSide {
    /// On either, where a unit before the number must be one of the key's.
    #[default]
    Either,
    /// Before it, as in `$ 5`.
    Before,
    /// After it, as in `5 kg`.
    After,
}

impl Unit {
    /// A unit that is worth so many of the key's.
    pub fn new(name: impl Into<String>, factor: Ratio) -> Self {
        Self { name: name.into(), factor }
    }
}

/// A unit and its worth in the unit of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unit {
    /// How it is written; capitals and small letters differ, as in `mW` and `MW`.
    pub name: String,
    /// How many of the key's units one of this is: 1000 for `km` where the key is in `m`.
    pub factor: Ratio,
}

/// The amount that a unit penalty is a percentage of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PenaltyOf {
    /// What the number earned: a number worth 0.8 with a penalty of 0.5 leaves 0.4.
    #[default]
    Response,
    /// The whole question: a number worth 0.8 with a penalty of 0.5 leaves 0.3.
    Question,
}
