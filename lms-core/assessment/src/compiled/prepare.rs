//! The columns of a batch, made ready to be added up.

use std::{borrow::Cow, hash::Hasher};

use crate::{
    compiled::{
        BatchError, Cells, Column, CompiledTest,
        intern::{Interner, QuickHash},
        outcome::{Outcome, Outcomes, Paying, Standing, possible},
        table::{Table, ticked},
    },
    grading::{GradeError, SheetEntry, grade_entry},
    question::{Answer, Question, QuestionKind},
    scoring::ScoringRules,
};
use lms_kernel::{NumberError, Points};

/// A column with the outcome of each code.
pub(super) struct Prepared<'b> {
    pub(super) codes: Codes<'b>,
    pub(super) outcomes: Cow<'b, Outcomes>,
    /// What the question adds to what can be earned where it counts.
    pub(super) possible: Points,
    /// How the question counts, where it counts alike for every attempt.
    pub(super) standing: Option<Standing>,
}

/// Which outcome each attempt has.
pub(super) enum Codes<'b> {
    Bytes(&'b [u8]),
    Wide(Cow<'b, [u32]>),
}

impl<'b> Prepared<'b> {
    fn bytes(
        question: &Question,
        cells: &'b [u8],
        outcomes: &'b Outcomes,
        all_asked: bool,
    ) -> Self {
        let standing = if all_asked && question.kind != QuestionKind::MultipleSelect {
            outcomes.alike_but_last()
        } else {
            outcomes.alike()
        };
        Self {
            codes: Codes::Bytes(cells),
            outcomes: Cow::Borrowed(outcomes),
            possible: possible(question),
            standing,
        }
    }

    fn wide(question: &Question, codes: Cow<'b, [u32]>, outcomes: Cow<'b, Outcomes>) -> Self {
        let standing = outcomes.alike();
        Self { codes: Codes::Wide(codes), outcomes, possible: possible(question), standing }
    }
}

impl Prepared<'_> {
    /// What each code earns, in units of one part in `unit`: a multiple of the column's own.
    pub(super) fn units(&self, unit: i64) -> Result<Vec<i64>, NumberError> {
        let (own, units) = self.outcomes.units()?;
        let factor = unit / own;
        let scaled = units.iter().map(|it| it.checked_mul(factor).ok_or(NumberError::Overflow));
        scaled.collect()
    }

    /// The least and the greatest that a code adds, in units of one part in `unit`.
    pub(super) fn ends(&self, unit: i64) -> Result<(i64, i64), NumberError> {
        let (least, most) = self.outcomes.ends();
        Ok((self.in_units(least, unit)?, self.in_units(most, unit)?))
    }

    /// Which codes earn something, in units of one part in `unit`.
    pub(super) fn paying(&self, unit: i64) -> Result<Paying, NumberError> {
        Ok(match self.outcomes.paying() {
            Paying::One(code, units) => Paying::One(code, self.in_units(units, unit)?),
            paying @ (Paying::None | Paying::Several) => paying,
        })
    }

    fn in_units(&self, own: i64, unit: i64) -> Result<i64, NumberError> {
        let (of, _) = self.outcomes.units()?;
        own.checked_mul(unit / of).ok_or(NumberError::Overflow)
    }

    /// How the question counts for one attempt.
    pub(super) fn standing_of(&self, attempt: usize) -> Standing {
        let code = match &self.codes {
            Codes::Bytes(cells) => cells.get(attempt).map(|cell| usize::from(*cell)),
            Codes::Wide(cells) => cells.get(attempt).and_then(|cell| usize::try_from(*cell).ok()),
        };
        code.and_then(|code| self.outcomes.all().get(code)).map_or(Standing::Left, |it| it.standing)
    }
}

impl CompiledTest {
    pub(super) fn prepare_column<'b>(
        &'b self,
        at: usize,
        column: &'b Column,
    ) -> Result<Prepared<'b>, BatchError> {
        let misfit = || BatchError::DoesNotFit { column: at };
        let question = self.questions().get(at).ok_or_else(misfit)?;
        let table = self.table(at).ok_or_else(misfit)?;
        let rules = &self.form().rules;
        let is_ticked = question.kind == QuestionKind::MultipleSelect;
        match (column.cells(), table) {
            (Cells::Choice(cells), Table::Bytes(outcomes)) if !is_ticked => {
                Ok(Prepared::bytes(question, cells.as_slice(), outcomes, column.all_asked()))
            }
            (Cells::Ticks8(cells), Table::Bytes(outcomes)) if is_ticked => {
                Ok(Prepared::bytes(question, cells.as_slice(), outcomes, true))
            }
            (Cells::Ticks8(cells), Table::Counts { .. } | Table::Distinct) if is_ticked => {
                let wide: Vec<u64> = cells.iter().map(|it| u64::from(*it)).collect();
                ticks(question, &wide, table, rules)
            }
            (Cells::Ticks64(cells), _) if is_ticked && question.options.len() <= 64 => {
                ticks(question, cells, table, rules)
            }
            (Cells::Text(cells), _) if takes_text(question.kind) => {
                let mut interner = Interner::for_values(cells.len() / 8);
                let (mut known, mut outcomes) = (Vec::new(), Vec::new());
                let mut codes = Vec::with_capacity(cells.len());
                for text in cells.iter() {
                    let mut hash = QuickHash::new();
                    hash.write(text.as_bytes());
                    let is_same = |at: usize| known.get(at).is_some_and(|it| *it == text);
                    let (code, is_new) = interner.number(hash.finish(), is_same);
                    if is_new {
                        known.push(text);
                        let entry = SheetEntry::new(question.id, Answer::text(text));
                        let result = grade_entry(question, Some(&entry), rules)?;
                        outcomes.push(Outcome::of(&result));
                    }
                    codes.push(code);
                }
                let outcomes = Cow::Owned(Outcomes::new(question, outcomes));
                Ok(Prepared::wide(question, Cow::Owned(codes), outcomes))
            }
            (Cells::Coded { entries, codes }, _) => {
                let grade = |it| Ok(Outcome::of(&grade_entry(question, Some(it), rules)?));
                let outcomes: Result<Vec<_>, GradeError> = entries.iter().map(grade).collect();
                let known = |code: &u32| usize::try_from(*code).is_ok_and(|it| it < entries.len());
                if !codes.iter().all(known) {
                    return Err(BatchError::NoSuchEntry { column: at });
                }
                let outcomes = Cow::Owned(Outcomes::new(question, outcomes?));
                Ok(Prepared::wide(question, Cow::Borrowed(codes), outcomes))
            }
            _ => Err(misfit()),
        }
    }
}

const fn takes_text(kind: QuestionKind) -> bool {
    matches!(kind, QuestionKind::ShortAnswer | QuestionKind::Numeric | QuestionKind::LongAnswer)
}

/// Codes for patterns of ticks: by counts where those decide, else by distinct patterns.
fn ticks<'b>(
    question: &'b Question,
    cells: &[u64],
    table: &'b Table,
    rules: &ScoringRules,
) -> Result<Prepared<'b>, BatchError> {
    let mut codes = Vec::with_capacity(cells.len());
    if let Table::Counts { right, wrong, outcomes } = table {
        let width = wrong.count_ones() + 1;
        for cell in cells {
            codes.push((cell & right).count_ones() * width + (cell & wrong).count_ones());
        }
        return Ok(Prepared::wide(question, Cow::Owned(codes), Cow::Borrowed(outcomes)));
    }
    let mut interner = Interner::for_values(cells.len() / 8);
    let (mut known, mut outcomes) = (Vec::new(), Vec::new());
    for cell in cells {
        let mut hash = QuickHash::new();
        hash.write(&cell.to_le_bytes());
        let is_same = |at: usize| known.get(at) == Some(cell);
        let (code, is_new) = interner.number(hash.finish(), is_same);
        if is_new {
            known.push(*cell);
            let entry = SheetEntry::new(question.id, ticked(question, *cell));
            outcomes.push(Outcome::of(&grade_entry(question, Some(&entry), rules)?));
        }
        codes.push(code);
    }
    let outcomes = Cow::Owned(Outcomes::new(question, outcomes));
    Ok(Prepared::wide(question, Cow::Owned(codes), outcomes))
}
