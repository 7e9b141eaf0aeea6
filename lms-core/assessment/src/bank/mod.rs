//! The question bank: questions that many tests share, their editions and tags, and how an
//! attempt gets its own from a pool.
//!
//! A slot of a test names a question or draws from a pool. What an attempt was given is kept with
//! it as [`DrawnQuestion`]s, and the order it saw follows from its seed by an algorithm that never
//! changes, so an attempt can be shown and graded again for ever.

mod arrange;
mod bank_record;
mod draw;
mod service;
mod slot;
mod tag;
#[cfg(test)]
mod tests;
mod version;

pub use arrange::{Shuffle, arranged};
pub use bank_record::QuestionBank;
pub use draw::{DrawSeed, Purpose, Stream, draw};
pub(crate) use service::draw_questions;
pub use service::{
    AddToBank, BankError, CreateQuestionBank, DrawError, DrawQuestions, ListQuestions, LoadDrawn,
    QuestionFilter, QuestionView, ReviseQuestion, TagQuestion,
};
pub use slot::{
    AssessmentSlot, Candidate, DrawnQuestion, PoolFilter, ShortPool, SlotSource, fill_slots,
};
pub use tag::QuestionTag;
pub use version::{QuestionContent, QuestionVersion};

use lms_store::RecordType;

/// The records that questions refer to.
pub(super) fn banks() -> RecordType {
    RecordType::of::<QuestionBank>()
}

/// The records that refer to questions.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<QuestionVersion>(),
        RecordType::of::<QuestionTag>(),
        RecordType::of::<AssessmentSlot>(),
    ]
}
