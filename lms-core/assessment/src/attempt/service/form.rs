//! The form of an attempt: its questions in their order.
use lms_derive::DomainError;

use crate::{
    Assessment, Section,
    attempt::Attempt,
    bank::AssessmentSlot,
    grading::FormError,
    question::Question,
    regrade::{AttemptForm, KeyHistory},
};
use lms_kernel::Id;
use lms_store::operation::{Effect, Part};
use lms_store::{StoreError, Transaction};

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

/// Reads the form of an attempt: its questions in the editions that it was given, with what
/// regradings made of their keys since.
///
/// # Errors
/// [`FormLoadError`] for questions that make no form.
#[derive(Clone, Copy, Debug)]
pub struct LoadForm<'a> {
    /// The assessment.
    pub assessment: &'a Assessment,
    /// The attempt.
    pub attempt: &'a Attempt,
}

impl Part for LoadForm<'_> {
    const NAME: &'static str = "assessment.load_form";
    const EFFECT: Effect = Effect::Reads;
    type Answer = AttemptForm;
    type Error = FormLoadError;

    async fn run(self, tx: &mut Transaction) -> Result<AttemptForm, FormLoadError> {
        load_form(tx, self.assessment, self.attempt).await
    }
}

pub(crate) async fn load_form(
    tx: &mut Transaction,
    assessment: &Assessment,
    attempt: &Attempt,
) -> Result<AttemptForm, FormLoadError> {
    let drawn: Vec<Id<Question>> = attempt.drawn.iter().map(|it| it.question).collect();
    let history = if attempt.edition == assessment.edition && drawn.is_empty() {
        KeyHistory::unchanged(tx, assessment.clone()).await?
    } else {
        KeyHistory::load(tx, assessment.clone(), &drawn).await?
    };
    Ok(history.into_form(attempt.edition, &attempt.drawn)?)
}

/// The section in which an attempt was asked a question; `None` where it was not asked it.
pub(super) async fn place_of_question(
    tx: &mut Transaction,
    attempt: &Attempt,
    question: Id<Question>,
) -> Result<Option<Option<Id<Section>>>, StoreError> {
    if let Some(drawn) = attempt.drew(question) {
        let slots = AssessmentSlot::of_assessment(attempt.assessment_id).with_deleted();
        let slot = tx.first(slots.and(AssessmentSlot::ID.eq(drawn.slot))).await?;
        return Ok(Some(slot.and_then(|it| it.section_id)));
    }
    let question = tx.get(question).await?.filter(|it| attempt.asks(it));
    Ok(question.map(|it| it.section_id))
}
