use super::*;
use crate::{
    grading::tests::{choices, context, ratio},
    question::{
        Choice, NumberEntry, NumberKey, OrderKey, PenaltyOf, Stem, TextEntry, Unit, UnitRule,
        UnitSide,
    },
};

fn problem(question: &Question) -> Option<QuestionProblem> {
    check_question(question).err()
}

#[test]
fn options_and_keys_must_belong_together() {
    let cx = context();
    let question = |key: &str| choices(&cx, QuestionKind::SingleChoice, key, "1");
    assert_eq!(problem(&question("rw")), None);
    assert!(matches!(problem(&question("r")), Some(QuestionProblem::TooFewOptions { .. })));
    assert!(matches!(problem(&question("ww")), Some(QuestionProblem::NoRightAnswer { .. })));
    let mut twice = question("rw");
    twice.options[1].id = twice.options[0].id;
    assert!(matches!(problem(&twice), Some(QuestionProblem::OptionTwice { .. })));
    let foreign = Question { answer_key: AnswerKey::Texts(TextKey::default()), ..question("rw") };
    assert!(matches!(problem(&foreign), Some(QuestionProblem::ForeignKey { .. })));
    let mut many = question("rw");
    many.options.extend((0..200).map(|_| Choice::new(cx.id(), "more", false)));
    assert!(matches!(problem(&many), Some(QuestionProblem::TooManyParts { .. })));
}

#[test]
fn fractions_weights_and_bounds_have_ranges() {
    let cx = context();
    let mut question = choices(&cx, QuestionKind::SingleChoice, "rw", "1");
    question.options[1].fraction = Some(ratio("-5/4"));
    assert!(matches!(problem(&question), Some(QuestionProblem::OutOfRange { .. })));
    let number = |accept, factor: &str| {
        let units = UnitRule {
            units: vec![Unit { name: "m".into(), factor: ratio(factor) }],
            optional: false,
            penalty: ratio("0"),
            penalty_of: PenaltyOf::Response,
            side: UnitSide::Either,
        };
        let entries = vec![NumberEntry::new(accept)];
        let key = NumberKey { entries, units: Some(units), format: None };
        Question::new(&cx, QuestionKind::Numeric, "?", AnswerKey::Numbers(key))
    };
    let exact = |text: &str| Accept::Exact { value: text.parse().unwrap() };
    assert_eq!(problem(&number(exact("6.6e-34"), "1000")), None);
    let zero = problem(&number(exact("1"), "0"));
    assert!(matches!(zero, Some(QuestionProblem::OutOfRange { what: "unit factor", .. })));
    let wide =
        Accept::Absolute { value: "1e30".parse().unwrap(), margin: "1e-30".parse().unwrap() };
    assert!(matches!(problem(&number(wide, "1")), Some(QuestionProblem::Inexact { .. })));
}

#[test]
fn tolerances_and_deductions_have_ranges() {
    let cx = context();
    let number = |accept| {
        let key = NumberKey { entries: vec![NumberEntry::new(accept)], ..NumberKey::default() };
        Question::new(&cx, QuestionKind::Numeric, "?", AnswerKey::Numbers(key))
    };
    let value: Numeral = "3".parse().unwrap();
    let share = "-1".parse().unwrap();
    for accept in [
        Accept::Geometric { value, share },
        Accept::Figures { value, figures: 0, as_written: false },
    ] {
        let found = problem(&number(accept));
        assert!(matches!(found, Some(QuestionProblem::OutOfRange { .. })), "{found:?}");
    }
    let mapping = |lower: &str| MultipleSelectRule::Mapping {
        default: Ratio::ZERO,
        lower: Some(ratio(lower)),
        upper: Some(Ratio::ONE),
    };
    let deduction = Some(ratio("-1/4"));
    for (rule, is_refused) in [
        (mapping("0"), false),
        (mapping("2"), true),
        (MultipleSelectRule::RightMinusWrong { deduction }, true),
        (MultipleSelectRule::RIGHT_MINUS_WRONG, false),
    ] {
        let mut question = choices(&cx, QuestionKind::MultipleSelect, "rrw", "1");
        question.answer_key = AnswerKey::multiple_select(rule);
        assert_eq!(problem(&question).is_some(), is_refused, "{rule:?}");
    }
}

#[test]
fn parts_are_there_once_and_can_be_seen() {
    let cx = context();
    let mut options = choices(&cx, QuestionKind::Matching, "www", "1").options;
    let stem = |choice: &Choice| Stem {
        id: cx.id(),
        text: "?".into(),
        choice: choice.id,
        weight: Ratio::ONE,
    };
    let matching = |stems: Vec<Stem>, options: &[Choice]| {
        let key = AnswerKey::Pairs(PairsKey { stems, rule: None });
        Question::new(&cx, QuestionKind::Matching, "?", key).with_options(options.to_vec())
    };
    let stems = vec![stem(&options[0]), stem(&options[1])];
    assert_eq!(problem(&matching(stems.clone(), &options)), None);
    let twice = problem(&matching(vec![stems[0].clone(), stems[0].clone()], &options));
    assert!(matches!(twice, Some(QuestionProblem::OptionTwice { .. })));
    let order = |ids: &[usize], options: &[Choice]| {
        let order = ids.iter().map(|at| options[*at].id).collect();
        let key = AnswerKey::Order(OrderKey { order, rule: None });
        let question = Question::new(&cx, QuestionKind::Ordering, "?", key);
        problem(&question.with_options(options.to_vec()))
    };
    assert_eq!(order(&[2, 0, 1], &options), None);
    let twice = order(&[0, 1, 0], &options);
    assert!(matches!(twice, Some(QuestionProblem::OptionTwice { .. })));
    options[1].text = " ".into();
    let unseen = problem(&matching(stems, &options));
    assert!(matches!(unseen, Some(QuestionProblem::NoRightAnswer { .. })));
}

#[test]
fn no_more_is_accepted_than_can_be_compared_in_time() {
    let cx = context();
    let words = |pattern, times| {
        let key = TextKey { entries: vec![TextEntry::new(pattern); times] };
        Question::new(&cx, QuestionKind::ShortAnswer, "?", AnswerKey::Texts(key))
    };
    let regex = || TextPattern::Regex(crate::question::BoundedRegex::new("a+"));
    let long = |length: usize| TextPattern::Wildcard("*a".repeat(length / 2));
    for (question, what) in [
        (words(TextPattern::Exact("a".into()), 1_000), None),
        (words(TextPattern::Exact("a".into()), 1_001), Some("accepted answers")),
        (words(TextPattern::Exact("a".into()), 20_000), Some("accepted answers")),
        (words(regex(), 20), None),
        (words(regex(), 21), Some("regular expressions")),
        (words(long(1_000), 1), None),
        (words(long(1_002), 1), Some("characters in one accepted answer")),
    ] {
        match (problem(&question), what) {
            (None, None) => {}
            (Some(QuestionProblem::TooMuchAccepted { what, .. }), Some(wanted)) => {
                assert_eq!(what, wanted);
            }
            (found, wanted) => panic!("{found:?} instead of {wanted:?}"),
        }
    }
}

#[test]
fn patterns_must_be_readable() {
    let cx = context();
    let words = |pattern| {
        let key = TextKey { entries: vec![TextEntry::new(pattern)] };
        Question::new(&cx, QuestionKind::ShortAnswer, "?", AnswerKey::Texts(key))
    };
    let regex = |text: &str| TextPattern::Regex(crate::question::BoundedRegex::new(text));
    assert_eq!(problem(&words(regex("a+"))), None);
    assert!(matches!(problem(&words(regex("("))), Some(QuestionProblem::BadPattern { .. })));
}
