//! The form that an attempt was given.
use lms_derive::DomainError;

use crate::{
    assessment::{
        Assessment, Section,
        attempt::Attempt,
        grading::{FormError, TestForm},
        question::Question,
    },
    store::{StoreError, Transaction},
};

/// Why a form could not be put together.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum FormLoadError {
    /// The questions make no form.
    #[error(transparent)]
    #[fault(transparent)]
    Form(#[from] FormError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Reads the form of an assessment, or of one attempt where not everybody gets the same.
///
/// # Errors
/// [`FormLoadError`] for questions that make no form.
pub async fn load_form(
    tx: &mut Transaction,
    assessment: &Assessment,
    attempt: Option<&Attempt>,
) -> Result<TestForm, FormLoadError> {
    let sections = tx.all(Section::of_assessment(assessment.id)).await?;
    let questions = match attempt.and_then(|attempt| attempt.drawn.as_deref()) {
        None => tx.all(Question::of_assessment(assessment.id)).await?,
        Some(drawn) => tx.get_many(drawn).await?,
    };
    Ok(TestForm::assemble(assessment, &sections, &questions)?)
}
