//! The share of each possible cell of a question, where the cells are few.

use std::collections::HashSet;

use uuid::Uuid;

use crate::{
    compiled::{
        NOT_ASKED,
        outcome::{Outcome, Outcomes, Standing},
    },
    grading::{GradeError, SheetEntry, grade_entry},
    question::{Answer, AnswerKey, Choice, Question, QuestionKind},
    scoring::ScoringRules,
};
use lms_kernel::{Id, Ratio};

/// What each possible cell of a question earns, where the cells are few.
#[derive(Clone, Debug)]
pub(super) enum Table {
    /// By the byte of the cell.
    Bytes(Outcomes),
    /// By how many right and how many wrong options are ticked.
    Counts { right: u64, wrong: u64, outcomes: Outcomes },
    /// Each distinct answer is graded once when a batch is.
    Distinct,
}

impl Table {
    pub(super) fn of(question: &Question, rules: &ScoringRules) -> Result<Self, GradeError> {
        let options = question.options.len();
        let grade = |answer: Answer| -> Result<Outcome, GradeError> {
            let entry = SheetEntry::new(question.id, answer);
            Ok(Outcome::of(&grade_entry(question, Some(&entry), rules)?))
        };
        match question.kind {
            QuestionKind::SingleChoice | QuestionKind::TrueFalse if options < 254 => {
                let unknown = grade(Answer::choice(unknown_choice(question)))?;
                let mut outcomes = vec![unknown; 256];
                let cells = std::iter::once(Answer::Blank)
                    .chain(question.options.iter().map(|option| Answer::choice(option.id)));
                for (outcome, answer) in outcomes.iter_mut().zip(cells) {
                    *outcome = grade(answer)?;
                }
                if let Some(last) = outcomes.get_mut(usize::from(NOT_ASKED)) {
                    *last = Outcome { earned: Ratio::ZERO, standing: Standing::Left };
                }
                Ok(Self::Bytes(Outcomes::new(question, outcomes)))
            }
            QuestionKind::MultipleSelect if options <= 8 => {
                let known = 1_u64 << options;
                let masks = (0..256_u64).map(|mask| grade(ticked(question, mask % known)));
                Ok(Self::Bytes(Outcomes::new(question, masks.collect::<Result<_, _>>()?)))
            }
            QuestionKind::MultipleSelect if options <= 64 => Self::counts(question, rules),
            _ => Ok(Self::Distinct),
        }
    }

    /// A table by counts, where nothing else matters.
    fn counts(question: &Question, rules: &ScoringRules) -> Result<Self, GradeError> {
        let AnswerKey::Choices(key) = &question.answer_key else { return Ok(Self::Distinct) };
        if key.rule.unwrap_or(rules.multiple_select).uses_fractions() {
            return Ok(Self::Distinct);
        }
        // An id that two options have ticks both.
        let ids: HashSet<Id<Choice>> = question.options.iter().map(|option| option.id).collect();
        if ids.len() < question.options.len() {
            return Ok(Self::Distinct);
        }
        let (mut right, mut wrong) = (0_u64, 0_u64);
        for (at, option) in question.options.iter().enumerate() {
            let bit = 1_u64 << at.min(63);
            if option.is_correct { right |= bit } else { wrong |= bit }
        }
        let mut outcomes = Vec::new();
        for rights in 0..=right.count_ones() {
            for wrongs in 0..=wrong.count_ones() {
                let mask = lowest(right, rights) | lowest(wrong, wrongs);
                let entry = SheetEntry::new(question.id, ticked(question, mask));
                outcomes.push(Outcome::of(&grade_entry(question, Some(&entry), rules)?));
            }
        }
        Ok(Self::Counts { right, wrong, outcomes: Outcomes::new(question, outcomes) })
    }
}

/// The lowest `count` bits that are set.
fn lowest(mut bits: u64, count: u32) -> u64 {
    let all = bits;
    for _ in 0..count {
        bits &= bits.wrapping_sub(1);
    }
    all & !bits
}

/// The answer that a pattern of ticks encodes.
pub(super) fn ticked(question: &Question, mask: u64) -> Answer {
    let is_ticked = |at: usize| u32::try_from(at).is_ok_and(|at| mask >> at.min(63) & 1 == 1);
    let options = question.options.iter().take(64).enumerate();
    Answer::Choices(options.filter(|(at, _)| is_ticked(*at)).map(|(_, it)| it.id).collect())
}

/// An id that no option of the question has.
pub(super) fn unknown_choice(question: &Question) -> Id<Choice> {
    let is_known = |id: Id<Choice>| question.options.iter().any(|option| option.id == id);
    let nil = Id::from_uuid(Uuid::nil());
    if is_known(nil) { Id::from_uuid(Uuid::max()) } else { nil }
}
