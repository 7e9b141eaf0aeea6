//! What the tests of all formats share: a context, questions without their ids, answers to them.
use lms_core::{
    assessment::{
        authoring::NewQuestion,
        question::{Answer, AnswerKey, Pair, Question, QuestionKind},
    },
    kernel::Context,
};
use lms_interop::{Imported, Item};
use lms_testkit::TestContext;
use serde_json::Value;

pub(crate) fn cx() -> Context {
    TestContext::new("formats").build()
}

pub(crate) fn codes(imported: &Imported) -> Vec<(u32, &str, bool)> {
    imported.findings.iter().map(|it| (it.at, it.code, it.left_out)).collect()
}

/// The question with its ids numbered as they appear, so that two readings compare.
pub(crate) fn shape(item: &Item) -> (Value, Option<String>, Vec<String>) {
    fn number(value: &mut Value, seen: &mut Vec<String>) {
        match value {
            Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
                let at = seen.iter().position(|it| it == text).unwrap_or_else(|| {
                    seen.push(text.clone());
                    seen.len() - 1
                });
                *value = Value::from(at);
            }
            Value::Array(items) => items.iter_mut().for_each(|it| number(it, seen)),
            Value::Object(fields) => fields.values_mut().for_each(|it| number(it, seen)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(&item.question).unwrap();
    number(&mut value, &mut Vec::new());
    (value, item.title.clone(), item.category.clone())
}

pub(crate) fn record(question: &NewQuestion) -> Question {
    let content = &question.content;
    let mut record =
        Question::new(&cx(), content.kind, &content.prompt, content.answer_key.clone());
    record.options.clone_from(&content.options);
    record.score = content.score;
    record
}

/// The same answer to two readings of a question: the options at the same places, the same words.
pub(crate) fn answer(question: &NewQuestion, picks: &[usize], words: &str) -> Answer {
    let content = &question.content;
    let option = |at: usize| content.options[at % content.options.len()].id;
    match &content.answer_key {
        AnswerKey::Choices(_) if content.kind == QuestionKind::MultipleSelect => {
            let mut chosen: Vec<_> = picks.iter().map(|it| option(*it)).collect();
            chosen.sort();
            chosen.dedup();
            Answer::Choices(chosen)
        }
        AnswerKey::Choices(_) => Answer::Choices(vec![option(picks[0])]),
        AnswerKey::Pairs(key) => Answer::Pairs(
            key.stems
                .iter()
                .zip(picks.iter().cycle())
                .map(|(stem, at)| Pair { stem: stem.id, choice: option(*at) })
                .collect(),
        ),
        _ => Answer::Text(words.to_owned()),
    }
}
