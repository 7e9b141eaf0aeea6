//! From sheets to columns and back.

use std::collections::HashMap;

use crate::{
    compiled::{
        BatchError, Cells, Column, CompiledTest, NOT_ASKED, ResponseBatch, TextCells,
        table::{ticked, unknown_choice},
    },
    grading::{AnswerSheet, Given, GradeError, SheetEntry},
    question::{Answer, Question, QuestionKind},
    scoring::Certainty,
};
use lms_kernel::Id;

impl CompiledTest {
    /// Encodes sheets as columns, each in the smallest form that holds its answers.
    ///
    /// # Errors
    /// [`BatchError::Grade`] when a sheet answers a question that the form does not have, or one
    /// twice.
    pub fn encode(&self, sheets: &[AnswerSheet]) -> Result<ResponseBatch, BatchError> {
        let mut places: HashMap<Id<Question>, usize> = HashMap::new();
        for (at, question) in self.questions().iter().enumerate() {
            places.entry(question.id).or_insert(at);
        }
        let mut cells: Vec<Vec<Option<&SheetEntry>>> =
            vec![vec![None; sheets.len()]; self.questions().len()];
        for (attempt, sheet) in sheets.iter().enumerate() {
            for entry in &sheet.entries {
                let question = entry.question;
                let place = places.get(&question).ok_or(GradeError::NotInForm { question })?;
                let cell = cells.get_mut(*place).and_then(|column| column.get_mut(attempt));
                if cell.and_then(|cell| cell.replace(entry)).is_some() {
                    return Err(GradeError::AnsweredTwice { question }.into());
                }
            }
        }
        let columns = self.questions().iter().zip(&cells);
        let columns = columns.map(|(it, cells)| Column::new(pack(it, cells))).collect();
        ResponseBatch::of(sheets.len(), columns)
    }
}

/// The cells of one question.
fn pack(question: &Question, cells: &[Option<&SheetEntry>]) -> Cells {
    let options = question.options.len();
    let packed = match question.kind {
        QuestionKind::SingleChoice | QuestionKind::TrueFalse if options < 254 => {
            all(cells, |cell| choice_code(question, cell)).map(Cells::Choice)
        }
        QuestionKind::MultipleSelect if options <= 8 => {
            all(cells, |cell| u8::try_from(tick_mask(question, cell)?).ok()).map(Cells::Ticks8)
        }
        QuestionKind::MultipleSelect if options <= 64 => {
            all(cells, |cell| tick_mask(question, cell)).map(Cells::Ticks64)
        }
        QuestionKind::ShortAnswer | QuestionKind::Numeric => {
            let texts: Option<TextCells> = cells.iter().map(|cell| plain_text(*cell)).collect();
            texts.map(Cells::Text)
        }
        _ => None,
    };
    packed.unwrap_or_else(|| coded(question, cells))
}

fn all<T>(
    cells: &[Option<&SheetEntry>],
    pack: impl Fn(Option<&SheetEntry>) -> Option<T>,
) -> Option<Vec<T>> {
    cells.iter().map(|cell| pack(*cell)).collect()
}

/// The plain answer of an entry: no mark, no earlier try, nothing said about certainty.
fn plain(cell: Option<&SheetEntry>) -> Option<&Answer> {
    const BLANK: &Answer = &Answer::Blank;
    let Some(entry) = cell else { return Some(BLANK) };
    let is_plain =
        entry.mark.is_none() && entry.earlier.is_empty() && entry.certainty == Certainty::Low;
    match &entry.given {
        Given::Answer(answer) if is_plain => Some(answer),
        _ => None,
    }
}

fn plain_text(cell: Option<&SheetEntry>) -> Option<&str> {
    match plain(cell)? {
        Answer::Text(text) => Some(text),
        answer if answer.is_blank() => Some(""),
        _ => None,
    }
}

fn choice_code(question: &Question, cell: Option<&SheetEntry>) -> Option<u8> {
    if cell.is_some_and(|entry| entry.given == Given::NotAsked) {
        return Some(NOT_ASKED);
    }
    match plain(cell)? {
        Answer::Choices(chosen) => match chosen.as_slice() {
            [] => Some(0),
            [chosen] => {
                let at = question.options.iter().position(|option| option.id == *chosen);
                Some(at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(NOT_ASKED - 1))
            }
            _ => None,
        },
        answer if answer.is_blank() => Some(0),
        _ => None,
    }
}

fn tick_mask(question: &Question, cell: Option<&SheetEntry>) -> Option<u64> {
    match plain(cell)? {
        Answer::Choices(chosen) => {
            let bit = |(at, option): (usize, &crate::question::Choice)| {
                u64::from(chosen.contains(&option.id)) << at.min(63)
            };
            Some(question.options.iter().enumerate().map(bit).fold(0, |all, bit| all | bit))
        }
        answer if answer.is_blank() => Some(0),
        _ => None,
    }
}

/// A dictionary of distinct entries, and which one each attempt has.
fn coded(question: &Question, cells: &[Option<&SheetEntry>]) -> Cells {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut entries: Vec<SheetEntry> = Vec::new();
    let mut codes = Vec::with_capacity(cells.len());
    for cell in cells {
        let blank = || SheetEntry::new(question.id, Answer::Blank);
        let entry = cell.map_or_else(blank, SheetEntry::clone);
        let next = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        // Entries that JSON cannot hold do not exist; each would get a place of its own.
        let code = match serde_json::to_string(&entry) {
            Ok(text) => *known.entry(text).or_insert(next),
            Err(_) => next,
        };
        if code == next {
            entries.push(entry);
        }
        codes.push(code);
    }
    Cells::Coded { entries, codes }
}

impl CompiledTest {
    /// The sheet that a batch holds for one attempt.
    ///
    /// # Errors
    /// [`BatchError`] when the batch does not fit the test.
    pub fn sheet(&self, batch: &ResponseBatch, attempt: usize) -> Result<AnswerSheet, BatchError> {
        let (questions, columns) = (self.questions().len(), batch.columns().len());
        if questions != columns {
            return Err(BatchError::Columns { questions, columns });
        }
        let mut sheet = AnswerSheet::default();
        let pairs = self.questions().iter().zip(batch.columns()).enumerate();
        for (at, (question, column)) in pairs {
            let given = match column.cells() {
                Cells::Choice(cells) => match cells.get(attempt).copied().unwrap_or(0) {
                    0 => Given::Answer(Answer::Blank),
                    NOT_ASKED => Given::NotAsked,
                    code => {
                        let option = question.options.get(usize::from(code) - 1);
                        let id = option.map_or_else(|| unknown_choice(question), |it| it.id);
                        Given::Answer(Answer::choice(id))
                    }
                },
                Cells::Ticks8(cells) => {
                    let mask = cells.get(attempt).copied().unwrap_or(0);
                    Given::Answer(ticked(question, u64::from(mask)))
                }
                Cells::Ticks64(cells) => {
                    Given::Answer(ticked(question, cells.get(attempt).copied().unwrap_or(0)))
                }
                Cells::Text(cells) => Given::Answer(Answer::text(cells.get(attempt))),
                Cells::Coded { entries, codes } => {
                    let code = codes.get(attempt).and_then(|code| usize::try_from(*code).ok());
                    let entry = code.and_then(|code| entries.get(code));
                    let mut entry = entry.ok_or(BatchError::NoSuchEntry { column: at })?.clone();
                    entry.question = question.id;
                    sheet.entries.push(entry);
                    continue;
                }
            };
            sheet.entries.push(SheetEntry::of(question.id, given));
        }
        Ok(sheet)
    }
}
