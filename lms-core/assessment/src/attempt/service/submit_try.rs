//! Submitting one try at a question, with its score at once.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    attempt::{
        Attempt, AttemptAnswer, AttemptError, FormLoadError, SaveAnswerError, load_form,
        service::{form::place_of_question, save_answer::check_size},
    },
    grading::{AnswerSheet, Completeness, GradeError, QuestionResult},
    question::{Answer, Question, QuestionKind},
    regrade::AttemptForm,
    scoring::Certainty,
};
use lms_kernel::{Id, Ratio};
use lms_people::authorization::{AuthorizationError, Permission, Subject, authorize_on};
use lms_store::{StoreError, Transaction};

/// Submits a try at a question, and answers what it earned, in assessments that score tries at
/// once: adaptive, interactive, countback, or a list of points. A late duplicate, the same answer
/// again, and answers that the rules hand back (a blank, an unreadable number, a text with an empty
/// gap) are not counted as tries. So are questions that tell at once by rules of their own.
///
/// # Locks
/// The attempt's row is locked, so no answer is saved and nothing handed in meanwhile.
///
/// # Errors
/// [`TryError`]; nothing was kept then.
#[operation("assessment.submit_try")]
pub struct SubmitTry {
    /// The attempt in progress.
    pub attempt_id: Id<Attempt>,
    /// The question answered; at most 64 tries each.
    pub question_id: Id<Question>,
    /// The client's save number; it must exceed that of every earlier save of the question.
    pub sequence: i64,
    /// The complete answer.
    pub answer: Answer,
    /// The learner's certainty, for tests with certainty-based marking; low by default.
    pub certainty: Certainty,
}

/// The outcome of a try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tried {
    /// How many tries there were.
    pub tries: usize,
    /// The share of the question that the last answer is worth by itself.
    pub share: Ratio,
    /// The share that all tries earn together so far.
    pub earned: Ratio,
    /// Whether the last answer is wholly right, so that nothing is left to try.
    pub is_right: bool,
    /// Whether the answer that was given now could be graded, and why not: one that does not
    /// count as a try under [`ScoringRules::charged_tries`](crate::scoring::ScoringRules) is kept
    /// as a draft and costs nothing.
    pub completeness: Completeness,
}

/// Why a try was not taken.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TryError {
    /// The assessment does not say before the end what is right, or a person has to mark it.
    #[error("the question is answered once and graded when the attempt is handed in; save it")]
    #[fault(conflict)]
    NotOffered,
    /// It was right already.
    #[error("the question was answered rightly; nothing is left to try")]
    #[fault(conflict)]
    IsRight,
    /// There were too many tries.
    #[error("the question takes no further try: it takes at most {most}")]
    #[fault(quota)]
    TooMany {
        /// The most tries.
        most: usize,
    },
    /// The question or the answer is not taken.
    #[error(transparent)]
    #[fault(transparent)]
    Save(#[from] SaveAnswerError),
    /// The attempt takes no answers.
    #[error(transparent)]
    #[fault(transparent)]
    Attempt(#[from] AttemptError),
    /// The questions make no form.
    #[error(transparent)]
    #[fault(transparent)]
    Form(#[from] FormLoadError),
    /// The answer cannot be graded.
    #[error(transparent)]
    #[fault(transparent)]
    Grade(#[from] GradeError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for SubmitTry {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = Tried;
    type Error = TryError;

    async fn run(self, tx: &mut Transaction) -> Result<Tried, TryError> {
        let command = self;
        check_size(&command.answer)?;
        let attempt = tx.lock(command.attempt_id).await?;
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &Subject::of(attempt.learner_id)).await?;
        let question = command.question_id;
        let section = place_of_question(tx, &attempt, question).await?;
        let section = section.ok_or(SaveAnswerError::NotAsked { question })?;
        attempt.check_answer(tx.now(), section)?;
        let assessment = tx.require(attempt.assessment_id).await?;
        let form = load_form(tx, &assessment, &attempt).await?;
        let asked = form.question(question).ok_or(SaveAnswerError::NotAsked { question })?;
        let most = usize::from(asked.rules.tries_taken(&form.form().rules.tries));
        if asked.is_manual() || asked.kind == QuestionKind::Information || most == 0 {
            return Err(TryError::NotOffered);
        }
        let known = tx.first(AttemptAnswer::of_question(attempt.id, question)).await?;
        let is_new = known.is_none();
        let mut answer = known.unwrap_or_else(|| {
            AttemptAnswer::new(tx.cx(), attempt.id, question, command.sequence, Answer::Blank)
        });
        let rules = &form.form().rules;
        let completeness = command.answer.completeness(asked, rules);
        if !is_new && command.sequence <= answer.sequence {
            return tried(&form, &answer, completeness);
        }
        if !answer.tries.is_empty() && tried(&form, &answer, Completeness::Gradable)?.is_right {
            return Err(TryError::IsRight);
        }
        let is_charged = completeness.is_charged(rules.charged_tries);
        if is_charged && answer.tries.last() != Some(&command.answer) {
            if answer.tries.len() >= most {
                return Err(TryError::TooMany { most });
            }
            answer.tries.push(command.answer.clone());
        }
        (answer.sequence, answer.answer) = (command.sequence, command.answer);
        (answer.certainty, answer.answered_at) = (command.certainty, tx.now());
        if is_new {
            tx.insert(&answer).await?;
        } else {
            tx.update(&mut answer).await?;
        }
        tried(&form, &answer, completeness)
    }
}

/// The result of the tries so far. An answer typed since and not submitted does not count.
fn tried(
    form: &AttemptForm,
    answer: &AttemptAnswer,
    completeness: Completeness,
) -> Result<Tried, TryError> {
    let mut of_tries = answer.clone();
    of_tries.answer = answer.tries.last().cloned().unwrap_or_default();
    let sheet = AnswerSheet { entries: vec![of_tries.into_entry()] };
    let question = answer.question_id;
    let result = form.grade_question(question, &sheet);
    let result: QuestionResult = result.ok_or(SaveAnswerError::NotAsked { question })??;
    let share =
        result.finding.share().map_err(|source| GradeError::Inexact { question, source })?;
    Ok(Tried {
        tries: answer.tries.len(),
        share,
        earned: result.share.unwrap_or(Ratio::ZERO),
        is_right: share >= Ratio::ONE,
        completeness,
    })
}
