//! Showing a learner the result of an attempt.
use crate::{
    assessment::attempt::{
        Attempt, Disclosure, GradingError, HandedInSheet, LearnerResult, Score, load_form,
    },
    assessment::grading::AnswerSheet,
    authorization::{Permission, Place, authorize},
    kernel::{Context, Id},
    store::Transaction,
};

/// What the learner of an attempt sees of it now. Staff who ask see the same.
///
/// # Errors
/// [`GradingError::NotHandedIn`] while it runs.
pub async fn view_result(
    cx: &Context,
    tx: &mut Transaction,
    attempt: Id<Attempt>,
) -> Result<LearnerResult, GradingError> {
    let attempt = tx.require(attempt).await?;
    authorize(cx, tx, Permission::SCORES_VIEW, Place::Own(attempt.learner_id)).await?;
    let score = tx.first(Score::of(attempt.id)).await?.ok_or(GradingError::NotHandedIn)?;
    let assessment = tx.require(attempt.assessment_id).await?;
    let disclosure = Disclosure::of(&assessment, &attempt, &score, cx.now());
    if disclosure == Disclosure::default() {
        let nothing = AnswerSheet::default();
        return Ok(LearnerResult::build(disclosure, &attempt, &score, &[], &nothing));
    }
    let sheet = tx.first(HandedInSheet::of(attempt.id)).await?.ok_or(GradingError::NotHandedIn)?;
    let form = load_form(tx, &assessment, Some(&attempt)).await?;
    let questions: Vec<_> = form.questions().cloned().collect();
    Ok(LearnerResult::build(disclosure, &attempt, &score, &questions, &sheet.sheet()?))
}
