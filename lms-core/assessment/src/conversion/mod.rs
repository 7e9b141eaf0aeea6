//! From raw scores to scaled ones: tables, composites, concordance and equating.
//!
//! A **raw score** is the number of points earned on one form of a test. A **conversion table**
//! says what it is worth on the reporting scale, for a section or for the whole test. A
//! **composite** combines scaled sections, with one declared rounding. A **concordance** compares
//! two scales. **Equating** builds a table from the results of two forms. Everything here is exact,
//! and a score that no table covers is an error, not a guess.
mod anchor;
mod circle_arc;
mod composite;
mod concordance;
mod define_conversion;
mod distribution;
mod equating;
mod presmooth;
mod problem;
mod round_to;
mod row;
mod scale;
mod set;
mod table;

pub use anchor::{Anchor, AnchorError, AnchorMethod, AnchoredScores, equated_by_anchor};
pub use circle_arc::equated_by_arc;
pub use composite::{Combine, Composite, CompositeError};
pub use concordance::Concordance;
pub(crate) use define_conversion::load_conversions;
pub use define_conversion::{
    DefineConversion, DefineConversionError, LoadConversions, ScaleDefinition,
};
pub use distribution::{DistributionError, ScoreDistribution};
pub use equating::{EquatingError, EquatingMethod, EquatingTarget, equate, equated_scores};
pub use presmooth::{PresmoothError, Presmoothed, presmooth};
pub use problem::TableProblem;
pub use round_to::RoundTo;
pub use row::ConversionRow;
pub use scale::{ConversionEntry, ConversionScale, ScaleMethod};
pub use set::{ConversionSet, Converted, SetError};
pub use table::{
    ConversionError, ConversionRule, ConversionTable, Lookup, OutsideTable, WithinRow,
};

use lms_store::RecordType;

/// The records of conversion.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<ConversionScale>(), RecordType::of::<ConversionEntry>()]
}
