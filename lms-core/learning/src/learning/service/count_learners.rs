//! Counting who learns in a course, for its figures.
use crate::{
    content::{Course, CourseStats, lock_stats},
    learning::{Enrollment, EnrollmentStatus},
};
use lms_kernel::Id;
use lms_store::{Query, StoreError, Transaction};

/// Counts again how many learn in a course and how many completed it, into the course's figures.
/// Run it after what [`LearnerEnrolled`](crate::learning::LearnerEnrolled),
/// [`EnrollmentStatusChanged`](crate::learning::EnrollmentStatusChanged) and
/// [`CourseCompleted`](crate::learning::CourseCompleted) tell, as often as the catalogue is to be
/// right; running it twice counts nothing twice.
///
/// Enrolling itself does not touch the figures, so that learners never wait for each other there.
///
/// # Errors
/// [`StoreError`].
pub async fn count_learners(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<CourseStats, StoreError> {
    let mut stats = lock_stats(tx, course).await?;
    let before = stats.clone();
    let live = EnrollmentStatus::ALL.iter().copied().filter(|it| it.is_live());
    let of_course = Query::filter(Enrollment::COURSE_ID.eq(course));
    stats.total_learners = count(tx, of_course.clone().and(Enrollment::STATUS.is_in(live))).await?;
    let completed = of_course.and(Enrollment::COMPLETED_AT.is_not_null());
    stats.total_completions = count(tx, completed).await?;
    if stats != before {
        tx.update(&mut stats).await?;
    }
    Ok(stats)
}

async fn count(tx: &mut Transaction, query: Query<Enrollment>) -> Result<u32, StoreError> {
    Ok(u32::try_from(tx.count(query).await?).unwrap_or(u32::MAX))
}
