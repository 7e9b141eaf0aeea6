//! Bringing enrollments in line with purchases.
use crate::{
    AccessSourceKind, EnrollmentRefused, Grant, GrantStatus, Item, ItemKind, PaymentError,
};
use lms_kernel::{DomainError as _, Id};
use lms_learning::{
    content::Course,
    learning::{
        EnrollError, Enrollment, EnrollmentRight, EnrollmentStatus, GivenRight, GrantSource,
        sync_rights,
    },
};
use lms_people::identity::Membership;
use lms_store::Transaction;
use uuid::Uuid;

/// What grants give: the sources of rights that commerce answers for.
const BOUGHT: [GrantSource; 3] =
    [GrantSource::Order, GrantSource::Subscription, GrantSource::Voucher];

/// Brings the rights of `holder` in the courses among `targets` in line with all grants to them:
/// a person with an active grant learns there until the last of them ends; while all grants rest,
/// the enrollment rests; where none is left, the enrollment ends, unless something else gives it.
/// Every change of a grant is followed by it.
///
/// What came about otherwise (by staff, a class, an invitation) is never touched. A course that
/// cannot take the learner (it is full, or no longer published) is announced: access stays granted,
/// and a person has to look.
pub(crate) async fn sync_enrollments(
    tx: &mut Transaction,
    holder: Id<Membership>,
    targets: &[Item],
) -> Result<(), PaymentError> {
    for target in targets.iter().filter(|it| it.kind == ItemKind::Course) {
        let course = Id::<Course>::from_uuid(target.id);
        let is_there = tx.get(course).await?.is_some();
        if !is_there && !tx.exists(Enrollment::of(holder, course)).await? {
            continue;
        }
        let grants = tx.all(Grant::held(holder, *target)).await?;
        let given: Vec<GivenRight> = grants.iter().filter_map(right_of).collect();
        let origins: Vec<_> = grants.iter().map(origin_of).collect();
        let is_own =
            |it: &EnrollmentRight| BOUGHT.contains(&it.source) || origins.contains(&it.origin());
        match sync_rights(tx, (holder, course), is_own, &given).await {
            Ok(_) => {}
            Err(error @ (EnrollError::Store(_) | EnrollError::JustEnrolled)) => {
                return Err(error.into());
            }
            Err(refused) => refuse(tx, (course, &grants), &refused),
        }
    }
    Ok(())
}

/// The same for grants that go on as before, for a longer or a shorter time. A learner who left the
/// course, or was taken or kept out of it, stays so.
pub(crate) async fn prolong_enrollments(
    tx: &mut Transaction,
    holder: Id<Membership>,
    targets: &[Item],
) -> Result<(), PaymentError> {
    for target in targets.iter().filter(|it| it.kind == ItemKind::Course) {
        let course = Id::<Course>::from_uuid(target.id);
        let latest = tx.first(Enrollment::of(holder, course)).await?;
        if latest.is_none_or(|it| it.status != EnrollmentStatus::Dropped) {
            sync_enrollments(tx, holder, &[*target]).await?;
        }
    }
    Ok(())
}

/// What names the right that a grant gives.
const fn origin_of(grant: &Grant) -> (GrantSource, Option<Uuid>) {
    (grant_source(grant.source.kind), Some(grant.source.id))
}

/// Whether the right that an enrollment names comes from a grant.
pub(crate) const fn is_bought(enrollment: &Enrollment) -> bool {
    matches!(
        enrollment.source,
        GrantSource::Order | GrantSource::Subscription | GrantSource::Voucher
    )
}

/// What kind of right a grant from such a source gives.
pub(crate) const fn grant_source(kind: AccessSourceKind) -> GrantSource {
    match kind {
        AccessSourceKind::OrderItem => GrantSource::Order,
        AccessSourceKind::Subscription => GrantSource::Subscription,
        AccessSourceKind::Voucher => GrantSource::Voucher,
        AccessSourceKind::Manual => GrantSource::Manual,
    }
}

/// The right that a grant gives; none where it was revoked.
fn right_of(grant: &Grant) -> Option<GivenRight> {
    let (source, source_id) = origin_of(grant);
    let right = GivenRight::new(source, source_id, grant.starts_at);
    match grant.status {
        GrantStatus::Active => Some(right.until(grant.ends_at)),
        GrantStatus::Suspended => Some(right.until(grant.ends_at).resting(true)),
        // Its end has come: what it gave is over, and not taken back.
        GrantStatus::Expired => Some(right.until(grant.ends_at.or(Some(grant.stamp.updated_at)))),
        GrantStatus::Revoked => None,
    }
}

/// Announces that a course did not take a learner who has a grant to it.
fn refuse(tx: &mut Transaction, (course, grants): (Id<Course>, &[Grant]), refused: &EnrollError) {
    let now = tx.now();
    if let Some(grant) = grants.iter().find(|it| it.gives_access(now)) {
        tx.emit(&EnrollmentRefused {
            grant_id: grant.id,
            holder_id: grant.holder_id,
            course_id: course,
            reason: refused.code().to_owned(),
        });
    }
}
