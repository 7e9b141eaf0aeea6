//! Showing the paper of an attempt to its learner.
use crate::{
    Section,
    attempt::{Attempt, AttemptAnswer, AttemptError, AttemptPaper, FormLoadError, load_form},
    bank::{DrawSeed, Shuffle, arranged},
};
use lms_derive::DomainError;
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, Subject, authorize_on};
use lms_store::operation::{Access, Effect, Operation, operation};
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

/// Shows the questions of an attempt in progress and the answers so far, in the attempt's own fixed
/// order and without keys. A section that was left, or that is not in progress, shows no questions;
/// where sections are timed, a section shows none before it is entered.
///
/// # Errors
/// [`AttemptError::Closed`] once the attempt is over.
#[operation("assessment.view_paper")]
pub struct ViewPaper {
    /// The attempt in progress.
    pub attempt_id: Id<Attempt>,
}

impl Operation for ViewPaper {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    const EFFECT: Effect = Effect::Reads;
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
