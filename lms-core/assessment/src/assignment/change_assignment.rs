//! Changing coursework, and giving one learner more time for it.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::service::{announce, mark};
use crate::{
    assignment::{
        Assignment, CourseworkError, DeadlineExtension, Submission, SubmissionStatus, deadline_of,
    },
    gradebook::LatePolicy,
};
use lms_kernel::{Id, Points, Timestamp, Title};
use lms_learning::{
    content::ContentNode,
    learning::{CourseWork, LedCourse},
};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::{Query, Transaction};

/// One change to coursework.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssignmentChange {
    /// Its name.
    Title(Title),
    /// What is asked for.
    Description(Option<String>),
    /// The part of the course it hangs on.
    Node(Option<Id<ContentNode>>),
    /// Until when it is in time.
    DueAt(Option<Timestamp>),
    /// What it is worth.
    Points(Points),
    /// What lateness costs.
    LatePolicy(LatePolicy),
    /// How often a learner may hand in.
    MaxSubmissions(Option<u32>),
}

/// Changes coursework. Work that is marked is worth at once what it is worth by the new date and
/// the new policy; what it earned, lateness aside, stays.
///
/// # Permission
/// `coursework.manage` on the course.
///
/// # Locks
/// The assignment, then each marked submission.
///
/// # Errors
/// [`CourseworkError::OutOfRange`] where marked work has earned more than the new points.
#[operation("assessment.edit_assignment")]
pub struct EditAssignment {
    /// The assignment to change.
    pub assignment_id: Id<Assignment>,
    /// The changes, applied in order, all or none.
    pub changes: Vec<AssignmentChange>,
}

impl Operation for EditAssignment {
    const ACCESS: Access = Access::Asks(&[Permission::COURSEWORK_MANAGE]);
    type Answer = Assignment;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Assignment, CourseworkError> {
        let known = tx.require(self.assignment_id).await?;
        authorize_on(tx, Permission::COURSEWORK_MANAGE, &LedCourse(known.course_id)).await?;
        let mut assignment = tx.lock(known.id).await?;
        for change in self.changes {
            match change {
                AssignmentChange::Title(it) => assignment.title = it,
                AssignmentChange::Description(it) => assignment.description = it,
                AssignmentChange::Node(it) => {
                    if let Some(node) = it
                        && tx.require(node).await?.course_id != assignment.course_id
                    {
                        return Err(CourseworkError::OtherCourse);
                    }
                    assignment.node_id = it;
                }
                AssignmentChange::DueAt(it) => assignment.due_at = it,
                AssignmentChange::Points(it) => assignment.points = it,
                AssignmentChange::LatePolicy(it) => assignment.late_policy = it,
                AssignmentChange::MaxSubmissions(it) => assignment.max_submissions = it,
            }
        }
        if assignment.points.is_negative() {
            return Err(CourseworkError::OutOfRange { most: assignment.points });
        }
        let of_it = Submission::ASSIGNMENT_ID.eq(assignment.id);
        let marked = of_it.and(Submission::EARNED.is_not_null());
        for submission in tx.all(Query::filter(marked)).await? {
            mark_again(tx, &assignment, submission).await?;
        }
        tx.update(&mut assignment).await?;
        Ok(assignment)
    }
}

/// Gives a learner longer for coursework than the others have, or moves the date that they were
/// given. Work of theirs that is marked is worth at once what it is worth by the new date.
///
/// # Permission
/// `coursework.manage` on the learner's work; no one gives themselves longer.
///
/// # Locks
/// The learner's membership, then each marked submission.
///
/// # Errors
/// [`CourseworkError::NoDeadline`] where the assignment has no date.
#[operation("assessment.extend_deadline")]
pub struct ExtendDeadline {
    /// The assignment whose due date is extended.
    pub assignment_id: Id<Assignment>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// Until when the work is in time.
    pub due_at: Timestamp,
    /// The reason, recorded with the extension.
    pub reason: Option<String>,
}

impl Operation for ExtendDeadline {
    const ACCESS: Access = Access::Asks(&[Permission::COURSEWORK_MANAGE]);
    type Answer = DeadlineExtension;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<DeadlineExtension, CourseworkError> {
        let assignment = tx.require(self.assignment_id).await?;
        let work = CourseWork { learner: self.learner_id, course: Some(assignment.course_id) };
        let permit = authorize_on(tx, Permission::COURSEWORK_MANAGE, &work).await?;
        if permit.member() == Some(self.learner_id) {
            return Err(CourseworkError::OwnDeadline);
        }
        if assignment.due_at.is_none() {
            return Err(CourseworkError::NoDeadline);
        }
        tx.lock(self.learner_id).await?.present()?;
        let known = tx.first(DeadlineExtension::of(assignment.id, self.learner_id)).await?;
        let is_new = known.is_none();
        let mut extension = known.unwrap_or_else(|| {
            DeadlineExtension::new(tx.cx(), assignment.id, self.learner_id, self.due_at)
        });
        extension.due_at = self.due_at;
        extension.reason = self.reason;
        extension.decided_by = permit.member();
        if is_new {
            tx.insert(&extension).await?;
        } else {
            tx.update(&mut extension).await?;
        }
        let marked = Submission::of(assignment.id, self.learner_id);
        for submission in tx.all(marked.and(Submission::EARNED.is_not_null())).await? {
            mark_again(tx, &assignment, submission).await?;
        }
        Ok(extension)
    }
}

/// What marked work is worth by the date and the policy that hold now.
async fn mark_again(
    tx: &mut Transaction,
    assignment: &Assignment,
    submission: Submission,
) -> Result<(), CourseworkError> {
    if submission.status == SubmissionStatus::Superseded {
        return Ok(());
    }
    let mut submission = tx.lock(submission.id).await?;
    let Some(earned) = submission.earned else { return Ok(()) };
    let before = (submission.late_seconds, submission.grade);
    let due_at = deadline_of(tx, assignment, submission.learner_id).await?;
    mark(assignment, &mut submission, (earned, due_at))?;
    if before != (submission.late_seconds, submission.grade) {
        tx.update(&mut submission).await?;
        announce(tx, &submission);
    }
    Ok(())
}
