//! A version of a test, compiled.

use std::ops::Range;

use crate::{
    compiled::{
        BatchError, BatchScores, ItemScores, ResponseBatch,
        outcome::Standing,
        prepare::{Codes, Prepared},
        run::Run,
        table::Table,
    },
    grading::{GradeError, SectionFrame, TestForm, grade_attempt},
    question::Question,
};
use lms_kernel::NumberError;

/// A version of a test, compiled for grading many attempts.
#[derive(Clone, Debug)]
pub struct CompiledTest {
    form: TestForm,
    questions: Vec<Question>,
    /// Which questions each section has.
    sections: Vec<Range<usize>>,
    tables: Vec<Table>,
}

impl CompiledTest {
    /// Compiles a form.
    ///
    /// # Errors
    /// [`GradeError`] when a key does not fit its question or cannot be kept exactly.
    pub fn compile(form: &TestForm) -> Result<Self, GradeError> {
        let questions: Vec<Question> = form.questions().cloned().collect();
        let mut sections = Vec::with_capacity(form.sections.len());
        let mut start = 0;
        for section in &form.sections {
            let end = start + section.questions.len();
            sections.push(start..end);
            start = end;
        }
        let table = |question: &Question| Table::of(question, &form.rules);
        let tables = questions.iter().map(table).collect::<Result<_, _>>()?;
        Ok(Self { form: form.clone(), questions, sections, tables })
    }

    /// The form that was compiled.
    pub const fn form(&self) -> &TestForm {
        &self.form
    }

    pub(super) fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Which questions each section has.
    pub(super) fn sections(&self) -> &[Range<usize>] {
        &self.sections
    }

    /// The table of a question.
    pub(super) fn table(&self, question: usize) -> Option<&Table> {
        self.tables.get(question)
    }

    /// Grades a batch: totals, sections, passing.
    ///
    /// # Errors
    /// [`BatchError`] when the batch does not fit the test or something cannot be graded.
    pub fn grade(&self, batch: &ResponseBatch) -> Result<BatchScores, BatchError> {
        self.grade_batch(batch, true)
    }

    /// Grades a batch: totals and passing only.
    ///
    /// # Errors
    /// [`BatchError`] when the batch does not fit the test or something cannot be graded.
    pub fn grade_totals(&self, batch: &ResponseBatch) -> Result<BatchScores, BatchError> {
        self.grade_batch(batch, false)
    }

    fn grade_batch(
        &self,
        batch: &ResponseBatch,
        sections: bool,
    ) -> Result<BatchScores, BatchError> {
        let columns = self.prepare(batch)?;
        let frames: Vec<&SectionFrame> = self.form.sections.iter().map(|it| &it.frame).collect();
        let run = Run::new(self, &columns, &frames, batch.attempts());
        match run.and_then(|run| run.grade(sections)) {
            Ok(scores) => Ok(scores),
            // No unit holds all the scores, or their sums are too large: one by one, then.
            Err(NumberError::Overflow) => self.grade_one_by_one(batch, sections),
            Err(error) => Err(GradeError::from(error).into()),
        }
    }

    fn grade_one_by_one(
        &self,
        batch: &ResponseBatch,
        sections: bool,
    ) -> Result<BatchScores, BatchError> {
        let mut scores = BatchScores::default();
        if sections {
            scores.sections = vec![Vec::new(); self.sections.len()];
        }
        for attempt in 0..batch.attempts() {
            let result = grade_attempt(&self.form, &self.sheet(batch, attempt)?)?;
            scores.totals.push(result.final_score.shown);
            scores.current.push(result.current.shown);
            scores.pending.push(result.pending);
            scores.passed.push(result.passed);
            for (column, section) in scores.sections.iter_mut().zip(&result.sections) {
                column.push(section.final_score.shown);
            }
        }
        Ok(scores)
    }

    /// What one question earned in each attempt of a batch.
    ///
    /// # Errors
    /// [`BatchError`] when the batch does not fit the test or something cannot be graded.
    pub fn item_scores(
        &self,
        batch: &ResponseBatch,
        question: usize,
    ) -> Result<ItemScores, BatchError> {
        let (columns, questions) = (batch.columns().len(), self.questions.len());
        let wrong = || BatchError::Columns { questions, columns };
        let column = batch.columns().get(question).ok_or_else(wrong)?;
        let prepared = self.prepare_column(question, column)?;
        let (unit, units) = prepared.outcomes.units().map_err(GradeError::Total)?;
        let outcomes = prepared.outcomes.all().iter().zip(units);
        let table: Vec<Option<i64>> = outcomes
            .map(|(outcome, units)| (outcome.standing == Standing::Counts).then_some(*units))
            .collect();
        let look_up = |code: usize| table.get(code).copied().flatten();
        let earned = match &prepared.codes {
            Codes::Bytes(cells) => cells.iter().map(|it| look_up(usize::from(*it))).collect(),
            Codes::Wide(cells) => {
                cells.iter().map(|it| look_up(usize::try_from(*it).unwrap_or(0))).collect()
            }
        };
        Ok(ItemScores { units_in_point: unit, earned })
    }

    fn prepare<'b>(&'b self, batch: &'b ResponseBatch) -> Result<Vec<Prepared<'b>>, BatchError> {
        let (questions, columns) = (self.questions.len(), batch.columns().len());
        if questions != columns {
            return Err(BatchError::Columns { questions, columns });
        }
        batch.columns().iter().enumerate().map(|(at, it)| self.prepare_column(at, it)).collect()
    }
}
