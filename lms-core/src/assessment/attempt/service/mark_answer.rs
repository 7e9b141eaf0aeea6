//! Marking one answer by a person.
use crate::{
    assessment::{
        attempt::{
            Attempt, GradingError, Score,
            service::grade::{for_marking, grade_handed_in, require_sheet},
        },
        grading::{Given, ManualMark, SheetEntry},
        question::{Answer, AnswerKey, Question},
    },
    authorization::Permission,
    kernel::{Context, Id},
    store::Transaction,
};

/// What a person gives for an answer.
#[derive(Clone, Debug)]
pub struct MarkAnswer {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// The question.
    pub question_id: Id<Question>,
    /// The mark; none takes an earlier one back.
    pub mark: Option<ManualMark>,
}

/// Marks one answer, and grades the attempt again. A mark of a question with a rubric is worth
/// what its levels add up to.
///
/// The attempt's row is locked.
///
/// # Errors
/// [`GradingError`].
pub async fn mark_answer(
    cx: &Context,
    tx: &mut Transaction,
    command: MarkAnswer,
) -> Result<Score, GradingError> {
    let (assessment, mut attempt) =
        for_marking(cx, tx, command.attempt_id, Permission::TESTS_GRADE).await?;
    let question = tx.get(command.question_id).await?.filter(|it| attempt.asks(it));
    let question = question.ok_or(GradingError::NotAsked)?;
    let mut mark = command.mark;
    if let (AnswerKey::Manual(key), Some(mark)) = (&question.answer_key, &mut mark)
        && let (Some(rubric), Some(chosen)) = (&key.rubric, &mark.rubric)
    {
        mark.points = rubric.points(chosen)?;
    }
    let mut stored = require_sheet(tx, &attempt).await?;
    let mut sheet = stored.sheet()?;
    match sheet.entries.iter_mut().find(|it| it.question == question.id) {
        Some(entry) => entry.mark = mark,
        None => {
            let blank = SheetEntry::of(question.id, Given::Answer(Answer::Blank));
            sheet.entries.push(SheetEntry { mark, ..blank });
        }
    }
    stored.replace(&sheet);
    tx.update(&mut stored).await?;
    Ok(grade_handed_in(cx, tx, &assessment, &mut attempt, &sheet).await?)
}
