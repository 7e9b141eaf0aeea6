//! A placement decision, stored with its reasons.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    attempt::Attempt,
    placement::{Placement, PlacementOutcome, PlacementProfile},
};
use lms_kernel::{Context, EntityKind, Id, Points, Slug, Timestamp};
use lms_learning::delivery::ClassGroup;
use lms_people::identity::Membership;
use lms_store::{
    outbox::DomainEvent,
    {Direction, Query, Record, Stamp},
};

/// The outcome of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum PlacementStatus {
    /// In a class, with a seat.
    Placed,
    /// On the waitlist of a class.
    Waitlisted,
    /// The learner needs no class.
    Exempt,
    /// The learner takes another test first.
    TakesTest,
    /// A score is missing that decides.
    NeedsMeasure,
    /// None of these.
    NotPlaced,
}

impl From<&PlacementOutcome> for PlacementStatus {
    fn from(outcome: &PlacementOutcome) -> Self {
        match outcome {
            PlacementOutcome::Placed { .. } => Self::Placed,
            PlacementOutcome::Waitlisted { .. } => Self::Waitlisted,
            PlacementOutcome::Exempt => Self::Exempt,
            PlacementOutcome::TakeTest { .. } => Self::TakesTest,
            PlacementOutcome::NeedsMeasure { .. } => Self::NeedsMeasure,
            PlacementOutcome::NotPlaced { .. } => Self::NotPlaced,
        }
    }
}

/// A placement that was decided: append-only, a later one of the same learner replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "placement_decisions",
    index(learner_id, decided_at),
    index(class_id),
    index(placement_group, status),
    index(placement_group, decided_at)
)]
pub struct PlacementDecision {
    /// The decision's id.
    pub id: Id<PlacementDecision>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The learner.
    pub learner_id: Id<Membership>,
    /// The attempt whose score decided, if one did.
    pub attempt_id: Option<Id<Attempt>>,
    /// The classes among which was chosen.
    pub placement_group: Slug,
    /// The outcome of the learner.
    pub status: PlacementStatus,
    /// The class, where there is one.
    pub class_id: Option<Id<ClassGroup>>,
    /// The level of the class.
    pub level: Option<String>,
    /// The score of the attempt.
    pub score: Option<Points>,
    /// Whether a person decided instead of the rules.
    pub overridden: bool,
    /// The whole placement: how the level was found, and why every other class was not chosen.
    #[record(json, personal)]
    pub placement: Placement,
    /// The facts known about the learner, scores included.
    #[record(json, personal)]
    pub profile: PlacementProfile,
    /// When it was decided.
    pub decided_at: Timestamp,
}

impl PlacementDecision {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("placement_decision");

    /// A decision of now.
    pub fn new(cx: &Context, group: Slug, profile: PlacementProfile, placement: Placement) -> Self {
        let (class_id, level) = match &placement.outcome {
            PlacementOutcome::Placed { class, level }
            | PlacementOutcome::Waitlisted { class, level } => {
                (Some(*class), Some(level.as_str().to_owned()))
            }
            _ => (None, None),
        };
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            learner_id: placement.learner,
            attempt_id: None,
            placement_group: group,
            status: PlacementStatus::from(&placement.outcome),
            class_id,
            level,
            score: None,
            overridden: profile.decided.is_some(),
            placement,
            profile,
            decided_at: cx.now(),
        }
    }

    /// A learner's decisions, the latest first.
    pub fn of(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner)).order_by(Self::DECIDED_AT, Direction::Desc)
    }

    /// The decisions among the classes of a group, the latest first.
    pub fn of_group(group: Slug) -> Query<Self> {
        Query::filter(Self::PLACEMENT_GROUP.eq(group)).order_by(Self::DECIDED_AT, Direction::Desc)
    }
}

/// A learner was placed, or was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.learner_placed", subject = PlacementDecision::ENTITY, id = decision_id)]
pub struct LearnerPlaced {
    /// The decision.
    pub decision_id: Id<PlacementDecision>,
    /// The learner.
    pub learner_id: Id<Membership>,
    /// The outcome of the learner.
    pub status: PlacementStatus,
    /// The class, where there is one.
    pub class_id: Option<Id<ClassGroup>>,
}
