//! Recording a learner's grade for an item.
use lms_store::operation::{Access, Operation, operation};

use crate::gradebook::{Grade, GradeItem, GradeRecorded, GradeStatus, GradebookError, ItemPlan};
use lms_kernel::{Id, Points};
use lms_learning::learning::{CourseWork, Enrollment};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;

/// Records a learner's grade for a gradebook item, or changes it. The course grade changes when it
/// is computed again.
///
/// # Locks
/// The learner's membership is locked, so that there is one grade for an item and none is changed
/// while the course grade is computed.
///
/// # Errors
/// [`GradebookError`] for a score that does not go with the status or is out of range, or for a
/// learner who does not learn in the course.
#[operation("assessment.record_grade")]
pub struct RecordGrade {
    /// The gradebook item.
    pub item_id: Id<GradeItem>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// Whether it is marked, missing, excused or not yet graded.
    pub status: GradeStatus,
    /// The points earned before the late penalty; given exactly where `status` is marked.
    pub score: Option<Points>,
    /// The lateness in seconds; 0 when on time.
    pub late_seconds: u32,
    /// The comment shown to the learner.
    pub comment: Option<String>,
}

impl RecordGrade {
    /// A score that was earned in time.
    pub const fn score(item: Id<GradeItem>, learner: Id<Membership>, score: Points) -> Self {
        Self {
            item_id: item,
            learner_id: learner,
            status: GradeStatus::Graded,
            score: Some(score),
            late_seconds: 0,
            comment: None,
        }
    }

    /// The status of a learner without a score.
    pub const fn without_score(
        item: Id<GradeItem>,
        learner: Id<Membership>,
        status: GradeStatus,
    ) -> Self {
        Self {
            item_id: item,
            learner_id: learner,
            status,
            score: None,
            late_seconds: 0,
            comment: None,
        }
    }
}

impl Operation for RecordGrade {
    const ACCESS: Access = Access::Asks(&[Permission::SUBMISSIONS_GRADE]);
    type Answer = Grade;
    type Error = GradebookError;

    async fn run(self, tx: &mut Transaction) -> Result<Grade, GradebookError> {
        let command = self;
        let item = tx.require(command.item_id).await?;
        let course = tx.require(item.gradebook_id).await?.course_id;
        let work = CourseWork { learner: command.learner_id, course: Some(course) };
        let permit = authorize_on(tx, Permission::SUBMISSIONS_GRADE, &work).await?;
        if command.score.is_some() != (command.status == GradeStatus::Graded) {
            return Err(GradebookError::ScoreAndStatus);
        }
        if command.score.is_some_and(|score| score.is_negative() || score > ItemPlan::MOST) {
            return Err(GradebookError::ScoreOutOfRange);
        }
        if !tx.exists(Enrollment::live(command.learner_id, course)).await? {
            return Err(GradebookError::NotEnrolled);
        }
        tx.lock(command.learner_id).await?;
        let existing = tx.first(Grade::for_item(item.id, command.learner_id)).await?;
        let is_new = existing.is_none();
        let mut grade = existing.unwrap_or_else(|| {
            Grade::collected(tx.cx(), &item, command.learner_id, command.status, command.score)
        });
        grade.is_collected = false;
        grade.status = command.status;
        grade.score = command.score;
        grade.late_seconds = i64::from(command.late_seconds);
        grade.comment = command.comment;
        grade.graded_at = Some(tx.now());
        grade.graded_by = permit.member();
        if is_new {
            tx.insert(&grade).await?;
        } else {
            tx.update(&mut grade).await?;
        }
        tx.emit(&GradeRecorded {
            grade_id: grade.id,
            item_id: item.id,
            learner_id: grade.learner_id,
            status: grade.status,
        });
        Ok(grade)
    }
}
