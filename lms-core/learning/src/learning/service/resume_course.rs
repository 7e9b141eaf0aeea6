//! Resuming a course.
use super::study::{StudyError, completed, may_learn};
use crate::{
    content::{Course, load_tree},
    learning::{Enrollment, NodeProgress, ResumePoint, resume_at},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Finds where a learner resumes an enrolled course: the last node visited or, if it is gone, the
/// first one not completed. Answers `None` for a course without visible nodes.
///
/// # Errors
/// [`StudyError::NotEnrolled`] if they do not learn in it now: who waits, is kept out or whose time
/// is over has nowhere to go on.
#[operation("learning.resume_course")]
pub struct ResumeCourse {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The course to resume.
    pub course_id: Id<Course>,
}

impl Operation for ResumeCourse {
    const ACCESS: Access = Access::Asks(&[Permission::LESSONS_STUDY]);
    type Answer = Option<ResumePoint>;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<ResumePoint>, StudyError> {
        let Self { learner_id: learner, course_id: course } = self;
        authorize_on(tx, Permission::LESSONS_STUDY, &Subject::of(learner)).await?;
        let enrollment = tx.first(Enrollment::live(learner, course)).await?;
        let enrollment = enrollment.filter(|it| may_learn(tx.cx(), it));
        let enrollment = enrollment.ok_or(StudyError::NotEnrolled)?;
        let tree = load_tree(tx, course).await?;
        let position = enrollment.position_node_id.map(|it| (it, enrollment.position_seconds));
        let progress = tx.all(NodeProgress::of(enrollment.id)).await?;
        let done: std::collections::BTreeSet<_> = completed(&progress).collect();
        Ok(resume_at(&tree, position, |it| done.contains(&it)))
    }
}
