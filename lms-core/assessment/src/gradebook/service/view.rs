//! Looking at course grades.
use crate::gradebook::{Audience, CourseGrade, Gradebook, GradebookError};
use lms_kernel::Id;
use lms_learning::{content::Course, learning::CourseWork};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;

/// A learner's course grade with everything, hidden items included: for whoever teaches.
///
/// # Errors
/// [`GradebookError::NotComputed`] where there is none yet.
pub async fn view_course_grade(
    tx: &mut Transaction,
    course: Id<Course>,
    learner: Id<Membership>,
) -> Result<CourseGrade, GradebookError> {
    let work = CourseWork { learner, course: Some(course) };
    authorize_on(tx, Permission::GRADEBOOK_VIEW, &work).await?;
    find(tx, course, learner, Audience::Staff).await
}

/// A learner's course grade as the learner and their guardians see it: without hidden items, and
/// without the names of those who decided.
///
/// # Errors
/// [`GradebookError::NotComputed`] where there is none yet.
pub async fn view_own_grade(
    tx: &mut Transaction,
    course: Id<Course>,
    learner: Id<Membership>,
) -> Result<CourseGrade, GradebookError> {
    let work = CourseWork { learner, course: Some(course) };
    authorize_on(tx, Permission::SCORES_VIEW, &work).await?;
    let mut grade = find(tx, course, learner, Audience::Learner).await?;
    if let Some(replaced) = &mut grade.replaced {
        replaced.by = None;
    }
    Ok(grade)
}

async fn find(
    tx: &mut Transaction,
    course: Id<Course>,
    learner: Id<Membership>,
    audience: Audience,
) -> Result<CourseGrade, GradebookError> {
    let book = tx.first(Gradebook::of_course(course)).await?.ok_or(GradebookError::NoGradebook)?;
    let grade = tx.first(CourseGrade::of(book.id, learner, audience)).await?;
    grade.ok_or(GradebookError::NotComputed)
}
