//! From a score to a class: bands, measures, seats and reasons.
//!
//! A **measure** is one score that a learner brings, such as a pre-test total or a writing mark.
//! A **band** is a stretch of a measure's scale and what it means: a level, another test, a second
//! measure, or no placement. A **class option** is a class with its level or bands, seats left,
//! branch, mode and hours. A **design** is a checked policy with its class options; placing a
//! learner reads it and gives a **placement**, with a reason for every class that was not chosen.
//!
//! Placing is pure: anyone who stores a placement locks the classes it read, so that seats hold.
mod band;
mod band_problem;
mod band_table;
mod choice;
mod class_option;
mod cohort;
mod decision;
mod design;
mod level;
mod place;
mod place_learner;
mod place_learners;
mod policy;
mod preview;
mod profile;
mod reason;
mod replace;
mod retest;
mod view;
mod what_if;

pub use band::{BandEnds, ScoreBand};
pub use band_problem::BandProblem;
pub use band_table::{BandError, BandMeaning, BandTable, Gaps, LevelBand};
pub use class_option::{BranchId, ClassBand, ClassId, ClassOption, WeeklySlot};
pub use cohort::{CohortError, ServiceOrder, place_cohort};
pub use decision::{LearnerPlaced, PlacementDecision, PlacementStatus};
pub use design::{DesignError, DesignProblem, PlacementDesign};
pub use place::{ClassVerdict, Placement, PlacementOutcome, place};
pub use place_learner::{PlaceLearner, PlaceLearnerError};
pub use place_learners::{LearnerToPlace, PlaceLearners};
pub use policy::{
    LevelRule, PlacementPolicy, Preference, Shortfall, SittingChoice, SkillMinimum, UnsureRule,
    WhenFull,
};
pub use preview::PreviewPlacement;
pub use profile::{
    Exemption, LearnerId, MeasureScore, OverrideError, OverrideTarget, PlacementOverride,
    PlacementProfile,
};
pub use reason::{NotPlaced, Rejection, Step};
pub use replace::{ExemptLearner, OverridePlacement};
pub use retest::{RetestRefusal, RetestRule};
pub use view::{CheckRetest, MayRetest, ViewPlacement};
pub use what_if::{LevelMove, Standing, WhatIf, what_if};

use lms_store::RecordType;

/// The records of placement.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<PlacementDecision>()]
}
