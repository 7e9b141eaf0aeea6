//! Going on with a course.
use super::study::{StudyError, completed};
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

/// Where a learner goes on in a course that they are enrolled in: the node they were at last or,
/// where that is gone, the first one that is not done. Nothing in a course that shows nothing.
///
/// # Errors
/// [`StudyError::NotEnrolled`] if they have no live enrolment.
pub async fn resume_course(
    tx: &mut Transaction,
    learner: Id<Membership>,
    course: Id<Course>,
) -> Result<Option<ResumePoint>, StudyError> {
    authorize_on(tx, Permission::LESSONS_STUDY, &Subject::of(learner)).await?;
    let enrollment = tx.first(Enrollment::live(learner, course)).await?;
    let enrollment = enrollment.ok_or(StudyError::NotEnrolled)?;
    let tree = load_tree(tx, course).await?;
    let position = enrollment.position_node_id.map(|it| (it, enrollment.position_seconds));
    let progress = tx.all(NodeProgress::of(enrollment.id)).await?;
    let done: std::collections::BTreeSet<_> = completed(&progress).collect();
    Ok(resume_at(&tree, position, |it| done.contains(&it)))
}
