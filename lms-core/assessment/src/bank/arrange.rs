//! The order in which one attempt sees questions and options.

use uuid::Uuid;

use crate::{
    bank::{
        DrawSeed,
        draw::{Purpose, Stream},
    },
    grading::TestForm,
    question::{AnswerKey, QuestionKind},
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
/// answer.
#[must_use]
pub fn arranged(mut form: TestForm, shuffle: Shuffle, seed: DrawSeed) -> TestForm {
    for section in &mut form.sections {
        if shuffle.questions {
            let id = section.frame.section.map_or(Uuid::nil(), |id| id.uuid());
            Stream::new(seed, Purpose::Questions, id).shuffle(&mut section.questions);
        }
        for question in &mut section.questions {
            let id = question.id.uuid();
            if shuffle.options || question.kind == QuestionKind::Ordering {
                let mut stream = Stream::new(seed, Purpose::Options, id);
                stream.shuffle_around(&mut question.options, |option| option.pinned);
            }
            if let (true, AnswerKey::Pairs(key)) = (shuffle.options, &mut question.answer_key) {
                Stream::new(seed, Purpose::Stems, id).shuffle(&mut key.stems);
            }
        }
    }
    form
}
