//! The progress of course nodes that tests belong to.
use std::collections::HashMap;

use crate::{
    Assessment, ResultPolicy,
    attempt::{
        Attempt, Disclosure, Score, ScoreStatus,
        service::{start_attempt::learner_limits, withheld::is_over_for},
    },
};
use lms_kernel::{Id, Percent, Ratio, Rounding, Timestamp};
use lms_learning::{
    content::ContentNode,
    learning::{Reached, StudyError, note_reached},
};
use lms_people::identity::Membership;
use lms_store::{StoreError, Transaction};

/// Notes what a learner has reached in the part of the course that an attempt was made for: the best
/// of their attempts there, as a part of the marks, rounded down. It is found again from all of
/// them, so that a mark that goes down lowers it. A result that the learner may not see yet counts
/// for nothing that would tell it.
pub(crate) async fn note_in_course(
    tx: &mut Transaction,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let Some(node) = attempt.activity_id else { return Ok(()) };
    let reached = reached_in(tx, attempt.learner_id, node).await?;
    let noted = note_reached(tx, (attempt.learner_id, node), reached).await;
    noted.map_err(|error| match error {
        StudyError::Store(error) => error,
        other => StoreError::Backend { backend: "progress", source: Box::new(other) },
    })
}

/// When the course is to be moved by an attempt's result, where the test shows its results after it
/// closes: when it closes for the learner. None where it has closed, or never does.
pub(crate) async fn result_due_at(
    tx: &mut Transaction,
    assessment: &Assessment,
    attempt: &Attempt,
) -> Result<Option<Timestamp>, StoreError> {
    if assessment.result_policy != ResultPolicy::AfterClose || attempt.activity_id.is_none() {
        return Ok(None);
    }
    let limits = learner_limits(tx, assessment, attempt.learner_id).await?;
    Ok(limits.closes_at.filter(|at| *at >= tx.now()))
}

/// The best that a learner has reached in the tests of a part of a course, as far as they may see.
async fn reached_in(
    tx: &mut Transaction,
    learner: Id<Membership>,
    node: Id<ContentNode>,
) -> Result<Reached, StoreError> {
    let attempts = tx.all(Attempt::in_activity(learner, node)).await?;
    let attempts: Vec<_> = attempts.into_iter().filter(|it| it.status.is_handed_in()).collect();
    let ids = attempts.iter().map(|it| it.id);
    let scores = tx.all(Score::of_attempts(ids)).await?;
    let scores: HashMap<_, _> = scores.iter().map(|it| (it.attempt_id, it)).collect();
    let mut tests: HashMap<Id<Assessment>, (Assessment, bool)> = HashMap::new();
    let mut best = Reached::default();
    for attempt in &attempts {
        let Some(score) = scores.get(&attempt.id) else { continue };
        if !tests.contains_key(&attempt.assessment_id) {
            let test = tx.require_even_deleted(attempt.assessment_id).await?;
            let is_over = is_over_for(tx, &test, learner).await?;
            tests.insert(test.id, (test, is_over));
        }
        let Some((test, is_over)) = tests.get(&attempt.assessment_id) else { continue };
        let is_shown = Disclosure::of(test, attempt, score, *is_over).score;
        if let Some(share) = share(score).filter(|_| is_shown) {
            best.score = best.score.max(Some(share));
            best.is_passed |= score.passed.unwrap_or(share == Percent::HUNDRED);
        }
    }
    Ok(best)
}

/// The part of the marks that a final score amounts to, a score that staff gave instead included; none
/// while something is to be marked or where nothing could be earned.
fn share(score: &Score) -> Option<Percent> {
    if score.status == ScoreStatus::Pending {
        return None;
    }
    let earned = if score.scaled.is_some() { score.raw } else { score.total };
    let share = Ratio::from(earned).div(Ratio::from(score.raw_maximum)).ok()?;
    let percent = Percent::from_ratio(share, Rounding::Down).ok()?;
    Some(percent.clamp(Percent::ZERO, Percent::HUNDRED))
}
