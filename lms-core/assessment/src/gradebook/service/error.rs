//! Errors of the gradebook.
use lms_derive::DomainError;

use crate::gradebook::{ItemPlan, PlanError};
use lms_kernel::Points;
use lms_people::authorization::AuthorizationError;
use lms_store::StoreError;

/// Why the gradebook was not changed or shown.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum GradebookError {
    /// The course has no gradebook.
    #[error("the course has no gradebook; define one first")]
    #[fault(not_found)]
    NoGradebook,
    /// The category, item or grade belongs to another gradebook.
    #[error("the category belongs to another gradebook")]
    #[fault(invalid, field = "category_id")]
    OtherGradebook,
    /// The test or the coursework belongs to another course.
    #[error("the test or coursework belongs to another course")]
    #[fault(invalid, field = "item")]
    OtherCourse,
    /// A score for a learner who has none, or none for one who was marked.
    #[error("a grade has a score exactly when it is `graded`")]
    #[fault(invalid, field = "score")]
    ScoreAndStatus,
    /// A score that no one can earn.
    #[error("a score must be from 0 to {}", ItemPlan::MOST)]
    #[fault(invalid, field = "score")]
    ScoreOutOfRange,
    /// A percentage that no one can earn.
    #[error("a course grade must be from 0 to {most} percent")]
    #[fault(invalid, field = "percent")]
    PercentOutOfRange {
        /// The most.
        most: Points,
    },
    /// No one could tell later why it was replaced.
    #[error("say why the grade is replaced")]
    #[fault(invalid, field = "reason")]
    NoReason,
    /// The learner does not learn in the course.
    #[error("the learner is not enrolled in the course; enroll first")]
    #[fault(invalid, field = "learner_id")]
    NotEnrolled,
    /// There is no grade yet.
    #[error("there is no course grade yet; compute it first")]
    #[fault(not_found)]
    NotComputed,
    /// The gradebook cannot be computed by.
    #[error(transparent)]
    #[fault(transparent)]
    Plan(#[from] PlanError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}
