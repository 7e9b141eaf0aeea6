//! What happens to an enrollment.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::enroll_learner::EnrollError;
use crate::{
    content::Course,
    learning::{Enrollment, EnrollmentEvent, EnrollmentStatus, EnrollmentStatusChanged},
};
use lms_kernel::{Id, Timestamp};
use lms_people::authorization::{
    Permission, Subject, TheTenant, authorize_on, get_authorized, is_permitted_on, require_for,
};
use lms_store::{PageSize, Transaction};

/// Changes the status of an enrollment. Learners may drop their own, unless it is suspended; every
/// other transition needs permission to manage enrollments. A seat that becomes free goes to the
/// first learner on the waitlist.
///
/// The course's row is locked first, as by [`EnrollLearner`](crate::learning::EnrollLearner).
///
/// # Errors
/// [`EnrollError::Status`] where the table has no such step.
#[operation("learning.change_enrollment")]
pub struct ChangeEnrollment {
    /// The enrollment to change.
    pub enrollment_id: Id<Enrollment>,
    /// The transition to apply.
    pub event: EnrollmentEvent,
}

impl Operation for ChangeEnrollment {
    const ACCESS: Access =
        Access::Asks(&[Permission::ENROLLMENTS_MANAGE, Permission::ENROLLMENTS_ENROLL_SELF]);
    type Answer = Enrollment;
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<Enrollment, EnrollError> {
        let Self { enrollment_id: enrollment, event } = self;
        let manage = Permission::ENROLLMENTS_MANAGE;
        let enrollment = require_for(tx, manage.clone(), enrollment).await?;
        let course = tx.require(enrollment.course_id).await?;
        let is_kept_out = enrollment.status == EnrollmentStatus::Suspended;
        if event != EnrollmentEvent::Drop
            || is_kept_out
            || is_permitted_on(tx, manage.clone(), &course).await?
        {
            authorize_on(tx, manage, &course).await?;
        } else {
            let own = Subject::of(enrollment.learner_id);
            authorize_on(tx, Permission::ENROLLMENTS_ENROLL_SELF, &own).await?;
        }
        move_enrollment(tx, enrollment.id, event).await
    }
}

/// The same because of something that was decided elsewhere, such as a refund. Anyone who calls it
/// has asked for permission.
///
/// # Errors
/// [`EnrollError::Status`] where the table has no such step.
#[doc(hidden)]
pub async fn move_enrollment(
    tx: &mut Transaction,
    enrollment: Id<Enrollment>,
    event: EnrollmentEvent,
) -> Result<Enrollment, EnrollError> {
    let course = tx.require(enrollment).await?.course_id;
    let course = tx.lock(course).await?;
    let mut enrollment = tx.lock(enrollment).await?;
    let from = enrollment.status;
    enrollment.status = from.apply(event)?;
    if enrollment.status == EnrollmentStatus::Completed {
        let now = tx.now().max(enrollment.enrolled_at);
        enrollment.completed_at = enrollment.completed_at.or(Some(now));
    }
    tx.update(&mut enrollment).await?;
    announce(tx, &enrollment, from);
    promote(tx, &course).await?;
    Ok(enrollment)
}

/// Renews an enrollment: extends an active one, or reactivates one that was dropped or has expired.
///
/// # Errors
/// [`EnrollError::ExpiresInThePast`]; [`EnrollError::Status`] where it cannot be renewed.
#[operation("learning.renew_enrollment")]
pub struct RenewEnrollment {
    /// The enrollment to renew.
    pub enrollment_id: Id<Enrollment>,
    /// The instant from which the content is closed again; `None` for no end.
    pub expires_at: Option<Timestamp>,
}

impl Operation for RenewEnrollment {
    const ACCESS: Access = Access::Asks(&[Permission::ENROLLMENTS_MANAGE]);
    type Answer = Enrollment;
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<Enrollment, EnrollError> {
        let Self { enrollment_id: enrollment, expires_at } = self;
        let enrollment = require_for(tx, Permission::ENROLLMENTS_MANAGE, enrollment).await?;
        let course =
            get_authorized(tx, Permission::ENROLLMENTS_MANAGE, enrollment.course_id).await?;
        if expires_at.is_some_and(|end| end <= tx.now()) {
            return Err(EnrollError::ExpiresInThePast);
        }
        let course = tx.lock(course.id).await?;
        let mut enrollment = tx.lock(enrollment.id).await?;
        let from = enrollment.status;
        enrollment.status = from.apply(EnrollmentEvent::Renew)?;
        if let Some(capacity) = course.capacity.filter(|_| !from.is_live()) {
            let taken = tx.count(Enrollment::seated_in(course.id)).await?;
            if taken >= u64::from(capacity) {
                return Err(EnrollError::Full { capacity });
            }
        }
        enrollment.expires_at = expires_at;
        tx.update(&mut enrollment).await?;
        announce(tx, &enrollment, from);
        Ok(enrollment)
    }
}

/// Expires enrollments that are past their end, up to one page, and answers how many. Run it from a
/// job until it answers zero; content closes on time with or without it. Seats that become free go
/// to the first learners on the waitlist.
///
/// The rows of courses with a capacity are locked first, as by
/// [`EnrollLearner`](crate::learning::EnrollLearner).
///
/// # Errors
/// [`EnrollError`].
#[operation("learning.expire_enrollments")]
pub struct ExpireEnrollments {}

impl Operation for ExpireEnrollments {
    const ACCESS: Access = Access::Asks(&[Permission::ENROLLMENTS_MANAGE]);
    type Answer = usize;
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, EnrollError> {
        authorize_on(tx, Permission::ENROLLMENTS_MANAGE, &TheTenant).await?;
        let mut overdue = tx.page(Enrollment::overdue(tx.now()).limit(PageSize::MAX)).await?.items;
        let courses: BTreeSet<_> = overdue.iter().map(|it| it.course_id).collect();
        let mut limited = Vec::new();
        for course in courses {
            if tx.require(course).await?.capacity.is_some() {
                limited.push(tx.lock(course).await?);
            }
        }
        for enrollment in &mut overdue {
            enrollment.status = enrollment.status.apply(EnrollmentEvent::Expire)?;
        }
        tx.update_all(&mut overdue).await?;
        for enrollment in &overdue {
            announce(tx, enrollment, EnrollmentStatus::Active);
        }
        for course in &limited {
            promote(tx, course).await?;
        }
        Ok(overdue.len())
    }
}

/// Promotes waitlisted learners to the free seats of a course in the order they joined. Run it
/// after the capacity was raised, or after a learner completed the course.
///
/// The course's row is locked first, as by [`EnrollLearner`](crate::learning::EnrollLearner).
///
/// # Errors
/// [`EnrollError`].
#[operation("learning.promote_waiting")]
pub struct PromoteWaiting {
    /// The course with free seats.
    pub course_id: Id<Course>,
}

impl Operation for PromoteWaiting {
    const ACCESS: Access = Access::Asks(&[Permission::ENROLLMENTS_MANAGE]);
    type Answer = ();
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<(), EnrollError> {
        let Self { course_id: course } = self;
        let course = get_authorized(tx, Permission::ENROLLMENTS_MANAGE, course).await?;
        let course = tx.lock(course.id).await?;
        promote(tx, &course).await
    }
}

/// Gives the free seats of a locked course to those who wait, the longest first. Their time in the
/// course begins with the seat and not with the wait.
pub(super) async fn promote(tx: &mut Transaction, course: &Course) -> Result<(), EnrollError> {
    loop {
        let taken = tx.count(Enrollment::seated_in(course.id)).await?;
        if course.capacity.is_some_and(|capacity| taken >= u64::from(capacity)) {
            return Ok(());
        }
        let waiting = Enrollment::in_course(course.id, EnrollmentStatus::Waitlisted);
        let Some(mut next) = tx.first(waiting).await? else { return Ok(()) };
        let from = next.status;
        next.status = from.apply(EnrollmentEvent::Promote)?;
        next.enrolled_at = tx.now().max(next.enrolled_at);
        let days = course.access_days.map(|it| TimeDelta::days(it.into()));
        next.expires_at =
            next.expires_at.or_else(|| days.map(|it| next.enrolled_at.saturating_add(it)));
        tx.update(&mut next).await?;
        announce(tx, &next, from);
    }
}

pub(super) fn announce(tx: &mut Transaction, enrollment: &Enrollment, from: EnrollmentStatus) {
    let (enrollment_id, to) = (enrollment.id, enrollment.status);
    let (learner_id, course_id) = (enrollment.learner_id, enrollment.course_id);
    tx.emit(&EnrollmentStatusChanged { enrollment_id, learner_id, course_id, from, to });
}
