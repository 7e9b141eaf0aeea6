//! Texts with blanks, whose answers are inside of the text.
use std::collections::BTreeSet;

use lms_core::{
    assessment::{
        question::{
            Blank, BlankKey, BlanksKey, Choice, GapOptions, NumberEntry, NumberKey, TextEntry,
            TextKey,
        },
        scoring::{Clamp, MultipleSelectRule},
    },
    kernel::{Context, Points, Ratio, Rounding},
};

use super::read::{Wrong, accept};
use crate::{
    share::{of_percent, percent},
    words::{pattern, written},
};

/// A blank as the text has it: how much it counts, its kind and its answers.
struct Field<'t> {
    weight: u16,
    kind: Kind,
    body: &'t str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Words { case: bool },
    Number,
    One,
    Several,
}

fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "SHORTANSWER" | "SA" | "MW" => Kind::Words { case: false },
        "SHORTANSWER_C" | "SAC" | "MWC" => Kind::Words { case: true },
        "NUMERICAL" | "NM" => Kind::Number,
        "MULTICHOICE" | "MC" | "MULTICHOICE_V" | "MCV" | "MULTICHOICE_H" | "MCH"
        | "MULTICHOICE_S" | "MCS" | "MULTICHOICE_VS" | "MCVS" | "MULTICHOICE_HS" | "MCHS" => {
            Kind::One
        }
        "MULTIRESPONSE" | "MR" | "MULTIRESPONSE_H" | "MRH" | "MULTIRESPONSE_S" | "MRS"
        | "MULTIRESPONSE_HS" | "MRHS" => Kind::Several,
        _ => return None,
    })
}

/// The most blanks of a question.
pub const MAX_BLANKS: usize = 500;

/// The most bytes before a colon: of a weight, or of the name of a kind.
const LONGEST_WORD: usize = 24;

/// What is before the next colon, if it is near.
fn word(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().take(LONGEST_WORD).position(|it| it == b':')?;
    let (word, rest) = text.split_at_checked(at)?;
    Some((word.trim(), rest.strip_prefix(':')?))
}

/// Cuts blanks out of a text, in time that grows as the text does.
#[derive(Default)]
struct Cutter {
    /// A blank had no end, so that no later one has.
    has_no_end: bool,
}

impl Cutter {
    /// The blank that a text begins with, and what comes after it.
    fn field<'t>(&mut self, text: &'t str) -> Option<(Field<'t>, &'t str)> {
        let (weight, rest) = word(text.strip_prefix('{')?)?;
        let weight = if weight.is_empty() { 1 } else { weight.parse().ok()? };
        let (kind, rest) = word(rest)?;
        let kind = kind_of(kind)?;
        if self.has_no_end {
            return None;
        }
        let end = unescaped(rest, '}');
        self.has_no_end = end.is_none();
        let (body, after) = rest.split_at_checked(end?)?;
        Some((Field { weight, kind, body }, after.strip_prefix('}')?))
    }
}

/// The numbers that a text has as marks already, such as `[1]`.
fn marks(text: &str) -> BTreeSet<u32> {
    let number = |at: usize| {
        let rest = text.get(at.saturating_add(1)..)?;
        let end = rest.bytes().take(11).position(|it| it == b']')?;
        rest.get(..end)?.parse().ok()
    };
    text.match_indices('[').filter_map(|(at, _)| number(at)).collect()
}

/// Where a sign is that no backslash makes plain.
fn unescaped(text: &str, sign: char) -> Option<usize> {
    let mut is_plain = false;
    text.char_indices().find_map(|(at, char)| {
        let found = !is_plain && char == sign;
        is_plain = !is_plain && char == '\\';
        found.then_some(at)
    })
}

/// Whether a text has what would be read as a blank.
pub(super) fn has_field(text: &str) -> bool {
    let mut cutter = Cutter::default();
    let mut is_field = |at: usize| text.get(at..).is_some_and(|it| cutter.field(it).is_some());
    text.match_indices('{').any(|(at, _)| is_field(at))
}

/// Reads a text with blanks: the text with a mark in the place of each, such as `[1]`, and the key.
pub(super) fn read(cx: &Context, text: &str) -> Result<(String, BlanksKey), Wrong> {
    let (mut prompt, mut rest) = (String::new(), text);
    let (mut blanks, mut number) = (Vec::new(), 0_u32);
    let (mut cutter, taken) = (Cutter::default(), marks(text));
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        prompt.push_str(before);
        match cutter.field(from) {
            Some(_) if blanks.len() >= MAX_BLANKS => {
                let detail = format!("a text has at most {MAX_BLANKS} blanks; split it");
                return Err(("moodle.too_many_blanks", detail));
            }
            Some((field, after)) => {
                // A mark that the text has already is not taken.
                number = number.saturating_add(1);
                while taken.contains(&number) {
                    number = number.saturating_add(1);
                }
                let label = number.to_string();
                prompt.push_str(&format!("[{label}]"));
                let weight = Ratio::new(i128::from(field.weight.max(1)), 1).unwrap_or(Ratio::ONE);
                let key = key(cx, &field)?;
                blanks.push(Blank { label, weight, ..Blank::new(cx.id(), key) });
                rest = after;
            }
            None => {
                prompt.push('{');
                rest = from.strip_prefix('{').unwrap_or(from);
            }
        }
    }
    prompt.push_str(rest);
    match blanks.is_empty() {
        true => Err(("moodle.no_blank", "the text has no blank; add one".to_owned())),
        false => Ok((prompt, BlanksKey::new(blanks))),
    }
}

/// The score of the whole: what the blanks are worth together.
pub(super) fn score(key: &BlanksKey) -> Option<Points> {
    let sum = Ratio::sum(key.blanks.iter().map(|it| it.weight)).ok()?;
    Points::from_ratio(sum, Rounding::HalfUp).ok()
}

/// One answer of a blank.
struct Entry {
    share: Option<Ratio>,
    is_right: bool,
    text: String,
    feedback: Option<String>,
}

impl Entry {
    /// What it earns: everything for one that is marked as right.
    fn fraction(&self) -> Ratio {
        let usual = if self.is_right { Ratio::ONE } else { Ratio::ZERO };
        self.share.unwrap_or(usual)
    }
}

fn entries(body: &str) -> Result<Vec<Entry>, Wrong> {
    let (mut found, mut rest) = (Vec::new(), Some(body.strip_prefix('~').unwrap_or(body)));
    while let Some(text) = rest {
        let end = unescaped(text, '~').unwrap_or(text.len());
        let (answer, after) = text.split_at_checked(end).unwrap_or((text, ""));
        rest = after.strip_prefix('~');
        let (is_right, answer) = match answer.trim_start().strip_prefix('=') {
            Some(answer) => (true, answer),
            None => (false, answer.trim_start()),
        };
        let parted = answer.strip_prefix('%').and_then(|it| it.split_once('%'));
        let (share, answer) = match parted {
            Some((share, answer)) => {
                let read = of_percent(share).filter(|it| it.abs() <= Ratio::ONE);
                let wrong = || ("moodle.bad_share", format!("`{share}` is no percentage"));
                (Some(read.ok_or_else(wrong)?), answer)
            }
            None => (None, answer),
        };
        let end = unescaped(answer, '#').unwrap_or(answer.len());
        let (answer, feedback) = answer.split_at_checked(end).unwrap_or((answer, ""));
        let feedback = plain(feedback.strip_prefix('#').unwrap_or_default());
        let feedback = Some(feedback).filter(|it| !it.is_empty());
        found.push(Entry { share, is_right, text: plain(answer), feedback });
    }
    Ok(found)
}

/// The text without the backslashes that make signs plain.
fn plain(text: &str) -> String {
    let (mut plain, mut chars) = (String::with_capacity(text.len()), text.trim().chars());
    while let Some(char) = chars.next() {
        match char {
            // A wildcard's own backslash is told from it later.
            '\\' => match chars.next() {
                Some('*') => plain.push_str("\\*"),
                Some(char) => plain.push(char),
                None => {}
            },
            char => plain.push(char),
        }
    }
    plain
}

fn key(cx: &Context, field: &Field<'_>) -> Result<BlankKey, Wrong> {
    let entries = entries(field.body)?;
    Ok(match field.kind {
        Kind::Words { case } => {
            let entries = entries.into_iter().map(|it| TextEntry {
                fraction: it.fraction(),
                feedback: it.feedback,
                ..TextEntry::new(pattern(&it.text)).with_case(case)
            });
            BlankKey::Text(TextKey { entries: entries.collect() })
        }
        Kind::Number => {
            let mut numbers = Vec::new();
            for it in entries.into_iter().filter(|it| it.text != "*") {
                let (value, margin) = it.text.split_once(':').unwrap_or((&it.text, ""));
                let fraction = it.fraction();
                numbers.push(NumberEntry {
                    accept: accept(value, margin)?,
                    fraction,
                    feedback: it.feedback,
                });
            }
            BlankKey::Number(NumberKey { entries: numbers, units: None, format: None })
        }
        Kind::One => {
            let options = entries.into_iter().map(|it| {
                let share = it.fraction();
                let is_right = share == Ratio::ONE;
                Choice {
                    fraction: Some(share).filter(|it| !is_right && !it.is_zero()),
                    feedback: it.feedback,
                    ..Choice::new(Choice::new_id(cx), it.text, is_right)
                }
            });
            BlankKey::Choice(GapOptions::new(options.collect()))
        }
        Kind::Several => {
            let right = entries.iter().filter(|it| it.is_right && it.share.is_none()).count();
            let each = i128::try_from(right).ok().and_then(|it| Ratio::new(1, it.max(1)).ok());
            let options = entries.into_iter().map(|it| {
                let usual = each.filter(|_| it.is_right).unwrap_or(Ratio::ZERO);
                let share = it.share.unwrap_or(usual);
                Choice {
                    fraction: Some(share),
                    feedback: it.feedback,
                    ..Choice::new(Choice::new_id(cx), it.text, share > Ratio::ZERO)
                }
            });
            let rule = MultipleSelectRule::FractionSum { clamp: Clamp::default() };
            BlankKey::Ticks(GapOptions { options: options.collect(), rule: Some(rule) })
        }
    })
}

/// What the format cannot say.
type Unsaid = (&'static str, &'static str);

/// Writes a text with blanks: each in the place of its mark.
pub(super) fn write(prompt: &str, key: &BlanksKey) -> Result<String, Unsaid> {
    if has_field(prompt) {
        return Err(("moodle.cloze_text", "the text has what would be read as a blank"));
    }
    if key.rule.is_some() {
        return Err(("moodle.blank_rule", "the rule of the blanks is not carried"));
    }
    let mut places = Vec::new();
    for blank in &key.blanks {
        let mark = format!("[{}]", blank.label);
        let mut found = prompt.match_indices(&mark);
        let unmarked = ("moodle.blank_mark", "a blank has no mark of its own in the text");
        let (at, _) = found.next().ok_or(unmarked)?;
        if blank.label.is_empty() || found.next().is_some() {
            return Err(unmarked);
        }
        places.push((at, mark.len(), blank));
    }
    places.sort_by_key(|it| it.0);
    let (mut text, mut from) = (String::new(), 0);
    for (at, length, blank) in places {
        text.push_str(prompt.get(from..at).unwrap_or_default());
        text.push_str(&one(blank)?);
        from = at.saturating_add(length);
    }
    text.push_str(prompt.get(from..).unwrap_or_default());
    Ok(text)
}

fn one(blank: &Blank) -> Result<String, Unsaid> {
    let weight = blank.weight.to_integer(Rounding::HalfUp);
    if Ratio::new(weight, 1) != Ok(blank.weight) || !(1..=999).contains(&weight) {
        return Err(("moodle.blank_weight", "a blank counts a whole number from 1 to 999"));
    }
    let mut body = String::new();
    let name = match &blank.key {
        BlankKey::Text(key) => {
            let case = key.entries.first().and_then(|it| it.case_sensitive) == Some(true);
            for it in &key.entries {
                if it.case_sensitive.unwrap_or(false) != case {
                    return Err((
                        "moodle.case",
                        "capitals count for all answers of a blank or none",
                    ));
                }
                let unsaid = ("moodle.regex", "the format has no regular expressions");
                let words = written(&it.pattern).ok_or(unsaid)?;
                add(&mut body, it.fraction, &words, it.feedback.as_deref());
            }
            if case { "SHORTANSWER_C" } else { "SHORTANSWER" }
        }
        BlankKey::Number(key) => {
            if key.units.is_some() || key.format.is_some() {
                return Err(("moodle.units", "units and ways of writing are not carried"));
            }
            for it in &key.entries {
                let (value, margin) = super::write::number(&it.accept)?;
                add(&mut body, it.fraction, &format!("{value}:{margin}"), it.feedback.as_deref());
            }
            "NUMERICAL"
        }
        BlankKey::Choice(gap) if gap.rule.is_none() => {
            for it in &gap.options {
                let share = it.fraction.filter(|_| !it.is_correct);
                let usual = if it.is_correct { Ratio::ONE } else { Ratio::ZERO };
                add(&mut body, share.unwrap_or(usual), &it.text, it.feedback.as_deref());
            }
            "MULTICHOICE"
        }
        BlankKey::Ticks(gap) => {
            for it in &gap.options {
                let share =
                    it.fraction.ok_or(("moodle.ticks", "ticks need shares of their own"))?;
                add(&mut body, share, &it.text, it.feedback.as_deref());
            }
            "MULTIRESPONSE"
        }
        BlankKey::Choice(_) => return Err(("moodle.blank_rule", "a blank's rule is not carried")),
    };
    Ok(format!("{{{weight}:{name}:{body}}}"))
}

fn add(body: &mut String, share: Ratio, text: &str, feedback: Option<&str>) {
    if !body.is_empty() {
        body.push('~');
    }
    match percent(share) {
        Some(share) if share == "100" => body.push('='),
        Some(share) => body.push_str(&format!("%{share}%")),
        None => {}
    }
    body.push_str(&escaped(text));
    if let Some(words) = feedback {
        body.push('#');
        body.push_str(&escaped(words));
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if chars.peek() == Some(&'*') => escaped.push('\\'),
            '}' | '#' | '~' | '=' | '\\' | '"' | '%' => {
                escaped.push('\\');
                escaped.push(char);
            }
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A large file is nothing but the beginnings of blanks: reading takes as long as the file, not
    /// as its square, which would be minutes here and hours for the largest file.
    #[test]
    fn a_text_of_beginnings_is_read_at_once() {
        let cx = lms_testkit::TestContext::new("cloze").build();
        for beginning in ["{", "{1:SA:", "{1:SA:=a\\", "[{:", "{1:"] {
            let text = beginning.repeat(crate::MAX_BYTES / 32 / beginning.len());
            assert!(!has_field(&text), "{beginning}");
            assert!(read(&cx, &text).is_err(), "{beginning}");
        }
        let many = "{1:SA:=a}".repeat(MAX_BLANKS + 1);
        let error = read(&cx, &many).unwrap_err();
        assert_eq!(error.0, "moodle.too_many_blanks");
        let most = "[7]{1:SA:=a}".repeat(MAX_BLANKS);
        assert_eq!(read(&cx, &most).unwrap().1.blanks.len(), MAX_BLANKS);
    }
}
