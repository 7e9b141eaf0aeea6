//! A course grade that a person gives instead of the computed one.
use lms_store::operation::{Access, Operation, operation};

use crate::gradebook::{
    Audience, CourseGrade, CourseGradeChanged, Gradebook, GradebookError, ReplacedGrade,
    trace::of_hundred,
};
use lms_kernel::{Id, Points};
use lms_learning::{content::Course, learning::CourseWork};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;

/// Overrides a learner's course grade, with a reason, or restores the computed one. The computed
/// grade is stored beside it, and the override survives recomputation.
///
/// # Locks
/// The learner's membership is locked.
///
/// # Errors
/// [`GradebookError`] for a blank reason, a percentage out of range, or a grade that was not
/// computed yet.
#[operation("assessment.override_course_grade")]
pub struct OverrideCourseGrade {
    /// The course that is graded.
    pub course_id: Id<Course>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The percentage to report, from 0 to 1,000; `None` restores the computed grade.
    pub percent: Option<Points>,
    /// The letter grade to report; `None` takes it from the scale.
    pub grade: Option<String>,
    /// The reason, which must not be blank.
    pub reason: String,
}

/// The greatest percentage that a person may give.
const MOST: Points = Points::from_ten_thousandths(10_000_000);

impl Operation for OverrideCourseGrade {
    const ACCESS: Access = Access::Asks(&[Permission::SCORES_OVERRIDE]);
    type Answer = CourseGrade;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseGrade, GradebookError> {
        let command = self;
        let OverrideCourseGrade { course_id, learner_id, percent, grade, reason } = command;
        let work = CourseWork { learner: learner_id, course: Some(course_id) };
        let permit = authorize_on(tx, Permission::SCORES_OVERRIDE, &work).await?;
        if reason.trim().is_empty() {
            return Err(GradebookError::NoReason);
        }
        if percent.is_some_and(|it| it.is_negative() || it > MOST) {
            return Err(GradebookError::PercentOutOfRange { most: MOST });
        }
        let book =
            tx.first(Gradebook::of_course(course_id)).await?.ok_or(GradebookError::NoGradebook)?;
        tx.lock(learner_id).await?;
        let by_scale = |percent: Points| {
            book.scale.as_ref().map(|scale| scale.grade(&of_hundred(percent)).to_owned())
        };
        let replaced = percent.map(|percent| ReplacedGrade {
            percent,
            grade: grade.or_else(|| by_scale(percent)),
            reason,
            by: permit.member(),
            at: tx.now(),
        });
        let mut grades = Vec::with_capacity(2);
        for audience in [Audience::Staff, Audience::Learner] {
            let of = CourseGrade::of(book.id, learner_id, audience);
            let mut grade = tx.first(of).await?.ok_or(GradebookError::NotComputed)?;
            grade.replaced.clone_from(&replaced);
            grade.show();
            grades.push(grade);
        }
        tx.update_all(&mut grades).await?;
        if let Some(shown) = grades.pop() {
            tx.emit(&CourseGradeChanged {
                course_grade_id: shown.id,
                gradebook_id: book.id,
                learner_id,
                current_percent: shown.current_percent,
            });
        }
        grades.pop().ok_or(GradebookError::NotComputed)
    }
}
