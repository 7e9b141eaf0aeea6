//! Setting coursework, handing it in, marking it and giving it back.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    assignment::{
        Assignment, Submission, SubmissionChanged, SubmissionEvent, SubmissionStatus,
        assignment::seconds_late, deadline_of,
    },
    gradebook::{LatePolicy, LateWork},
};
use lms_kernel::{Id, Link, NumberError, Points, Rejected, Rounding, Timestamp, Title};
use lms_learning::{
    content::{ContentNode, Course, FileAsset},
    learning::{CourseWork, Enrollment, EnrollmentStatus, LedCourse},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_on},
    identity::{Absence, Membership},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why coursework was not set, handed in or marked.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CourseworkError {
    /// There is nothing to mark.
    #[error("hand in a text, a file or a link")]
    #[fault(invalid, field = "content")]
    Empty,
    /// Points below zero, or more than the assignment is worth.
    #[error("the mark must be from 0 to {most}")]
    #[fault(invalid, field = "earned")]
    OutOfRange {
        /// What the assignment is worth.
        most: Points,
    },
    /// The date is over and late work is refused.
    #[error("the work was due at {due_at}, and late work is not accepted")]
    #[fault(conflict)]
    TooLate {
        /// When it was due.
        due_at: Timestamp,
    },
    /// The learner handed in as often as allowed.
    #[error("the work was handed in {most} times, which is as often as allowed")]
    #[fault(quota)]
    NoSubmissionsLeft {
        /// How often is allowed.
        most: u32,
    },
    /// The file is another person's.
    #[error("the file was uploaded by another person; hand in a file of the learner's own")]
    #[fault(invalid, field = "file_id")]
    ForeignFile,
    /// The part of the course, the test or the file belongs to another course.
    #[error("the part belongs to another course")]
    #[fault(invalid, field = "node_id")]
    OtherCourse,
    /// There is no date to move.
    #[error("the assignment has no date, so that all work is in time; give it one first")]
    #[fault(conflict, field = "assignment_id")]
    NoDeadline,
    /// The learner would give themselves longer.
    #[error("no one gives themselves longer; ask a colleague")]
    #[fault(forbidden, field = "learner_id")]
    OwnDeadline,
    /// The learner does not learn in the course.
    #[error("the learner is not enrolled in the course; enroll first")]
    #[fault(forbidden)]
    NotEnrolled,
    /// The step is not in the table.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no coursework.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// A result is too large.
    #[error(transparent)]
    #[fault(invalid)]
    Number(#[from] NumberError),
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Creates coursework in a course.
///
/// # Errors
/// [`CourseworkError`].
#[operation("assessment.set_assignment")]
pub struct SetAssignment {
    /// The course that sets it.
    pub course_id: Id<Course>,
    /// The title shown to learners.
    pub title: Title,
    /// The task.
    pub description: Option<String>,
    /// The node of the course that it belongs to; `None` for the course as a whole.
    pub node_id: Option<Id<ContentNode>>,
    /// The due date; `None` means never late.
    pub due_at: Option<Timestamp>,
    /// The points possible; 100 by default.
    pub points: Option<Points>,
    /// The penalty for late work; none by default.
    pub late_policy: LatePolicy,
    /// How often a learner may submit; `None` for any number of times.
    pub max_submissions: Option<u32>,
}

impl Operation for SetAssignment {
    const ACCESS: Access = Access::Asks(&[Permission::COURSEWORK_MANAGE]);
    type Answer = Assignment;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Assignment, CourseworkError> {
        let command = self;
        require_feature(tx, Feature::Coursework).await?;
        let course = tx.require(command.course_id).await?;
        authorize_on(tx, Permission::COURSEWORK_MANAGE, &LedCourse(course.id)).await?;
        if let Some(node) = command.node_id
            && tx.require(node).await?.course_id != course.id
        {
            return Err(CourseworkError::OtherCourse);
        }
        let mut assignment = Assignment::new(tx.cx(), course.id, command.title);
        assignment.description = command.description;
        assignment.node_id = command.node_id;
        assignment.due_at = command.due_at;
        assignment.points = command.points.unwrap_or(assignment.points);
        assignment.late_policy = command.late_policy;
        assignment.max_submissions = command.max_submissions;
        if assignment.points.is_negative() {
            return Err(CourseworkError::OutOfRange { most: assignment.points });
        }
        tx.insert(&assignment).await?;
        Ok(assignment)
    }
}

/// Submits coursework. It replaces the learner's earlier submission, which is retained. Coursework
/// can still be submitted where the tenant has switched the feature off since.
///
/// # Locks
/// The learner's membership is locked, so there is one current submission.
///
/// # Errors
/// [`CourseworkError`] for nothing, too late or too often.
#[operation("assessment.hand_in_work")]
pub struct HandInWork {
    /// The coursework.
    pub assignment_id: Id<Assignment>,
    /// The membership of the learner whose work it is.
    pub learner_id: Id<Membership>,
    /// The text of the work; needed if there is neither file nor link.
    pub content: Option<String>,
    /// The uploaded file of the work.
    pub file_id: Option<Id<FileAsset>>,
    /// The link to work stored elsewhere.
    pub file_url: Option<Link>,
}

impl Operation for HandInWork {
    const ACCESS: Access = Access::Asks(&[Permission::SUBMISSIONS_SUBMIT]);
    type Answer = Submission;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Submission, CourseworkError> {
        let command = self;
        let assignment = tx.require(command.assignment_id).await?;
        let (learner, course) = (command.learner_id, Some(assignment.course_id));
        authorize_on(tx, Permission::SUBMISSIONS_SUBMIT, &CourseWork { learner, course }).await?;
        let blank = command.content.as_deref().is_none_or(|text| text.trim().is_empty());
        if blank && command.file_id.is_none() && command.file_url.is_none() {
            return Err(CourseworkError::Empty);
        }
        if let Some(file) = command.file_id
            && tx.require(file).await?.uploaded_by != command.learner_id
        {
            return Err(CourseworkError::ForeignFile);
        }
        let enrolment = Enrollment::live(command.learner_id, assignment.course_id);
        let learns = tx.first(enrolment).await?.is_some_and(|it| {
            matches!(it.status, EnrollmentStatus::Active | EnrollmentStatus::Completed)
                && !it.is_over(tx.now())
        });
        if !learns {
            return Err(CourseworkError::NotEnrolled);
        }
        let due_at = deadline_of(tx, &assignment, command.learner_id).await?;
        let late = seconds_late(due_at, tx.now());
        if let (false, Some(due_at)) = (assignment.late_policy.accepts(late), due_at) {
            return Err(CourseworkError::TooLate { due_at });
        }
        tx.lock(command.learner_id).await?.present()?;
        let earlier = tx.first(Submission::of(assignment.id, command.learner_id)).await?;
        let number = earlier.as_ref().map_or(0, |it| it.number);
        if let Some(most) = assignment.max_submissions.filter(|most| number >= *most) {
            return Err(CourseworkError::NoSubmissionsLeft { most });
        }
        if let Some(mut earlier) = earlier {
            earlier.status = earlier.status.apply(SubmissionEvent::Supersede)?;
            tx.update(&mut earlier).await?;
        }
        let number = number.saturating_add(1);
        let mut submission = Submission::new(tx.cx(), assignment.id, command.learner_id, number);
        submission.status = submission.status.apply(SubmissionEvent::Submit)?;
        submission.submitted_at = Some(tx.now());
        submission.late_seconds = i64::try_from(late).unwrap_or(i64::MAX);
        submission.content = command.content;
        submission.file_id = command.file_id;
        submission.file_url = command.file_url;
        tx.insert(&submission).await?;
        announce(tx, &submission);
        Ok(submission)
    }
}

/// Marks a submission, or changes its mark; the late penalty by the date that holds now for the
/// learner is deducted.
///
/// # Locks
/// The submission's row is locked.
///
/// # Errors
/// [`CourseworkError`] for a mark out of range or a submission that was replaced.
#[operation("assessment.grade_submission")]
pub struct GradeSubmission {
    /// The submission to mark.
    pub submission_id: Id<Submission>,
    /// The points earned before the late penalty, from 0 to the points possible.
    pub earned: Points,
    /// The feedback shown to the learner once the work is returned.
    pub feedback: Option<String>,
}

impl Operation for GradeSubmission {
    const ACCESS: Access = Access::Asks(&[Permission::SUBMISSIONS_GRADE]);
    type Answer = Submission;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Submission, CourseworkError> {
        let command = self;
        let mut submission = tx.lock(command.submission_id).await?;
        let permit = authorize_on(tx, Permission::SUBMISSIONS_GRADE, &submission).await?;
        let assignment = tx.require(submission.assignment_id).await?;
        submission.status = submission.status.apply(SubmissionEvent::Grade)?;
        let due_at = deadline_of(tx, &assignment, submission.learner_id).await?;
        mark(&assignment, &mut submission, (command.earned, due_at))?;
        submission.feedback = command.feedback;
        submission.graded_at = Some(tx.now());
        submission.graded_by = permit.member();
        tx.update(&mut submission).await?;
        announce(tx, &submission);
        Ok(submission)
    }
}

/// Returns a marked submission: the learner then sees its mark and feedback.
///
/// # Locks
/// The submission's row is locked.
///
/// # Errors
/// [`CourseworkError::Status`] where it is not marked.
#[operation("assessment.return_submission")]
pub struct ReturnSubmission {
    /// The submission to return.
    pub submission_id: Id<Submission>,
}

impl Operation for ReturnSubmission {
    const ACCESS: Access = Access::Asks(&[Permission::SUBMISSIONS_GRADE]);
    type Answer = Submission;
    type Error = CourseworkError;

    async fn run(self, tx: &mut Transaction) -> Result<Submission, CourseworkError> {
        let Self { submission_id: submission } = self;
        let mut submission = tx.lock(submission).await?;
        authorize_on(tx, Permission::SUBMISSIONS_GRADE, &submission).await?;
        submission.status = submission.status.apply(SubmissionEvent::Return)?;
        tx.update(&mut submission).await?;
        announce(tx, &submission);
        Ok(submission)
    }
}

/// Writes what a submission earned, and what it is worth with the lateness taken off that it has by
/// `due_at`.
pub(super) fn mark(
    assignment: &Assignment,
    submission: &mut Submission,
    (earned, due_at): (Points, Option<Timestamp>),
) -> Result<(), CourseworkError> {
    if earned.is_negative() || earned > assignment.points {
        return Err(CourseworkError::OutOfRange { most: assignment.points });
    }
    let late_seconds = submission.submitted_at.map_or(0, |it| seconds_late(due_at, it));
    let work = LateWork { score: earned, possible: assignment.points, late_seconds };
    submission.late_seconds = i64::try_from(late_seconds).unwrap_or(i64::MAX);
    submission.earned = Some(earned);
    submission.grade = Some(assignment.late_policy.apply(work, Rounding::HalfUp)?);
    Ok(())
}

pub(super) fn announce(tx: &mut Transaction, submission: &Submission) {
    let status: SubmissionStatus = submission.status;
    tx.emit(&SubmissionChanged {
        submission_id: submission.id,
        assignment_id: submission.assignment_id,
        learner_id: submission.learner_id,
        status,
    });
}
