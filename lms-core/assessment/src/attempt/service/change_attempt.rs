//! Abandoning an attempt, and moving between its sections and questions.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Section,
    attempt::{
        Attempt, AttemptAbandoned, AttemptError, EndedBy,
        service::{form::place_of_question, start_attempt::learner_limits},
    },
    question::Question,
};
use lms_kernel::Id;
use lms_people::authorization::{
    AuthorizationError, Permission, Subject, authorize_on, is_permitted_on,
};
use lms_store::{StoreError, Transaction};

/// Why an attempt did not change.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ChangeAttemptError {
    /// The section belongs to another assessment.
    #[error("the section is not part of the assessment")]
    #[fault(invalid, field = "section_id")]
    ForeignSection,
    /// The attempt has no such question.
    #[error("the attempt has no such question")]
    #[fault(invalid, field = "question_id")]
    NotAsked,
    /// The attempt refuses it.
    #[error(transparent)]
    #[fault(transparent)]
    Attempt(#[from] AttemptError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Abandons an attempt. Its answers are retained and never count.
///
/// Learners give up their own; staff who manage attempts end anyone's.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`ChangeAttemptError`] where it was ended before.
#[operation("assessment.abandon_attempt")]
pub struct AbandonAttempt {
    /// The attempt to abandon.
    pub attempt_id: Id<Attempt>,
}

impl Operation for AbandonAttempt {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_MANAGE, Permission::ATTEMPTS_TAKE]);
    type Answer = Attempt;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<Attempt, ChangeAttemptError> {
        let Self { attempt_id: attempt } = self;
        let mut attempt = tx.lock(attempt).await?;
        let by_staff = is_permitted_on(tx, Permission::ATTEMPTS_MANAGE, &attempt).await?;
        let ended_by = if by_staff {
            EndedBy::Staff
        } else {
            authorize_on(tx, Permission::ATTEMPTS_TAKE, &attempt).await?;
            EndedBy::Learner
        };
        attempt.abandon(tx.now(), ended_by)?;
        tx.update(&mut attempt).await?;
        tx.emit(&AttemptAbandoned {
            attempt_id: attempt.id,
            assessment_id: attempt.assessment_id,
            learner_id: attempt.learner_id,
            ended_by,
        });
        Ok(attempt)
    }
}

/// Enters a section of a timed test: its time starts, and the section in progress is closed for
/// good.
///
/// Tests of which a section has a time of its own are taken section by section: a section takes no
/// answers before it is entered. Others need not call this.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`ChangeAttemptError`] where the attempt takes no answers, or the section was left before.
#[operation("assessment.enter_section")]
pub struct EnterSection {
    /// The attempt in progress.
    pub attempt_id: Id<Attempt>,
    /// The section to enter.
    pub section_id: Id<Section>,
}

impl Operation for EnterSection {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = Attempt;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<Attempt, ChangeAttemptError> {
        let Self { attempt_id: attempt, section_id: section } = self;
        let mut attempt = tx.lock(attempt).await?;
        let assessment = tx.require(attempt.assessment_id).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &attempt).await?;
        let section = tx.require(section).await?;
        if section.assessment_id != assessment.id {
            return Err(ChangeAttemptError::ForeignSection);
        }
        let limits = learner_limits(tx, &assessment, attempt.learner_id).await?;
        attempt.enter_section(&section, &limits, tx.now())?;
        tx.update(&mut attempt).await?;
        Ok(attempt)
    }
}

/// Records the question that the learner looks at, so that they resume there on any device.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`ChangeAttemptError`] for a question that the attempt does not ask, or that takes no answers
/// now.
#[operation("assessment.visit_question")]
pub struct VisitQuestion {
    /// The attempt in progress.
    pub attempt_id: Id<Attempt>,
    /// The question on screen.
    pub question_id: Id<Question>,
}

impl Operation for VisitQuestion {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = Attempt;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<Attempt, ChangeAttemptError> {
        let Self { attempt_id: attempt, question_id: question } = self;
        let mut attempt = tx.lock(attempt).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &Subject::of(attempt.learner_id)).await?;
        let section = place_of_question(tx, &attempt, question).await?;
        attempt.check_answer(tx.now(), section.ok_or(ChangeAttemptError::NotAsked)?)?;
        attempt.current_question_id = Some(question);
        tx.update(&mut attempt).await?;
        Ok(attempt)
    }
}
