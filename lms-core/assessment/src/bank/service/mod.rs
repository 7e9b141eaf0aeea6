//! The operations on question banks.

mod draw_questions;
mod keep_bank;
mod list_questions;
mod revise_question;

pub(crate) use draw_questions::draw_questions;
pub use draw_questions::{DrawError, DrawQuestions, LoadDrawn};
pub use keep_bank::{AddToBank, BankError, CreateQuestionBank, TagQuestion};
pub use list_questions::{ListQuestions, QuestionFilter, QuestionView};
pub use revise_question::ReviseQuestion;
