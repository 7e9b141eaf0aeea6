//! Enrollments: a learner's, a course's, a class's.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{ClassGroup, ClassMember},
    learning::{Enrollment, EnrollmentStatus},
};
use lms_kernel::{Id, Percent, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which enrollments to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EnrollmentFilter {
    /// Those of this learner.
    pub learner_id: Option<Id<Membership>>,
    /// Those whose learner's name starts like this, letter for letter.
    pub learner_name: Option<String>,
    /// Those in this course.
    pub course_id: Option<Id<Course>>,
    /// Those of the learners who have a seat in this class; with its course, the roster of the
    /// class.
    pub class_id: Option<Id<ClassGroup>>,
    /// Those with this status.
    pub status: Option<EnrollmentStatus>,
}

/// What is to be done next about an enrollment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum EnrollmentNextStep {
    /// The learner starts the course.
    Start,
    /// The learner goes on where they were.
    Continue,
    /// The learner waits for a seat or for an approval.
    Wait,
    /// Staff give it more time or resume it.
    Renew,
    /// Nothing: it is completed, retaken or dropped.
    None,
}

/// An enrollment with how far the learner has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrollmentView {
    /// The enrollment's id.
    pub id: Id<Enrollment>,
    /// Who learns.
    pub learner: Named<Membership>,
    /// What is learned.
    pub course: Named<Course>,
    /// Its status.
    pub status: EnrollmentStatus,
    /// How much of the course is done, from 0 to 100 percent.
    pub progress: Percent,
    /// Since when the learner is enrolled.
    pub enrolled_at: Timestamp,
    /// When the course was completed.
    pub completed_at: Option<Timestamp>,
    /// When access ends.
    pub expires_at: Option<Timestamp>,
    /// When the learner was last there.
    pub last_accessed_at: Option<Timestamp>,
    /// What is to be done next.
    pub next_step: EnrollmentNextStep,
}

/// Lists enrollments with progress, the latest first: learners see their own, guardians those of
/// their wards, teachers those in their courses and classes, staff those of their units.
///
/// # Permission
/// `enrollments.view`; the list holds the enrollments on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("learning.list_enrollments")]
pub struct ListEnrollments {
    /// Which enrollments.
    pub filter: EnrollmentFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListEnrollments {
    const ACCESS: Access = Access::Asks(&[Permission::ENROLLMENTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<EnrollmentView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<EnrollmentView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Enrollment>(tx, Permission::ENROLLMENTS_VIEW)
            .await?
            .and_some(filter.learner_id, |learner| Enrollment::LEARNER_ID.eq(learner))
            .and_some(filter.learner_name, |start| {
                let named = Membership::FULL_NAME.starts_with(start);
                Enrollment::LEARNER_ID.in_records(Membership::ID, named)
            })
            .and_some(filter.course_id, |course| Enrollment::COURSE_ID.eq(course))
            .and_some(filter.class_id, |class| {
                let seats = ClassMember::seated_in([class]);
                Enrollment::LEARNER_ID.in_records(ClassMember::STUDENT_ID, seats)
            })
            .and_some(filter.status, |status| Enrollment::STATUS.eq(status));
        let query = query.order_by(Enrollment::ENROLLED_AT, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let learners = items.iter().map(|it| it.learner_id);
        let learners = Names::read(tx, learners, Membership::name).await?;
        let courses = items.iter().map(|it| it.course_id);
        let courses = Names::read(tx, courses, |it: &Course| it.title.to_string()).await?;
        let views = items.into_iter().map(|it| EnrollmentView {
            id: it.id,
            learner: learners.of(it.learner_id),
            course: courses.of(it.course_id),
            status: it.status,
            progress: it.progress,
            enrolled_at: it.enrolled_at,
            completed_at: it.completed_at,
            expires_at: it.expires_at,
            last_accessed_at: it.last_accessed_at,
            next_step: next_step(&it),
        });
        Ok(Page { items: views.collect(), next })
    }
}

const fn next_step(it: &Enrollment) -> EnrollmentNextStep {
    match it.status {
        EnrollmentStatus::Active if it.last_accessed_at.is_none() => EnrollmentNextStep::Start,
        EnrollmentStatus::Active => EnrollmentNextStep::Continue,
        EnrollmentStatus::Pending | EnrollmentStatus::Waitlisted => EnrollmentNextStep::Wait,
        EnrollmentStatus::Suspended | EnrollmentStatus::Expired => EnrollmentNextStep::Renew,
        EnrollmentStatus::Completed | EnrollmentStatus::Dropped | EnrollmentStatus::Retaken => {
            EnrollmentNextStep::None
        }
    }
}
