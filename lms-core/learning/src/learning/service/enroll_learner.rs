//! Enrolling a learner in a course.
use chrono::TimeDelta;
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use uuid::Uuid;

use super::{
    change_enrollment::promote,
    rights::{Rights, give_right},
};
use crate::{
    content::{Course, PublicationStatus},
    learning::{
        Enrollment, EnrollmentEvent, EnrollmentStatus, GivenRight, GrantSource, LearnerEnrolled,
    },
};
use lms_kernel::{Context, Id, Rejected, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, get_authorized},
    identity::{Absence, Membership, RequirePresent},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Enrolls a learner in a published course, or adds them to its waitlist. Learners enroll
/// themselves in free courses; every other enrollment needs permission to manage enrollments.
/// Waitlisted learners get free seats before newcomers.
///
/// It does what `grant_enrollment` does, after asking for permission.
///
/// # Errors
/// [`EnrollError`].
#[operation("learning.enroll_learner")]
pub struct EnrollLearner {
    /// The course to enroll in.
    pub course_id: Id<Course>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The reason for the enrollment, such as an order or a staff decision.
    pub source: GrantSource,
    /// The id of the order, class or other source; `None` where the source has none.
    pub source_id: Option<Uuid>,
    /// The instant from which the content is closed; `None` uses the course's number of access
    /// days.
    pub expires_at: Option<Timestamp>,
}

impl EnrollLearner {
    /// An enrollment for as long as the course says.
    pub const fn new(
        course_id: Id<Course>,
        learner_id: Id<Membership>,
        source: GrantSource,
    ) -> Self {
        Self { course_id, learner_id, source, source_id: None, expires_at: None }
    }

    /// The same, from that order, class or other record.
    #[must_use]
    pub const fn from_record(mut self, source_id: Uuid) -> Self {
        self.source_id = Some(source_id);
        self
    }
}

/// Why a learner was not enrolled.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum EnrollError {
    /// The course is not published.
    #[error("the course is `{status}`; only a published course takes learners")]
    #[fault(conflict, field = "course_id")]
    NotPublished {
        /// The status of the course.
        status: PublicationStatus,
    },
    /// The course costs something.
    #[error("the course is not free; buy it, or ask for access")]
    #[fault(forbidden, field = "course_id")]
    NotFree,
    /// The learner has a live enrollment in the course.
    #[error("the learner already has an enrollment in the course that is `{status}`")]
    #[fault(conflict, field = "learner_id")]
    AlreadyEnrolled {
        /// Its status.
        status: EnrollmentStatus,
    },
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// Another command enrolled the learner at the same moment.
    #[error("the learner was enrolled in the course at the same moment; read it again")]
    #[fault(conflict, field = "learner_id")]
    JustEnrolled,
    /// Every seat is taken, and no one may wait.
    #[error("the course is full; all {capacity} seats are taken")]
    #[fault(conflict, field = "course_id")]
    Full {
        /// How many seats there are.
        capacity: u32,
    },
    /// The time given is over.
    #[error("the enrollment would expire before it starts; choose a later time")]
    #[fault(invalid, field = "expires_at")]
    ExpiresInThePast,
    /// The earlier enrollment cannot be taken up again.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant's learners do not enroll themselves.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for EnrollLearner {
    const ACCESS: Access =
        Access::Asks(&[Permission::ENROLLMENTS_ENROLL_SELF, Permission::ENROLLMENTS_MANAGE]);
    type Answer = Enrollment;
    type Error = EnrollError;

    async fn run(self, tx: &mut Transaction) -> Result<Enrollment, EnrollError> {
        let mut command = self;
        if command.source == GrantSource::OwnChoice {
            (command.source_id, command.expires_at) = (None, None);
            require_feature(tx, Feature::SelfEnrollment).await?;
            let own = Subject::of(command.learner_id);
            authorize_on(tx, Permission::ENROLLMENTS_ENROLL_SELF, &own).await?;
        } else {
            // What is given away is a seat in the course, and not a thing of the learner's.
            get_authorized(tx, Permission::ENROLLMENTS_MANAGE, command.course_id).await?;
        }
        grant_enrollment(tx, command).await
    }
}

/// Enrolls a learner because of something that was decided elsewhere: an order that was paid, a
/// class that was joined, an invitation that was accepted. Anyone who calls it has asked for
/// permission.
///
/// A learner who is enrolled already gets one more right, and so goes on learning when the other
/// ends. A dropped or expired enrollment is reactivated: the row stays, with its progress. The
/// course's row is locked when it has a capacity, so two learners never get the last seat; that a
/// learner has one live enrollment is a unique key.
///
/// # Errors
/// [`EnrollError`].
pub(super) async fn grant_enrollment(
    tx: &mut Transaction,
    command: EnrollLearner,
) -> Result<Enrollment, EnrollError> {
    let live = tx.first(Enrollment::live(command.learner_id, command.course_id)).await?;
    let Some(live) = live else { return enroll(tx, command).await };
    check_present(tx, command.learner_id).await?;
    let course = tx.require(command.course_id).await?;
    check_course(&course, command.source)?;
    let is_open = matches!(live.status, EnrollmentStatus::Active | EnrollmentStatus::Completed)
        || live.rests();
    let is_more = command.source != GrantSource::OwnChoice || live.is_over(tx.now());
    let origin = (command.source, command.source_id);
    if !is_open || !is_more || Rights::of(tx, &live).await?.holds(origin) {
        return Err(EnrollError::AlreadyEnrolled { status: live.status });
    }
    let expires_at = expiry(tx.cx(), &course, command.expires_at)?;
    give_right(tx, EnrollLearner { expires_at, ..command }).await
}

/// Enrolls a learner who has no live enrollment in the course, or puts them on its waitlist.
pub(super) async fn enroll(
    tx: &mut Transaction,
    command: EnrollLearner,
) -> Result<Enrollment, EnrollError> {
    check_present(tx, command.learner_id).await?;
    let mut course = tx.require(command.course_id).await?;
    if course.capacity.is_some() {
        course = tx.lock(course.id).await?;
    }
    check_course(&course, command.source)?;
    let expires_at = expiry(tx.cx(), &course, command.expires_at)?;
    let earlier = tx.first(Enrollment::of(command.learner_id, course.id)).await?;
    if let Some(earlier) = earlier.as_ref().filter(|it| it.status.is_live()) {
        return Err(EnrollError::AlreadyEnrolled { status: earlier.status });
    }
    let has_seat = match course.capacity {
        None => true,
        Some(capacity) => {
            promote(tx, &course).await?;
            tx.count(Enrollment::seated_in(course.id)).await? < u64::from(capacity)
        }
    };
    if !has_seat && !course.waitlists {
        return Err(EnrollError::Full { capacity: course.capacity.unwrap_or(0) });
    }
    let given = GivenRight::new(command.source, command.source_id, tx.now());
    // Who waits has the time that the course gives from the seat on.
    let place = match has_seat {
        true => {
            Place { status: EnrollmentStatus::Active, right: given.until(expires_at), days: None }
        }
        false => Place {
            status: EnrollmentStatus::Waitlisted,
            right: given.until(command.expires_at),
            days: course.access_days.filter(|_| command.expires_at.is_none()),
        },
    };
    let enrollment = match earlier {
        Some(earlier) => renew(tx, earlier, &place).await?,
        None => start(tx, &command, &place).await?,
    };
    tx.emit(&LearnerEnrolled {
        enrollment_id: enrollment.id,
        learner_id: enrollment.learner_id,
        course_id: enrollment.course_id,
        source: enrollment.source,
        status: enrollment.status,
    });
    Ok(enrollment)
}

/// Where a learner gets to: a seat or the waitlist, and by what right.
struct Place {
    status: EnrollmentStatus,
    right: GivenRight,
    /// How many days the right lasts from the seat on.
    days: Option<u32>,
}

/// Refuses a person who has left, and would take a seat and learn nothing.
pub(super) async fn check_present(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<(), EnrollError> {
    tx.part(RequirePresent { member_id: learner }).await??;
    Ok(())
}

fn check_course(course: &Course, source: GrantSource) -> Result<(), EnrollError> {
    if course.status != PublicationStatus::Published && source != GrantSource::Import {
        return Err(EnrollError::NotPublished { status: course.status });
    }
    if source == GrantSource::OwnChoice && !course.pricing.is_free() {
        return Err(EnrollError::NotFree);
    }
    Ok(())
}

fn expiry(
    cx: &Context,
    course: &Course,
    asked: Option<Timestamp>,
) -> Result<Option<Timestamp>, EnrollError> {
    let of_course =
        || course.access_days.map(|days| cx.now().saturating_add(TimeDelta::days(days.into())));
    let expires_at = asked.or_else(of_course);
    if expires_at.is_some_and(|end| end <= cx.now()) {
        return Err(EnrollError::ExpiresInThePast);
    }
    Ok(expires_at)
}

async fn start(
    tx: &mut Transaction,
    command: &EnrollLearner,
    place: &Place,
) -> Result<Enrollment, EnrollError> {
    let is_seated = place.status == EnrollmentStatus::Active;
    let mut enrollment = Enrollment {
        status: place.status,
        source_id: command.source_id,
        schedule_from: is_seated.then(|| tx.now()),
        ..Enrollment::new(tx.cx(), command.learner_id, command.course_id, command.source)
    };
    let mut rights = Rights::none(tx, enrollment.id);
    rights.give_from_seat(&place.right, place.days);
    rights.write_into(&mut enrollment);
    match tx.insert(&enrollment).await {
        Err(StoreError::Duplicate { .. }) => return Err(EnrollError::JustEnrolled),
        other => other?,
    }
    rights.store(tx).await?;
    Ok(enrollment)
}

async fn renew(
    tx: &mut Transaction,
    mut enrollment: Enrollment,
    place: &Place,
) -> Result<Enrollment, EnrollError> {
    let mut rights = Rights::of(tx, &enrollment).await?;
    rights.give_from_seat(&place.right, place.days);
    enrollment.status = match place.status {
        // The course is full: the earlier enrollment is taken up when a seat is free.
        EnrollmentStatus::Waitlisted => place.status,
        _ => enrollment.status.apply(EnrollmentEvent::Renew)?,
    };
    (enrollment.source, enrollment.source_id) = place.right.origin();
    begin_again(tx.now(), &mut enrollment);
    rights.write_into(&mut enrollment);
    rights.store(tx).await?;
    tx.update(&mut enrollment).await?;
    Ok(enrollment)
}

/// Starts another stretch of learning at `now`, or of waiting. The schedule of lessons goes on.
pub(super) fn begin_again(now: Timestamp, enrollment: &mut Enrollment) {
    (enrollment.enrolled_at, enrollment.queued_at) = (now, now);
    enrollment.kept_out_at = None;
    if enrollment.status == EnrollmentStatus::Active {
        enrollment.schedule_from = enrollment.schedule_from.or(Some(now));
    }
}
