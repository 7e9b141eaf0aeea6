//! Reopening an attempt that ended without a submission.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::attempt::{
    Attempt, AttemptReopened, AttemptStatus, ReopenRefusal, service::start_attempt::learner_limits,
};
use lms_kernel::{Id, Timestamp};
use lms_people::authorization::{AuthorizationError, Permission, authorize_on};
use lms_store::{StoreError, Transaction};

/// Reopens an attempt that was abandoned or ran out of time, with its answers. Needs
/// `attempts.manage`.
///
/// # Locks
/// The learner's membership and then the attempt are locked, so that no other attempt starts at the
/// same time.
///
/// # Errors
/// [`ReopenError`], also for an attempt that was handed in, which stays so.
#[operation("assessment.reopen_attempt")]
#[derive(PartialEq)]
pub struct ReopenAttempt {
    /// The attempt to reopen.
    pub attempt_id: Id<Attempt>,
    /// The new deadline for answers; `None` uses the attempt's own time limit.
    pub until: Option<Timestamp>,
    /// The reason, which must not be blank.
    pub reason: String,
}

/// Why an attempt was not opened again.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ReopenError {
    /// No one could tell later why it was.
    #[error("say why the attempt is opened again")]
    #[fault(invalid, field = "reason")]
    NoReason,
    /// The learner works on another attempt.
    #[error("another attempt of the learner is in progress; only one can be")]
    #[fault(conflict)]
    OtherRuns,
    /// The attempt refuses it.
    #[error(transparent)]
    #[fault(transparent)]
    Refused(#[from] ReopenRefusal),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for ReopenAttempt {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_MANAGE]);
    type Answer = Attempt;
    type Error = ReopenError;

    async fn run(self, tx: &mut Transaction) -> Result<Attempt, ReopenError> {
        let command = self;
        let learner = tx.require(command.attempt_id).await?.learner_id;
        tx.lock(learner).await?;
        let mut attempt = tx.lock(command.attempt_id).await?;
        authorize_on(tx, Permission::ATTEMPTS_MANAGE, &attempt).await?;
        let assessment = tx.require(attempt.assessment_id).await?;
        if command.reason.trim().is_empty() {
            return Err(ReopenError::NoReason);
        }
        let all = tx.all(Attempt::of(assessment.id, learner)).await?;
        let runs = |it: &Attempt| it.id != attempt.id && it.status == AttemptStatus::InProgress;
        if all.iter().any(runs) {
            return Err(ReopenError::OtherRuns);
        }
        let limits = learner_limits(tx, &assessment, learner).await?;
        attempt.reopen(&limits, command.until, tx.now())?;
        attempt.reopened_for = Some(command.reason);
        tx.update(&mut attempt).await?;
        tx.emit(&AttemptReopened {
            attempt_id: attempt.id,
            assessment_id: assessment.id,
            learner_id: learner,
        });
        Ok(attempt)
    }
}
