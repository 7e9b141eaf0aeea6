//! The answers of a question: what is in the braces.
use lms_core::{
    assessment::{
        question::{
            Accept, AnswerKey, Choice, End, NumberEntry, NumberKey, Numeral, PairsKey,
            QuestionKind, Stem, TextEntry, TextKey,
        },
        scoring::{Clamp, MultipleSelectRule},
    },
    kernel::{Context, Ratio},
};

use super::glyphs::{Glyph, split, strip, text, trimmed};
use crate::{share::of_percent, words::pattern};

/// What is wrong with answers: a code and an explanation.
pub(super) type Wrong = (&'static str, String);

/// Kind, options and key of a question.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) kind: QuestionKind,
    pub(super) options: Vec<Choice>,
    pub(super) key: AnswerKey,
    /// What is not carried.
    pub(super) lost: Vec<Wrong>,
}

impl Answers {
    fn new(kind: QuestionKind, key: AnswerKey) -> Self {
        Self { kind, options: Vec::new(), key, lost: Vec::new() }
    }
}

/// One answer, as it is written.
struct Entry<'g> {
    /// Whether it is marked as right.
    is_right: bool,
    share: Option<Ratio>,
    body: &'g [Glyph],
    feedback: Option<String>,
}

/// Reads the answers of a question.
pub(super) fn read(cx: &Context, glyphs: &[Glyph]) -> Result<Answers, Wrong> {
    let body = trimmed(glyphs);
    if body.is_empty() {
        return Ok(Answers::new(QuestionKind::LongAnswer, AnswerKey::manual()));
    }
    if let Some(numbers) = strip(body, "#") {
        return read_numbers(numbers);
    }
    if let Some(answers) = read_true_false(cx, body) {
        return Ok(answers);
    }
    let entries = entries(body)?;
    let arrows = entries.iter().filter(|it| split(it.body, "->").is_some()).count();
    let right = entries.iter().filter(|it| it.is_right).count();
    match (right == entries.len(), arrows) {
        (true, 0) => Ok(read_texts(&entries)),
        (true, _) if arrows == entries.len() => read_pairs(cx, &entries),
        (true, _) => Err(("gift.mixed_matching", "every answer needs `->`, or none".to_owned())),
        (false, _) => Ok(read_choices(cx, &entries, right)),
    }
}

/// Cuts answers at `=` and `~`.
fn entries(body: &[Glyph]) -> Result<Vec<Entry<'_>>, Wrong> {
    let is_mark = |it: &Glyph| !it.is_plain && (it.char == '=' || it.char == '~');
    let mut rest = body;
    let mut found = Vec::new();
    while let Some((mark, after)) = rest.split_first() {
        if !is_mark(mark) {
            let shown: String = rest.iter().map(|it| it.char).take(20).collect();
            let detail = format!("an answer begins with `=` or `~`, not with `{shown}`");
            return Err(("gift.unmarked_answer", detail));
        }
        let end = after.iter().position(is_mark).unwrap_or(after.len());
        let (answer, next) = after.split_at_checked(end).unwrap_or((after, &[]));
        found.push(entry(mark.char == '=', answer)?);
        rest = next;
    }
    Ok(found)
}

fn entry(is_right: bool, answer: &[Glyph]) -> Result<Entry<'_>, Wrong> {
    let (share, answer) = share_of(trimmed(answer))?;
    let (body, feedback) = match split(answer, "#") {
        Some((body, feedback)) => (body, Some(text(feedback)).filter(|it| !it.is_empty())),
        None => (answer, None),
    };
    Ok(Entry { is_right, share, body: trimmed(body), feedback })
}

/// The share before an answer, as `%50%`, and the answer.
fn share_of(answer: &[Glyph]) -> Result<(Option<Ratio>, &[Glyph]), Wrong> {
    let Some((share, rest)) = strip(answer, "%").and_then(|it| split(it, "%")) else {
        return Ok((None, answer));
    };
    let written = text(share);
    match of_percent(&written).filter(|it| it.abs() <= Ratio::ONE) {
        Some(share) => Ok((Some(share), trimmed(rest))),
        None => Err(("gift.bad_share", format!("`{written}` is no percentage from -100 to 100"))),
    }
}

fn read_true_false(cx: &Context, body: &[Glyph]) -> Option<Answers> {
    let (word, feedback) = split(body, "#").unwrap_or((body, &[]));
    let is_true = match text(word).to_ascii_uppercase().as_str() {
        "T" | "TRUE" => true,
        "F" | "FALSE" => false,
        _ => return None,
    };
    // The first feedback is for the wrong answer, the second for the right one.
    let (wrong, right) = split(feedback, "#").unwrap_or((feedback, &[]));
    let option = |name: &str, is_correct: bool| {
        let mut option = Choice::new(Choice::new_id(cx), name, is_correct);
        let feedback = text(if is_correct { right } else { wrong });
        option.feedback = Some(feedback).filter(|it| !it.is_empty());
        option
    };
    let mut answers = Answers::new(QuestionKind::TrueFalse, AnswerKey::choices());
    answers.options = vec![option("True", is_true), option("False", !is_true)];
    Some(answers)
}

fn read_texts(entries: &[Entry<'_>]) -> Answers {
    let accepted = entries.iter().map(|it| {
        let written = text(it.body);
        TextEntry {
            pattern: pattern(&written),
            fraction: it.share.unwrap_or(Ratio::ONE),
            // Moodle's short answers do not regard capitals unless their form says so.
            case_sensitive: Some(false),
            feedback: it.feedback.clone(),
        }
    });
    let key = TextKey { entries: accepted.collect() };
    Answers::new(QuestionKind::ShortAnswer, AnswerKey::Texts(key))
}

fn read_pairs(cx: &Context, entries: &[Entry<'_>]) -> Result<Answers, Wrong> {
    let mut options: Vec<Choice> = Vec::new();
    let (mut stems, mut lost) = (Vec::new(), Vec::new());
    for it in entries {
        let (stem, option) = split(it.body, "->").unwrap_or((it.body, &[]));
        let (stem, option) = (text(stem), text(option));
        if option.is_empty() {
            return Err(("gift.empty_match", format!("`{stem}` has nothing to match")));
        }
        let id = match options.iter().find(|known| known.text == option) {
            Some(known) => known.id,
            None => {
                let id = Choice::new_id(cx);
                options.push(Choice::new(id, option, true));
                id
            }
        };
        // Without an item it is an option that belongs to none.
        if !stem.is_empty() {
            stems.push(Stem::new(cx.id(), stem, id));
        }
        if it.feedback.is_some() || it.share.is_some() {
            let detail = "a match has neither a share nor feedback; they are left out".to_owned();
            lost.push(("gift.match_feedback", detail));
        }
    }
    let key = AnswerKey::Pairs(PairsKey::new(stems));
    Ok(Answers { kind: QuestionKind::Matching, options, key, lost })
}

fn read_choices(cx: &Context, entries: &[Entry<'_>], right: usize) -> Answers {
    let is_several = right == 0 && entries.iter().any(|it| it.share.is_some());
    let options = entries.iter().map(|it| {
        let is_correct = match is_several {
            true => it.share.is_some_and(|it| !it.is_negative() && !it.is_zero()),
            false => it.is_right,
        };
        let share = it.share.or_else(|| is_several.then_some(Ratio::ZERO));
        Choice {
            fraction: share.filter(|_| !it.is_right),
            feedback: it.feedback.clone(),
            ..Choice::new(Choice::new_id(cx), text(it.body), is_correct)
        }
    });
    let options = options.collect();
    let (kind, key) = match is_several {
        true => {
            let rule = MultipleSelectRule::FractionSum { clamp: Clamp::default() };
            (QuestionKind::MultipleSelect, AnswerKey::multiple_select(rule))
        }
        false => (QuestionKind::SingleChoice, AnswerKey::choices()),
    };
    Answers { kind, options, key, lost: Vec::new() }
}

fn read_numbers(body: &[Glyph]) -> Result<Answers, Wrong> {
    let body = trimmed(body);
    let is_list = strip(body, "=").is_some() || strip(body, "~").is_some();
    let found = match is_list {
        true => entries(body)?,
        false => vec![entry(true, body)?],
    };
    let (mut accepted, mut lost) = (Vec::new(), Vec::new());
    for it in found {
        if !it.is_right {
            let detail = "feedback for every other number is left out".to_owned();
            lost.push(("gift.other_numbers", detail));
            continue;
        }
        accepted.push(NumberEntry {
            accept: accept(it.body)?,
            fraction: it.share.unwrap_or(Ratio::ONE),
            feedback: it.feedback,
        });
    }
    let key = NumberKey { entries: accepted, units: None, format: None };
    let mut answers = Answers::new(QuestionKind::Numeric, AnswerKey::Numbers(key));
    answers.lost = lost;
    Ok(answers)
}

/// `value`, `value:margin` or `low..high`.
fn accept(body: &[Glyph]) -> Result<Accept, Wrong> {
    let number = |glyphs: &[Glyph]| {
        let written = text(glyphs);
        let read = written.parse::<Numeral>();
        read.map_err(|_| ("gift.bad_number", format!("`{written}` is no number")))
    };
    if let Some((low, high)) = split(body, "..") {
        let (low, high) = (End::closed(number(low)?), End::closed(number(high)?));
        return Ok(Accept::Interval { low: Some(low), high: Some(high) });
    }
    match split(body, ":") {
        Some((value, margin)) => {
            let (value, margin) = (number(value)?, number(margin)?);
            Ok(match margin.is_zero() {
                true => Accept::Exact { value },
                false => Accept::Absolute { value, margin },
            })
        }
        None => Ok(Accept::Exact { value: number(body)? }),
    }
}
