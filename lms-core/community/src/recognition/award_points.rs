//! Giving points, and adding them up.
use crate::recognition::{AwardError, PointsEntry};
use lms_kernel::{Id, Title};
use lms_people::{
    authorization::{Permission, Place, authorize},
    identity::Membership,
    tenancy::{Feature, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Gives a learner points, or takes some back where `points` is below 0; where the tenant has no
/// points any more, they are only taken back.
///
/// # Errors
/// [`AwardError::NoPoints`].
pub async fn award_points(
    tx: &mut Transaction,
    learner: Id<Membership>,
    points: i32,
    reason: Option<Title>,
) -> Result<PointsEntry, AwardError> {
    if points > 0 {
        require_feature(tx, Feature::Points).await?;
    }
    let learner = tx.require(learner).await?;
    let place = Place::Own(learner.id).in_unit(learner.org_unit_id);
    authorize(tx, Permission::POINTS_AWARD, place).await?;
    if points == 0 {
        return Err(AwardError::NoPoints);
    }
    let entry = PointsEntry::new(tx.cx(), learner.id, points, reason);
    tx.insert(&entry).await?;
    Ok(entry)
}

/// How many points a learner has: the sum of their entries.
///
/// # Errors
/// [`StoreError`] if it cannot be found out.
pub async fn points_of(tx: &mut Transaction, learner: Id<Membership>) -> Result<i64, StoreError> {
    let entries = tx.all(PointsEntry::of_learner(learner)).await?;
    Ok(entries.iter().map(|it| i64::from(it.points)).sum())
}
