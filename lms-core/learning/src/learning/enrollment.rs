//! Enrollments of learners in courses, with their progress.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    content::{ContentNode, Course},
    learning::EnrollmentStatus,
};
use lms_kernel::{Context, EntityKind, EntityRef, Id, Percent, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// How an enrollment came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum GrantSource {
    /// Staff enrolled the learner.
    Manual,
    /// The learner enrolled in a course that costs nothing.
    OwnChoice,
    /// It was bought; the source is the order.
    Order,
    /// A subscription includes it; the source is the subscription.
    Subscription,
    /// A voucher was redeemed; the source is the redemption.
    Voucher,
    /// The learner joined a class that takes the course; the source is the class.
    Class,
    /// The learner accepted an invitation; the source is the invitation.
    Invite,
    /// The learner entered a code.
    Code,
    /// It was brought from another system.
    Import,
    /// A platform sent the learner by LTI.
    Lti,
    /// The learner is in a program that has the course; the source is the program.
    Program,
}

/// A learner's enrollment in a course: at most one live one per learner and course.
///
/// # Lifecycle
///
/// ```
/// use lms_learning::learning::{EnrollmentEvent, EnrollmentStatus};
///
/// let active = EnrollmentStatus::Waitlisted.apply(EnrollmentEvent::Promote)?;
/// assert_eq!(active, EnrollmentStatus::Active);
/// let dropped = active.apply(EnrollmentEvent::Drop)?;
/// assert_eq!(dropped.apply(EnrollmentEvent::Renew)?, EnrollmentStatus::Active, "progress is kept");
/// assert!(dropped.apply(EnrollmentEvent::Complete).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - It is not the only way to access: a subscription or a free node opens content too. Ask
///   `CheckAccess`.
/// - The content closes when `expires_at` is reached, before a job marks the enrollment as expired.
/// - A suspended learner cannot drop and enroll again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "enrollments",
    unique(
        learner_id,
        course_id;
        status = "pending" | "waitlisted" | "active" | "suspended" | "completed"
    ),
    index(learner_id, course_id),
    index(course_id, status; covers(learner_id, deleted_at)),
    index(status, expires_at)
)]
pub struct Enrollment {
    /// The enrollment's id.
    pub id: Id<Enrollment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
    /// The status of the learner.
    pub status: EnrollmentStatus,
    /// What gives the right to learn; one of them where several do
    /// ([`EnrollmentRight`](crate::learning::EnrollmentRight)).
    pub source: GrantSource,
    /// The record that gives it, such as the order or the class.
    pub source_id: Option<Uuid>,
    /// Since when, or since when again: the start of this stretch of learning.
    pub enrolled_at: Timestamp,
    /// Since when the learner waits for a seat, or waited for theirs: their place in the queue.
    pub queued_at: Timestamp,
    /// The start of the schedule by which lessons open, the day of the first seat: coming back
    /// does not start it again.
    pub schedule_from: Option<Timestamp>,
    /// Since when staff keep the learner out, whatever rights there are.
    pub kept_out_at: Option<Timestamp>,
    /// When the learner had done all that the course asks.
    pub completed_at: Option<Timestamp>,
    /// From when on the content is closed, as the rights say together; never when there is none.
    pub expires_at: Option<Timestamp>,
    /// How much of the course is done; rolled up from the nodes, which are the truth.
    pub progress: Percent,
    /// The node to go on with.
    pub position_node_id: Option<Id<ContentNode>>,
    /// How far into it, in seconds of its film or recording.
    pub position_seconds: Option<u32>,
    /// When the learner was last in the course.
    pub last_accessed_at: Option<Timestamp>,
}

impl Enrollment {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("enrollment");

    /// An active enrollment from now on that never expires.
    pub fn new(
        cx: &Context,
        learner: Id<Membership>,
        course: Id<Course>,
        source: GrantSource,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            learner_id: learner,
            course_id: course,
            status: EnrollmentStatus::Active,
            source,
            source_id: None,
            enrolled_at: cx.now(),
            queued_at: cx.now(),
            schedule_from: Some(cx.now()),
            kept_out_at: None,
            completed_at: None,
            expires_at: None,
            progress: Percent::ZERO,
            position_node_id: None,
            position_seconds: None,
            last_accessed_at: None,
        }
    }

    /// A reference to the enrollment.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// Whether the time of the enrollment is over at `now`, whatever its status says.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether the learner has no access only because what gives it rests, and not because staff keep
    /// them out.
    pub fn rests(&self) -> bool {
        self.status == EnrollmentStatus::Suspended && self.kept_out_at.is_none()
    }

    /// The enrollments of a learner in a course: at most one is live.
    pub fn of(learner: Id<Membership>, course: Id<Course>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner).and(Self::COURSE_ID.eq(course)))
            .order_by(Self::ENROLLED_AT, Direction::Desc)
    }

    /// The live enrollment of a learner in a course.
    pub fn live(learner: Id<Membership>, course: Id<Course>) -> Query<Self> {
        let live = EnrollmentStatus::ALL.iter().copied().filter(|it| it.is_live());
        Self::of(learner, course).and(Self::STATUS.is_in(live))
    }

    /// The enrollments in a course with that status, in the order of the queue.
    pub fn in_course(course: Id<Course>, status: EnrollmentStatus) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course).and(Self::STATUS.eq(status)))
            .order_by(Self::QUEUED_AT, Direction::Asc)
    }

    /// The enrollments that learn in a course now.
    pub fn active_in(course: Id<Course>) -> Query<Self> {
        Self::in_course(course, EnrollmentStatus::Active)
    }

    /// The enrollments that take a seat in a course.
    pub fn seated_in(course: Id<Course>) -> Query<Self> {
        let seated = EnrollmentStatus::ALL.iter().copied().filter(|it| it.takes_seat());
        Query::filter(Self::COURSE_ID.eq(course).and(Self::STATUS.is_in(seated)))
    }

    /// The enrollments of a learner, the latest first.
    pub fn of_learner(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner)).order_by(Self::ENROLLED_AT, Direction::Desc)
    }

    /// The active enrollments whose time is over at `now`.
    pub fn overdue(now: Timestamp) -> Query<Self> {
        Query::filter(Self::STATUS.eq(EnrollmentStatus::Active).and(Self::EXPIRES_AT.is_le(now)))
    }
}
