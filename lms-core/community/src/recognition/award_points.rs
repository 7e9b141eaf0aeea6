//! Awarding and totalling points.
use crate::recognition::{AwardError, PointsEntry};
use lms_kernel::{Id, Title};
use lms_learning::learning::Learner;
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
    tenancy::{Feature, require_feature},
};
use lms_store::operation::{Access, Effect, Operation, Part, operation};
use lms_store::{StoreError, Transaction};

/// Awards points to a learner, or deducts them where `points` is negative. Points can only be
/// deducted where the tenant has switched points off.
///
/// # Permission
/// `points.award` on the learner: of their tutor and teachers, never of themselves.
///
/// # Errors
/// [`AwardError::NoPoints`].
#[operation("recognition.award_points")]
pub struct AwardPoints {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The points to award; negative to deduct, never 0.
    pub points: i32,
    /// The reason shown to the learner.
    pub reason: Option<Title>,
}

impl Operation for AwardPoints {
    const ACCESS: Access = Access::Asks(&[Permission::POINTS_AWARD]);
    type Answer = PointsEntry;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<PointsEntry, AwardError> {
        let Self { learner_id: learner, points, reason } = self;
        if points > 0 {
            require_feature(tx, Feature::Points).await?;
        }
        let learner = tx.require(learner).await?;
        authorize_on(tx, Permission::POINTS_AWARD, &Learner(learner.id)).await?;
        if points == 0 {
            return Err(AwardError::NoPoints);
        }
        let entry = PointsEntry::new(tx.cx(), learner.id, points, reason);
        tx.insert(&entry).await?;
        Ok(entry)
    }
}

/// How many points a learner has: the sum of their entries.
///
/// # Errors
/// [`StoreError`] if it cannot be found out.
#[derive(Clone, Copy, Debug)]
pub struct TotalPoints {
    /// The learner.
    pub learner_id: Id<Membership>,
}

impl Part for TotalPoints {
    const NAME: &'static str = "recognition.total_points";
    const EFFECT: Effect = Effect::Reads;
    type Answer = i64;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<i64, StoreError> {
        points_of(tx, self.learner_id).await
    }
}

pub(crate) async fn points_of(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<i64, StoreError> {
    let entries = tx.all(PointsEntry::of_learner(learner)).await?;
    Ok(entries.iter().map(|it| i64::from(it.points)).sum())
}
