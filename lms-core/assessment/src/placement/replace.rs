//! Placements decided by staff, and learners who need no score.
use lms_store::operation::{Access, Operation, operation};

use crate::placement::{
    Exemption, OverrideTarget, PlaceLearnerError, PlacementDecision, PlacementDesign,
    PlacementOutcome, PlacementOverride, PlacementPolicy, PlacementProfile, Rejection, place,
    place_learner::{keep, options},
};
use lms_kernel::{Id, Slug};
use lms_learning::delivery::{ClassMember, LeaveClass};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::{Membership, RequirePresent},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;

/// Overrides a learner's placement by a decision of staff, with the reason on record. Capacity
/// still applies: without a free seat the learner is waitlisted or refused, as the policy says. A
/// seat that the learner had in the group is released to the first learner on its waitlist.
///
/// # Locks
/// The classes of the group are locked, by id, before their members are counted.
///
/// # Errors
/// [`PlaceLearnerError`] for a blank reason, a decision of the system, or no seat; the learner
/// keeps the seat they had then.
#[operation("assessment.override_placement")]
pub struct OverridePlacement {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The placement group: the key shared by the candidate classes.
    pub group: Slug,
    /// The level or the class to place in.
    pub to: OverrideTarget,
    /// The reason, which must not be blank.
    pub reason: String,
    /// The name of the classes' bands in the policy.
    pub measure: Slug,
    /// The placement rules for the order of classes and for full classes.
    pub policy: PlacementPolicy,
}

impl Operation for OverridePlacement {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    type Answer = PlacementDecision;
    type Error = PlaceLearnerError;

    async fn run(self, tx: &mut Transaction) -> Result<PlacementDecision, PlaceLearnerError> {
        let command = self;
        let OverridePlacement { learner_id, group, to, reason, measure, policy } = command;
        may_place(tx, learner_id).await?;
        let by = tx.actor_id().ok_or(PlaceLearnerError::NoPerson)?;
        let decided = PlacementOverride::new(to, by, reason)?;
        let mut profile = known(tx, learner_id, &group).await?;
        profile.decided = Some(decided);
        replace(tx, profile, (group, measure, policy)).await
    }
}

/// Exempts a learner from the placement test, by placing them at a known level without a score, or
/// from the classes altogether, which releases the seat they had.
///
/// # Locks
/// The classes of the group are locked, by id, before their members are counted.
///
/// # Errors
/// [`PlaceLearnerError`] for a blank reason or no seat.
#[operation("assessment.exempt_learner")]
pub struct ExemptLearner {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The placement group: the key shared by the candidate classes.
    pub group: Slug,
    /// The level, or all classes, with the evidence for it.
    pub exemption: Exemption,
    /// The name of the classes' bands in the policy.
    pub measure: Slug,
    /// The placement rules for the order of classes and for full classes.
    pub policy: PlacementPolicy,
}

impl Operation for ExemptLearner {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    type Answer = PlacementDecision;
    type Error = PlaceLearnerError;

    async fn run(self, tx: &mut Transaction) -> Result<PlacementDecision, PlaceLearnerError> {
        let command = self;
        let ExemptLearner { learner_id, group, exemption, measure, policy } = command;
        may_place(tx, learner_id).await?;
        let (Exemption::AtLevel { reason, .. } | Exemption::FromClasses { reason }) = &exemption;
        if reason.trim().is_empty() {
            return Err(super::OverrideError::NoReason.into());
        }
        let mut profile = known(tx, learner_id, &group).await?;
        (profile.decided, profile.exemption) = (None, Some(exemption));
        replace(tx, profile, (group, measure, policy)).await
    }
}

async fn may_place(tx: &mut Transaction, learner: Id<Membership>) -> Result<(), PlaceLearnerError> {
    require_feature(tx, Feature::Placement).await?;
    authorize_on(tx, Permission::PLACEMENT_MANAGE, &Subject::of(learner)).await?;
    tx.part(RequirePresent { member_id: learner }).await??;
    Ok(())
}

/// The facts known about a learner when they were last placed in the group.
async fn known(
    tx: &mut Transaction,
    learner: Id<Membership>,
    group: &Slug,
) -> Result<PlacementProfile, PlaceLearnerError> {
    let in_group = PlacementDecision::PLACEMENT_GROUP.eq(group.clone());
    let last = tx.first(PlacementDecision::of(learner).and(in_group)).await?;
    Ok(last
        .map_or_else(|| PlacementProfile::new(learner, Vec::new(), tx.now()), |last| last.profile))
}

async fn replace(
    tx: &mut Transaction,
    profile: PlacementProfile,
    (group, measure, policy): (Slug, Slug, PlacementPolicy),
) -> Result<PlacementDecision, PlaceLearnerError> {
    let options = options(tx, &group, &measure).await?;
    let classes: Vec<_> = options.iter().map(|it| it.class).collect();
    let design = PlacementDesign::new(policy, options)?;
    let placement = place(&design, &profile, tx.now());
    if let PlacementOutcome::NotPlaced { .. } = placement.outcome {
        let full = |reasons: &[Rejection]| matches!(reasons, [Rejection::Full]);
        let seats = placement.rejected.iter().filter(|it| full(&it.reasons)).count();
        return Err(PlaceLearnerError::NoSeat { seats });
    }
    let student_id = profile.learner;
    for class_id in classes {
        if tx.exists(ClassMember::present(class_id, student_id)).await? {
            tx.run(LeaveClass { class_id, student_id, is_removal: true }).await?;
        }
    }
    let decision = PlacementDecision::new(tx.cx(), group, profile, placement);
    keep(tx, &decision).await?;
    Ok(decision)
}
