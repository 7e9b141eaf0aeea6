//! Writing a file.
use std::fmt::Write as _;

use lms_core::{
    assessment::{
        bank::QuestionContent,
        question::{
            Accept, AnswerKey, Choice, ChoicesKey, NumberKey, OrderKey, PairsKey, QuestionKind,
            QuestionRules, TextEntry,
        },
        scoring::{MultipleSelectRule, OrderingRule},
    },
    kernel::{Points, Ratio},
};
use quick_xml::escape::partial_escape;

use super::cloze;
use crate::{Exported, Finding, Item, share::percent, words::written};

/// What the format cannot say: a code and an explanation.
type Lost = (&'static str, &'static str);

/// Writes questions as Moodle XML. A question that the format cannot say is left out, and what it
/// cannot say of a question is a finding.
pub fn write(items: &[Item]) -> Exported {
    let mut exported = Exported::default();
    exported.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n");
    let mut category: &[String] = &[];
    for (item, at) in items.iter().zip(1_u32..) {
        let mut lost = Vec::new();
        let left_out = match question(item, &mut lost) {
            Ok(text) if is_xml(&text) => {
                if item.category != category {
                    category = &item.category;
                    if category.iter().any(|it| it.trim_matches('/') != it) {
                        lost.push((
                            "moodle.category",
                            "a category's name is written without its ends",
                        ));
                    }
                    begin_category(&mut exported.text, category);
                }
                exported.text.push_str(&text);
                None
            }
            Ok(_) => Some(("moodle.character", "a text has a character that XML does not allow")),
            Err(reason) => Some(reason),
        };
        let found = |(code, detail): Lost, left_out| Finding {
            at,
            code,
            detail: detail.to_owned(),
            left_out,
        };
        if left_out.is_none() {
            exported.findings.extend(lost.into_iter().map(|it| found(it, false)));
        }
        exported.findings.extend(left_out.map(|it| found(it, true)));
    }
    exported.text.push_str("</quiz>\n");
    exported
}

/// Whether XML 1.0 allows all characters of a text (section 2.2).
fn is_xml(text: &str) -> bool {
    let is_allowed = |it: char| {
        matches!(it, '\t' | '\n' | '\r') || (it >= ' ' && !matches!(it, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().all(is_allowed)
}

fn begin_category(text: &mut String, category: &[String]) {
    let names = category.iter().map(|it| it.trim_matches('/').replace('/', "//"));
    let names: Vec<_> = names.collect();
    text.push_str("<question type=\"category\">");
    let path = match names.is_empty() {
        true => "$course$/top".to_owned(),
        false => format!("$course$/top/{}", names.join("/")),
    };
    element(text, "category", "", &path);
    text.push_str("</question>\n");
}

fn question(item: &Item, lost: &mut Vec<Lost>) -> Result<String, Lost> {
    let content = &item.question.content;
    let mut prompt = content.prompt.clone();
    let mut answers = String::new();
    let kind = match &content.answer_key {
        AnswerKey::Choices(key) => choices(&mut answers, content, key)?,
        AnswerKey::Texts(key) => texts(&mut answers, &key.entries)?,
        AnswerKey::Numbers(key) => numbers(&mut answers, key, lost)?,
        AnswerKey::Pairs(key) => pairs(&mut answers, key, &content.options, lost)?,
        AnswerKey::Order(key) => ordering(&mut answers, key, &content.options)?,
        AnswerKey::Blanks(key) => {
            prompt = cloze::write(&prompt, key)?;
            if cloze::score(key) != Some(content.score) {
                lost.push(("moodle.score", "the score will be what the blanks count together"));
            }
            "cloze"
        }
        AnswerKey::Manual(key) if content.kind == QuestionKind::LongAnswer => {
            if key.rubric.is_some() || key.model_answer.is_some() {
                lost.push(("moodle.rubric", "rubric and model answer are not carried"));
            }
            if let Some(files) = content.rules.attachments {
                let _ = write!(
                    answers,
                    "<attachments>{}</attachments><attachmentsrequired>{}</attachmentsrequired>",
                    files.most, files.least
                );
            }
            "essay"
        }
        AnswerKey::Nothing => "description",
        AnswerKey::Manual(_)
        | AnswerKey::Spots(_)
        | AnswerKey::Associations(_)
        | AnswerKey::Slider(_) => {
            return Err(("moodle.kind", "the format has no such kind of question"));
        }
    };
    beside(content, kind, lost);
    let mut text = format!("<question type=\"{kind}\">\n");
    if let Some(title) = &item.title {
        element(&mut text, "name", "", title);
    }
    element(&mut text, "questiontext", format_of(&prompt), &prompt);
    if let Some(words) = &content.explanation {
        element(&mut text, "generalfeedback", format_of(words), words);
    }
    if !matches!(kind, "cloze" | "description") {
        let _ = writeln!(text, "<defaultgrade>{}</defaultgrade>", content.score);
    }
    text.push_str(&answers);
    if !item.tags.is_empty() {
        text.push_str("<tags>");
        item.tags.iter().for_each(|it| element(&mut text, "tag", "", it));
        text.push_str("</tags>\n");
    }
    text.push_str("</question>\n");
    Ok(text)
}

/// What the format does not carry of a question.
fn beside(content: &QuestionContent, kind: &str, lost: &mut Vec<Lost>) {
    if content.media_url.is_some() || content.options.iter().any(|it| it.media.is_some()) {
        lost.push(("moodle.media", "pictures, sound and films are not carried"));
    }
    let files = content.rules.attachments.filter(|_| kind == "essay");
    if content.rules != (QuestionRules { attachments: files, ..QuestionRules::default() }) {
        lost.push(("moodle.rules", "the question's own rules are not carried"));
    }
    let pinned = content.options.iter().filter(|it| it.pinned).count();
    let is_shuffled = matches!(kind, "multichoice" | "matching");
    if pinned > 0 && (!is_shuffled || pinned < content.options.len()) {
        lost.push(("moodle.pinned", "options are shuffled together or not at all"));
    }
    if kind == "description" && content.score != Points::ZERO {
        lost.push(("moodle.score", "information has no score"));
    }
}

/// How a text is marked up: a text without tags and entities is plain.
fn format_of(text: &str) -> &'static str {
    let is_tag =
        |it: &str| it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/' || it == '!');
    let has_tag = text.split('<').skip(1).any(is_tag);
    let is_entity =
        |it: &str| it.split_once(';').is_some_and(|(name, _)| name.len() < 12 && !name.is_empty());
    let has_entity = text.split('&').skip(1).any(is_entity);
    if has_tag || has_entity { "html" } else { "plain_text" }
}

/// An element with words in it.
fn element(text: &mut String, name: &str, format: &str, words: &str) {
    let format = if format.is_empty() { String::new() } else { format!(" format=\"{format}\"") };
    let words = partial_escape(words).replace('\r', "&#13;");
    let _ = writeln!(text, "<{name}{format}><text>{words}</text></{name}>");
}

fn answer(text: &mut String, share: &str, words: &str, inside: &str, feedback: Option<&str>) {
    let format = format_of(words);
    let words = partial_escape(words).replace('\r', "&#13;");
    let _ = write!(
        text,
        "<answer fraction=\"{share}\" format=\"{format}\"><text>{words}</text>{inside}"
    );
    if let Some(feedback) = feedback {
        element(text, "feedback", format_of(feedback), feedback);
    }
    text.push_str("</answer>\n");
}

fn share(share: Ratio) -> Result<String, Lost> {
    percent(share).ok_or(("moodle.share", "a share is too fine to be written"))
}

fn choices(
    text: &mut String,
    content: &QuestionContent,
    key: &ChoicesKey,
) -> Result<&'static str, Lost> {
    let options = &content.options;
    if content.kind == QuestionKind::TrueFalse
        && let [yes, no] = &options[..]
        && yes.text == "True"
        && no.text == "False"
        && !yes.pinned
        && !no.pinned
    {
        for option in options {
            let share = if option.is_correct { "100" } else { "0" };
            answer(text, share, &option.text.to_ascii_lowercase(), "", option.feedback.as_deref());
        }
        return Ok("truefalse");
    }
    let is_single = content.kind != QuestionKind::MultipleSelect;
    let is_summed = matches!(key.rule, Some(MultipleSelectRule::FractionSum { .. }));
    if !is_single && !is_summed {
        return Err(("moodle.select_rule", "several options are marked by their shares alone"));
    }
    let is_fixed = !options.is_empty() && options.iter().all(|it| it.pinned);
    let _ = writeln!(
        text,
        "<single>{is_single}</single><shuffleanswers>{}</shuffleanswers>",
        !is_fixed
    );
    for it in options {
        let usual = if it.is_correct { Ratio::ONE } else { Ratio::ZERO };
        let earned = match is_single {
            true => it.fraction.filter(|_| !it.is_correct).unwrap_or(usual),
            false => {
                it.fraction.ok_or(("moodle.select_rule", "options need shares of their own"))?
            }
        };
        let is_right = if is_single { earned == Ratio::ONE } else { earned > Ratio::ZERO };
        if is_right != it.is_correct {
            return Err((
                "moodle.wrong_option_earns",
                "a wrong option earns, or a right one does not",
            ));
        }
        answer(text, &share(earned)?, &it.text, "", it.feedback.as_deref());
    }
    Ok("multichoice")
}

fn texts(text: &mut String, entries: &[TextEntry]) -> Result<&'static str, Lost> {
    let case = entries.first().and_then(|it| it.case_sensitive) == Some(true);
    let _ = writeln!(text, "<usecase>{}</usecase>", u8::from(case));
    for it in entries {
        if it.case_sensitive.unwrap_or(false) != case {
            return Err(("moodle.case", "capitals count for all accepted answers or for none"));
        }
        let words = written(&it.pattern);
        let words = words.ok_or(("moodle.regex", "the format has no regular expressions"))?;
        answer(text, &share(it.fraction)?, &words, "", it.feedback.as_deref());
    }
    Ok("shortanswer")
}

/// A number and its margin.
pub(super) fn number(accept: &Accept) -> Result<(String, String), Lost> {
    match accept {
        Accept::Exact { value } => Ok((value.to_string(), "0".to_owned())),
        Accept::Absolute { value, margin } => Ok((value.to_string(), margin.to_string())),
        _ => Err(("moodle.tolerance", "the format has no such tolerance")),
    }
}

fn numbers(text: &mut String, key: &NumberKey, lost: &mut Vec<Lost>) -> Result<&'static str, Lost> {
    if key.units.is_some() {
        return Err(("moodle.units", "units are not carried"));
    }
    if key.format.is_some() {
        lost.push(("moodle.number_format", "how learners write numbers is not carried"));
    }
    for it in &key.entries {
        let (value, margin) = number(&it.accept)?;
        let margin = format!("<tolerance>{margin}</tolerance>");
        answer(text, &share(it.fraction)?, &value, &margin, it.feedback.as_deref());
    }
    Ok("numerical")
}

fn pairs(
    text: &mut String,
    key: &PairsKey,
    options: &[Choice],
    lost: &mut Vec<Lost>,
) -> Result<&'static str, Lost> {
    if key.rule.is_some() || key.stems.iter().any(|it| it.weight != Ratio::ONE) {
        lost.push(("moodle.match_rule", "all items count the same, each by itself"));
    }
    let is_fixed = !options.is_empty() && options.iter().all(|it| it.pinned);
    let _ = writeln!(text, "<shuffleanswers>{}</shuffleanswers>", !is_fixed);
    let mut words: Vec<_> = options.iter().map(|it| it.text.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    if words.len() != options.len() || words.contains(&"") {
        return Err(("moodle.same_options", "two options have the same words, or one has none"));
    }
    let mut pair = |stem: &str, option: &Choice| {
        let format = format_of(stem);
        let stem = partial_escape(stem).replace('\r', "&#13;");
        let _ = write!(text, "<subquestion format=\"{format}\"><text>{stem}</text>");
        element(text, "answer", "", &option.text);
        text.push_str("</subquestion>\n");
    };
    for stem in &key.stems {
        let option = options.iter().find(|it| it.id == stem.choice);
        let option = option.ok_or(("moodle.unknown_option", "an item has no option"))?;
        if stem.text.is_empty() {
            return Err(("moodle.empty_item", "an item has no words"));
        }
        pair(&stem.text, option);
    }
    for option in options.iter().filter(|it| key.stems.iter().all(|stem| stem.choice != it.id)) {
        pair("", option);
    }
    Ok("matching")
}

fn ordering(text: &mut String, key: &OrderKey, options: &[Choice]) -> Result<&'static str, Lost> {
    let rule = key.rule.map(|it| match it {
        OrderingRule::Exact => "ALL_OR_NOTHING",
        OrderingRule::AdjacentPairs => "RELATIVE_NEXT_EXCLUDE_LAST",
        OrderingRule::LongestRun => "LONGEST_CONTIGUOUS_SUBSET",
        OrderingRule::LongestSubset => "LONGEST_ORDERED_SUBSET",
        OrderingRule::Position => "ABSOLUTE_POSITION",
    });
    if let Some(rule) = rule {
        let _ = writeln!(text, "<gradingtype>{rule}</gradingtype>");
    }
    for (id, at) in key.order.iter().zip(1_u32..) {
        let option = options.iter().find(|it| it.id == *id);
        let option = option.ok_or(("moodle.unknown_option", "an item of the order is missing"))?;
        answer(text, &at.to_string(), &option.text, "", option.feedback.as_deref());
    }
    match key.order.len() == options.len() {
        true => Ok("ordering"),
        false => Err(("moodle.unknown_option", "an item is in no place of the order")),
    }
}
