//! Placing a whole cohort among the classes of a group.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    attempt::Attempt,
    placement::{
        PlaceLearnerError, PlacementDecision, PlacementDesign, PlacementPolicy, PlacementProfile,
        ServiceOrder, place_cohort,
        place_learner::{add_score, keep, options},
    },
};
use lms_kernel::{Id, Points, Slug};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// One of the learners to place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LearnerToPlace {
    /// What is known about the learner. The score of `attempt_id` is added to it.
    pub profile: PlacementProfile,
    /// The attempt whose score decides, if one does.
    pub attempt_id: Option<Id<Attempt>>,
}

/// Places a cohort learner by learner in the given order, takes seats and waitlist places, and
/// records a decision for each. Answers the decisions in that order. All are stored or, where one
/// is refused, none.
///
/// # Locks
/// The classes of the group are locked, by id, before their members are counted; so no class takes
/// more than its seats, whatever else is placed at the same time.
///
/// # Errors
/// [`PlaceLearnerError`], also where the actor may not place one of the learners.
#[operation("assessment.place_learners")]
pub struct PlaceLearners {
    /// The placement group: the key shared by the candidate classes.
    pub group: Slug,
    /// The learners to place, with what is known about each.
    pub learners: Vec<LearnerToPlace>,
    /// Which learners are placed first.
    pub order: ServiceOrder,
    /// The name of the attempts' scores, and of the classes' bands, in the policy.
    pub measure: Slug,
    /// The placement rules.
    pub policy: PlacementPolicy,
}

impl Operation for PlaceLearners {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    type Answer = Vec<PlacementDecision>;
    type Error = PlaceLearnerError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<PlacementDecision>, PlaceLearnerError> {
        let command = self;
        let PlaceLearners { group, learners, order, measure, policy } = command;
        require_feature(tx, Feature::Placement).await?;
        let mut profiles = Vec::with_capacity(learners.len());
        let mut scores: Vec<(Option<Id<Attempt>>, Option<Points>)> = Vec::new();
        for LearnerToPlace { mut profile, attempt_id } in learners {
            let own = Subject::of(profile.learner);
            authorize_on(tx, Permission::PLACEMENT_MANAGE, &own).await?;
            let score = add_score(tx, &mut profile, attempt_id, &measure).await?;
            profiles.push(profile);
            scores.push((attempt_id, score));
        }
        let options = options(tx, &group, &measure).await?;
        let design = PlacementDesign::new(policy, options)?;
        let placements = place_cohort(&design, &profiles, &order, tx.now())?;
        let mut known: std::collections::BTreeMap<_, _> = (profiles.into_iter().zip(scores))
            .map(|(profile, score)| (profile.learner, (profile, score)))
            .collect();
        let mut decisions = Vec::with_capacity(placements.len());
        for placement in placements {
            let Some((profile, (attempt, score))) = known.remove(&placement.learner) else {
                continue;
            };
            let mut decision = PlacementDecision::new(tx.cx(), group.clone(), profile, placement);
            (decision.attempt_id, decision.score) = (attempt, score);
            keep(tx, &decision).await?;
            decisions.push(decision);
        }
        Ok(decisions)
    }
}
