//! Looking at a placement, and at when the test may be taken again.
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{
        Assessment,
        attempt::{Attempt, AttemptStatus},
        placement::{PlaceLearnerError, PlacementDecision, RetestRule},
    },
    authorization::{Permission, Place, authorize},
    identity::Membership,
    kernel::{Context, Id, Slug},
    store::Transaction,
};

/// A learner's latest placement among the classes of a group, with every reason; none where they
/// were not placed there yet. For the learner, their guardians, and whoever sees scores in their
/// unit.
///
/// # Errors
/// [`PlaceLearnerError`] if the actor may not, or the store failed.
pub async fn view_placement(
    cx: &Context,
    tx: &mut Transaction,
    learner: Id<Membership>,
    group: Slug,
) -> Result<Option<PlacementDecision>, PlaceLearnerError> {
    authorize(cx, tx, Permission::SCORES_VIEW, Place::Own(learner)).await?;
    let in_group = PlacementDecision::PLACEMENT_GROUP.eq(group);
    Ok(tx.first(PlacementDecision::of(learner).and(in_group)).await?)
}

/// Whether a placement test may be taken again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MayRetest {
    /// The test.
    pub assessment_id: Id<Assessment>,
    /// Who would take it.
    pub learner_id: Id<Membership>,
    /// When it may be taken again.
    pub rule: RetestRule,
}

/// Says whether a learner may take a placement test now, by the sittings there were: every attempt
/// that was not abandoned, from when it was handed in, or started where it still runs.
///
/// # Errors
/// [`PlaceLearnerError::Retest`], with the instant from which it is allowed.
pub async fn may_retest(
    cx: &Context,
    tx: &mut Transaction,
    query: MayRetest,
) -> Result<(), PlaceLearnerError> {
    let MayRetest { assessment_id, learner_id, rule } = query;
    authorize(cx, tx, Permission::ATTEMPTS_VIEW, Place::Own(learner_id)).await?;
    let attempts = tx.all(Attempt::of(assessment_id, learner_id)).await?;
    let sittings: Vec<_> = (attempts.iter())
        .filter(|it| it.status != AttemptStatus::Abandoned)
        .map(|it| it.submitted_at.unwrap_or(it.started_at))
        .collect();
    Ok(rule.may_sit(&sittings, cx.now())?)
}
