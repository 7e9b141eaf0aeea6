//! Whether a question can be asked: its kind, its options and its key belong together.
use std::collections::HashSet;

use lms_derive::DomainError;

use crate::{
    question::{
        Accept, AnswerKey, AssociationsKey, BlankKey, BlanksKey, Choice, NumberFormat, NumberKey,
        Numeral, PairsKey, Question, QuestionKind, SpotsKey, TextKey, TextPattern,
        answer::is_empty_text,
    },
    scoring::{MultipleSelectRule, PartsRule, find_number},
};
use lms_kernel::{Id, NumberError, Ratio};

mod given;
use given::{check_given, check_own_rules};

/// Why a question cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum QuestionProblem {
    /// The key is of another kind of question.
    #[error("question `{question}` is `{kind}`, and its answer key is of another kind")]
    #[fault(
        invalid,
        field = "answer_key",
        message = "a question is `{kind}`, and its answer key is of another kind"
    )]
    ForeignKey {
        /// The question.
        question: Id<Question>,
        /// Its kind.
        kind: QuestionKind,
    },
    /// There is nothing to choose from.
    #[error("question `{question}` needs at least two options")]
    #[fault(invalid, field = "options", message = "a question needs at least two options")]
    TooFewOptions {
        /// The question.
        question: Id<Question>,
    },
    /// More parts than a question may have.
    #[error("question `{question}` has more than {most} parts; split it")]
    #[fault(
        invalid,
        field = "options",
        message = "a question has more than {most} parts; split it"
    )]
    TooManyParts {
        /// The question.
        question: Id<Question>,
        /// The most parts.
        most: usize,
    },
    /// Two options, blanks or items have one id.
    #[error("question `{question}` has two parts with one id")]
    #[fault(invalid, field = "options", message = "a question has two parts with one id")]
    OptionTwice {
        /// The question.
        question: Id<Question>,
    },
    /// No answer is right.
    #[error("question `{question}` has no right answer; mark one")]
    #[fault(invalid, field = "answer_key", message = "a question has no right answer; mark one")]
    NoRightAnswer {
        /// The question.
        question: Id<Question>,
    },
    /// The key names an option that is not there.
    #[error("the key of question `{question}` names an option that is not there")]
    #[fault(
        invalid,
        field = "answer_key",
        message = "the key of a question names an option that is not there"
    )]
    UnknownOption {
        /// The question.
        question: Id<Question>,
    },
    /// A pattern cannot be read.
    #[error("a pattern of question `{question}` cannot be read: {problem}")]
    #[fault(
        invalid,
        field = "answer_key",
        message = "a pattern of a question cannot be read: {problem}"
    )]
    BadPattern {
        /// The question.
        question: Id<Question>,
        /// What is wrong with it.
        problem: String,
    },
    /// It accepts more than can be compared in time.
    #[error("question `{question}` has more than {most} {what}; accept fewer, or split it")]
    #[fault(
        invalid,
        field = "answer_key",
        message = "a question has more than {most} {what}; accept fewer, or split it"
    )]
    TooMuchAccepted {
        /// The question.
        question: Id<Question>,
        /// What there is too much of, such as `accepted answers`.
        what: &'static str,
        /// The most of it.
        most: usize,
    },
    /// A fraction, weight or penalty is out of its range.
    #[error("question `{question}` has a {what} out of range; it must be {range}")]
    #[fault(
        invalid,
        field = "answer_key",
        message = "a question has a {what} out of range; it must be {range}"
    )]
    OutOfRange {
        /// The question.
        question: Id<Question>,
        /// What is out of range.
        what: &'static str,
        /// The range.
        range: &'static str,
    },
    /// A bound or a unit cannot be kept exactly.
    #[error(
        "question `{question}` has a number that cannot be kept exactly ({source}); shorten it"
    )]
    #[fault(
        invalid,
        field = "answer_key",
        message = "a question has a number that cannot be kept exactly ({source}); shorten it"
    )]
    Inexact {
        /// The question.
        question: Id<Question>,
        /// What is wrong with it.
        source: NumberError,
    },
    /// The score is negative.
    #[error("question `{question}` has a negative score")]
    #[fault(invalid, field = "score", message = "a question has a negative score")]
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
        AnswerKey::Spots(key) => key.areas.len(),
        AnswerKey::Associations(key) => key.pairs.len(),
        _ => it.options.len(),
    };
    if parts > Question::MAX_PARTS || it.options.len() > Question::MAX_PARTS {
        return Err(QuestionProblem::TooManyParts { question, most: Question::MAX_PARTS });
    }
    check_amount(it)?;
    check_ranges(it)?;
    check_rule(it)?;
    check_own_rules(it)?;
    match &it.answer_key {
        AnswerKey::Choices(_) => check_options(question, &it.options),
        AnswerKey::Texts(key) => check_text(question, key),
        AnswerKey::Numbers(key) if key.entries.is_empty() => {
            Err(QuestionProblem::NoRightAnswer { question })
        }
        AnswerKey::Blanks(key) => {
            if key.blanks.is_empty() {
                return Err(QuestionProblem::NoRightAnswer { question });
            }
            check_once(question, key.blanks.iter().map(|it| it.id))?;
            key.blanks.iter().try_for_each(|blank| match &blank.key {
                BlankKey::Text(key) => check_text(question, key),
                BlankKey::Number(key) if key.entries.is_empty() => {
                    Err(QuestionProblem::NoRightAnswer { question })
                }
                BlankKey::Number(_) => Ok(()),
                BlankKey::Choice(gap) | BlankKey::Ticks(gap) => {
                    check_once(question, gap.options.iter().map(|it| it.id))?;
                    check_options(question, &gap.options)
                }
            })
        }
        AnswerKey::Pairs(key) => {
            if key.stems.is_empty() {
                return Err(QuestionProblem::NoRightAnswer { question });
            }
            check_once(question, key.stems.iter().map(|it| it.id))?;
            key.stems.iter().try_for_each(|stem| {
                match it.options.iter().find(|option| option.id == stem.choice) {
                    None => Err(QuestionProblem::UnknownOption { question }),
                    // What cannot be seen is right for nothing.
                    Some(option) if is_empty_text(&option.text) && option.media.is_none() => {
                        Err(QuestionProblem::NoRightAnswer { question })
                    }
                    Some(_) => Ok(()),
                }
            })
        }
        AnswerKey::Order(key) => {
            if key.order.len() < 2 {
                return Err(QuestionProblem::TooFewOptions { question });
            }
            check_once(question, key.order.iter().copied())?;
            let known = key.order.iter().all(|id| options.contains(id));
            if known { Ok(()) } else { Err(QuestionProblem::UnknownOption { question }) }
        }
        AnswerKey::Spots(_) | AnswerKey::Associations(_) | AnswerKey::Slider(_) => {
            check_given(it, &options)
        }
        AnswerKey::Nothing if !it.score.is_zero() => {
            let (what, range) = ("score", "0, because there is nothing to answer");
            Err(QuestionProblem::OutOfRange { question, what, range })
        }
        AnswerKey::Numbers(_) | AnswerKey::Manual(_) | AnswerKey::Nothing => Ok(()),
    }
}

/// Whether what is accepted can be compared with an answer in time: its number, lengths and units.
fn check_amount(it: &Question) -> Result<(), QuestionProblem> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    match &it.answer_key {
        AnswerKey::Texts(key) => texts.push(key),
        AnswerKey::Numbers(key) => numbers.push(key),
        AnswerKey::Blanks(key) => key.blanks.iter().for_each(|blank| match &blank.key {
            BlankKey::Text(key) => texts.push(key),
            BlankKey::Number(key) => numbers.push(key),
            BlankKey::Choice(_) | BlankKey::Ticks(_) => {}
        }),
        AnswerKey::Slider(key) => numbers.push(&key.accepted),
        _ => {}
    }
    let patterns = || texts.iter().flat_map(|key| &key.entries).map(|entry| &entry.pattern);
    let accepted = patterns().count() + numbers.iter().map(|key| key.entries.len()).sum::<usize>();
    let expressions = patterns().filter(|it| matches!(it, TextPattern::Regex(_))).count();
    let units = numbers.iter().flat_map(|key| &key.units).map(|rule| rule.units.len()).sum();
    let longest = patterns().map(|it| it.text().chars().count()).max().unwrap_or(0);
    let amounts = [
        ("accepted answers", accepted, TextKey::MAX_ACCEPTED),
        ("regular expressions", expressions, TextKey::MAX_EXPRESSIONS),
        ("units", units, NumberKey::MAX_UNITS),
        ("characters in one accepted answer", longest, TextKey::MAX_PATTERN),
    ];
    match amounts.into_iter().find(|(_, amount, most)| amount > most) {
        None => Ok(()),
        Some((what, _, most)) => {
            Err(QuestionProblem::TooMuchAccepted { question: it.id, what, most })
        }
    }
}

/// Whether fractions lie from −1 to 1, weights above 0, and bounds and units can be kept exactly.
fn check_ranges(it: &Question) -> Result<(), QuestionProblem> {
    let question = it.id;
    let out = |what, range| Err(QuestionProblem::OutOfRange { question, what, range });
    let fraction = |value: Ratio| value.abs() <= Ratio::ONE;
    let weight = |value: Ratio| !value.is_zero() && !value.is_negative();
    let (mut fractions, mut weights, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    fractions.extend(it.options.iter().filter_map(|option| option.fraction));
    match &it.answer_key {
        AnswerKey::Texts(key) => fractions.extend(key.entries.iter().map(|it| it.fraction)),
        AnswerKey::Numbers(key) => numbers.push(key),
        AnswerKey::Blanks(key) => {
            for blank in &key.blanks {
                weights.push(blank.weight);
                match &blank.key {
                    BlankKey::Text(key) => {
                        fractions.extend(key.entries.iter().map(|it| it.fraction))
                    }
                    BlankKey::Number(key) => numbers.push(key),
                    BlankKey::Choice(gap) | BlankKey::Ticks(gap) => {
                        fractions.extend(gap.options.iter().filter_map(|it| it.fraction));
                    }
                }
            }
        }
        AnswerKey::Pairs(key) => weights.extend(key.stems.iter().map(|it| it.weight)),
        AnswerKey::Spots(key) => weights.extend(key.areas.iter().map(|it| it.weight)),
        AnswerKey::Associations(key) => weights.extend(key.pairs.iter().map(|it| it.weight)),
        AnswerKey::Slider(key) => numbers.push(&key.accepted),
        AnswerKey::Choices(_) | AnswerKey::Order(_) | AnswerKey::Manual(_) | AnswerKey::Nothing => {
        }
    }
    fractions.extend(numbers.iter().flat_map(|key| key.entries.iter().map(|it| it.fraction)));
    if !fractions.into_iter().all(fraction) {
        return out("fraction", "from -1 to 1");
    }
    if !weights.into_iter().all(weight) {
        return out("weight", "above 0");
    }
    for key in numbers {
        for entry in &key.entries {
            match entry.accept {
                Accept::Geometric { share, .. } if share <= Numeral::from(-1) => {
                    return out("geometric tolerance", "above -1");
                }
                Accept::Figures { figures: 0, .. } => {
                    return out("number of significant figures", "at least 1");
                }
                _ => {}
            }
        }
        let units = key.units.iter().flat_map(|rule| &rule.units);
        if !units.clone().all(|unit| weight(unit.factor)) {
            return out("unit factor", "above 0");
        }
        if key.units.iter().any(|rule| rule.penalty.is_negative() || rule.penalty > Ratio::ONE) {
            return out("unit penalty", "from 0 to 1");
        }
        let samples = units.map(|unit| format!("1 {}", unit.name));
        for sample in std::iter::once("1".to_owned()).chain(samples) {
            find_number(key, &sample, NumberFormat::Point)
                .map_err(|source| QuestionProblem::Inexact { question, source })?;
        }
    }
    Ok(())
}

/// Whether a rule of the question's own takes something off where it says so, and never adds.
fn check_rule(it: &Question) -> Result<(), QuestionProblem> {
    let question = it.id;
    let deduction = match &it.answer_key {
        AnswerKey::Choices(key) => match key.rule {
            Some(MultipleSelectRule::RightMinusWrong { deduction }) => deduction,
            Some(MultipleSelectRule::Mapping {
                lower: Some(lower), upper: Some(upper), ..
            }) if lower > upper => {
                let (what, range) = ("lower bound", "at most the upper bound");
                return Err(QuestionProblem::OutOfRange { question, what, range });
            }
            _ => None,
        },
        AnswerKey::Blanks(BlanksKey { rule, .. })
        | AnswerKey::Pairs(PairsKey { rule, .. })
        | AnswerKey::Spots(SpotsKey { rule, .. })
        | AnswerKey::Associations(AssociationsKey { rule, .. }) => match rule {
            Some(PartsRule::RightMinusWrong { deduction }) => Some(*deduction),
            _ => None,
        },
        _ => None,
    };
    if deduction.is_some_and(Ratio::is_negative) {
        let (what, range) = ("deduction", "0 or more");
        return Err(QuestionProblem::OutOfRange { question, what, range });
    }
    Ok(())
}

fn check_once<T>(
    question: Id<Question>,
    ids: impl Iterator<Item = Id<T>>,
) -> Result<(), QuestionProblem> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id.uuid()) {
            return Err(QuestionProblem::OptionTwice { question });
        }
    }
    Ok(())
}

fn check_options(question: Id<Question>, options: &[Choice]) -> Result<(), QuestionProblem> {
    if options.len() < 2 {
        return Err(QuestionProblem::TooFewOptions { question });
    }
    let pays = |fraction: Ratio| !fraction.is_zero() && !fraction.is_negative();
    let right = options.iter().any(|option| option.is_correct || option.fraction.is_some_and(pays));
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

#[cfg(test)]
mod tests;
