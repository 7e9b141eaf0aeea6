//! One entry of a sheet: its tries, its certainty, its mark.

use crate::{
    grading::{
        AnswerState, Finding, Given, GradeError, ManualMark, QuestionResult, SheetEntry, question,
    },
    question::{Answer, Question, QuestionKind},
    scoring::ScoringRules,
};
use lms_kernel::{NumberError, Points, Ratio};

/// Grades the entry of a sheet for one question; `None` means a question that was asked and not
/// answered.
///
/// In this order: a question that was not asked, or from which the learner was excused, does not
/// count; a voided question counts as it was voided; a person's mark comes before every rule but
/// the limits on marks, and keeps its proportion where the question is worth something else now;
/// otherwise the tries are compared with the key.
///
/// # Errors
/// [`GradeError`] when the key does not fit the question or cannot be kept exactly.
pub fn grade_entry(
    question: &Question,
    entry: Option<&SheetEntry>,
    rules: &ScoringRules,
) -> Result<QuestionResult, GradeError> {
    let result = |state, finding| QuestionResult::new(question, rules, state, finding);
    let Some(entry) = entry else {
        let state = match question.kind {
            _ if question.treatment.is_voided() => AnswerState::Voided,
            QuestionKind::Information => AnswerState::NotAsked,
            _ => AnswerState::Blank,
        };
        return result(state, Finding::Nothing).settled();
    };
    match &entry.given {
        Given::NotAsked => return result(AnswerState::NotAsked, Finding::Nothing).settled(),
        Given::Excused => return result(AnswerState::Excused, Finding::Nothing).settled(),
        Given::Answer(_) | Given::Missing => {}
    }
    if question.treatment.is_voided() {
        return result(AnswerState::Voided, Finding::Nothing).settled();
    }
    if let Some(mark) = &entry.mark {
        let share = share_of(mark, question.score)
            .map_err(|source| GradeError::Inexact { question: question.id, source })?;
        let finding = Finding::Marked { points: mark.points, out_of: mark.out_of, share };
        let mut marked = result(AnswerState::Answered, finding);
        marked.clamp = rules.mark_clamp;
        return marked.settled();
    }
    let (last, earlier) = counted_tries(question, entry, rules);
    let (state, finding) = match last {
        Some(answer) => question::examine(question, answer, rules)?,
        None => (AnswerState::Missing, Finding::Nothing),
    };
    let mut found = result(state, finding);
    found.tries = question.rules.tries(&rules.tries).clone();
    found.certainty = entry.certainty;
    for answer in earlier {
        found.earlier.push(question::examine(question, answer, rules)?.1);
    }
    found.settled()
}

/// The last answer and the tries before it, without those beyond the most that the question takes.
///
/// A draft that follows a try and would not count as one, such as a number that cannot be read, is
/// no try: the one before it is the last.
fn counted_tries<'e>(
    question: &Question,
    entry: &'e SheetEntry,
    rules: &ScoringRules,
) -> (Option<&'e Answer>, Vec<&'e Answer>) {
    let last = match &entry.given {
        Given::Answer(answer) => Some(answer),
        _ => None,
    };
    let mut tries: Vec<&Answer> = entry.earlier.iter().collect();
    let most = question.rules.limit(&rules.tries).map_or(usize::MAX, usize::from);
    match last {
        Some(last) if most > 0 && tries.len() >= most => {
            tries.truncate(most);
            (tries.pop().or(Some(last)), tries)
        }
        Some(last) if !last.completeness(question, rules).is_charged(rules.charged_tries) => {
            (tries.pop().or(Some(last)), tries)
        }
        _ => (last, tries),
    }
}

/// The share of a question's worth that a mark is; nothing of a question worth nothing.
fn share_of(mark: &ManualMark, worth: Points) -> Result<Ratio, NumberError> {
    if worth.is_zero() {
        return Ok(Ratio::ZERO);
    }
    mark.points_of(worth)?.div(Ratio::from(worth))
}
