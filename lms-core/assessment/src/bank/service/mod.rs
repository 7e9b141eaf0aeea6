//! Keeping a bank, and filling a test from it.

mod draw_questions;
mod keep_bank;
mod revise_question;

pub use draw_questions::{DrawError, draw_questions, load_drawn};
pub use keep_bank::{BankError, add_to_bank, create_question_bank, tag_question};
pub use revise_question::{ReviseQuestion, revise_question};
