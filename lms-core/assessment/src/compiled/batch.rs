//! Answers of many attempts, column by column.

use lms_derive::DomainError;

use crate::grading::{GradeError, SheetEntry};

/// The answers of many attempts to one form: a column for each question, a cell for each attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseBatch {
    attempts: usize,
    columns: Vec<Column>,
}

/// The answers of all attempts to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    cells: Cells,
    /// Whether no attempt is marked as not asked.
    all_asked: bool,
}

/// The cells of a column, in the smallest form that holds them.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// One chosen option: 0 for blank, 1 for the first option, and so on; [`NOT_ASKED`] for an
    /// attempt that did not contain the question. Numbers beyond the options are unknown options.
    Choice(Vec<u8>),
    /// Ticks of up to 8 options: bit 0 for the first option. No bit is blank.
    Ticks8(Vec<u8>),
    /// Ticks of up to 64 options.
    Ticks64(Vec<u64>),
    /// The written answers.
    Text(TextCells),
    /// Anything, also marks, earlier tries and reasons for no answer: each distinct entry once,
    /// and for each attempt the place of its entry.
    Coded {
        /// The distinct entries; which question they name does not matter.
        entries: Vec<SheetEntry>,
        /// For each attempt, which one.
        codes: Vec<u32>,
    },
}

/// The cell of an attempt that did not contain a choice question.
pub const NOT_ASKED: u8 = u8::MAX;

/// Texts one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextCells {
    text: String,
    ends: Vec<usize>,
}

impl TextCells {
    /// Appends the text of the next attempt; empty for blank.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// The text of an attempt; empty beyond the last.
    pub fn get(&self, attempt: usize) -> &str {
        let start = match attempt.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        self.ends.get(attempt).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }

    /// How many attempts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts of all attempts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let text = self.text.get(start..end).unwrap_or("");
            start = end;
            text
        })
    }
}

impl<'t> FromIterator<&'t str> for TextCells {
    fn from_iter<I: IntoIterator<Item = &'t str>>(texts: I) -> Self {
        let mut cells = Self::default();
        for text in texts {
            cells.push(text);
        }
        cells
    }
}

impl Cells {
    /// How many attempts there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Choice(cells) | Self::Ticks8(cells) => cells.len(),
            Self::Ticks64(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
            Self::Coded { codes, .. } => codes.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Column {
    /// A column of cells.
    pub fn new(cells: Cells) -> Self {
        let all_asked = match &cells {
            Cells::Choice(cells) => !cells.contains(&NOT_ASKED),
            Cells::Ticks8(_) | Cells::Ticks64(_) | Cells::Text(_) | Cells::Coded { .. } => true,
        };
        Self { cells, all_asked }
    }

    /// Its cells.
    pub const fn cells(&self) -> &Cells {
        &self.cells
    }

    pub(super) const fn all_asked(&self) -> bool {
        self.all_asked
    }
}

impl ResponseBatch {
    /// Columns of equal length, in the order of the form's questions.
    ///
    /// # Errors
    /// [`BatchError::Uneven`] when one column has more attempts than another.
    pub fn new(columns: Vec<Column>) -> Result<Self, BatchError> {
        let attempts = columns.first().map_or(0, |column| column.cells.len());
        Self::of(attempts, columns)
    }

    /// Columns for so many attempts.
    pub(super) fn of(attempts: usize, columns: Vec<Column>) -> Result<Self, BatchError> {
        match columns.iter().position(|column| column.cells.len() != attempts) {
            Some(column) => Err(BatchError::Uneven { column }),
            None => Ok(Self { attempts, columns }),
        }
    }

    /// How many attempts it holds.
    pub const fn attempts(&self) -> usize {
        self.attempts
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

/// Why a batch could not be made or graded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
pub enum BatchError {
    /// A column has another length than the first.
    #[error("column {column} has another number of attempts than the first; make them equal")]
    #[fault(invalid, field = "columns")]
    Uneven {
        /// The column, counted from 0.
        column: usize,
    },
    /// Another number of columns than the test has questions.
    #[error(
        "the test has {questions} questions and the batch {columns} columns; give one for each"
    )]
    #[fault(invalid, field = "columns")]
    Columns {
        /// How many questions the test has.
        questions: usize,
        /// How many columns the batch has.
        columns: usize,
    },
    /// Cells that a question of this kind cannot have.
    #[error("column {column} holds cells that its question cannot be answered with")]
    #[fault(invalid, field = "columns")]
    DoesNotFit {
        /// The column, counted from 0.
        column: usize,
    },
    /// A cell that refers to no entry of the column's dictionary.
    #[error("a cell of column {column} refers to no entry of its dictionary")]
    #[fault(invalid, field = "columns")]
    NoSuchEntry {
        /// The column, counted from 0.
        column: usize,
    },
    /// Something could not be graded.
    #[error(transparent)]
    #[fault(transparent)]
    Grade(#[from] GradeError),
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn texts_come_back_one_by_one() {
        let cells: TextCells = ["", "ä", "", "bc"].into_iter().collect();
        assert_eq!(cells.iter().collect::<Vec<_>>(), ["", "ä", "", "bc"]);
        assert_eq!([cells.get(1), cells.get(3), cells.get(4)], ["ä", "bc", ""]);
        assert_eq!(TextCells::default().get(0), "");
    }

    #[test]
    fn columns_must_be_equally_long() {
        let column = |cells| Column::new(Cells::Choice(cells));
        let uneven = ResponseBatch::new(vec![column(vec![1, 2]), column(vec![1])]);
        assert_eq!(uneven, Err(BatchError::Uneven { column: 1 }));
        assert_eq!(ResponseBatch::new(Vec::new()).unwrap().attempts(), 0);
    }
}
