//! Showing the result of an attempt, with its explanation.
use crate::{
    Assessment,
    attempt::{
        Attempt, Disclosure, Graded, GradingError, HandedInSheet, LearnerResult, LoadTrace, Score,
        load_form, service::withheld::is_over_for,
    },
    grading::{
        AnswerSheet, AttemptResult,
        explain::{AttemptExplanation, Fact, Reveal, explain_attempt},
    },
    regrade::AttemptForm,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, Protected as _, authorize_on, is_permitted_on};
use lms_store::Transaction;
use lms_store::operation::{Access, Effect, Operation, operation};

/// Shows the result of an attempt, as far as the reader may see it now. Readers with
/// `scores.view_unreleased` see everything; the learner, their guardians and others see what the
/// assessment discloses.
///
/// # Errors
/// [`GradingError::NotHandedIn`] while it runs.
#[operation("assessment.view_result")]
pub struct ViewResult {
    /// The submitted attempt.
    pub attempt_id: Id<Attempt>,
}

impl Operation for ViewResult {
    const ACCESS: Access =
        Access::Asks(&[Permission::SCORES_VIEW, Permission::SCORES_VIEW_UNRELEASED]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = LearnerResult;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<LearnerResult, GradingError> {
        let Self { attempt_id: attempt } = self;
        let found = Found::read(tx, attempt).await?;
        let disclosure = found.disclosure;
        let graded = Graded { attempt: &found.attempt, score: &found.score, trace: None };
        if disclosure == Disclosure::default() {
            return Ok(LearnerResult::build(disclosure, graded, &[], &AnswerSheet::default()));
        }
        let (form, sheet) = found.paper(tx).await?;
        let trace = if disclosure.marks { found.trace(tx, &form, &sheet).await? } else { None };
        let questions: Vec<_> = form.questions().collect();
        let graded = Graded { trace: trace.as_ref(), ..graded };
        Ok(LearnerResult::build(disclosure, graded, &questions, &sheet))
    }
}

/// Explains the score of an attempt question by question, as far as the reader may see it now:
/// correct answers only where keys are disclosed, and comments only where feedback is. Answers
/// `None` where the score, the answers or the marks are not disclosed.
///
/// # Errors
/// [`GradingError::NotHandedIn`] while it runs.
#[operation("assessment.explain_result")]
pub struct ExplainResult {
    /// The submitted attempt.
    pub attempt_id: Id<Attempt>,
}

impl Operation for ExplainResult {
    const ACCESS: Access =
        Access::Asks(&[Permission::SCORES_VIEW, Permission::SCORES_VIEW_UNRELEASED]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<AttemptExplanation>;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<AttemptExplanation>, GradingError> {
        let Self { attempt_id: attempt } = self;
        let found = Found::read(tx, attempt).await?;
        let Disclosure { score, answers, marks, keys, feedback } = found.disclosure;
        if !(score && answers && marks) {
            return Ok(None);
        }
        let (form, sheet) = found.paper(tx).await?;
        let Some(trace) = found.trace(tx, &form, &sheet).await? else { return Ok(None) };
        let reveal = if keys { Reveal::Answers } else { Reveal::Outcome };
        let mut explanation = explain_attempt(form.form(), &sheet, &trace, reveal)?;
        if !feedback {
            for question in explanation.sections.iter_mut().flat_map(|it| &mut it.questions) {
                question.facts.retain(|it| !matches!(it, Fact::Feedback { .. }));
            }
        }
        Ok(Some(explanation))
    }
}

/// An attempt that was handed in, and what anyone who asks may see of it.
struct Found {
    attempt: Attempt,
    assessment: Assessment,
    score: Score,
    disclosure: Disclosure,
}

impl Found {
    async fn read(tx: &mut Transaction, attempt: Id<Attempt>) -> Result<Self, GradingError> {
        let attempt = tx.require(attempt).await?;
        let assessment = tx.require(attempt.assessment_id).await?;
        let work = attempt.subject(tx).await?;
        authorize_on(tx, Permission::SCORES_VIEW, &work).await?;
        let score = tx.first(Score::of(attempt.id)).await?.ok_or(GradingError::NotHandedIn)?;
        let unreleased = Permission::SCORES_VIEW_UNRELEASED;
        let disclosure = if is_permitted_on(tx, unreleased, &work).await? {
            Disclosure::ALL
        } else {
            let is_over = is_over_for(tx, &assessment, attempt.learner_id).await?;
            Disclosure::of(&assessment, &attempt, &score, is_over)
        };
        Ok(Self { attempt, assessment, score, disclosure })
    }

    /// The question and the answer.
    async fn paper(
        &self,
        tx: &mut Transaction,
    ) -> Result<(AttemptForm, AnswerSheet), GradingError> {
        let sheet = tx.first(HandedInSheet::of(self.attempt.id)).await?;
        let sheet = sheet.ok_or(GradingError::NotHandedIn)?.sheet()?;
        Ok((load_form(tx, &self.assessment, &self.attempt).await?, sheet))
    }

    /// What the score follows from. After a bulk regrading it is made again; it must lead to the
    /// stored score.
    async fn trace(
        &self,
        tx: &mut Transaction,
        form: &AttemptForm,
        sheet: &AnswerSheet,
    ) -> Result<Option<AttemptResult>, GradingError> {
        let trace =
            tx.part(LoadTrace { score: &self.score }).await?.or_else(|| form.grade(sheet).ok());
        Ok(trace.filter(|it| it.final_score.shown == self.score.raw))
    }
}
