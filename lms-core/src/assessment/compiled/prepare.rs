//! The columns of a batch, made ready to be added up.

use std::{borrow::Cow, hash::Hasher};

use crate::{
    assessment::{
        compiled::{
            BatchError, Cells, Column, CompiledTest,
            byte_table::{ByteTable, common_standing},
            intern::{Interner, QuickHash},
            outcome::{Outcome, Standing, possible},
            table::{Table, ticked},
        },
        grading::{GradeError, SheetEntry, grade_entry},
        question::{Answer, Question, QuestionKind},
        scoring::ScoringRules,
    },
    kernel::Points,
};

/// A column with the outcome of each code.
pub(super) struct Prepared<'b> {
    pub(super) codes: Codes<'b>,
    /// What the question adds to what can be earned where it counts.
    pub(super) possible: Points,
    /// How the question counts, where it counts alike for every attempt.
    pub(super) standing: Option<Standing>,
}

/// Which outcome each attempt has.
pub(super) enum Codes<'b> {
    Bytes { cells: &'b [u8], table: &'b ByteTable },
    Wide { cells: Cow<'b, [u32]>, outcomes: Vec<Outcome> },
}

impl<'b> Prepared<'b> {
    fn bytes(question: &Question, cells: &'b [u8], table: &'b ByteTable, all_asked: bool) -> Self {
        Self {
            codes: Codes::Bytes { cells, table },
            possible: possible(question),
            standing: table.standing(all_asked),
        }
    }

    fn wide(question: &Question, cells: Cow<'b, [u32]>, outcomes: Vec<Outcome>) -> Self {
        let standing = common_standing(&outcomes);
        Self { codes: Codes::Wide { cells, outcomes }, possible: possible(question), standing }
    }

    /// The outcome of each code.
    pub(super) fn outcomes(&self) -> &[Outcome] {
        match &self.codes {
            Codes::Bytes { table, .. } => table.outcomes(),
            Codes::Wide { outcomes, .. } => outcomes,
        }
    }

    /// All the outcomes; some of them may come more than once.
    pub(super) fn distinct(&self) -> &[Outcome] {
        match &self.codes {
            Codes::Bytes { table, .. } => table.distinct(),
            Codes::Wide { outcomes, .. } => outcomes,
        }
    }

    /// How the question counts for one attempt.
    pub(super) fn standing_of(&self, attempt: usize) -> Standing {
        let code = match &self.codes {
            Codes::Bytes { cells, .. } => cells.get(attempt).map(|cell| usize::from(*cell)),
            Codes::Wide { cells, .. } => {
                cells.get(attempt).and_then(|cell| usize::try_from(*cell).ok())
            }
        };
        code.and_then(|code| self.outcomes().get(code)).map_or(Standing::Left, |it| it.standing)
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
            (Cells::Choice(cells), Table::Bytes(table)) if !is_ticked => {
                Ok(Prepared::bytes(question, cells.as_slice(), table, column.all_asked()))
            }
            (Cells::Ticks8(cells), Table::Bytes(table)) if is_ticked => {
                Ok(Prepared::bytes(question, cells.as_slice(), table, false))
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
                Ok(Prepared::wide(question, Cow::Owned(codes), outcomes))
            }
            (Cells::Coded { entries, codes }, _) => {
                let grade = |it| Ok(Outcome::of(&grade_entry(question, Some(it), rules)?));
                let outcomes: Result<Vec<_>, GradeError> = entries.iter().map(grade).collect();
                let known = |code: &u32| usize::try_from(*code).is_ok_and(|it| it < entries.len());
                if !codes.iter().all(known) {
                    return Err(BatchError::NoSuchEntry { column: at });
                }
                Ok(Prepared::wide(question, Cow::Borrowed(codes), outcomes?))
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
    table: &Table,
    rules: &ScoringRules,
) -> Result<Prepared<'b>, BatchError> {
    let mut codes = Vec::with_capacity(cells.len());
    if let Table::Counts { right, wrong, outcomes } = table {
        let width = wrong.count_ones() + 1;
        for cell in cells {
            codes.push((cell & right).count_ones() * width + (cell & wrong).count_ones());
        }
        return Ok(Prepared::wide(question, Cow::Owned(codes), outcomes.clone()));
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
    Ok(Prepared::wide(question, Cow::Owned(codes), outcomes))
}
