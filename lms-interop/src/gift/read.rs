//! Reading a file.
use lms_core::{
    assessment::{
        authoring::NewQuestion,
        question::{AnswerKey, QuestionKind},
    },
    kernel::{Context, DomainError as _, Points},
};

use super::{
    answers::{self, Answers, Wrong},
    glyphs::{Glyph, find, glyphs, split, strip, text, trimmed},
};
use crate::{
    Finding, Imported, Item, MAX_ITEMS, ReadError,
    report::{category_of, check, text_of},
};

/// The gap in the prompt of a question whose answers are inside of its sentence.
const GAP: &str = "_____";

/// Reads questions from GIFT. The context makes their ids.
///
/// # Errors
/// [`ReadError`] for a file that is not read at all; everything else is a finding.
pub fn read(cx: &Context, bytes: &[u8]) -> Result<Imported, ReadError> {
    let mut imported = Imported::default();
    for (line, category, block) in blocks(text_of(bytes)?) {
        if imported.items.len() >= MAX_ITEMS {
            return Err(ReadError::TooMany { most: MAX_ITEMS });
        }
        match read_item(cx, &glyphs(&block), line, &mut imported.findings) {
            Ok(item) => imported.items.push(Item { category, line, ..item }),
            Err((code, detail)) => {
                imported.findings.push(Finding { at: line, code, detail, left_out: true });
            }
        }
    }
    imported.findings.sort_by_key(|it| it.at);
    Ok(imported)
}

/// A question's line, its category and its text.
type Block = (u32, Vec<String>, String);

/// The questions of a file, each with its line and its category: what is between blank lines,
/// without comments.
fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut category, mut is_open) = (Vec::new(), false);
    for (line, at) in text.lines().zip(1_u32..) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            is_open = false;
        } else if trimmed.starts_with("//") {
            // A comment, which separates nothing.
        } else if let Some(path) = trimmed.strip_prefix("$CATEGORY:") {
            category = category_of(path);
            is_open = false;
        } else {
            match found.last_mut().filter(|_| is_open) {
                Some((_, _, block)) => {
                    block.push('\n');
                    block.push_str(line);
                }
                None => found.push((at, category.clone(), line.to_owned())),
            }
            is_open = true;
        }
    }
    found
}

fn read_item(
    cx: &Context,
    block: &[Glyph],
    line: u32,
    findings: &mut Vec<Finding>,
) -> Result<Item, Wrong> {
    let (title, block) = title_of(trimmed(block))?;
    let block = without_format(block, line, findings);
    let (prompt, answers, explanation) = match find(block, "{") {
        None => (text(block), nothing(), None),
        Some(at) => {
            let (before, rest) = block.split_at_checked(at).unwrap_or((block, &[]));
            let inside = strip(rest, "{").and_then(|it| split(it, "}"));
            let Some((inside, after)) = inside else {
                return Err(("gift.unclosed", "`{` has no `}`; add it".to_owned()));
            };
            if find(after, "{").is_some() {
                let detail = "a question has one pair of braces; split it".to_owned();
                return Err(("gift.several_answers", detail));
            }
            let (inside, explanation) = match split(inside, "####") {
                Some((inside, it)) => (inside, Some(text(it)).filter(|it| !it.is_empty())),
                None => (inside, None),
            };
            (prompt_around(before, after), answers::read(cx, inside)?, explanation)
        }
    };
    for (code, detail) in answers.lost {
        findings.push(Finding { at: line, code, detail, left_out: false });
    }
    let mut question =
        NewQuestion::new(answers.kind, prompt, answers.key).with_options(answers.options);
    question.content.explanation = explanation;
    if answers.kind == QuestionKind::Information {
        question.content.score = Points::ZERO;
    }
    check(cx, &question).map_err(|it| ("gift.not_gradable", it.message()))?;
    Ok(Item { title, ..Item::new(question) })
}

fn nothing() -> Answers {
    Answers {
        kind: QuestionKind::Information,
        options: Vec::new(),
        key: AnswerKey::Nothing,
        lost: Vec::new(),
    }
}

fn title_of(block: &[Glyph]) -> Result<(Option<String>, &[Glyph]), Wrong> {
    let Some(rest) = strip(block, "::") else { return Ok((None, block)) };
    match split(rest, "::") {
        Some((title, rest)) => Ok((Some(text(title)).filter(|it| !it.is_empty()), trimmed(rest))),
        None => Err(("gift.unclosed_title", "a title ends with `::`; add it".to_owned())),
    }
}

/// The question without the name of its markup, which is kept as it is written.
fn without_format<'g>(block: &'g [Glyph], line: u32, findings: &mut Vec<Finding>) -> &'g [Glyph] {
    for format in ["[plain]", "[moodle]", "[markdown]", "[html]"] {
        let Some(rest) = strip(block, format) else { continue };
        if matches!(format, "[html]" | "[moodle]") {
            let detail = format!("texts in {format} keep their markup as it is written");
            findings.push(Finding { at: line, code: "gift.markup", detail, left_out: false });
        }
        return trimmed(rest);
    }
    block
}

/// The prompt; where the answers are inside of a sentence, with a gap in their place.
fn prompt_around(before: &[Glyph], after: &[Glyph]) -> String {
    let (before, after) = (text(before), text(after));
    match (before.is_empty(), after.is_empty()) {
        (_, true) => before,
        (true, false) => format!("{GAP} {after}"),
        (false, false) => {
            let is_mark = after.starts_with(|it: char| it.is_ascii_punctuation());
            format!("{before} {GAP}{}{after}", if is_mark { "" } else { " " })
        }
    }
}
