//! Errors of regrading.
use lms_derive::DomainError;

use crate::{attempt::FormLoadError, grading::FormError, question::Question};
use lms_kernel::{Id, NumberError, Rejected};
use lms_people::authorization::AuthorizationError;
use lms_store::StoreError;

/// Why a regrading was refused or stopped.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RegradeError {
    /// No question was named.
    #[error("name at least one question and what its corrected key means")]
    #[fault(invalid, field = "rulings")]
    NoRuling,
    /// One question was named twice.
    #[error("question `{question}` has two rulings; keep one")]
    #[fault(invalid, field = "rulings", message = "a question has two rulings; keep one")]
    RuledTwice {
        /// The question.
        question: Id<Question>,
    },
    /// The test has no such question.
    #[error("the assessment has no question `{question}`, and draws none from a bank")]
    #[fault(
        invalid,
        field = "rulings",
        message = "the assessment has no such question, and draws none from a bank"
    )]
    NotInTest {
        /// The question.
        question: Id<Question>,
    },
    /// The question was also worth something else before, so that no policy could promise that no
    /// one's score falls.
    #[error(
        "question `{question}` was worth {before} and is worth {now}; scores may fall, so choose \
         `current_only`, or give it the worth that it had"
    )]
    #[fault(
        conflict,
        field = "rulings",
        message = "a question was worth {before} and is worth {now}; scores may fall, so choose `current_only`, or give it the worth that it had"
    )]
    WorthChanged {
        /// The question.
        question: Id<Question>,
        /// What it was worth.
        before: lms_kernel::Points,
        /// What it is worth.
        now: lms_kernel::Points,
    },
    /// The sums of the report leave their range.
    #[error("the scores cannot be added up ({0})")]
    #[fault(conflict)]
    Sum(#[from] NumberError),
    /// The step is not in the table.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The questions make no form.
    #[error(transparent)]
    #[fault(transparent)]
    Form(#[from] FormLoadError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl From<FormError> for RegradeError {
    fn from(error: FormError) -> Self {
        Self::Form(error.into())
    }
}
