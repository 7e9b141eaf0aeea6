//! Releasing, withholding and replacing scores.
use lms_store::operation::{Access, Operation, Within, operation};

use crate::{
    Assessment,
    attempt::{
        Attempt, AttemptGraded, GradingError, ReplacedScore, Score, ScoreEvent, ScoreReleased,
        ScoreStatus,
        service::{
            grade::{ForMarking, for_marking},
            progress::note_in_course,
        },
    },
};
use lms_kernel::{Id, Points};
use lms_people::authorization::{Permission, authorize_on};
use lms_store::{PageSize, Transaction};

/// Releases a score to its learner.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`GradingError::Status`] while something is to be marked.
#[operation("assessment.release_score")]
pub struct ReleaseScore {
    /// The graded attempt.
    pub attempt_id: Id<Attempt>,
}

impl Operation for ReleaseScore {
    const ACCESS: Access = Access::Asks(&[Permission::SCORES_RELEASE]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Score;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<Score, GradingError> {
        let Self { attempt_id: attempt } = self;
        let ForMarking { attempt, .. } =
            for_marking(tx, attempt, Permission::SCORES_RELEASE).await?;
        let mut score = require_score(tx, &attempt).await?;
        release(tx, &mut score).await?;
        Ok(score)
    }
}

/// Releases the graded scores of an assessment that are not released yet, up to `limit`, and
/// answers how many. Run it until it answers zero. The actor's own score is left for a colleague to
/// release.
///
/// # Errors
/// [`GradingError`] if the actor may not, or the store failed.
#[operation("assessment.release_scores")]
pub struct ReleaseScores {
    /// The assessment to release.
    pub assessment_id: Id<Assessment>,
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for ReleaseScores {
    const ACCESS: Access = Access::Asks(&[Permission::SCORES_RELEASE]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = usize;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, GradingError> {
        let Self { assessment_id: assessment, limit } = self;
        let assessment = tx.require(assessment).await?;
        let permit = authorize_on(tx, Permission::SCORES_RELEASE, &assessment).await?;
        let mut graded = Score::standing(assessment.id, ScoreStatus::Graded);
        if let Some(own) = permit.member() {
            graded = graded.and(Score::LEARNER_ID.ne(own));
        }
        let graded = graded.limit(limit);
        let scores = tx.page(graded).await?.items;
        let count = scores.len();
        for mut score in scores {
            release(tx, &mut score).await?;
        }
        Ok(count)
    }
}

async fn release(tx: &mut Transaction, score: &mut Score) -> Result<(), GradingError> {
    score.status = score.status.apply(ScoreEvent::Release)?;
    score.released_at = score.released_at.or(Some(tx.now()));
    tx.update(score).await?;
    tx.emit(&ScoreReleased {
        attempt_id: score.attempt_id,
        assessment_id: score.assessment_id,
        learner_id: score.learner_id,
        score_id: score.id,
    });
    let attempt = tx.require(score.attempt_id).await?;
    Ok(note_in_course(tx, &attempt).await?)
}

/// Withholds a released score from its learner.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`GradingError::Status`] where it was not shown.
#[operation("assessment.withhold_score")]
pub struct WithholdScore {
    /// The attempt whose score was released.
    pub attempt_id: Id<Attempt>,
}

impl Operation for WithholdScore {
    const ACCESS: Access = Access::Asks(&[Permission::SCORES_RELEASE]);
    type Answer = Score;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<Score, GradingError> {
        let Self { attempt_id: attempt } = self;
        let ForMarking { attempt, .. } =
            for_marking(tx, attempt, Permission::SCORES_RELEASE).await?;
        let mut score = require_score(tx, &attempt).await?;
        score.status = score.status.apply(ScoreEvent::Withhold)?;
        score.released_at = None;
        tx.update(&mut score).await?;
        note_in_course(tx, &attempt).await?;
        Ok(score)
    }
}

/// Replaces the reported score of an attempt, with a reason. The computed score is stored beside
/// it, and the replacement survives regrading.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`GradingError::NoReason`] for a blank reason.
#[operation("assessment.replace_score")]
pub struct ReplaceScore {
    /// The graded attempt.
    pub attempt_id: Id<Attempt>,
    /// The score to report, in points; `None` restores the computed score.
    pub total: Option<Points>,
    /// The reason, which must not be blank.
    pub reason: String,
}

impl Operation for ReplaceScore {
    const ACCESS: Access = Access::Asks(&[Permission::SCORES_OVERRIDE]);
    type Answer = Score;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<Score, GradingError> {
        let command = self;
        if command.reason.trim().is_empty() {
            return Err(GradingError::NoReason);
        }
        let ForMarking { mut attempt, .. } =
            for_marking(tx, command.attempt_id, Permission::SCORES_OVERRIDE).await?;
        let mut score = require_score(tx, &attempt).await?;
        let computed = score.scaled.unwrap_or(score.raw);
        score.replaced =
            command.total.map(|given| ReplacedScore { computed, given, reason: command.reason });
        score.total = command.total.unwrap_or(computed);
        tx.update(&mut score).await?;
        attempt.score = Some(score.total);
        tx.update(&mut attempt).await?;
        tx.emit(&AttemptGraded::of(&score));
        note_in_course(tx, &attempt).await?;
        Ok(score)
    }
}

async fn require_score(tx: &mut Transaction, attempt: &Attempt) -> Result<Score, GradingError> {
    tx.first(Score::of(attempt.id)).await?.ok_or(GradingError::NotHandedIn)
}
