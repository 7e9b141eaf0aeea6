//! Viewing submissions.
use crate::assignment::{Assignment, CourseworkError, Submission, SubmissionStatus};
use lms_kernel::Id;
use lms_learning::learning::CourseWork;
use lms_people::{
    authorization::{Permission, Protected as _, authorize_on, is_permitted_on, list_permitted},
    identity::Membership,
};
use lms_store::operation::{Access, Effect, Operation, operation};
use lms_store::{Query, Transaction};

/// Shows a learner's current submission. Readers who do not mark see mark and feedback only after
/// its return. Answers `None` if the learner has submitted nothing.
///
/// # Errors
/// [`CourseworkError`] if the actor may not, or the store failed.
#[operation("assessment.view_submission")]
pub struct ViewSubmission {
    /// The coursework.
    pub assignment_id: Id<Assignment>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewSubmission {
    const ACCESS: Access =
        Access::Asks(&[Permission::SUBMISSIONS_VIEW, Permission::SUBMISSIONS_GRADE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<Submission>;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<Submission>, CourseworkError> {
        let Self { assignment_id: assignment, learner_id: learner } = self;
        let course = Some(tx.require(assignment).await?.course_id);
        let work = CourseWork { learner, course }.subject(tx).await?;
        authorize_on(tx, Permission::SUBMISSIONS_VIEW, &work).await?;
        let Some(mut submission) = tx.first(Submission::of(assignment, learner)).await? else {
            return Ok(None);
        };
        let shown = submission.status == SubmissionStatus::Returned
            || is_permitted_on(tx, Permission::SUBMISSIONS_GRADE, &work).await?;
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
}

/// Lists the submissions of an assignment that wait for a mark, earliest first, without the actor's
/// own.
///
/// # Permission
/// `submissions.grade` on the assignment. Those who have it on the work of some learners only, such
/// as the teacher of a class, get the work of these.
///
/// # Errors
/// [`CourseworkError`] if the actor may not, or the store failed.
#[operation("assessment.list_submissions_to_mark")]
pub struct ListSubmissionsToMark {
    /// The coursework.
    pub assignment_id: Id<Assignment>,
}

impl Operation for ListSubmissionsToMark {
    const ACCESS: Access = Access::Asks(&[Permission::SUBMISSIONS_GRADE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Submission>;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Submission>, CourseworkError> {
        let Self { assignment_id: assignment } = self;
        let assignment = tx.require(assignment).await?;
        let to_mark = work_to_mark(tx, &assignment).await?;
        let mut found = tx.all(to_mark).await?;
        found.sort_by_key(|it| (it.submitted_at, it.id));
        Ok(found)
    }
}

/// The work that waits for the actor: all but their own where they may mark the assignment as a
/// whole, otherwise that of the learners whom they teach in a class.
async fn work_to_mark(
    tx: &mut Transaction,
    assignment: &Assignment,
) -> Result<Query<Submission>, CourseworkError> {
    let permission = Permission::SUBMISSIONS_GRADE;
    let to_mark = Submission::to_mark(assignment.id);
    if !is_permitted_on(tx, permission.clone(), assignment).await?
        && let Some(taught) = list_permitted::<Submission>(tx, permission.clone()).await?
    {
        let taught = taught.and(Submission::ASSIGNMENT_ID.eq(assignment.id));
        if tx.exists(taught.clone()).await? {
            return Ok(taught.and(Submission::STATUS.eq(SubmissionStatus::Submitted)));
        }
    }
    let permit = authorize_on(tx, permission, assignment).await?;
    Ok(match permit.member() {
        Some(own) => to_mark.and(Submission::LEARNER_ID.ne(own)),
        None => to_mark,
    })
}
