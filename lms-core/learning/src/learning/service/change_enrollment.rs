//! Changing the status of an enrollment.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{
    enroll_learner::{EnrollError, begin_again, check_present},
    rights::{Rights, close, settle},
    study::stats_of,
};
use crate::{
    content::Course,
    learning::{
        Enrollment, EnrollmentEvent, EnrollmentStatus, EnrollmentStatusChanged, GivenRight,
        GrantSource, LearnerEnrolled, NodeProgress, ProgressStatus, Standing,
    },
};
use lms_kernel::{Id, Timestamp};
use lms_people::authorization::{
    Permission, Subject, TheTenant, authorize_on, get_authorized, is_permitted_on, require_for,
};
use lms_store::{DueRows, Record as _, StoreError, Transaction};

/// Changes the status of an enrollment. Learners may drop their own, unless it is suspended; every
/// other transition needs permission to manage enrollments. A seat that becomes free goes to the
/// first learner on the waitlist.
///
/// Who completed the course takes it again from the start by `retake`, such as for a
/// recertification: in a new enrollment with the rights of the one before, which is kept with all
/// that was learned. The answer is the new one. It takes a seat.
///
/// Dropping ends every right that the enrollment has; a completed course stays completed, and its
/// content closes. Whom staff suspend stays out, whatever rights come or end, until staff reinstate
/// them. All of it works in a course that was deleted, too.
///
/// # Locks
/// The course's row is locked first where it is there, as by
/// [`EnrollLearner`](crate::learning::EnrollLearner).
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
        let course = tx.require_even_deleted(enrollment.course_id).await?;
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
async fn move_enrollment(
    tx: &mut Transaction,
    enrollment: Id<Enrollment>,
    event: EnrollmentEvent,
) -> Result<Enrollment, EnrollError> {
    let course = tx.require(enrollment).await?.course_id;
    let course = tx.lock_if_present(course).await?;
    let mut enrollment = tx.lock(enrollment).await?;
    let from = enrollment.status;
    match event {
        EnrollmentEvent::Renew => return renew(tx, (course, enrollment), None).await,
        EnrollmentEvent::Retake => return retake(tx, (course, enrollment)).await,
        _ => {}
    }
    let mut rights = Rights::of(tx, &enrollment).await?;
    let is_resting = enrollment.rests();
    // Who has no access while their rights rest may be kept out as well.
    if !(event == EnrollmentEvent::Suspend && is_resting) {
        enrollment.status = from.apply(event)?;
    }
    match event {
        EnrollmentEvent::Suspend => enrollment.kept_out_at = Some(tx.now()),
        EnrollmentEvent::Reinstate => {
            enrollment.kept_out_at = None;
            settle(tx.now(), &rights, &mut enrollment)?;
        }
        EnrollmentEvent::Promote => seat(tx.now(), &mut rights, &mut enrollment),
        EnrollmentEvent::Drop | EnrollmentEvent::Expire => {
            rights.end(|_| true);
            close(tx.now(), &mut enrollment);
        }
        EnrollmentEvent::Complete => {
            let now = tx.now().max(enrollment.enrolled_at);
            enrollment.completed_at = enrollment.completed_at.or(Some(now));
        }
        EnrollmentEvent::Activate | EnrollmentEvent::Renew | EnrollmentEvent::Retake => {}
    }
    rights.store(tx).await?;
    tx.update(&mut enrollment).await?;
    announce(tx, &enrollment, from);
    if let Some(course) = course {
        promote(tx, &course).await?;
    }
    Ok(enrollment)
}

/// Renews an enrollment: extends an active one, or reactivates one that was dropped or has expired.
/// The time is a right of its own, given by staff; other rights go on for as long as they last.
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
        let enrollment = tx.lock(enrollment.id).await?;
        renew(tx, (Some(course), enrollment), expires_at).await
    }
}

/// Gives an enrollment the time of staff, on a seat of its course.
async fn renew(
    tx: &mut Transaction,
    (course, mut enrollment): (Option<Course>, Enrollment),
    expires_at: Option<Timestamp>,
) -> Result<Enrollment, EnrollError> {
    check_present(tx, enrollment.learner_id).await?;
    let from = enrollment.status;
    // Who has no access only because their rights rest gets it by another right.
    if !enrollment.rests() {
        enrollment.status = from.apply(EnrollmentEvent::Renew)?;
    }
    let capacity = course.as_ref().and_then(|it| it.capacity);
    if let Some(capacity) = capacity.filter(|_| !from.is_live()) {
        let taken = tx.count(Enrollment::seated_in(enrollment.course_id)).await?;
        if taken >= u64::from(capacity) {
            return Err(EnrollError::Full { capacity });
        }
    }
    let mut rights = Rights::of(tx, &enrollment).await?;
    rights.give(&GivenRight::new(GrantSource::Manual, None, tx.now()).until(expires_at));
    let lapsed = from == EnrollmentStatus::Active && enrollment.is_over(tx.now());
    if lapsed || !from.is_live() {
        begin_again(tx.now(), &mut enrollment);
    }
    settle(tx.now(), &rights, &mut enrollment)?;
    rights.store(tx).await?;
    tx.update(&mut enrollment).await?;
    announce(tx, &enrollment, from);
    Ok(enrollment)
}

/// Starts a completed course again in a new enrollment, on a seat, with the rights that there are.
async fn retake(
    tx: &mut Transaction,
    (course, mut done): (Option<Course>, Enrollment),
) -> Result<Enrollment, EnrollError> {
    check_present(tx, done.learner_id).await?;
    let from = done.status;
    done.status = from.apply(EnrollmentEvent::Retake)?;
    let missing = StoreError::NotFound { table: Course::TABLE, id: done.course_id.uuid() };
    let course = course.ok_or(missing)?;
    if let Some(capacity) = course.capacity {
        let taken = tx.count(Enrollment::seated_in(course.id)).await?;
        if taken >= u64::from(capacity) {
            return Err(EnrollError::Full { capacity });
        }
    }
    tx.update(&mut done).await?;
    announce(tx, &done, from);
    let known = Rights::of(tx, &done).await?;
    let mut again = Enrollment {
        source_id: done.source_id,
        ..Enrollment::new(tx.cx(), done.learner_id, done.course_id, done.source)
    };
    let mut rights = Rights::none(tx, again.id);
    known.given_on(&mut rights);
    if !matches!(rights.standing(), Standing::Open { .. }) {
        let days = course.access_days.map(|it| TimeDelta::days(it.into()));
        let until = days.map(|it| tx.now().saturating_add(it));
        rights.give(&GivenRight::new(GrantSource::Manual, None, tx.now()).until(until));
    }
    rights.write_into(&mut again);
    tx.insert(&again).await?;
    rights.store(tx).await?;
    forget_done(tx, &done).await?;
    tx.emit(&LearnerEnrolled {
        enrollment_id: again.id,
        learner_id: again.learner_id,
        course_id: again.course_id,
        source: again.source,
        status: again.status,
    });
    Ok(again)
}

/// Counts what is to be done again no more until it is done: things count once, however often they
/// were done.
async fn forget_done(tx: &mut Transaction, done: &Enrollment) -> Result<(), StoreError> {
    let completed = NodeProgress::STATUS.eq(ProgressStatus::Completed);
    let progress = tx.all(NodeProgress::of(done.id).and(completed)).await?;
    let nodes: Vec<_> = progress.iter().map(|it| it.node_id).collect();
    let nodes = tx.get_many(&nodes).await?;
    let mut stats = stats_of(tx, done.learner_id, None).await?;
    nodes.iter().for_each(|it| stats.note_reopened(it.kind));
    tx.update(&mut stats).await
}

/// Expires enrollments that are past their end, and answers how many. Run it from a job; content
/// closes on time with or without it. Seats that become free go to the first learners on the
/// waitlist. Enrollments in a deleted course expire, too.
///
/// # Locks
/// The rows of courses with a capacity are locked first, as by
/// [`EnrollLearner`](crate::learning::EnrollLearner).
///
/// # Errors
/// [`EnrollError`].
#[operation("learning.expire_enrollments")]
pub struct ExpireEnrollments {
    /// Which of the rows that are due: the first ones, or those with given ids.
    pub due: DueRows,
}

impl Operation for ExpireEnrollments {
    const ACCESS: Access = Access::Asks(&[Permission::ENROLLMENTS_MANAGE]);
    type Answer = usize;
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, EnrollError> {
        authorize_on(tx, Permission::ENROLLMENTS_MANAGE, &TheTenant).await?;
        let mut overdue = tx.page(self.due.of(Enrollment::overdue(tx.now()))).await?.items;
        let courses: BTreeSet<_> = overdue.iter().map(|it| it.course_id).collect();
        let mut limited = Vec::new();
        for course in courses {
            let is_limited = tx.get(course).await?.is_some_and(|it| it.capacity.is_some());
            if is_limited && let Some(course) = tx.lock_if_present(course).await? {
                limited.push(course);
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

/// Promotes waitlisted learners to the free seats of a course in the order they joined, and answers
/// how many. Run it after the capacity was raised, or after a learner completed the course.
///
/// # Locks
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
    type Answer = usize;
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, EnrollError> {
        let Self { course_id: course } = self;
        let course = get_authorized(tx, Permission::ENROLLMENTS_MANAGE, course).await?;
        let course = tx.lock(course.id).await?;
        promote(tx, &course).await
    }
}

/// Gives the free seats of a locked course to those who wait, the longest first. Their time in the
/// course begins with the seat and not with the wait. Answers how many got one.
pub(super) async fn promote(tx: &mut Transaction, course: &Course) -> Result<usize, EnrollError> {
    let mut promoted: usize = 0;
    loop {
        let taken = tx.count(Enrollment::seated_in(course.id)).await?;
        if course.capacity.is_some_and(|capacity| taken >= u64::from(capacity)) {
            return Ok(promoted);
        }
        let waiting = Enrollment::in_course(course.id, EnrollmentStatus::Waitlisted);
        let Some(mut next) = tx.first(waiting).await? else { return Ok(promoted) };
        let from = next.status;
        next.status = from.apply(EnrollmentEvent::Promote)?;
        let mut rights = Rights::of(tx, &next).await?;
        seat(tx.now(), &mut rights, &mut next);
        rights.store(tx).await?;
        tx.update(&mut next).await?;
        announce(tx, &next, from);
        promoted = promoted.saturating_add(1);
    }
}

/// Starts a learner's time in the course with their seat: that of this stretch, and that of rights
/// that last some days.
fn seat(now: Timestamp, rights: &mut Rights, enrollment: &mut Enrollment) {
    enrollment.enrolled_at = now.max(enrollment.queued_at);
    enrollment.schedule_from = enrollment.schedule_from.or(Some(enrollment.enrolled_at));
    rights.take_seat();
    rights.write_into(enrollment);
}

pub(super) fn announce(tx: &mut Transaction, enrollment: &Enrollment, from: EnrollmentStatus) {
    let (enrollment_id, to) = (enrollment.id, enrollment.status);
    let (learner_id, course_id) = (enrollment.learner_id, enrollment.course_id);
    tx.emit(&EnrollmentStatusChanged { enrollment_id, learner_id, course_id, from, to });
}
