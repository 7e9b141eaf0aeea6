//! The order in which one attempt sees questions and options.

use uuid::Uuid;

use crate::{
    bank::{
        DrawSeed,
        draw::{Purpose, Stream},
    },
    grading::TestForm,
    question::{AnswerKey, BlankKey, Choice, Question, QuestionKind},
};

/// The parts that are shuffled for each attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shuffle {
    /// The questions within their section.
    pub questions: bool,
    /// The options within their question, except pinned ones; the items of matching questions.
    pub options: bool,
}

/// A form in the order in which one attempt sees it. Scores do not depend on it.
///
/// The items of an ordering question are always shuffled: in their own order they would be the
/// answer. Their pinned items stand where they belong.
#[must_use]
pub fn arranged(mut form: TestForm, shuffle: Shuffle, seed: DrawSeed) -> TestForm {
    for section in &mut form.sections {
        if shuffle.questions {
            let id = section.frame.section.map_or(Uuid::nil(), |id| id.uuid());
            Stream::new(seed, Purpose::Questions, id).shuffle(&mut section.questions);
        }
        for question in &mut section.questions {
            let id = question.id.uuid();
            put_pinned(question);
            if shuffle.options || question.kind == QuestionKind::Ordering {
                let mut stream = Stream::new(seed, Purpose::Options, id);
                stream.shuffle_around(&mut question.options, |option| option.pinned);
            }
            if let (true, AnswerKey::Blanks(key)) = (shuffle.options, &mut question.answer_key) {
                for blank in &mut key.blanks {
                    if let BlankKey::Choice(gap) | BlankKey::Ticks(gap) = &mut blank.key {
                        let mut stream = Stream::new(seed, Purpose::Options, blank.id.uuid());
                        stream.shuffle_around(&mut gap.options, |option| option.pinned);
                    }
                }
            }
            if let (true, AnswerKey::Pairs(key)) = (shuffle.options, &mut question.answer_key) {
                Stream::new(seed, Purpose::Stems, id).shuffle(&mut key.stems);
            }
        }
    }
    form
}

/// Puts each pinned item of an ordering question where the key has it: it is given to learners.
fn put_pinned(question: &mut Question) {
    let AnswerKey::Order(key) = &question.answer_key else { return };
    let place = |id| key.order.iter().position(|it| *it == id);
    let (mut pinned, mut order): (Vec<Choice>, Vec<Choice>) =
        std::mem::take(&mut question.options).into_iter().partition(|it| it.pinned);
    pinned.sort_by_key(|it| place(it.id));
    for option in pinned {
        let at = place(option.id).unwrap_or(order.len()).min(order.len());
        order.insert(at, option);
    }
    question.options = order;
}
