//! Viewing course grades.
use crate::gradebook::{Audience, CourseGrade, Gradebook, GradebookError};
use lms_kernel::Id;
use lms_learning::{content::Course, learning::CourseWork};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;
use lms_store::operation::{Access, Effect, Operation, operation};

/// Shows a learner's course grade with its full calculation, hidden items included. For teachers.
///
/// # Errors
/// [`GradebookError::NotComputed`] where there is none yet.
#[operation("assessment.view_course_grade")]
pub struct ViewCourseGrade {
    /// The course that is graded.
    pub course_id: Id<Course>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewCourseGrade {
    const ACCESS: Access = Access::Asks(&[Permission::GRADEBOOK_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = CourseGrade;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseGrade, GradebookError> {
        let Self { course_id: course, learner_id: learner } = self;
        let work = CourseWork { learner, course: Some(course) };
        authorize_on(tx, Permission::GRADEBOOK_VIEW, &work).await?;
        find(tx, course, learner, Audience::Staff).await
    }
}

/// Shows a learner's course grade to the learner and their guardians: without hidden items, and
/// without the names of the people who decided.
///
/// # Errors
/// [`GradebookError::NotComputed`] where there is none yet.
#[operation("assessment.view_own_grade")]
pub struct ViewOwnGrade {
    /// The course that is graded.
    pub course_id: Id<Course>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewOwnGrade {
    const ACCESS: Access = Access::Asks(&[Permission::SCORES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = CourseGrade;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseGrade, GradebookError> {
        let Self { course_id: course, learner_id: learner } = self;
        let work = CourseWork { learner, course: Some(course) };
        authorize_on(tx, Permission::SCORES_VIEW, &work).await?;
        let mut grade = find(tx, course, learner, Audience::Learner).await?;
        if let Some(replaced) = &mut grade.replaced {
            replaced.by = None;
        }
        Ok(grade)
    }
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
