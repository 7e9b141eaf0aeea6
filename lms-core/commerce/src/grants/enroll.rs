//! Bringing enrollments in line with what people bought.
use crate::{
    AccessSourceKind, Grant, GrantStatus, Item, ItemKind, PaymentError, events::EnrollmentRefused,
};
use lms_kernel::{DomainError as _, Id, Timestamp};
use lms_learning::{
    content::Course,
    learning::{
        EnrollError, EnrollLearner, Enrollment, EnrollmentEvent, EnrollmentStatus, GrantSource,
        grant_enrollment, move_enrollment,
    },
};
use lms_people::identity::Membership;
use lms_store::Transaction;

/// Brings the enrollments of `holder` in the courses among `targets` in line with all grants to
/// them: anyone who has an active grant learns there until the last of them ends; while all grants
/// rest, the enrollment rests; where none is left, an enrollment that was bought ends. Every change
/// of a grant is followed by it.
///
/// What came about otherwise (by staff, a class, an invitation) is never touched. A course that
/// cannot take the learner (it is full, or no longer published) is announced: access stays granted,
/// and a person has to look.
pub(crate) async fn sync_enrollments(
    tx: &mut Transaction,
    holder: Id<Membership>,
    targets: &[Item],
) -> Result<(), PaymentError> {
    for target in targets.iter().copied() {
        let Some(course) = course_of(tx, target).await? else { continue };
        let grants = tx.all(Grant::held(holder, target)).await?;
        let giving: Vec<&Grant> = grants.iter().filter(|it| it.gives_access(tx.now())).collect();
        let live = tx.first(Enrollment::live(holder, course)).await?;
        match (giving.first(), live) {
            (Some(first), None) => enroll(tx, course, first, last_end(&giving)).await?,
            (Some(_), Some(live)) if is_bought(&live) => {
                prolong(tx, live, last_end(&giving)).await?;
            }
            (None, Some(live)) if is_bought(&live) => {
                let rests = grants.iter().any(|it| it.status == GrantStatus::Suspended);
                close(tx, live, rests).await?;
            }
            (Some(_) | None, Some(_)) | (None, None) => {}
        }
    }
    Ok(())
}

/// The same for grants that go on as before, for a longer or a shorter time. A learner who left
/// the course, or was taken or kept out of it, stays so.
pub(crate) async fn prolong_enrollments(
    tx: &mut Transaction,
    holder: Id<Membership>,
    targets: &[Item],
) -> Result<(), PaymentError> {
    for target in targets.iter().copied() {
        let Some(course) = course_of(tx, target).await? else { continue };
        let latest = tx.first(Enrollment::of(holder, course)).await?;
        match latest.filter(|it| it.status != EnrollmentStatus::Expired) {
            None => sync_enrollments(tx, holder, &[target]).await?,
            Some(live) if live.status.is_live() && is_bought(&live) => {
                let grants = tx.all(Grant::held(holder, target)).await?;
                let giving: Vec<_> = grants.iter().filter(|it| it.gives_access(tx.now())).collect();
                end_at(tx, live, last_end(&giving)).await?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn course_of(tx: &mut Transaction, target: Item) -> Result<Option<Id<Course>>, PaymentError> {
    if target.kind != ItemKind::Course {
        return Ok(None);
    }
    Ok(tx.get(Id::<Course>::from_uuid(target.id)).await?.map(|it| it.id))
}

/// Whether an enrollment came of a grant.
pub(crate) const fn is_bought(enrollment: &Enrollment) -> bool {
    matches!(
        enrollment.source,
        GrantSource::Order | GrantSource::Subscription | GrantSource::Voucher
    )
}

/// How an enrollment came about that comes of a grant from such a source.
pub(crate) const fn grant_source(kind: AccessSourceKind) -> GrantSource {
    match kind {
        AccessSourceKind::OrderItem => GrantSource::Order,
        AccessSourceKind::Subscription => GrantSource::Subscription,
        AccessSourceKind::Voucher => GrantSource::Voucher,
        AccessSourceKind::Manual => GrantSource::Manual,
    }
}

/// When the last of the grants ends; never when one of them does not.
fn last_end(giving: &[&Grant]) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> = giving.iter().map(|it| it.ends_at).collect();
    ends.and_then(|ends| ends.into_iter().max())
}

async fn enroll(
    tx: &mut Transaction,
    course: Id<Course>,
    grant: &Grant,
    ends_at: Option<Timestamp>,
) -> Result<(), PaymentError> {
    let source = grant_source(grant.source.kind);
    let command = EnrollLearner::new(course, grant.holder_id, source).from_record(grant.source.id);
    match grant_enrollment(tx, EnrollLearner { expires_at: ends_at, ..command }).await {
        Ok(mut enrollment) => {
            // What was bought decides for how long, not the course.
            if enrollment.expires_at != ends_at {
                enrollment.expires_at = ends_at;
                tx.update(&mut enrollment).await?;
            }
            Ok(())
        }
        Err(error @ (EnrollError::Store(_) | EnrollError::JustEnrolled)) => Err(error.into()),
        Err(refused) => {
            tx.emit(&EnrollmentRefused {
                grant_id: grant.id,
                holder_id: grant.holder_id,
                course_id: course,
                reason: refused.code().to_owned(),
            });
            Ok(())
        }
    }
}

async fn prolong(
    tx: &mut Transaction,
    live: Enrollment,
    ends_at: Option<Timestamp>,
) -> Result<(), PaymentError> {
    let live = match live.status {
        EnrollmentStatus::Suspended => {
            move_enrollment(tx, live.id, EnrollmentEvent::Reinstate).await?
        }
        _ => live,
    };
    end_at(tx, live, ends_at).await
}

async fn end_at(
    tx: &mut Transaction,
    mut live: Enrollment,
    ends_at: Option<Timestamp>,
) -> Result<(), PaymentError> {
    if live.expires_at != ends_at {
        live.expires_at = ends_at;
        tx.update(&mut live).await?;
    }
    Ok(())
}

/// Ends or rests an enrollment that nothing gives any more. What was learned stays; only the
/// content closes.
async fn close(
    tx: &mut Transaction,
    mut live: Enrollment,
    rests: bool,
) -> Result<(), PaymentError> {
    let is_over = live.is_over(tx.now());
    let event = match (rests, live.status) {
        (true, EnrollmentStatus::Active) => EnrollmentEvent::Suspend,
        (false, EnrollmentStatus::Active) if is_over => EnrollmentEvent::Expire,
        (
            false,
            EnrollmentStatus::Pending
            | EnrollmentStatus::Waitlisted
            | EnrollmentStatus::Active
            | EnrollmentStatus::Suspended,
        ) => EnrollmentEvent::Drop,
        (_, EnrollmentStatus::Completed) => {
            if !is_over {
                live.expires_at = Some(tx.now());
                tx.update(&mut live).await?;
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    move_enrollment(tx, live.id, event).await?;
    Ok(())
}
