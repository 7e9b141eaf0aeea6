//! One explanation for every kind of question, and one for a whole attempt.

use proptest::prelude::*;

use super::*;
use crate::{
    grading::{
        AnswerSheet, Given, ManualMark, ScoreFrame, SectionFrame, SheetEntry, TestForm,
        generate::{Generator, cases, generated_form, generated_sheet},
        grade_attempt, grade_entry,
        tests::{choices, context, points, ratio, tick},
    },
    question::{
        Accept, Answer, AnswerKey, Area, Association, AssociationsKey, Blank, BlankKey, BlanksKey,
        Choice, End, FilledBlank, ManualKey, NumberEntry, NumberKey, OrderKey, Pair, PairsKey,
        PenaltyOf, Place, QuestionKind, Shape, Spot, SpotsKey, Stem, TextKey, Treatment, Unit,
        UnitRule, UnitSide,
    },
    scoring::{
        Certainty, ChosenLevel, Clamp, Criterion, Level, MultipleSelectRule, OrderingRule,
        PartsRule, PassRule, Rubric, RubricMark, ScoringRules, ScoringType, TryRule,
    },
};
use lms_kernel::Context;

fn told(question: &Question, entry: &SheetEntry, rules: &ScoringRules, reveal: Reveal) -> String {
    let result = grade_entry(question, Some(entry), rules).unwrap();
    let explanation = explain_question(question, Some(entry), &result, reveal).unwrap();
    let json = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
    explanation.to_string()
}

fn answered(question: &Question, answer: Answer, reveal: Reveal) -> String {
    let entry = SheetEntry::new(question.id, answer);
    told(question, &entry, &ScoringRules::default(), reveal)
}

fn named(cx: &Context, names: &[&str]) -> Vec<Choice> {
    names.iter().map(|name| Choice::new(cx.id(), *name, false)).collect()
}

#[test]
fn a_single_choice() {
    let cx = context();
    let mut question = choices(&cx, QuestionKind::SingleChoice, "wr", "2");
    question.options[0] =
        Choice::new(cx.id(), "Lyon", false).with_feedback("Lyon is the third largest city.");
    question.options[1].text = "Paris".into();
    assert_eq!(
        answered(&question, tick(&question, &[0]), Reveal::Answers),
        "0 of 2 points. You chose “Lyon”, which earns none of the points. Right: Paris. \
         Lyon is the third largest city."
    );
    assert_eq!(
        answered(&question, tick(&question, &[1]), Reveal::Outcome),
        "2 of 2 points. You chose “Paris”, which earns all of the points."
    );
    assert_eq!(
        answered(&question, Answer::Blank, Reveal::Outcome),
        "0 of 2 points. You left it empty, which earns nothing."
    );
}

#[test]
fn a_multiple_select_tells_the_options_only_with_the_answers() {
    let cx = context();
    let mut question = choices(&cx, QuestionKind::MultipleSelect, "rrrw", "2");
    for (option, name) in question.options.iter_mut().zip(["2", "3", "5", "9"]) {
        option.text = name.into();
    }
    let answer = tick(&question, &[0, 1]);
    assert_eq!(
        answered(&question, answer.clone(), Reveal::Outcome),
        "about 1.33 of 2 points. You ticked 2 of 3 right options and 0 of 1 wrong ones. \
         Each right one earns 1/3 of the points and each wrong one takes as much."
    );
    let revealed = answered(&question, answer, Reveal::Answers);
    assert!(revealed.contains("“3”: rightly ticked. “5”: missed. “9”: rightly left alone."));
    for rule in [
        MultipleSelectRule::AllOrNothing,
        MultipleSelectRule::CorrectDecisions,
        MultipleSelectRule::DeductFromFull,
        MultipleSelectRule::Halves,
        MultipleSelectRule::FRACTION_SUM,
        MultipleSelectRule::RightMinusWrongOverChoices,
    ] {
        question.answer_key = AnswerKey::multiple_select(rule);
        let told = answered(&question, tick(&question, &[0, 3]), Reveal::Outcome);
        assert!(told.ends_with('.') && told.contains("option"), "{told}");
    }
}

#[test]
fn words_and_numbers() {
    let cx = context();
    let key = AnswerKey::Texts(TextKey::exact(["Paris"]));
    let words = Question::new(&cx, QuestionKind::ShortAnswer, "Capital?", key);
    assert_eq!(
        answered(&words, Answer::text("Rome"), Reveal::Answers),
        "0 of 1 points. Your answer “Rome” is not among the accepted ones. Right: Paris."
    );
    let accept = Accept::Absolute { value: "2500".parse().unwrap(), margin: "10".parse().unwrap() };
    let key = NumberKey {
        entries: vec![NumberEntry::new(accept)],
        units: Some(UnitRule {
            units: vec![Unit { name: "m".into(), factor: ratio("1") }],
            optional: false,
            penalty: ratio("1/2"),
            penalty_of: PenaltyOf::Response,
            side: UnitSide::Either,
        }),
        format: None,
    };
    let number = Question::new(&cx, QuestionKind::Numeric, "How far?", AnswerKey::Numbers(key));
    assert_eq!(
        answered(&number, Answer::text("2,505"), Reveal::Answers),
        "0.5 of 1 points. Your answer “2,505”, read as 2505, is accepted and earns all of the \
         points. Its unit is missing, unknown or not converted, which costs 1/2. Right: 2500 ± 10."
    );
    assert_eq!(
        answered(&number, Answer::text("far"), Reveal::Outcome),
        "0 of 1 points. Your answer “far” is not a number."
    );
}

#[test]
fn spots_and_pairs_do_not_tell_what_is_right_too_early() {
    let cx = context();
    let circle = |x| Area::new(Shape::Circle { centre: Place::new(x, 0), radius: 5 });
    let rule = PartsRule::RightMinusWrong { deduction: ratio("1/2") };
    let key = SpotsKey { rule: Some(rule), ..SpotsKey::new(vec![circle(0), circle(50)]) };
    let spots = Question::new(&cx, QuestionKind::Hotspot, "Mark.", AnswerKey::Spots(key));
    assert_eq!(
        answered(&spots, Answer::Spots(vec![Spot::new(1, 1), Spot::new(99, 0)]), Reveal::Outcome),
        "0.25 of 1 points. 1 of 2 parts are right. 1 given beside them are wrong. Each part earns \
         its share, and a wrong one takes 1/2 of a share. Area 1: “marked” earns all. Area 2: \
         “nothing” earns none."
    );
    let options = named(&cx, &["France", "EU", "NATO"]);
    let pair = |to: usize| Association::new(options[0].id, options[to].id);
    let key = AnswerKey::Associations(AssociationsKey::new([pair(1), pair(2)]));
    let pairs = Question::new(&cx, QuestionKind::Association, "Join.", key);
    let pairs = pairs.with_options(options.clone());
    let given = Answer::Associations(vec![pair(1)]);
    assert_eq!(
        answered(&pairs, given.clone(), Reveal::Outcome),
        "0.5 of 1 points. 1 of 2 parts are right. Each part earns its own share of the points."
    );
    assert_eq!(
        answered(&pairs, given, Reveal::Answers),
        "0.5 of 1 points. 1 of 2 parts are right. Each part earns its own share of the points. \
         France – EU: “marked” earns all. France – NATO: “nothing” earns none."
    );
}

#[test]
fn blanks_matches_and_orders() {
    let cx = context();
    let blank = |word: &str, label: &str| Blank {
        id: cx.id(),
        label: label.into(),
        key: BlankKey::Text(TextKey::exact([word])),
        weight: ratio("1"),
    };
    let blanks = vec![blank("red", "colour"), blank("fox", "")];
    let fill = |at: usize, text: &str| FilledBlank { blank: blanks[at].id, text: text.into() };
    let filled = Answer::Blanks(vec![fill(0, "red"), fill(1, "cat")]);
    let key = AnswerKey::Blanks(BlanksKey { blanks: blanks.clone(), rule: None });
    let question = Question::new(&cx, QuestionKind::FillBlank, "The [colour] …", key);
    assert_eq!(
        answered(&question, filled, Reveal::Answers),
        "0.5 of 1 points. 1 of 2 parts are right. Each part earns its own share of the points. \
         colour: “red” earns all. Blank 2: “cat” earns none, right is “fox”."
    );

    let options = named(&cx, &["Paris", "Rome"]);
    let stem = |text: &str, at: usize| Stem {
        id: cx.id(),
        text: text.into(),
        choice: options[at].id,
        weight: ratio("1"),
    };
    let stems = vec![stem("France", 0), stem("Italy", 1)];
    let pair = Pair { stem: stems[0].id, choice: options[1].id };
    let key = AnswerKey::Pairs(PairsKey { stems, rule: None });
    let question =
        Question::new(&cx, QuestionKind::Matching, "Capitals", key).with_options(options.clone());
    assert_eq!(
        answered(&question, Answer::Pairs(vec![pair]), Reveal::Outcome),
        "0 of 1 points. 0 of 2 parts are right. Each part earns its own share of the points. \
         France: “Rome” earns none. Italy: “nothing” earns none."
    );

    let order = options.iter().map(|it| it.id).collect();
    let key = OrderKey { order, rule: Some(OrderingRule::Position) };
    let question = Question::new(&cx, QuestionKind::Ordering, "Order", AnswerKey::Order(key))
        .with_options(options.clone());
    let given = Answer::Order(vec![options[1].id, options[0].id]);
    assert_eq!(
        answered(&question, given, Reveal::Answers),
        "0 of 1 points. 0 of 2 items stand in their place. Right: Paris; Rome."
    );
}

#[test]
fn marks_by_people_with_a_rubric() {
    let cx = context();
    let level = Level { id: cx.id(), title: "Good".into(), points: points("3") };
    let criterion = Criterion {
        id: cx.id(),
        title: "Style".into(),
        description: String::new(),
        levels: vec![level.clone()],
    };
    let chosen = ChosenLevel { criterion: criterion.id, level: level.id, comment: None };
    let rubric = Some(Rubric { criteria: vec![criterion] });
    for kind in QuestionKind::ALL.iter().filter(|kind| kind.is_manual()) {
        let key = AnswerKey::Manual(ManualKey { rubric: rubric.clone(), model_answer: None });
        let question = Question::new(&cx, *kind, "Write.", key).worth(points("5"));
        let entry = SheetEntry::new(question.id, Answer::text("…"));
        let rules = ScoringRules::default();
        let pending = told(&question, &entry, &rules, Reveal::Answers);
        assert_eq!(pending, "Your answer is still to be marked.");
        let marked = entry.marked(ManualMark {
            points: points("3.5"),
            out_of: Some(points("5")),
            comment: Some("Well done".into()),
            rubric: Some(RubricMark { levels: vec![chosen.clone()], adjustment: points("0.5") }),
        });
        assert_eq!(
            told(&question, &marked, &rules, Reveal::Outcome),
            "3.5 of 5 points. Your marker gave 3.5 points: “Well done” Style: Good (3 points)."
        );
    }
}

#[test]
fn tries_certainty_and_limits() {
    let cx = context();
    let question = choices(&cx, QuestionKind::TrueFalse, "rw", "1");
    let right = tick(&question, &[0]);
    let wrong = tick(&question, &[1]);
    let mut rules = ScoringRules {
        tries: TryRule::Adaptive { penalty: ratio("1/3") },
        ..ScoringRules::default()
    };
    let entry = SheetEntry::new(question.id, right).after(vec![wrong.clone()]);
    assert_eq!(
        told(&question, &entry, &rules, Reveal::Outcome),
        "about 0.67 of 1 points. You chose “option r”, which earns all of the points. You tried 2 \
         times (none, all). The best try counts, less 1/3 for each wrong try before it."
    );
    rules.tries = TryRule::Certainty;
    rules.question_clamp = Clamp::FREE;
    let entry = SheetEntry::new(question.id, wrong).with_certainty(Certainty::High);
    assert_eq!(
        told(&question, &entry, &rules, Reveal::Outcome),
        "-6 of 1 points. You chose “option w”, which earns none of the points. You were very \
         sure, so none of the points became -6."
    );
    rules.question_clamp = Clamp::BOUNDED;
    let limited = told(&question, &entry, &rules, Reveal::Outcome);
    assert!(limited.ends_with("That would be -6 of the points, and counts as none."), "{limited}");
}

#[test]
fn what_does_not_count_says_why() {
    let cx = context();
    let mut question = choices(&cx, QuestionKind::SingleChoice, "rw", "1");
    let rules = ScoringRules::default();
    let given = |question: &Question, given| {
        told(question, &SheetEntry::of(question.id, given), &rules, Reveal::Outcome)
    };
    assert_eq!(given(&question, Given::NotAsked), "This question was not part of your test.");
    assert_eq!(given(&question, Given::Excused), "You were excused, so it does not count.");
    let missing = "0 of 1 points. There is no answer of yours, which earns nothing.";
    assert_eq!(given(&question, Given::Missing), missing);
    let blank = Given::Answer(Answer::Blank);
    question.treatment = Treatment::Dropped;
    let dropped = "The question was withdrawn and counts for nobody.";
    assert_eq!(given(&question, blank.clone()), dropped);
    question.treatment = Treatment::FullCredit;
    assert!(given(&question, blank.clone()).starts_with("1 of 1 points. The question was"));
    question.treatment = Treatment::Bonus;
    assert!(given(&question, blank).contains("It is a bonus"));
}

#[test]
fn why_41_67() {
    let cx = context();
    let questions: Vec<Question> =
        ["rrrw", "rw"].map(|key| choices(&cx, QuestionKind::MultipleSelect, key, "1")).to_vec();
    let sheet = AnswerSheet::new([
        (questions[0].id, tick(&questions[0], &[0, 1])),
        (questions[1].id, tick(&questions[1], &[1])),
    ]);
    let mut third = choices(&cx, QuestionKind::SingleChoice, "rw", "0.1333");
    third.treatment = Treatment::Dropped;
    let rules = ScoringRules::default();
    let mut frame = SectionFrame::unnamed();
    frame.title = "Reading".into();
    frame.max_score = Some(points("100"));
    let form = TestForm {
        edition: 1,
        frame: ScoreFrame {
            scoring: ScoringType::Percentage,
            passing: PassRule::Percent("33.34".parse().unwrap()),
            section_clamp: rules.section_clamp,
            ..ScoreFrame::default()
        },
        rules,
        sections: vec![crate::grading::FormSection {
            frame,
            questions: [questions, vec![third]].concat(),
        }],
    };
    let result = grade_attempt(&form, &sheet).unwrap();
    let explanation = explain_attempt(&form, &sheet, &result, Reveal::Outcome).unwrap();
    let text = explanation.to_string();
    assert!(text.starts_with("Reading\n1. about 0.67 of 1 points. You ticked 2 of 3"), "{text}");
    assert!(text.contains("\n3. The question was withdrawn and counts for nobody.\n"), "{text}");
    assert!(text.contains("The questions come to about 0.67 of 2."), "{text}");
    assert!(
        text.ends_with(
            "of a hundred: about 33.33 of 100. It is shown as 33.33 (2 digits after the point, \
             half_up). You did not pass."
        ),
        "{text}"
    );
}

#[test]
fn accepted_numbers_read_well() {
    let number = |text: &str| text.parse().unwrap();
    let interval = |low, high| Accept::Interval { low, high }.to_string();
    let five = End::closed(number("5"));
    let seven = End::open(number("7"));
    assert_eq!(interval(Some(five), Some(seven)), "from 5 to below 7");
    assert_eq!(interval(Some(seven), Some(five)), "from 5 to below 7");
    assert_eq!(interval(None, Some(seven)), "below 7");
    assert_eq!(interval(Some(five), None), "from 5");
    assert_eq!(interval(None, None), "any number");
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn every_generated_result_is_explained(seed: u64) {
        let mut generator = Generator::new(seed);
        let form = generated_form(&mut generator);
        for _ in 0..4 {
            let sheet = generated_sheet(&mut generator, &form);
            let result = grade_attempt(&form, &sheet).unwrap();
            prop_assert_eq!(&result.replay().unwrap(), &result);
            for reveal in [Reveal::Outcome, Reveal::Answers] {
                let explanation = explain_attempt(&form, &sheet, &result, reveal).unwrap();
                let json = serde_json::to_value(&explanation).unwrap();
                let again: AttemptExplanation = serde_json::from_value(json).unwrap();
                prop_assert_eq!(&again, &explanation);
                let told = explanation.sections.iter().map(|it| it.questions.len()).sum::<usize>();
                prop_assert_eq!(told, form.len());
                let silent = |it: &Explanation| it.facts.is_empty();
                prop_assert!(!explanation.sections.iter().any(|it| it.questions.iter().any(silent)));
            }
        }
    }
}
