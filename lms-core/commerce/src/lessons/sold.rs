//! Rights and offers that come from sales.
use crate::{
    AccessSource, Grant, Item,
    grants::{grant_source, is_bought},
    lessons::{include::including, offers::offers_with},
};
use lms_kernel::Id;
use lms_learning::{
    content::Course,
    learning::{CourseSales, Enrollment, EnrollmentStatus, Entitlement, Offer},
};
use lms_people::identity::Membership;
use lms_store::{StoreError, Transaction};

/// Sales that were made, and things for sale.
pub(super) struct Sold;

impl CourseSales for Sold {
    async fn rights(
        &self,
        tx: &mut Transaction,
        learner: Id<Membership>,
        (course, enrollment): (&Course, Option<&Enrollment>),
    ) -> Result<Vec<Entitlement>, StoreError> {
        if is_kept_out(enrollment) {
            return Ok(Vec::new());
        }
        let giving = giving(tx, learner, course.id).await?;
        Ok(giving.iter().map(entitlement).collect())
    }

    async fn offers(
        &self,
        tx: &mut Transaction,
        course: &Course,
    ) -> Result<Vec<Offer>, StoreError> {
        offers_with(tx, course).await
    }
}

/// Whether a learner is kept out of what they bought: the right that the enrollment is of is no
/// other right.
fn is_kept_out(enrollment: Option<&Enrollment>) -> bool {
    enrollment.is_some_and(|it| it.status == EnrollmentStatus::Suspended && is_bought(it))
}

fn entitlement(grant: &Grant) -> Entitlement {
    Entitlement {
        source: grant_source(grant.source.kind),
        source_id: Some(grant.source.id),
        starts_at: grant.starts_at,
        ends_at: grant.ends_at,
    }
}

/// The grants that give a learner a course now, the one that lasts longest first.
pub(super) async fn giving(
    tx: &mut Transaction,
    learner: Id<Membership>,
    course: Id<Course>,
) -> Result<Vec<Grant>, StoreError> {
    let items = including(tx, course).await?;
    let held = Grant::of_holder(learner).and(Grant::TARGET_ID.is_in(items.iter().map(|it| it.id)));
    let mut grants = tx.all(held).await?;
    grants.retain(|it| items.contains(&it.target) && it.gives_access(tx.now()));
    grants.sort_by_key(|it| (it.ends_at.is_some(), std::cmp::Reverse(it.ends_at), it.id));
    Ok(grants)
}

/// The grants of wholes that give a learner a course for which their source gave no grant yet.
pub(super) async fn without_own_grant(
    tx: &mut Transaction,
    learner: Id<Membership>,
    target: Item,
) -> Result<Vec<Grant>, StoreError> {
    let had: Vec<AccessSource> =
        tx.all(Grant::held(learner, target)).await?.iter().map(|it| it.source).collect();
    let mut giving = giving(tx, learner, Id::from_uuid(target.id)).await?;
    giving.retain(|it| !had.contains(&it.source));
    giving.dedup_by_key(|it| it.source);
    Ok(giving)
}
