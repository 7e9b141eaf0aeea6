//! Showing a learner the result of an attempt.
use crate::{
    assessment::attempt::{
        Attempt, Disclosure, Graded, GradingError, HandedInSheet, LearnerResult, Score, load_form,
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
    let graded = Graded { attempt: &attempt, score: &score, trace: None };
    if disclosure == Disclosure::default() {
        return Ok(LearnerResult::build(disclosure, graded, &[], &AnswerSheet::default()));
    }
    let sheet = tx.first(HandedInSheet::of(attempt.id)).await?.ok_or(GradingError::NotHandedIn)?;
    let sheet = sheet.sheet()?;
    let form = load_form(tx, &assessment, &attempt).await?;
    let mut trace = None;
    if disclosure.marks {
        // After a bulk regrading the trace is made again; it must lead to the stored score.
        trace = score.trace(tx).await?.or_else(|| form.grade(&sheet).ok());
        trace = trace.filter(|it| it.final_score.shown == score.raw);
    }
    let questions: Vec<_> = form.questions().collect();
    let graded = Graded { trace: trace.as_ref(), ..graded };
    Ok(LearnerResult::build(disclosure, graded, &questions, &sheet))
}
