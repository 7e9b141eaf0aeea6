//! Keeping a bank, and filling a test from it.

mod draw_questions;
mod keep_bank;
mod list_questions;
mod revise_question;

pub use draw_questions::{DrawError, draw_questions, load_drawn};
pub use keep_bank::{AddToBank, BankError, CreateQuestionBank, TagQuestion};
pub use list_questions::{ListQuestions, QuestionFilter, QuestionView};
pub use revise_question::ReviseQuestion;
