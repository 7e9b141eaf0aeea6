//! Errors of grading.

use lms_derive::DomainError;

use crate::question::{Question, QuestionKind};
use lms_kernel::{Id, NumberError};

/// Why something could not be graded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
pub enum GradeError {
    /// An answer to a question that the attempt does not have.
    #[error("the attempt has no question `{question}`; answer the questions it was given")]
    #[fault(
        invalid,
        field = "answers",
        message = "the attempt has no such question; answer the questions it was given"
    )]
    NotInForm {
        /// The question that was answered.
        question: Id<Question>,
    },
    /// Two entries for one question.
    #[error("question `{question}` is on the sheet twice; keep the newer answer")]
    #[fault(
        invalid,
        field = "answers",
        message = "a question is on the sheet twice; keep the newer answer"
    )]
    AnsweredTwice {
        /// The question that was answered twice.
        question: Id<Question>,
    },
    /// The key is of another kind than the question.
    #[error("question `{question}` is of kind `{kind}` and its key is not; correct the key")]
    #[fault(
        conflict,
        field = "answer_key",
        message = "a question is of kind `{kind}` and its key is not; correct the key"
    )]
    KeyDoesNotFit {
        /// The question.
        question: Id<Question>,
        /// Its kind.
        kind: QuestionKind,
    },
    /// Fractions, tolerances or scores that cannot be kept exactly.
    #[error("question `{question}` cannot be graded exactly ({source}); use shorter numbers")]
    #[fault(
        conflict,
        field = "answer_key",
        message = "a question cannot be graded exactly ({source}); use shorter numbers"
    )]
    Inexact {
        /// The question.
        question: Id<Question>,
        /// What went wrong.
        source: NumberError,
    },
    /// Scores that cannot be added up exactly.
    #[error("the scores of the attempt cannot be added up exactly ({0}); use shorter numbers")]
    #[fault(conflict, field = "score")]
    Total(#[from] NumberError),
}
