//! Looking at what was handed in.
use crate::assignment::{Assignment, CourseworkError, Submission, SubmissionStatus};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, Place, authorize, is_permitted},
    identity::Membership,
};
use lms_store::Transaction;

/// A learner's current submission with what they may see of it: those who do not mark see mark
/// and feedback only once it is given back. None where nothing was handed in.
///
/// # Errors
/// [`CourseworkError`] if the actor may not, or the store failed.
pub async fn view_submission(
    tx: &mut Transaction,
    assignment: Id<Assignment>,
    learner: Id<Membership>,
) -> Result<Option<Submission>, CourseworkError> {
    let course = tx.require(assignment).await?.course_id;
    let unit = tx.require(learner).await?.org_unit_id;
    let marking = tx.require(course).await?.places().in_unit(unit);
    let places = marking.clone().and(Place::Own(learner));
    authorize(tx, Permission::SUBMISSIONS_VIEW, places).await?;
    let Some(mut submission) = tx.first(Submission::of(assignment, learner)).await? else {
        return Ok(None);
    };
    let shown = submission.status == SubmissionStatus::Returned
        || is_permitted(tx, Permission::SUBMISSIONS_GRADE, marking).await?;
    if !shown {
        if submission.status == SubmissionStatus::Graded {
            submission.status = SubmissionStatus::Submitted;
        }
        submission.earned = None;
        submission.grade = None;
        submission.feedback = None;
        submission.graded_at = None;
        submission.graded_by = None;
    }
    Ok(Some(submission))
}

/// What is to be marked of an assignment, the earliest first.
///
/// # Errors
/// [`CourseworkError`] if the actor may not, or the store failed.
pub async fn submissions_to_mark(
    tx: &mut Transaction,
    assignment: Id<Assignment>,
) -> Result<Vec<Submission>, CourseworkError> {
    let course = tx.require(assignment).await?.course_id;
    let places = tx.require(course).await?.places();
    authorize(tx, Permission::SUBMISSIONS_GRADE, places).await?;
    let mut found = tx.all(Submission::to_mark(assignment)).await?;
    found.sort_by_key(|it| (it.submitted_at, it.id));
    Ok(found)
}
