//! The profile of a learner to place.
use crate::placement::{BranchId, ClassId, WeeklySlot};
use lms_derive::DomainError;
use lms_kernel::{ActorId, Id, Points, Slug, Timestamp, Title};
use lms_learning::delivery::ClassMode;
use lms_people::identity::Membership;
use serde::{Deserialize, Serialize};

/// The id of the learner.
pub type LearnerId = Id<Membership>;

/// One score that a learner brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeasureScore {
    /// The name of the measure, such as `total` or `writing`.
    pub measure: Slug,
    /// The score on the measure's own scale.
    pub score: Points,
    /// When the test was taken.
    pub taken_at: Timestamp,
    /// How many questions were answered with "I don't know".
    pub unsure: u16,
}

impl MeasureScore {
    /// A score without "I don't know".
    pub const fn new(measure: Slug, score: Points, taken_at: Timestamp) -> Self {
        Self { measure, score, taken_at, unsure: 0 }
    }
}

/// Why a learner needs no score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "exempt", rename_all = "snake_case")]
pub enum Exemption {
    /// The level is known otherwise, such as by a certificate.
    AtLevel {
        /// The level.
        level: Title,
        /// The reason, as given.
        reason: String,
    },
    /// The learner needs no class at all.
    FromClasses {
        /// The reason, as given.
        reason: String,
    },
}

/// The level or class that a person decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OverrideTarget {
    /// In a class of this level.
    Level(Title),
    /// In this class.
    Class(ClassId),
}

/// A decision of a person that replaces the rules. Seats still count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlacementOverride {
    /// Where to.
    pub to: OverrideTarget,
    /// Who decided.
    pub by: ActorId,
    /// The reason, as given.
    pub reason: String,
}

/// Why an override was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum OverrideError {
    /// No one could tell later why it was made.
    #[error("say why the placement is overridden")]
    #[fault(invalid, field = "reason")]
    NoReason,
}

impl PlacementOverride {
    /// A decision, with its reason.
    ///
    /// # Errors
    /// [`OverrideError::NoReason`] for a blank reason.
    pub fn new(
        to: OverrideTarget,
        by: ActorId,
        reason: impl Into<String>,
    ) -> Result<Self, OverrideError> {
        let reason = reason.into();
        if reason.trim().is_empty() {
            return Err(OverrideError::NoReason);
        }
        Ok(Self { to, by, reason })
    }
}

/// The scores, wishes and facts of a learner to be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlacementProfile {
    /// The learner.
    pub learner: LearnerId,
    /// The scores, in any order; several of one measure are several sittings.
    pub scores: Vec<MeasureScore>,
    /// Why no score is needed.
    pub exemption: Option<Exemption>,
    /// What a person decided instead.
    pub decided: Option<PlacementOverride>,
    /// The level group to be placed in; any when there is none.
    pub group: Option<Slug>,
    /// The branches that suit the learner, the best first; any when there are none.
    pub branches: Vec<BranchId>,
    /// The ways of teaching that suit the learner, the best first; any when there are none.
    pub modes: Vec<ClassMode>,
    /// When the learner has no time.
    pub busy: Vec<WeeklySlot>,
    /// When the learner asked for a place.
    pub asked_at: Timestamp,
}

impl PlacementProfile {
    /// A learner who takes any class, with those scores.
    pub const fn new(learner: LearnerId, scores: Vec<MeasureScore>, asked_at: Timestamp) -> Self {
        Self {
            learner,
            scores,
            exemption: None,
            decided: None,
            group: None,
            branches: Vec::new(),
            modes: Vec::new(),
            busy: Vec::new(),
            asked_at,
        }
    }
}
