//! Counting the learners of a course for its statistics.
use crate::{
    content::{Course, CourseStats, lock_stats},
    learning::{Enrollment, EnrollmentStatus},
};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, get_authorized};
use lms_store::{
    Query, StoreError, Transaction,
    operation::{Access, Operation, operation},
};

/// Counts again how many learn in a course and how many completed it, into the course's figures.
/// A host runs it after [`LearnerEnrolled`](crate::learning::LearnerEnrolled),
/// [`EnrollmentStatusChanged`](crate::learning::EnrollmentStatusChanged) and
/// [`CourseCompleted`](crate::learning::CourseCompleted), as often as the catalogue is to be right;
/// running it twice counts nothing twice.
///
/// Enrolling itself does not touch the figures, so that learners never wait for each other there.
///
/// # Locks
/// The figures of the course.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("learning.count_learners")]
pub struct CountLearners {
    /// The course.
    pub course_id: Id<Course>,
}

impl Operation for CountLearners {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = CourseStats;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseStats, AuthorizationError> {
        let course = get_authorized(tx, Permission::COURSES_MANAGE, self.course_id).await?.id;
        let mut stats = lock_stats(tx, course).await?;
        let before = stats.clone();
        let live = EnrollmentStatus::ALL.iter().copied().filter(|it| it.is_live());
        let of_course = Query::filter(Enrollment::COURSE_ID.eq(course));
        stats.total_learners =
            count(tx, of_course.clone().and(Enrollment::STATUS.is_in(live))).await?;
        let completed = of_course.and(Enrollment::COMPLETED_AT.is_not_null());
        stats.total_completions = count(tx, completed).await?;
        if stats != before {
            tx.update(&mut stats).await?;
        }
        Ok(stats)
    }
}

async fn count(tx: &mut Transaction, query: Query<Enrollment>) -> Result<u32, StoreError> {
    Ok(u32::try_from(tx.count(query).await?).unwrap_or(u32::MAX))
}
