//! Malformed forms, keys and answers: graded or refused, never a panic.
use proptest::prelude::*;

use super::{
    explain::{Reveal, explain_attempt},
    generate::{Generator, cases, generated_form, generated_sheet},
    *,
};
use crate::{
    compiled::CompiledTest,
    question::{
        Accept, Answer, AnswerKey, BlankKey, End, NumberEntry, NumberKey, Numeral, Question,
        TextEntry, TextPattern,
    },
    scoring::{MultipleSelectRule, PartsRule, PassRule, RubricMark, TryRule},
};
use lms_kernel::{Percent, Points, Ratio};

fn points(from: &mut Generator) -> Points {
    let units = [i64::MAX, i64::MIN, -1, 0, 1, 10_000, i64::MAX - 1, -33_333, 1_000_000_000_000];
    Points::from_ten_thousandths(from.pick(&units))
}

fn ratio(from: &mut Generator) -> Ratio {
    let odd = [i128::MAX, i128::MIN + 1, -1, 0, 1, 999_999_937, 1 << 100];
    let under = [i128::MAX, 1, 3, 999_999_893, (1 << 90) + 1];
    Ratio::new(from.pick(&odd), from.pick(&under)).unwrap_or(Ratio::ZERO)
}

fn numeral(from: &mut Generator) -> Numeral {
    let texts = ["1e9999", "-1e-9999", "0", "9999999999999999999999999999999999", "-3.5e30", "7"];
    from.pick(&texts).parse().unwrap_or(Numeral::ZERO)
}

fn accept(from: &mut Generator) -> Accept {
    let (value, other) = (numeral(from), numeral(from));
    match from.below(7) {
        0 => Accept::Exact { value },
        1 => Accept::Absolute { value, margin: other },
        2 => Accept::Relative { value, share: other },
        3 => Accept::Geometric { value, share: other },
        4 => Accept::Interval { low: Some(End::open(value)), high: Some(End::closed(other)) },
        5 => Accept::Figures { value, figures: from.pick(&[0, 1, 34, 255]), as_written: false },
        _ => Accept::Places { value, places: from.pick(&[0, 1, 34, 255]), as_written: true },
    }
}

fn number_key(from: &mut Generator, key: &mut NumberKey) {
    for entry in &mut key.entries {
        (entry.accept, entry.fraction) = (accept(from), ratio(from));
    }
    if from.one_in(3) {
        key.entries.extend((0..from.below(3)).map(|_| NumberEntry::new(accept(from))));
    }
    if let Some(units) = &mut key.units {
        units.penalty = ratio(from);
        for unit in &mut units.units {
            unit.factor = ratio(from);
            unit.name = from.pick(&["", " ", "m", "é", "12"]).into();
        }
    }
}

fn text_entries(from: &mut Generator, entries: &mut [TextEntry]) {
    for entry in entries {
        entry.fraction = ratio(from);
        entry.pattern =
            TextPattern::Wildcard(from.pick(&["", r"\\*", "***", "\u{0}", "e\u{301}*"]).into());
    }
}

fn parts_rule(from: &mut Generator) -> PartsRule {
    PartsRule::RightMinusWrong { deduction: ratio(from) }
}

/// Spoils a question in some ways: its worth, its options, its key, or all of them.
fn spoil(from: &mut Generator, question: &mut Question, other: &Question) {
    if from.one_in(2) {
        question.score = points(from);
    }
    for option in &mut question.options {
        if from.one_in(3) {
            option.fraction = Some(ratio(from));
        }
        if from.one_in(10) {
            option.id = other.options.first().map_or(option.id, |it| it.id);
        }
    }
    if from.one_in(12) {
        question.options.clear();
    }
    match &mut question.answer_key {
        AnswerKey::Choices(key) if from.one_in(2) => {
            let [lower, upper] = [(); 2].map(|()| from.one_in(2).then(|| ratio(from)));
            key.rule = Some(match from.below(2) {
                0 => MultipleSelectRule::RightMinusWrong { deduction: Some(ratio(from)) },
                _ => MultipleSelectRule::Mapping { default: ratio(from), lower, upper },
            });
        }
        AnswerKey::Texts(key) => text_entries(from, &mut key.entries),
        AnswerKey::Numbers(key) => number_key(from, key),
        AnswerKey::Blanks(key) => {
            key.rule = from.one_in(2).then(|| parts_rule(from));
            for blank in &mut key.blanks {
                blank.weight = ratio(from);
                match &mut blank.key {
                    BlankKey::Text(key) => text_entries(from, &mut key.entries),
                    BlankKey::Number(key) => number_key(from, key),
                    BlankKey::Choice(gap) | BlankKey::Ticks(gap) => {
                        gap.options.iter_mut().for_each(|it| it.fraction = Some(ratio(from)));
                    }
                }
            }
        }
        AnswerKey::Pairs(key) => {
            key.rule = from.one_in(2).then(|| parts_rule(from));
            key.stems.iter_mut().for_each(|it| it.weight = ratio(from));
        }
        AnswerKey::Order(key) if from.one_in(2) => key.order.truncate(from.below(3)),
        AnswerKey::Spots(key) => {
            key.rule = from.one_in(2).then(|| parts_rule(from));
            key.most = from.pick(&[None, Some(0), Some(u16::MAX)]);
            key.areas.iter_mut().for_each(|it| it.weight = ratio(from));
        }
        AnswerKey::Associations(key) => {
            key.rule = from.one_in(2).then(|| parts_rule(from));
            key.pairs.iter_mut().for_each(|it| it.weight = ratio(from));
        }
        AnswerKey::Slider(key) => {
            number_key(from, &mut key.accepted);
            [key.scale.low, key.scale.high, key.scale.step] =
                [numeral(from), numeral(from), numeral(from)];
        }
        AnswerKey::Choices(_) | AnswerKey::Order(_) | AnswerKey::Manual(_) | AnswerKey::Nothing => {
        }
    }
    if from.one_in(10) {
        question.answer_key = other.answer_key.clone();
    }
    if from.one_in(40) {
        question.id = other.id;
    }
}

fn spoil_form(from: &mut Generator, form: &mut TestForm) {
    let all: Vec<Question> = form.questions().cloned().collect();
    for section in &mut form.sections {
        if from.one_in(2) {
            section.frame.max_score = Some(points(from));
            section.frame.weight = Some(points(from));
        }
        for question in &mut section.questions {
            if from.one_in(2) {
                let other = from.pick(&all);
                spoil(from, question, &other);
            }
        }
    }
    if from.one_in(2) {
        form.frame.max_score = Some(points(from));
    }
    if from.one_in(3) {
        form.frame.passing = PassRule::Marks(points(from));
    }
    if from.one_in(3) {
        form.frame.passing = PassRule::AllSections(Percent::HUNDRED);
    }
    form.frame.rounding.digits = from.pick(&[0, 4, 5, 255]);
    form.rules.wrong_answer = ratio(from);
    match from.below(6) {
        0 => form.rules.tries = TryRule::Adaptive { penalty: ratio(from) },
        1 => form.rules.tries = TryRule::Interactive { penalty: ratio(from) },
        2 => form.rules.tries = TryRule::Countback { penalty: ratio(from) },
        3 => form.rules.tries = TryRule::PointsList { points: vec![ratio(from), ratio(from)] },
        _ => {}
    }
}

fn spoil_sheet(from: &mut Generator, sheet: &mut AnswerSheet) {
    let all: Vec<Answer> = (sheet.entries.iter())
        .filter_map(
            |it| if let Given::Answer(answer) = &it.given { Some(answer.clone()) } else { None },
        )
        .collect();
    let texts =
        ["1e99999999999", "-", "\u{feff}", "𝟙𝟚", "1,2,3,4", "9".repeat(2_000).leak(), "NaN%"];
    for entry in &mut sheet.entries {
        if from.one_in(4) && !all.is_empty() {
            entry.given = Given::Answer(from.pick(&all));
        }
        if from.one_in(6) {
            entry.given = Given::Answer(Answer::text(from.pick(&texts)));
        }
        if from.one_in(8) {
            entry.earlier = all.clone();
        }
        if from.one_in(12) {
            let rubric = Some(RubricMark { levels: Vec::new(), adjustment: points(from) });
            entry.mark =
                Some(ManualMark { rubric, ..ManualMark::out_of(points(from), points(from)) });
        }
    }
    if from.one_in(10) {
        let entries = sheet.entries.clone();
        sheet.entries.extend(entries);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn what_nobody_should_have_made_is_graded_or_refused(seed: u64) {
        let mut from = Generator::new(seed);
        let mut form = generated_form(&mut from);
        spoil_form(&mut from, &mut form);
        let compiled = CompiledTest::compile(&form);
        for _ in 0..3 {
            let mut sheet = generated_sheet(&mut from, &form);
            spoil_sheet(&mut from, &mut sheet);
            let readable = grade_attempt(&form, &sheet);
            if let Ok(result) = &readable {
                prop_assert_eq!(&result.replay().unwrap(), result);
                for reveal in [Reveal::Outcome, Reveal::Answers] {
                    let _ = explain_attempt(&form, &sheet, result, reveal);
                }
            }
            let Ok(compiled) = &compiled else { continue };
            let Ok(batch) = compiled.encode(std::slice::from_ref(&sheet)) else { continue };
            let scores = compiled.grade(&batch);
            if let (Ok(scores), Ok(result)) = (scores, readable) {
                prop_assert_eq!(scores.totals(), [result.final_score.shown]);
                prop_assert_eq!(scores.passed(), [result.passed]);
            }
        }
    }
}
