//! Submitting an attempt.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{
        Attempt, AttemptAbandoned, AttemptAnswer, AttemptExpired, AttemptStatus, AttemptSubmitted,
        ChangeAttemptError, EndedBy, HandedInSheet, Score, service::grade::grade_handed_in,
    },
    grading::AnswerSheet,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, Subject, authorize_on};
use lms_store::{StoreError, Transaction};

/// An attempt that was handed in, and what it earned: for the host. What the learner may see of
/// it now, [`ViewResult`](crate::attempt::ViewResult) tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandedIn {
    /// The attempt.
    pub attempt: Attempt,
    /// The score, which is pending while something is to be marked.
    pub score: Score,
}

/// Submits an attempt: its answers are packed into one sheet and graded at once, except those that
/// need a human marker.
///
/// # Locks
/// The attempt's row is locked first, so every answer that was acknowledged before is on the sheet
/// and none is taken after.
///
/// # Errors
/// [`ChangeAttemptError`] where it was ended before, or its grace is over.
#[operation("assessment.submit_attempt")]
pub struct SubmitAttempt {
    /// The attempt in progress.
    pub attempt_id: Id<Attempt>,
}

impl Operation for SubmitAttempt {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = HandedIn;
    type Error = ChangeAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<HandedIn, ChangeAttemptError> {
        let Self { attempt_id: attempt } = self;
        let mut attempt = tx.lock(attempt).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &Subject::of(attempt.learner_id)).await?;
        let assessment = tx.require_even_deleted(attempt.assessment_id).await?;
        attempt.submit(tx.now(), EndedBy::Learner)?;
        let score = hand_in(tx, &assessment, &mut attempt).await?;
        Ok(HandedIn { attempt, score })
    }
}

/// Packs and grades an attempt that was just handed in, and stores it. Its row must be locked.
pub(super) async fn hand_in(
    tx: &mut Transaction,
    assessment: &Assessment,
    attempt: &mut Attempt,
) -> Result<Score, StoreError> {
    let answers = tx.all(AttemptAnswer::of(attempt.id)).await?;
    let entries = answers.into_iter().map(AttemptAnswer::into_entry).collect();
    let sheet = AnswerSheet { entries };
    tx.insert(&HandedInSheet::new(tx.cx(), attempt, &sheet)).await?;
    tx.emit(&AttemptSubmitted {
        attempt_id: attempt.id,
        assessment_id: attempt.assessment_id,
        learner_id: attempt.learner_id,
        ended_by: attempt.ended_by.unwrap_or(EndedBy::Learner),
    });
    grade_handed_in(tx, assessment, attempt, &sheet).await
}

/// Ends a running attempt whose time is up, as the assessment says. Its row must be locked.
pub(super) async fn end_overdue(
    tx: &mut Transaction,
    assessment: &Assessment,
    attempt: &mut Attempt,
) -> Result<(), StoreError> {
    if attempt.time_out(tx.now(), assessment.attempt_rules.when_time_is_up).is_err() {
        return Ok(());
    }
    let (attempt_id, assessment_id, learner_id) =
        (attempt.id, attempt.assessment_id, attempt.learner_id);
    match attempt.status {
        AttemptStatus::Submitted => {
            hand_in(tx, assessment, attempt).await?;
            return Ok(());
        }
        AttemptStatus::Expired => {
            tx.emit(&AttemptExpired { attempt_id, assessment_id, learner_id });
        }
        AttemptStatus::InProgress | AttemptStatus::Completed | AttemptStatus::Abandoned => {
            let ended_by = EndedBy::Time;
            tx.emit(&AttemptAbandoned { attempt_id, assessment_id, learner_id, ended_by });
        }
    }
    tx.update(attempt).await
}
