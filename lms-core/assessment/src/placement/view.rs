//! Viewing a placement, and the date of the next retest.
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Attempt, AttemptStatus, Score, withheld_scores},
    placement::{
        MeasureScore, NotPlaced, PlaceLearnerError, PlacementDecision, PlacementOutcome, Rejection,
        RetestRule, Step,
    },
};
use lms_kernel::{Id, Slug};
use lms_learning::learning::CourseWork;
use lms_people::{
    authorization::{Permission, Subject, authorize_on, is_permitted_on},
    identity::Membership,
};
use lms_store::Transaction;

/// Shows a learner's latest placement in a group with its reasons; answers `None` before the first
/// placement. For the learner, their guardians, and staff who may see scores in their unit.
///
/// While a test that decided does not show its result, what would tell the score is left out for
/// those who may not see it before (`scores.view_unreleased`).
///
/// # Errors
/// [`PlaceLearnerError`] if the actor may not, or the store failed.
#[operation("assessment.view_placement")]
pub struct ViewPlacement {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The placement group: the key shared by the candidate classes.
    pub group: Slug,
}

impl Operation for ViewPlacement {
    const ACCESS: Access =
        Access::Asks(&[Permission::SCORES_VIEW, Permission::SCORES_VIEW_UNRELEASED]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<PlacementDecision>;
    type Error = PlaceLearnerError;

    async fn run(
        self,
        tx: &mut Transaction,
    ) -> Result<Option<PlacementDecision>, PlaceLearnerError> {
        let Self { learner_id: learner, group } = self;
        let in_group = PlacementDecision::PLACEMENT_GROUP.eq(group);
        let found = tx.first(PlacementDecision::of(learner).and(in_group)).await?;
        let Some(decision) = found else {
            authorize_on(tx, Permission::SCORES_VIEW, &Subject::of(learner)).await?;
            return Ok(None);
        };
        authorize_on(tx, Permission::SCORES_VIEW, &decision).await?;
        if is_permitted_on(tx, Permission::SCORES_VIEW_UNRELEASED, &decision).await? {
            return Ok(Some(decision));
        }
        let withheld = withheld_scores(tx, learner).await?;
        let hides = withheld.iter().any(|it| decision.rests_on(it));
        Ok(Some(if hides { decision.without_scores() } else { decision }))
    }
}

impl PlacementDecision {
    /// Whether that score was known when it was decided.
    fn rests_on(&self, score: &Score) -> bool {
        let is_it =
            |it: &MeasureScore| it.score == score.total && Some(it.taken_at) == score.completed_at;
        self.attempt_id == Some(score.attempt_id) || self.profile.scores.iter().any(is_it)
    }

    /// The same without what would tell a score.
    fn without_scores(mut self) -> Self {
        self.score = None;
        self.profile.scores.clear();
        self.placement.steps.retain(|it| !it.tells_a_score());
        let tells = |it: &Rejection| {
            matches!(it, Rejection::OutsideBands { .. } | Rejection::SkillShort { .. })
        };
        for verdict in &mut self.placement.rejected {
            verdict.reasons.retain(|it| !tells(it));
        }
        self.placement.rejected.retain(|it| !it.reasons.is_empty());
        if let PlacementOutcome::NotPlaced { reason: reason @ NotPlaced::InNoBand { .. } } =
            &mut self.placement.outcome
        {
            *reason = NotPlaced::NoClass;
        }
        self
    }
}

impl Step {
    const fn tells_a_score(&self) -> bool {
        match self {
            Self::Sitting { .. }
            | Self::Deducted { .. }
            | Self::Averaged { .. }
            | Self::InBand { .. }
            | Self::InNoBand { .. }
            | Self::Confirmed { .. }
            | Self::SkillShort { .. } => true,
            Self::Advised { .. }
            | Self::Overridden { .. }
            | Self::Exempted { .. }
            | Self::Expired { .. }
            | Self::Missing { .. }
            | Self::Vetoed { .. } => false,
        }
    }
}

/// Whether a placement test may be taken again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MayRetest {
    /// The test.
    pub assessment_id: Id<Assessment>,
    /// Who would take it.
    pub learner_id: Id<Membership>,
    /// When it may be taken again.
    pub rule: RetestRule,
}

/// Checks whether a learner may take a placement test now. Every attempt that was not abandoned
/// counts, from its submission, or from its start while it is in progress.
///
/// # Errors
/// [`PlaceLearnerError::Retest`], with the instant from which it is allowed.
#[operation("assessment.check_retest")]
pub struct CheckRetest {
    /// The test, the learner and the retest rule.
    pub query: MayRetest,
}

impl Operation for CheckRetest {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = ();
    type Error = PlaceLearnerError;

    async fn run(self, tx: &mut Transaction) -> Result<(), PlaceLearnerError> {
        let Self { query } = self;
        let MayRetest { assessment_id, learner_id, rule } = query;
        let course = tx.require(assessment_id).await?.course_id;
        let work = CourseWork { learner: learner_id, course };
        authorize_on(tx, Permission::ATTEMPTS_VIEW, &work).await?;
        let attempts = tx.all(Attempt::of(assessment_id, learner_id)).await?;
        let sittings: Vec<_> = (attempts.iter())
            .filter(|it| it.status != AttemptStatus::Abandoned)
            .map(|it| it.submitted_at.unwrap_or(it.started_at))
            .collect();
        Ok(rule.may_sit(&sittings, tx.now())?)
    }
}
