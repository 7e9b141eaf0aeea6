//! Showing a learner what an attempt asks.
use crate::{
    Section,
    attempt::{Attempt, AttemptAnswer, AttemptError, AttemptPaper, FormLoadError, load_form},
    bank::{DrawSeed, Shuffle, arranged},
};
use lms_derive::DomainError;
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, Subject, authorize_on};
use lms_store::operation::{Access, Operation, operation};
use lms_store::{StoreError, Transaction};

/// Why a paper is not shown.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PaperError {
    /// The attempt is over.
    #[error(transparent)]
    #[fault(transparent)]
    Attempt(#[from] AttemptError),
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

/// What an attempt in progress asks, with what was answered so far: for starting and for going on
/// later, on another device too. The order is the attempt's own and never changes. There is no
/// key in it. A section that was left, or another than the one in progress, shows no questions;
/// where sections have a time of their own, none shows any before it is entered.
///
/// # Errors
/// [`AttemptError::Closed`] once the attempt is over.
#[operation("assessment.view_paper")]
pub struct ViewPaper {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
}

impl Operation for ViewPaper {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = AttemptPaper;
    type Error = PaperError;

    async fn run(self, tx: &mut Transaction) -> Result<AttemptPaper, PaperError> {
        let Self { attempt_id: attempt } = self;
        let attempt = tx.require(attempt).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &Subject::of(attempt.learner_id)).await?;
        if attempt.status != crate::attempt::AttemptStatus::InProgress {
            return Err(AttemptError::Closed { status: attempt.status }.into());
        }
        let assessment = tx.require(attempt.assessment_id).await?;
        let form = load_form(tx, &assessment, &attempt).await?;
        let shuffle = Shuffle {
            questions: assessment.shuffle_questions,
            options: assessment.shuffle_options,
        };
        let form = arranged(form.form().clone(), shuffle, DrawSeed(attempt.seed));
        let sections = tx.all(Section::of_assessment(assessment.id)).await?;
        let answers = tx.all(AttemptAnswer::of(attempt.id)).await?;
        Ok(AttemptPaper::build(&attempt, &form, &sections, &answers))
    }
}
