//! Writing a file.
use std::fmt::Write as _;

use lms_core::{
    assessment::{
        bank::QuestionContent,
        question::{
            Accept, AnswerKey, Choice, ChoicesKey, NumberKey, PairsKey, QuestionKind, TextEntry,
            TextPattern,
        },
        scoring::MultipleSelectRule,
    },
    kernel::{Points, Ratio},
};

use super::glyphs::escaped;
use crate::share::percent;
use crate::{Exported, Finding, Item};

/// What the format cannot say: a code and an explanation.
type Lost = (&'static str, &'static str);

/// Writes questions as GIFT. A question that the format cannot say is left out, and what it cannot
/// say of a question is a finding.
pub fn write(items: &[Item]) -> Exported {
    let mut exported = Exported::default();
    let mut category: &[String] = &[];
    for (item, at) in items.iter().zip(1_u32..) {
        let mut lost = Vec::new();
        let written = answers(&item.question.content, &mut lost);
        let (block, left_out) = match written {
            Ok(answers) => (Some(answers), None),
            Err(reason) => (None, Some(reason)),
        };
        if let Some(answers) = block {
            if item.category != category {
                category = &item.category;
                // A slash at an end of a name would be read as a part of the separator.
                if category.iter().any(|it| it.trim_matches('/') != it) {
                    lost.push(("gift.category", "a category's name is written without its ends"));
                }
                let names = category.iter().map(|it| it.trim_matches('/').replace('/', "//"));
                let names: Vec<_> = names.collect();
                let _ = writeln!(exported.text, "$CATEGORY: {}\n", one_line(&names.join("/")));
            }
            lost.extend(beside(&item.question.content));
            if !item.tags.is_empty() {
                lost.push(("gift.tags", "tags are not carried"));
            }
            exported.text.push_str(&question(item, &answers));
        }
        let found = |(code, detail): Lost, left_out| Finding {
            at,
            code,
            detail: detail.to_owned(),
            left_out,
        };
        exported.findings.extend(left_out.map(|it| found(it, true)));
        exported.findings.extend(lost.into_iter().map(|it| found(it, false)));
    }
    exported
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn question(item: &Item, answers: &str) -> String {
    let content = &item.question.content;
    let mut text = String::new();
    if let Some(title) = &item.title {
        let _ = write!(text, "::{}:: ", escaped(title));
    }
    // What would be read as markup, a comment or a category.
    if content.prompt.starts_with(['[', '/', '$']) {
        text.push_str("[plain]");
    }
    text.push_str(&escaped(&content.prompt));
    if content.kind != QuestionKind::Information {
        text.push_str(" {");
        text.push_str(answers);
        if let Some(explanation) = &content.explanation {
            let _ = write!(text, "\n####{}", escaped(explanation));
        }
        text.push_str(if answers.is_empty() { "}" } else { "\n}" });
    }
    text.push_str("\n\n");
    text
}

/// What the format does not carry of a question.
fn beside(content: &QuestionContent) -> Vec<Lost> {
    let mut lost: Vec<Lost> = Vec::new();
    let is_information = content.kind == QuestionKind::Information;
    if !is_information && content.score != Points::from_ten_thousandths(10_000) {
        lost.push(("gift.score", "the score is not carried; it will be 1"));
    }
    if content.media_url.is_some() || content.options.iter().any(|it| it.media.is_some()) {
        lost.push(("gift.media", "pictures, sound and films are not carried"));
    }
    if content.rules != lms_core::assessment::question::QuestionRules::default() {
        lost.push(("gift.rules", "the question's own rules are not carried"));
    }
    if content.options.iter().any(|it| it.pinned) {
        lost.push(("gift.pinned", "options are shuffled, pinned ones too"));
    }
    if is_information && content.explanation.is_some() {
        lost.push(("gift.explanation", "the explanation of a text is not carried"));
    }
    lost
}

fn answers(content: &QuestionContent, lost: &mut Vec<Lost>) -> Result<String, Lost> {
    match &content.answer_key {
        AnswerKey::Choices(key) => match content.kind {
            QuestionKind::TrueFalse => true_false(&content.options)
                .map_or_else(|| single(&content.options, Some(lost)), Ok),
            QuestionKind::MultipleSelect => several(&content.options, key, lost),
            _ => single(&content.options, None),
        },
        AnswerKey::Texts(key) => texts(&key.entries, lost),
        AnswerKey::Numbers(key) => numbers(key, lost),
        AnswerKey::Pairs(key) => pairs(key, &content.options, lost),
        AnswerKey::Manual(key) if content.kind == QuestionKind::LongAnswer => {
            if key.rubric.is_some() || key.model_answer.is_some() {
                lost.push(("gift.rubric", "rubric and model answer are not carried"));
            }
            Ok(String::new())
        }
        AnswerKey::Nothing => Ok(String::new()),
        AnswerKey::Manual(_)
        | AnswerKey::Blanks(_)
        | AnswerKey::Order(_)
        | AnswerKey::Spots(_)
        | AnswerKey::Associations(_)
        | AnswerKey::Slider(_) => Err(("gift.kind", "the format has no such kind of question")),
    }
}

fn true_false(options: &[Choice]) -> Option<String> {
    let [first, second] = options else { return None };
    let is = |option: &Choice, word| option.text.trim().eq_ignore_ascii_case(word);
    if !is(first, "true") || !is(second, "false") || first.is_correct == second.is_correct {
        return None;
    }
    let (right, wrong) = if first.is_correct { (first, second) } else { (second, first) };
    let mut text = if first.is_correct { "TRUE".to_owned() } else { "FALSE".to_owned() };
    let feedback = |it: &Choice| it.feedback.as_deref().map(escaped).unwrap_or_default();
    if right.feedback.is_some() || wrong.feedback.is_some() {
        let _ = write!(text, "#{}#{}", feedback(wrong), feedback(right));
    }
    Some(text)
}

fn single(options: &[Choice], as_choice: Option<&mut Vec<Lost>>) -> Result<String, Lost> {
    if let Some(lost) = as_choice {
        lost.push(("gift.true_false", "the options are not True and False; it is a choice"));
    }
    let is_whole = |it: &&Choice| it.is_correct && it.fraction.is_none_or(|it| it == Ratio::ONE);
    if !options.iter().any(|it| is_whole(&it)) {
        return Err(("gift.no_whole_option", "no option earns everything"));
    }
    let mut text = String::new();
    for option in options {
        match is_whole(&option) {
            true => entry(&mut text, '=', None, &option.text, option.feedback.as_deref()),
            false => {
                let share = option.fraction.filter(|it| !it.is_zero());
                entry(&mut text, '~', share, &option.text, option.feedback.as_deref());
            }
        }
    }
    Ok(text)
}

fn several(options: &[Choice], key: &ChoicesKey, lost: &mut Vec<Lost>) -> Result<String, Lost> {
    match &key.rule {
        Some(MultipleSelectRule::FractionSum { clamp }) if *clamp == Default::default() => {}
        _ => lost.push(("gift.select_rule", "options count by their shares, added up")),
    }
    let right = options.iter().filter(|it| it.is_correct).count();
    let each = i128::try_from(right).ok().and_then(|it| Ratio::new(1, it).ok());
    let share = |it: &Choice| it.fraction.or(each.filter(|_| it.is_correct)).unwrap_or(Ratio::ZERO);
    if options.iter().any(|it| it.is_correct != (share(it) > Ratio::ZERO)) {
        return Err(("gift.wrong_option_earns", "a wrong option earns, or a right one does not"));
    }
    let mut text = String::new();
    for option in options {
        entry(&mut text, '~', Some(share(option)), &option.text, option.feedback.as_deref());
    }
    Ok(text)
}

fn texts(entries: &[TextEntry], lost: &mut Vec<Lost>) -> Result<String, Lost> {
    let mut text = String::new();
    for it in entries {
        let pattern = match &it.pattern {
            TextPattern::Exact(exact) if exact.contains("\\*") || exact.contains("->") => {
                return Err(("gift.text", "an accepted answer has `\\*` or `->` in it"));
            }
            TextPattern::Exact(exact) => exact.replace('*', "\\*"),
            TextPattern::Wildcard(pattern) => pattern.clone(),
            TextPattern::Regex(_) => {
                return Err(("gift.regex", "the format has no regular expressions"));
            }
        };
        if it.case_sensitive != Some(false) {
            lost.push(("gift.case", "capitals and small letters will count as the same"));
        }
        let share = (it.fraction != Ratio::ONE).then_some(it.fraction);
        entry(&mut text, '=', share, &pattern, it.feedback.as_deref());
    }
    Ok(text)
}

fn numbers(key: &NumberKey, lost: &mut Vec<Lost>) -> Result<String, Lost> {
    if key.units.is_some() {
        return Err(("gift.units", "the format has no units"));
    }
    if key.format.is_some() {
        lost.push(("gift.number_format", "how learners write numbers is not carried"));
    }
    let mut text = "#".to_owned();
    for it in &key.entries {
        let accept = match &it.accept {
            Accept::Exact { value } => format!("{value}"),
            Accept::Absolute { value, margin } => format!("{value}:{margin}"),
            Accept::Interval { low: Some(low), high: Some(high) } if !low.open && !high.open => {
                format!("{}..{}", low.at, high.at)
            }
            _ => return Err(("gift.tolerance", "the format has no such tolerance")),
        };
        let share = (it.fraction != Ratio::ONE).then_some(it.fraction);
        begin(&mut text, '=', share, false);
        text.push_str(&accept);
        feedback(&mut text, it.feedback.as_deref());
    }
    Ok(text)
}

fn pairs(key: &PairsKey, options: &[Choice], lost: &mut Vec<Lost>) -> Result<String, Lost> {
    if key.rule.is_some() || key.stems.iter().any(|it| it.weight != Ratio::ONE) {
        lost.push(("gift.match_rule", "all items count the same, each by itself"));
    }
    let mut text = String::new();
    let mut line = |stem: &str, option: &str| {
        let _ = write!(text, "\n={} -> {}", escaped(stem), escaped(option));
    };
    let is_sayable = |it: &str| !it.is_empty() && it.trim() == it && !it.contains("->");
    for stem in &key.stems {
        let option = options.iter().find(|it| it.id == stem.choice);
        let option = option.ok_or(("gift.unknown_option", "an item has no option"))?;
        if !is_sayable(&stem.text) || stem.text.starts_with('%') || !is_sayable(&option.text) {
            return Err(("gift.match_text", "an item or an option is empty or has `->` in it"));
        }
        line(&stem.text, &option.text);
    }
    for option in options.iter().filter(|it| key.stems.iter().all(|stem| stem.choice != it.id)) {
        line("", &option.text);
    }
    let mut words: Vec<_> = options.iter().map(|it| it.text.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    match words.len() == options.len() {
        true => Ok(text),
        false => Err(("gift.same_options", "two options have the same words")),
    }
}

fn entry(
    text: &mut String,
    mark: char,
    share: Option<Ratio>,
    body: &str,
    with_feedback: Option<&str>,
) {
    begin(text, mark, share, body.starts_with('%'));
    text.push_str(&escaped(body));
    feedback(text, with_feedback);
}

/// A mark and a share; a text that begins like a share needs one before it.
fn begin(text: &mut String, mark: char, share: Option<Ratio>, needs_share: bool) {
    text.push('\n');
    text.push(mark);
    let usual = if mark == '=' { Ratio::ONE } else { Ratio::ZERO };
    let share = share.or_else(|| needs_share.then_some(usual));
    if let Some(share) = share.and_then(percent) {
        let _ = write!(text, "%{share}%");
    }
}

fn feedback(text: &mut String, words: Option<&str>) {
    if let Some(words) = words {
        let _ = write!(text, "#{}", escaped(words));
    }
}
