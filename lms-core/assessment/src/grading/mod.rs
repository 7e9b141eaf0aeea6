//! Grading: exact scores from answers, each with its inputs.
//!
//! [`grade_question`] compares one answer with its key and records what it found, a [`Finding`].
//! [`grade_attempt`] does so for a whole [`TestForm`] and an [`AnswerSheet`], and adds up. A
//! finding holds everything that its share of the score was computed from, so a stored
//! [`AttemptResult`] is its own trace: [`AttemptResult::replay`] computes it again, and
//! explanations read it. Nothing here reads a clock or a store, and nothing is rounded before the
//! one declared point.

mod attempt;
mod completeness;
mod earlier_keys;
mod entry;
mod error;
mod exact_sum;
pub mod explain;
mod finding;
mod form;
#[cfg(test)]
pub(crate) mod generate;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod malformed;
mod question;
mod sheet;
mod state;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod total;

pub use attempt::{AttemptResult, SectionResult, grade_attempt, grade_attempt_with};
pub use completeness::{Completeness, Unreadable};
pub use earlier_keys::EarlierKeys;
pub use entry::grade_entry;
pub use error::GradeError;
pub use finding::Finding;
pub use form::{FormError, FormSection, TestForm};
pub use question::{QuestionResult, grade_question};
pub use sheet::{AnswerSheet, Given, ManualMark, SheetEntry};
pub use state::AnswerState;
pub use total::{PassDecision, ScoreFrame, SectionFrame, SectionScore, TestScore};
