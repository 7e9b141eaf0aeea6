//! Whether an answer is complete enough to be graded.
use serde::{Deserialize, Serialize};

use crate::{
    grading::{Given, SheetEntry},
    question::{
        Answer, AnswerKey, AttachmentLimits, BlankKey, NumberFormat, NumberKey, Question,
        QuestionKind, SliderKey, UnitRule, UnitSide, answer::is_empty_text,
    },
    scoring::{ChargedTries, MAX_NUMBER, ScoringRules, find_associations, find_number},
};

/// Whether an answer is complete enough to be graded, and why not.
///
/// Parts are the blanks of a text, the items to match and the items to order, counted from 0 as
/// the key lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Completeness {
    /// There is nothing in it.
    Blank,
    /// Something in it cannot be read as what the question asks for.
    Unreadable {
        /// The part; none where the question has no parts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<usize>,
        /// The number of characters before the first that cannot be read.
        at: usize,
        /// The reason, as given.
        reason: Unreadable,
    },
    /// Parts are left out.
    Incomplete {
        /// The positions of the missing parts, from 0.
        missing: Vec<usize>,
    },
    /// Everything that is asked for is there. Whether it is right is another question.
    Gradable,
}

/// Why something cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// It is no number.
    NotANumber,
    /// It is a number with the separators or the side of the unit of another country.
    OtherNotation,
    /// It is longer than a number may be.
    TooLong,
    /// It is a number between the steps of the scale or beyond its ends.
    OffScale,
    /// There are more spots, pairs or files than the question takes.
    TooMany,
    /// It has another shape than the question asks for: words where an option is to be chosen, or
    /// two options where one is.
    OtherShape,
}

impl Completeness {
    /// Whether giving such an answer counts as a try under a rule.
    pub const fn is_charged(&self, rule: ChargedTries) -> bool {
        match self {
            Self::Gradable => true,
            Self::Incomplete { .. } => !matches!(rule, ChargedTries::Complete),
            Self::Blank | Self::Unreadable { .. } => matches!(rule, ChargedTries::Every),
        }
    }
}

impl Answer {
    /// Whether it can be graded as an answer to a question. Numbers are read as the key says, or
    /// else the rules.
    pub fn completeness(&self, question: &Question, rules: &ScoringRules) -> Completeness {
        if self.is_blank() {
            return Completeness::Blank;
        }
        let other_shape =
            Completeness::Unreadable { part: None, at: 0, reason: Unreadable::OtherShape };
        match (&question.answer_key, self) {
            (AnswerKey::Choices(_), Self::Choices(chosen)) => {
                let takes_several = question.kind == QuestionKind::MultipleSelect;
                if chosen.len() == 1 || takes_several {
                    Completeness::Gradable
                } else {
                    other_shape
                }
            }
            (AnswerKey::Texts(_), Self::Text(_)) => Completeness::Gradable,
            (AnswerKey::Manual(_), _) => self.files(question.rules.attachments),
            (AnswerKey::Spots(key), Self::Spots(spots)) => at_most(spots.len(), key.most()),
            (AnswerKey::Associations(key), Self::Associations(pairs)) => {
                if find_associations(key, &question.options, pairs).is_some() {
                    Completeness::Gradable
                } else {
                    too_many(None)
                }
            }
            (AnswerKey::Slider(key), Self::Text(text)) => slider(key, text),
            (AnswerKey::Numbers(key), Self::Text(text)) => number(key, text, rules.numbers, None),
            (AnswerKey::Blanks(key), Self::Blanks(filled)) => {
                let text = |id| {
                    let text = filled.iter().rev().find(|it| it.blank == id)?.text.as_str();
                    Some(text).filter(|text| !is_empty_text(text))
                };
                parts(key.blanks.iter().map(|blank| match (text(blank.id), &blank.key) {
                    (None, _) => Part::Missing,
                    (Some(_), BlankKey::Text(_) | BlankKey::Choice(_) | BlankKey::Ticks(_)) => {
                        Part::Given
                    }
                    (Some(text), BlankKey::Number(key)) => Part::Number(key, text, rules.numbers),
                }))
            }
            (AnswerKey::Pairs(key), Self::Pairs(pairs)) => {
                let is_matched = |id| pairs.iter().any(|pair| pair.stem == id);
                parts(key.stems.iter().map(|stem| Part::given(is_matched(stem.id))))
            }
            (AnswerKey::Order(key), Self::Order(order)) => {
                parts(key.order.iter().map(|id| Part::given(order.contains(id))))
            }
            _ => other_shape,
        }
    }

    /// Whether as many files are there as belong to a written answer: its second part.
    fn files(&self, limits: Option<AttachmentLimits>) -> Completeness {
        let Some(limits) = limits else { return Completeness::Gradable };
        let count = match self {
            Self::Media(media) => media.len(),
            Self::Written(it) => it.attachments.len(),
            _ => 0,
        };
        if count < usize::from(limits.least) {
            Completeness::Incomplete { missing: vec![1] }
        } else if count > usize::from(limits.most) {
            too_many(Some(1))
        } else {
            Completeness::Gradable
        }
    }
}

const fn at_most(count: usize, most: usize) -> Completeness {
    if count > most { too_many(None) } else { Completeness::Gradable }
}

const fn too_many(part: Option<usize>) -> Completeness {
    Completeness::Unreadable { part, at: 0, reason: Unreadable::TooMany }
}

fn slider(key: &SliderKey, text: &str) -> Completeness {
    let format = NumberFormat::Point;
    let read = find_number(&key.accepted, text, format).ok().and_then(|it| it.read);
    match read.map(|it| key.scale.has(it)) {
        Some(Ok(false)) => {
            Completeness::Unreadable { part: None, at: 0, reason: Unreadable::OffScale }
        }
        _ => number(&key.accepted, text, format, None),
    }
}

impl SheetEntry {
    /// Whether its answer can be graded; none where there is a reason for none.
    pub fn completeness(&self, question: &Question, rules: &ScoringRules) -> Option<Completeness> {
        match &self.given {
            Given::Answer(answer) => Some(answer.completeness(question, rules)),
            Given::NotAsked | Given::Missing | Given::Excused => None,
        }
    }
}

/// One part of an answer.
enum Part<'a> {
    Missing,
    Given,
    Number(&'a NumberKey, &'a str, NumberFormat),
}

impl Part<'_> {
    const fn given(is_given: bool) -> Self {
        if is_given { Self::Given } else { Self::Missing }
    }
}

/// What cannot be read comes before what is left out: the learner sees it.
fn parts<'a>(parts: impl Iterator<Item = Part<'a>>) -> Completeness {
    let mut missing = Vec::new();
    for (at, part) in parts.enumerate() {
        match part {
            Part::Given => {}
            Part::Missing => missing.push(at),
            Part::Number(key, text, format) => {
                let read = number(key, text, format, Some(at));
                if read != Completeness::Gradable {
                    return read;
                }
            }
        }
    }
    if missing.is_empty() { Completeness::Gradable } else { Completeness::Incomplete { missing } }
}

fn number(key: &NumberKey, text: &str, format: NumberFormat, part: Option<usize>) -> Completeness {
    // A bound that cannot be kept is a fault of the key: grading says so.
    let is_read = |format| find_number(key, text, format).map_or(true, |it| it.read.is_some());
    if is_read(format) {
        return Completeness::Gradable;
    }
    let belongs = |c: char| c.is_numeric() || c.is_whitespace() || matches!(c, '+' | '-' | '−');
    let at = text.chars().position(|c| !belongs(c)).unwrap_or_else(|| text.chars().count());
    let formats = [NumberFormat::Point, NumberFormat::Comma, NumberFormat::Apostrophe];
    let units = key.units.clone().map(|rule| UnitRule { side: UnitSide::Either, ..rule });
    let free = NumberKey { units, ..NumberKey::default() };
    let reads = |format| find_number(&free, text, format).is_ok_and(|it| it.read.is_some());
    let reason = if text.len() > MAX_NUMBER {
        Unreadable::TooLong
    } else if formats.into_iter().any(reads) {
        Unreadable::OtherNotation
    } else {
        Unreadable::NotANumber
    };
    Completeness::Unreadable { part, at, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grading::tests::{choices, context, points, ratio, tick},
        question::{
            Accept, Blank, BlanksKey, Choice, FilledBlank, ManualKey, NumberEntry, OrderKey, Pair,
            PairsKey, Stem, TextKey, Unit,
        },
        scoring::ScoringProfile,
    };
    use lms_kernel::Context;

    fn pi() -> NumberKey {
        let accept = Accept::Exact { value: "3.14".parse().unwrap() };
        NumberKey { entries: vec![NumberEntry::new(accept)], ..NumberKey::default() }
    }

    fn numeric(cx: &Context, key: NumberKey) -> Question {
        Question::new(cx, QuestionKind::Numeric, "π?", AnswerKey::Numbers(key)).worth(points("1"))
    }

    /// A text with a word, a number and another word to fill in.
    fn cloze(cx: &Context) -> (Question, impl Fn([&str; 3]) -> Answer) {
        let word = || BlankKey::Text(TextKey::exact(["oak"]));
        let blanks: Vec<Blank> = [word(), BlankKey::Number(pi()), word()]
            .into_iter()
            .map(|key| Blank { id: cx.id(), label: String::new(), key, weight: ratio("1") })
            .collect();
        let ids: Vec<_> = blanks.iter().map(|it| it.id).collect();
        let key = AnswerKey::Blanks(BlanksKey { blanks, rule: None });
        let fill = move |texts: [&str; 3]| {
            let filled = ids.iter().zip(texts);
            let filled = filled.map(|(id, text)| FilledBlank { blank: *id, text: text.into() });
            Answer::Blanks(filled.collect())
        };
        (Question::new(cx, QuestionKind::FillBlank, "…", key), fill)
    }

    fn unreadable(part: Option<usize>, at: usize, reason: Unreadable) -> Completeness {
        Completeness::Unreadable { part, at, reason }
    }

    fn missing(missing: &[usize]) -> Completeness {
        Completeness::Incomplete { missing: missing.to_vec() }
    }

    #[test]
    fn numbers_are_blank_unreadable_or_gradable() {
        use Unreadable::{NotANumber, OtherNotation, TooLong};
        let cx = context();
        let question = numeric(&cx, pi());
        let rules = ScoringRules::default();
        let of = |text: &str| Answer::text(text).completeness(&question, &rules);
        for text in ["", "  ", "\t\n"] {
            assert_eq!(of(text), Completeness::Blank, "{text:?}");
        }
        for text in ["0", "3.14", "-3", "3.14 m", "3x10^8", "1,000", "4"] {
            assert_eq!(of(text), Completeness::Gradable, "{text}");
        }
        for (text, at) in [("Pi", 0), ("inf", 0), ("x3.14", 0), ("- pi", 2), ("-", 1), ("€ 3", 0)]
        {
            assert_eq!(of(text), unreadable(None, at, NotANumber), "{text}");
        }
        assert_eq!(of("3,14"), unreadable(None, 1, OtherNotation));
        assert_eq!(of(&"9".repeat(2_000)), unreadable(None, 2_000, TooLong));
        let comma = ScoringRules { numbers: NumberFormat::Comma, ..ScoringRules::default() };
        assert_eq!(Answer::text("3,14").completeness(&question, &comma), Completeness::Gradable);
        let units =
            UnitRule { side: UnitSide::Before, ..UnitRule::new(vec![Unit::new("$", ratio("1"))]) };
        let dollars = numeric(&cx, NumberKey { units: Some(units), ..pi() });
        let of = |text: &str| Answer::text(text).completeness(&dollars, &rules);
        assert_eq!(of("$ 3"), Completeness::Gradable);
        assert_eq!(of("3 $"), unreadable(None, 2, OtherNotation));
    }

    #[test]
    fn parts_that_are_left_out_are_named() {
        let cx = context();
        let rules = ScoringRules::default();
        let (question, fill) = cloze(&cx);
        let of = |texts| fill(texts).completeness(&question, &rules);
        assert_eq!(of(["", " ", ""]), Completeness::Blank);
        assert_eq!(of(["oak", "", "elm"]), missing(&[1]));
        assert_eq!(of(["", "3.14", ""]), missing(&[0, 2]));
        assert_eq!(of(["", "Pi", "elm"]), unreadable(Some(1), 0, Unreadable::NotANumber));
        assert_eq!(of(["elm", "4", "0"]), Completeness::Gradable);
        let options: Vec<Choice> = (0..3).map(|_| Choice::new(cx.id(), "x", false)).collect();
        let stems: Vec<Stem> = (options.iter())
            .map(|it| Stem { id: cx.id(), text: "s".into(), choice: it.id, weight: ratio("1") })
            .collect();
        let pair = |at: usize| Pair { stem: stems[at].id, choice: options[0].id };
        let (first, third) = (pair(0), pair(2));
        let all = [first, pair(1), third].to_vec();
        let key = AnswerKey::Pairs(PairsKey { stems, rule: None });
        let matching = Question::new(&cx, QuestionKind::Matching, "…", key);
        let of = |pairs: Vec<Pair>| Answer::Pairs(pairs).completeness(&matching, &rules);
        assert_eq!(of(vec![]), Completeness::Blank);
        assert_eq!(of(vec![third, first]), missing(&[1]));
        assert_eq!(of(all), Completeness::Gradable);
        let order: Vec<_> = options.iter().map(|it| it.id).collect();
        let key = AnswerKey::Order(OrderKey { order: order.clone(), rule: None });
        let ordering = Question::new(&cx, QuestionKind::Ordering, "…", key);
        let of = |order: &[_]| Answer::Order(order.to_vec()).completeness(&ordering, &rules);
        assert_eq!((of(&order[1..]), of(&order)), (missing(&[0]), Completeness::Gradable));
    }

    #[test]
    fn options_texts_and_what_people_mark() {
        let cx = context();
        let rules = ScoringRules::default();
        let single = choices(&cx, QuestionKind::SingleChoice, "rw", "1");
        let several = choices(&cx, QuestionKind::MultipleSelect, "rrw", "1");
        let misfit = unreadable(None, 0, Unreadable::OtherShape);
        assert_eq!(tick(&single, &[]).completeness(&single, &rules), Completeness::Blank);
        assert_eq!(tick(&single, &[1]).completeness(&single, &rules), Completeness::Gradable);
        assert_eq!(tick(&single, &[0, 1]).completeness(&single, &rules), misfit);
        assert_eq!(Answer::text("r").completeness(&single, &rules), misfit);
        assert_eq!(tick(&several, &[0, 2]).completeness(&several, &rules), Completeness::Gradable);
        assert_eq!(Answer::Blank.completeness(&several, &rules), Completeness::Blank);
        let key = AnswerKey::Manual(ManualKey::default());
        let essay = Question::new(&cx, QuestionKind::LongAnswer, "Write.", key);
        assert_eq!(Answer::text("0").completeness(&essay, &rules), Completeness::Gradable);
        assert_eq!(Answer::text(" ").completeness(&essay, &rules), Completeness::Blank);
        let entry = SheetEntry::of(essay.id, Given::Excused);
        assert_eq!(entry.completeness(&essay, &rules), None);
    }

    #[test]
    fn each_profile_charges_a_try_in_its_own_way() {
        let states = [
            Completeness::Blank,
            unreadable(None, 0, Unreadable::NotANumber),
            missing(&[1]),
            Completeness::Gradable,
        ];
        for (profile, expected) in [
            (ScoringProfile::Default, [false, false, false, true]),
            (ScoringProfile::Moodle, [false, false, false, true]),
            (ScoringProfile::OpenEdx, [false, false, true, true]),
            (ScoringProfile::Qti, [true, true, true, true]),
        ] {
            let rule = profile.rules().charged_tries;
            assert_eq!(states.each_ref().map(|it| it.is_charged(rule)), expected, "{profile}");
        }
    }
}
