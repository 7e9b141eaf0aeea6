//! What a test that hangs on a part of a course moves there.
use crate::{
    Assessment,
    attempt::{Attempt, Disclosure, Score, ScoreStatus, service::withheld::is_over_for},
};
use lms_kernel::{Percent, Ratio, Rounding};
use lms_learning::learning::{StudyError, note_score};
use lms_store::{StoreError, Transaction};

/// Notes what an attempt earned in the activity that it was made for, or in the part of the course
/// that its test hangs on: as a part of the marks, rounded down. A result that the learner may not
/// see yet moves nothing that would tell it.
pub(super) async fn note_in_course(
    tx: &mut Transaction,
    (assessment, attempt): (&Assessment, &Attempt),
    score: &Score,
) -> Result<(), StoreError> {
    let Some(node) = attempt.activity_id.or(assessment.node_id) else { return Ok(()) };
    let is_over = is_over_for(tx, assessment, attempt.learner_id).await?;
    let is_shown = Disclosure::of(assessment, attempt, score, is_over).score;
    let Some(reached) = reached(score).filter(|_| is_shown) else { return Ok(()) };
    let is_passed = score.passed.unwrap_or(reached == Percent::HUNDRED);
    let noted = note_score(tx, (attempt.learner_id, node), (reached, is_passed)).await;
    noted.map_err(|error| match error {
        StudyError::Store(error) => error,
        other => StoreError::Backend { backend: "progress", source: Box::new(other) },
    })
}

/// The part of the marks that a final score amounts to, a score that staff gave instead included; none
/// while something is to be marked or where nothing could be earned.
fn reached(score: &Score) -> Option<Percent> {
    if score.status == ScoreStatus::Pending {
        return None;
    }
    let earned = if score.scaled.is_some() { score.raw } else { score.total };
    let share = Ratio::from(earned).div(Ratio::from(score.raw_maximum)).ok()?;
    let percent = Percent::from_ratio(share, Rounding::Down).ok()?;
    Some(percent.clamp(Percent::ZERO, Percent::HUNDRED))
}
