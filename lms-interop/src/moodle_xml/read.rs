//! Reading a file.
use lms_core::{
    assessment::{
        authoring::NewQuestion,
        question::{
            Accept, AnswerKey, AttachmentLimits, Choice, NumberEntry, NumberKey, Numeral, OrderKey,
            PairsKey, QuestionKind, Stem, TextEntry, TextKey,
        },
        scoring::{Clamp, MultipleSelectRule, OrderingRule},
    },
    kernel::{Context, DomainError as _, Points, Ratio, Rounding},
};

use super::{
    cloze,
    tree::{Element, Questions},
};
use crate::{
    Finding, Imported, Item, MAX_ITEMS, ReadError,
    report::{category_of, check, text_of},
    share::of_percent,
    words::pattern,
};

/// What is wrong with a question, or not carried: a code and an explanation.
pub(super) type Wrong = (&'static str, String);

/// Kind, options and key of a question, and what of it is not carried.
pub(super) struct Answers {
    pub(super) kind: QuestionKind,
    pub(super) options: Vec<Choice>,
    pub(super) key: AnswerKey,
}

impl Answers {
    fn keyed(kind: QuestionKind, key: AnswerKey) -> Self {
        Self { kind, options: Vec::new(), key }
    }
}

/// Reads questions from Moodle XML. The context makes their ids.
///
/// # Errors
/// [`ReadError`] for a file that is not read at all; everything else is a finding.
pub fn read(cx: &Context, bytes: &[u8]) -> Result<Imported, ReadError> {
    let mut imported = Imported::default();
    let (mut category, mut count) = (Vec::new(), 0_usize);
    let mut questions = Questions::new(text_of(bytes)?);
    while let Some((line, element)) = questions.next()? {
        if element.name != "question" {
            let detail = format!("`{}` is no question", element.name);
            let (at, code) = (line, "moodle.element");
            imported.findings.push(Finding { at, code, detail, left_out: true });
            continue;
        }
        if element.attribute("type") == "category" {
            category = category_of(element.words("category"));
            continue;
        }
        count = count.saturating_add(1);
        if count > MAX_ITEMS {
            return Err(ReadError::TooMany { most: MAX_ITEMS });
        }
        let mut lost = Vec::new();
        let (wrong, item) = match item(cx, &element, &mut lost) {
            Ok(item) => (None, Some(item)),
            Err(wrong) => (Some(wrong), None),
        };
        let found = |(code, detail): Wrong, left_out| Finding { at: line, code, detail, left_out };
        match item {
            Some(item) => {
                imported.findings.extend(lost.into_iter().map(|it| found(it, false)));
                imported.items.push(Item { category: category.clone(), line, ..item });
            }
            None => imported.findings.extend(wrong.map(|it| found(it, true))),
        }
    }
    Ok(imported)
}

fn item(cx: &Context, element: &Element, lost: &mut Vec<Wrong>) -> Result<Item, Wrong> {
    let mut prompt = element.words("questiontext").to_owned();
    let mut score = score(element)?;
    let answers = match element.attribute("type") {
        "multichoice" => choices(cx, element)?,
        "truefalse" => true_false(cx, element)?,
        "shortanswer" => short_answers(element)?,
        "numerical" => numbers(element, lost)?,
        "matching" => pairs(cx, element)?,
        "ordering" => ordering(cx, element, lost),
        "essay" => Answers::keyed(QuestionKind::LongAnswer, AnswerKey::manual()),
        "description" => {
            score = Points::ZERO;
            Answers::keyed(QuestionKind::Information, AnswerKey::Nothing)
        }
        "cloze" => {
            let (text, key) = cloze::read(cx, &prompt)?;
            prompt = text;
            score = cloze::score(&key).unwrap_or(score);
            Answers::keyed(QuestionKind::FillBlank, AnswerKey::Blanks(key))
        }
        kind => {
            let detail = format!("questions of the kind `{kind}` are not carried");
            return Err(("moodle.kind", detail));
        }
    };
    let mut question =
        NewQuestion::new(answers.kind, prompt, answers.key).with_options(answers.options);
    question.content.score = score;
    question.content.explanation = some(element.words("generalfeedback"));
    if answers.kind == QuestionKind::LongAnswer {
        question.content.rules.attachments = attachments(element);
    }
    beside(element, lost);
    check(cx, &question).map_err(|it| ("moodle.not_gradable", it.message()))?;
    let tags = element.child("tags").into_iter().flat_map(|it| it.all("tag"));
    let tags = tags.filter_map(|it| some(it.own_words())).collect();
    Ok(Item { title: some(element.words("name")), tags, ..Item::new(question) })
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The score, which is 1 where the question does not say it.
fn score(element: &Element) -> Result<Points, Wrong> {
    let written = element.value("defaultgrade");
    if written.is_empty() {
        return Ok(Points::from_ten_thousandths(10_000));
    }
    let read = written.parse::<Ratio>().and_then(|it| Points::from_ratio(it, Rounding::HalfUp));
    let wrong = |_| ("moodle.bad_score", format!("`{written}` is no score; write one like 1.5"));
    read.map_err(wrong)
}

/// What the element has beside the question that is not carried.
fn beside(element: &Element, lost: &mut Vec<Wrong>) {
    let mut lose = |is: bool, code, detail: &str| {
        if is {
            lost.push((code, detail.to_owned()));
        }
    };
    let is_marked_up = |it: &&Element| {
        matches!(it.attribute("format"), "html" | "moodle_auto_format")
            && it.own_words().contains(['<', '&'])
    };
    let all = element.whole();
    let marked_up = all.iter().any(is_marked_up);
    lose(marked_up, "moodle.markup", "texts keep their markup as it is written");
    let has_file = all.iter().any(|it| it.name == "file");
    lose(has_file, "moodle.file", "embedded files are not carried; add them again");
    let has_hint = element.all("hint").any(|it| !it.own_words().is_empty());
    lose(has_hint, "moodle.hint", "hints between tries are not carried");
    let combined = ["correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"];
    let usual = ["", "Your answer is correct.", "Your answer is partially correct."];
    let usual = |it: &str| usual.contains(&it) || it == "Your answer is incorrect.";
    let has_combined = combined.iter().any(|it| !usual(plain(element.words(it))));
    lose(has_combined, "moodle.feedback", "feedback by how right the whole is is not carried");
    let is_usual = |name: &str, usual: &[&str]| usual.contains(&element.value(name));
    let has_usual_settings = is_usual("penalty", &["", "0.3333333", "0.3333330", "0.0000000", "0"])
        && is_usual("answernumbering", &["", "abc", "none"])
        && is_usual("responseformat", &["", "editor", "plain"])
        && is_usual("responserequired", &["", "1"])
        && is_usual("minwordlimit", &["", "0"])
        && is_usual("maxwordlimit", &["", "0"])
        && is_usual("layouttype", &["", "VERTICAL"])
        && is_usual("selecttype", &["", "ALL"]);
    let detail = "penalty, numbering, layout or the form of the answer is not carried";
    lose(!has_usual_settings, "moodle.settings", detail);
    let grader = element.words("graderinfo");
    lose(!grader.is_empty(), "moodle.grader_info", "notes for markers are not carried");
    let template = element.words("responsetemplate");
    lose(!template.is_empty(), "moodle.template", "the text that an answer begins with is lost");
}

/// A text without one paragraph around it.
fn plain(text: &str) -> &str {
    let inner = text.strip_prefix("<p>").and_then(|it| it.strip_suffix("</p>"));
    inner.unwrap_or(text)
}

fn share(answer: &Element) -> Result<Ratio, Wrong> {
    let written = answer.attribute("fraction");
    if written.is_empty() {
        return Ok(Ratio::ZERO);
    }
    let wrong = || ("moodle.bad_share", format!("`{written}` is no percentage from -100 to 100"));
    of_percent(written).filter(|it| it.abs() <= Ratio::ONE).ok_or_else(wrong)
}

fn feedback(answer: &Element) -> Option<String> {
    some(answer.words("feedback"))
}

fn choices(cx: &Context, element: &Element) -> Result<Answers, Wrong> {
    let is_single = !matches!(element.value("single"), "false" | "0");
    let is_fixed = matches!(element.value("shuffleanswers"), "false" | "0");
    let mut options = Vec::new();
    for answer in element.all("answer") {
        let share = share(answer)?;
        let is_right = match is_single {
            true => share == Ratio::ONE,
            false => share > Ratio::ZERO,
        };
        let is_said = if is_single { !is_right && !share.is_zero() } else { true };
        options.push(Choice {
            fraction: is_said.then_some(share),
            feedback: feedback(answer),
            pinned: is_fixed,
            ..Choice::new(Choice::new_id(cx), answer.own_words(), is_right)
        });
    }
    let (kind, key) = match is_single {
        true => (QuestionKind::SingleChoice, AnswerKey::choices()),
        false => {
            let rule = MultipleSelectRule::FractionSum { clamp: Clamp::default() };
            (QuestionKind::MultipleSelect, AnswerKey::multiple_select(rule))
        }
    };
    Ok(Answers { kind, options, key })
}

fn true_false(cx: &Context, element: &Element) -> Result<Answers, Wrong> {
    let option = |name: &str| {
        let is = |it: &&Element| it.own_words().eq_ignore_ascii_case(name);
        let answer = element.all("answer").find(is);
        let missing = || ("moodle.true_false", format!("there is no answer `{name}`; add it"));
        let answer = answer.ok_or_else(missing)?;
        let option = Choice::new(Choice::new_id(cx), name, share(answer)? == Ratio::ONE);
        Ok(Choice { feedback: feedback(answer), ..option })
    };
    let options = vec![option("True")?, option("False")?];
    Ok(Answers { kind: QuestionKind::TrueFalse, options, key: AnswerKey::choices() })
}

fn short_answers(element: &Element) -> Result<Answers, Wrong> {
    let case = element.value("usecase") == "1";
    let mut entries = Vec::new();
    for answer in element.all("answer") {
        entries.push(TextEntry {
            fraction: share(answer)?,
            feedback: feedback(answer),
            ..TextEntry::new(pattern(answer.own_words())).with_case(case)
        });
    }
    Ok(Answers::keyed(QuestionKind::ShortAnswer, AnswerKey::Texts(TextKey { entries })))
}

fn numbers(element: &Element, lost: &mut Vec<Wrong>) -> Result<Answers, Wrong> {
    let mut entries = Vec::new();
    for answer in element.all("answer") {
        let (written, fraction) = (answer.own_words(), share(answer)?);
        if written == "*" {
            let detail = "feedback and share of every other number are left out".to_owned();
            lost.push(("moodle.other_numbers", detail));
            continue;
        }
        let accept = accept(written, answer.value("tolerance"))?;
        entries.push(NumberEntry { accept, fraction, feedback: feedback(answer) });
    }
    if element.child("units").is_some_and(|it| it.child("unit").is_some()) {
        lost.push(("moodle.units", "units are not carried; add them again".to_owned()));
    }
    let key = NumberKey { entries, units: None, format: None };
    Ok(Answers::keyed(QuestionKind::Numeric, AnswerKey::Numbers(key)))
}

/// A number with the margin in which answers are accepted.
pub(super) fn accept(value: &str, margin: &str) -> Result<Accept, Wrong> {
    let number = |written: &str| {
        let read = written.trim().parse::<Numeral>();
        read.map_err(|_| ("moodle.bad_number", format!("`{written}` is no number")))
    };
    let value = number(value)?;
    let margin = if margin.is_empty() { None } else { Some(number(margin)?) };
    Ok(match margin.filter(|it| !it.is_zero()) {
        None => Accept::Exact { value },
        Some(margin) => Accept::Absolute { value, margin },
    })
}

fn pairs(cx: &Context, element: &Element) -> Result<Answers, Wrong> {
    let (mut options, mut stems): (Vec<Choice>, Vec<Stem>) = (Vec::new(), Vec::new());
    let is_fixed = matches!(element.value("shuffleanswers"), "false" | "0");
    for pair in element.all("subquestion") {
        let (stem, option) = (pair.own_words(), pair.words("answer"));
        if option.is_empty() {
            return Err(("moodle.empty_match", format!("`{stem}` has nothing to match")));
        }
        let id = match options.iter().find(|known| known.text == option) {
            Some(known) => known.id,
            None => {
                let id = Choice::new_id(cx);
                options.push(Choice { pinned: is_fixed, ..Choice::new(id, option, true) });
                id
            }
        };
        // Without an item it is an option that belongs to none.
        if !stem.is_empty() {
            stems.push(Stem::new(cx.id(), stem, id));
        }
    }
    let key = AnswerKey::Pairs(PairsKey::new(stems));
    Ok(Answers { kind: QuestionKind::Matching, options, key })
}

fn ordering(cx: &Context, element: &Element, lost: &mut Vec<Wrong>) -> Answers {
    let items =
        element.all("answer").map(|it| Choice::new(Choice::new_id(cx), it.own_words(), true));
    let options: Vec<_> = items.collect();
    let rule = match element.value("gradingtype") {
        "" => None,
        "ALL_OR_NOTHING" | "-1" => Some(OrderingRule::Exact),
        "ABSOLUTE_POSITION" | "0" => Some(OrderingRule::Position),
        "RELATIVE_NEXT_EXCLUDE_LAST" | "1" => Some(OrderingRule::AdjacentPairs),
        "LONGEST_CONTIGUOUS_SUBSET" | "6" => Some(OrderingRule::LongestRun),
        "LONGEST_ORDERED_SUBSET" | "5" => Some(OrderingRule::LongestSubset),
        other => {
            let detail = format!("orders are not marked by `{other}` here; choose another rule");
            lost.push(("moodle.order_rule", detail));
            None
        }
    };
    let order = options.iter().map(|it| it.id).collect();
    let key = AnswerKey::Order(OrderKey { order, rule });
    Answers { kind: QuestionKind::Ordering, options, key }
}

/// How many files an answer may have.
fn attachments(element: &Element) -> Option<AttachmentLimits> {
    let most = element.value("attachments").parse::<i16>().ok().filter(|it| *it != 0)?;
    // -1 is as many as one likes.
    let most = u8::try_from(most).unwrap_or(u8::MAX);
    let least = element.value("attachmentsrequired").parse().unwrap_or(0);
    Some(AttachmentLimits { least, most })
}
