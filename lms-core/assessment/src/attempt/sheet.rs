//! The submitted answers of an attempt, in one row.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Attempt, SheetCodecError, pack, unpack},
    grading::AnswerSheet,
};
use lms_kernel::{Context, Id};
use lms_store::{FieldError, LogStamp, Query, Record, StoreError};

/// Everything that was handed in with an attempt, packed: what grading and regrading read.
///
/// Manual marks are part of it too, so they survive every regrade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "answer_sheets", unaudited, unique(attempt_id), index(assessment_id))]
pub struct HandedInSheet {
    /// The sheet's id.
    pub id: Id<HandedInSheet>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// The attempt's assessment, so that all sheets of one are read together.
    pub assessment_id: Id<Assessment>,
    /// The answers and marks.
    #[record(personal)]
    pub packed: Vec<u8>,
}

impl HandedInSheet {
    /// The sheet of an attempt.
    pub fn new(cx: &Context, attempt: &Attempt, sheet: &AnswerSheet) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            attempt_id: attempt.id,
            assessment_id: attempt.assessment_id,
            packed: pack(sheet),
        }
    }

    /// The answers and marks.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the stored bytes are not a sheet.
    pub fn sheet(&self) -> Result<AnswerSheet, StoreError> {
        unpack(&self.packed).map_err(|error: SheetCodecError| StoreError::Corrupt {
            table: Self::TABLE,
            column: "packed",
            id: Some(self.id.uuid()),
            source: FieldError::invalid("an answer sheet", error),
        })
    }

    /// Replaces the answers and marks.
    pub fn replace(&mut self, sheet: &AnswerSheet) {
        self.packed = pack(sheet);
    }

    /// The sheet of an attempt.
    pub fn of(attempt: Id<Attempt>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.eq(attempt))
    }

    /// The sheets of several attempts.
    pub fn of_attempts(attempts: impl IntoIterator<Item = Id<Attempt>>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.is_in(attempts))
    }

    /// The sheets of an assessment, by id.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment))
    }
}
