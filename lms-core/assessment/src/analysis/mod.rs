//! How the questions of a test perform: added up candidate by candidate, in bounded memory.
//!
//! Sums are exact integers, so the order of candidates makes no difference and parts that were
//! added up apart can be merged. Statistics are binary fractions, computed from the exact sums at
//! the end; they describe, and no score is ever made from them. What is undefined is none.
#![expect(clippy::float_arithmetic, reason = "statistics describe; no score is made from them")]
mod ability;
mod criterion;
mod item;
mod rasch;
mod report;
mod response;

pub use ability::{AbilityEstimate, ItemParameters, estimate_ability, estimate_ability_weighted};
pub use criterion::{CriterionAnalysis, CriterionReport};
pub use item::{AnalysisError, ItemAnalysis};
pub use rasch::{RaschCounts, RaschError, RaschMethod};
pub use report::{DistractorShare, ItemStatistics, TestStatistics};
pub use response::{ItemResponse, Response};
