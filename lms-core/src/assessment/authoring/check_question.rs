//! Whether a question can be asked: its kind, its options and its key belong together.
use std::collections::HashSet;

use lms_derive::DomainError;

use crate::{
    assessment::question::{AnswerKey, BlankKey, Question, QuestionKind, TextKey, TextPattern},
    kernel::Id,
};

/// What is wrong with a question that is about to be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum QuestionProblem {
    /// The key is of another kind of question.
    #[error("question `{question}` is `{kind}`, and its answer key is of another kind")]
    #[fault(invalid, field = "answer_key")]
    ForeignKey {
        /// The question.
        question: Id<Question>,
        /// Its kind.
        kind: QuestionKind,
    },
    /// There is nothing to choose from.
    #[error("question `{question}` needs at least two options")]
    #[fault(invalid, field = "options")]
    TooFewOptions {
        /// The question.
        question: Id<Question>,
    },
    /// More parts than a question may have.
    #[error("question `{question}` has more than {most} parts; split it")]
    #[fault(invalid, field = "options")]
    TooManyParts {
        /// The question.
        question: Id<Question>,
        /// The most parts.
        most: usize,
    },
    /// Two options have one id.
    #[error("question `{question}` has two options with one id")]
    #[fault(invalid, field = "options")]
    OptionTwice {
        /// The question.
        question: Id<Question>,
    },
    /// No answer is right.
    #[error("question `{question}` has no right answer; mark one")]
    #[fault(invalid, field = "answer_key")]
    NoRightAnswer {
        /// The question.
        question: Id<Question>,
    },
    /// The key names an option that is not there.
    #[error("the key of question `{question}` names an option that is not there")]
    #[fault(invalid, field = "answer_key")]
    UnknownOption {
        /// The question.
        question: Id<Question>,
    },
    /// A pattern cannot be read.
    #[error("a pattern of question `{question}` cannot be read: {problem}")]
    #[fault(invalid, field = "answer_key")]
    BadPattern {
        /// The question.
        question: Id<Question>,
        /// What is wrong with it.
        problem: String,
    },
    /// The score is negative.
    #[error("question `{question}` has a negative score")]
    #[fault(invalid, field = "score")]
    NegativeScore {
        /// The question.
        question: Id<Question>,
    },
}

/// Whether a question can be asked and graded.
///
/// # Errors
/// The first [`QuestionProblem`] found.
pub fn check_question(it: &Question) -> Result<(), QuestionProblem> {
    let question = it.id;
    if !it.answer_key.fits(it.kind) {
        return Err(QuestionProblem::ForeignKey { question, kind: it.kind });
    }
    if it.score.is_negative() {
        return Err(QuestionProblem::NegativeScore { question });
    }
    let options: HashSet<_> = it.options.iter().map(|option| option.id).collect();
    if options.len() != it.options.len() {
        return Err(QuestionProblem::OptionTwice { question });
    }
    let parts = match &it.answer_key {
        AnswerKey::Blanks(key) => key.blanks.len(),
        AnswerKey::Pairs(key) => key.stems.len(),
        _ => it.options.len(),
    };
    if parts > Question::MAX_PARTS || it.options.len() > Question::MAX_PARTS {
        return Err(QuestionProblem::TooManyParts { question, most: Question::MAX_PARTS });
    }
    match &it.answer_key {
        AnswerKey::Choices(_) => check_choices(it),
        AnswerKey::Texts(key) => check_text(question, key),
        AnswerKey::Numbers(key) if key.entries.is_empty() => {
            Err(QuestionProblem::NoRightAnswer { question })
        }
        AnswerKey::Blanks(key) => {
            if key.blanks.is_empty() {
                return Err(QuestionProblem::NoRightAnswer { question });
            }
            key.blanks.iter().try_for_each(|blank| match &blank.key {
                BlankKey::Text(key) => check_text(question, key),
                BlankKey::Number(key) if key.entries.is_empty() => {
                    Err(QuestionProblem::NoRightAnswer { question })
                }
                BlankKey::Number(_) => Ok(()),
            })
        }
        AnswerKey::Pairs(key) => {
            if key.stems.is_empty() {
                return Err(QuestionProblem::NoRightAnswer { question });
            }
            let known = key.stems.iter().all(|stem| options.contains(&stem.choice));
            if known { Ok(()) } else { Err(QuestionProblem::UnknownOption { question }) }
        }
        AnswerKey::Order(key) => {
            if key.order.len() < 2 {
                return Err(QuestionProblem::TooFewOptions { question });
            }
            let known = key.order.iter().all(|id| options.contains(id));
            if known { Ok(()) } else { Err(QuestionProblem::UnknownOption { question }) }
        }
        AnswerKey::Numbers(_) | AnswerKey::Manual(_) => Ok(()),
    }
}

fn check_choices(it: &Question) -> Result<(), QuestionProblem> {
    let question = it.id;
    if it.options.len() < 2 {
        return Err(QuestionProblem::TooFewOptions { question });
    }
    let pays = |fraction: crate::kernel::Ratio| !fraction.is_zero() && !fraction.is_negative();
    let right =
        it.options.iter().any(|option| option.is_correct || option.fraction.is_some_and(pays));
    if right { Ok(()) } else { Err(QuestionProblem::NoRightAnswer { question }) }
}

fn check_text(question: Id<Question>, key: &TextKey) -> Result<(), QuestionProblem> {
    if key.entries.is_empty() {
        return Err(QuestionProblem::NoRightAnswer { question });
    }
    let problem = key.entries.iter().find_map(|entry| match &entry.pattern {
        TextPattern::Regex(regex) => regex.problem(),
        _ => None,
    });
    match problem {
        Some(problem) => Err(QuestionProblem::BadPattern { question, problem }),
        None => Ok(()),
    }
}
