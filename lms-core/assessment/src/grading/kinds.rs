//! Worked examples of spots on pictures, pairs, blanks with options, sliders, and of questions that
//! do otherwise than their test.

use super::{
    tests::{choices, context, points, ratio, tick},
    *,
};
use crate::{
    authoring::{QuestionProblem, check_question},
    bank::{DrawSeed, Shuffle, arranged},
    question::{
        Accept, Answer, AnswerKey, Area, Association, AssociationsKey, AttachmentLimits, Blank,
        BlankKey, BlanksKey, Choice, FilledBlank, GapOptions, ManualKey, MarkedBy, Media,
        NumberKey, OrderKey, Place, Question, QuestionKind, QuestionRules, Shape, SliderKey,
        SliderScale, Spot, SpotsKey, Written,
    },
    scoring::{Certainty, PartsRule, ScoringRules, TryRule},
};
use lms_kernel::{Context, Id};

fn share(question: &Question, answer: &Answer) -> String {
    let graded = grade_question(question, answer, &ScoringRules::default()).unwrap();
    graded.share.map_or("none".to_owned(), |it| it.to_string())
}

fn options(cx: &Context, texts: &[&str]) -> Vec<Choice> {
    texts.iter().map(|text| Choice::new(cx.id(), *text, false)).collect()
}

fn circle(x: i32, y: i32, radius: u32) -> Shape {
    Shape::Circle { centre: Place::new(x, y), radius }
}

#[test]
fn each_area_of_a_hotspot_is_hit_once() {
    let cx = context();
    let rectangle = Shape::Rectangle { from: Place::new(50, 50), to: Place::new(60, 60) };
    let mut key = SpotsKey::new(vec![Area::new(circle(0, 0, 10)), Area::new(rectangle)]);
    key.areas[1].weight = ratio("3");
    let question = |key: &SpotsKey| {
        Question::new(&cx, QuestionKind::Hotspot, "Mark both.", AnswerKey::Spots(key.clone()))
    };
    let spots = |places: &[(i32, i32)]| {
        Answer::Spots(places.iter().map(|(x, y)| Spot::new(*x, *y)).collect())
    };
    let shared = |key: &SpotsKey, places: &[(i32, i32)]| share(&question(key), &spots(places));
    assert_eq!(shared(&key, &[(6, 8), (60, 50)]), "1");
    assert_eq!(shared(&key, &[(0, 0)]), "1/4");
    assert_eq!(shared(&key, &[(0, 0), (1, 1)]), "1/4", "the same area twice");
    assert_eq!(shared(&key, &[(55, 55), (99, 99)]), "3/4");
    assert_eq!(shared(&key, &[(0, 0), (55, 55), (99, 99)]), "0", "more spots than areas");
    key.most = Some(3);
    assert_eq!(shared(&key, &[(0, 0), (55, 55), (99, 99)]), "1");
    key.rule = Some(PartsRule::AllOrNothing);
    assert_eq!(shared(&key, &[(0, 0), (55, 55), (99, 99)]), "0");
    assert_eq!(shared(&key, &[(0, 0), (55, 55)]), "1");
    key.rule = Some(PartsRule::RightMinusWrong { deduction: ratio("1/2") });
    // 4/4 less half of a part of mean worth, of two.
    assert_eq!(shared(&key, &[(0, 0), (55, 55), (99, 99)]), "3/4");
    assert_eq!(shared(&key, &[(99, 99)]), "0");
    let question = question(&key);
    assert_eq!(check_question(&question), Ok(()));
    let completeness = |it: &Answer| it.completeness(&question, &ScoringRules::default());
    assert_eq!(completeness(&spots(&[])), Completeness::Blank);
    assert_eq!(completeness(&spots(&[(1, 1)])), Completeness::Gradable);
    let too_many = Completeness::Unreadable { part: None, at: 0, reason: Unreadable::TooMany };
    assert_eq!(completeness(&spots(&[(0, 0); 4])), too_many);
}

#[test]
fn a_marker_belongs_in_its_own_area() {
    let cx = context();
    let markers = options(&cx, &["heart", "lung", "bone"]);
    let area = |at: usize, x| Area::new(circle(x, 0, 10)).for_marker(markers[at].id);
    let key = SpotsKey::new(vec![area(0, 0), area(1, 100)]);
    let question = Question::new(&cx, QuestionKind::Markers, "Name.", AnswerKey::Spots(key))
        .with_options(markers.clone());
    let put = |list: &[(usize, i32)]| {
        Answer::Spots(list.iter().map(|(at, x)| Spot::marked(markers[*at].id, *x, 0)).collect())
    };
    assert_eq!(share(&question, &put(&[(0, 3), (1, 97)])), "1");
    assert_eq!(share(&question, &put(&[(1, 3), (0, 97)])), "0");
    assert_eq!(share(&question, &put(&[(0, 3), (2, 100)])), "1/2");
    assert_eq!(share(&question, &Answer::Spots(vec![Spot::new(0, 0)])), "0");
    assert_eq!(share(&question, &Answer::text("heart")), "0");
    assert_eq!(check_question(&question), Ok(()));
    let foreign = question.clone().with_options(markers[1..].to_vec());
    assert!(matches!(check_question(&foreign), Err(QuestionProblem::UnknownOption { .. })));
}

#[test]
fn areas_that_no_one_can_mark_are_refused() {
    let cx = context();
    let problem = |key| {
        let question = Question::new(&cx, QuestionKind::Hotspot, "?", AnswerKey::Spots(key));
        check_question(&question).unwrap_err().to_string()
    };
    let of = |shape| SpotsKey::new(vec![Area::new(shape)]);
    let corners = |count: i32| Shape::Polygon {
        corners: (0..count).map(|at| Place::new(at, at * at)).collect(),
    };
    assert!(problem(SpotsKey::default()).contains("no right answer"));
    assert!(problem(of(corners(2))).contains("corners"));
    assert!(problem(of(corners(201))).contains("corners"));
    assert!(problem(SpotsKey { most: Some(201), ..of(circle(0, 0, 1)) }).contains("at most 200"));
    let many = SpotsKey::new((0..11).map(|_| Area::new(corners(200))).collect());
    assert!(problem(many).contains("corners of all areas"));
    assert!(problem(of(circle(2_000_000, 0, 1))).contains("place of an area"));
    assert!(problem(of(circle(0, 0, u32::MAX))).contains("place of an area"));
}

#[test]
fn either_side_of_a_pair_takes_several() {
    let cx = context();
    let all = options(&cx, &["France", "Spain", "EU", "NATO"]);
    let pair = |(a, b): (usize, usize)| Association::new(all[a].id, all[b].id);
    let right = [(0, 2), (0, 3), (1, 2)].map(pair);
    let left = vec![all[0].id, all[1].id];
    let question = |key: AssociationsKey| {
        Question::new(&cx, QuestionKind::Association, "Join.", AnswerKey::Associations(key))
            .with_options(all.clone())
    };
    let directed = question(AssociationsKey::directed(left.clone(), right));
    let free = question(AssociationsKey::new(right));
    let given =
        |list: &[(usize, usize)]| Answer::Associations(list.iter().copied().map(pair).collect());
    for (list, of_directed, of_free) in [
        (&[(0, 2), (0, 3), (1, 2)][..], "1", "1"),
        (&[(2, 0), (0, 3), (1, 2)], "2/3", "1"),
        (&[(0, 2), (0, 2)], "1/3", "1/3"),
        (&[(0, 2), (2, 0)], "1/3", "1/3"),
        (&[(1, 3)], "0", "0"),
        (&[(0, 2), (0, 3), (1, 2), (1, 3)], "0", "0"),
    ] {
        assert_eq!(share(&directed, &given(list)), of_directed, "{list:?}");
        assert_eq!(share(&free, &given(list)), of_free, "{list:?}");
    }
    assert_eq!((check_question(&directed), check_question(&free)), (Ok(()), Ok(())));
    let backwards = question(AssociationsKey::directed(left, [pair((2, 0))]));
    assert!(check_question(&backwards).is_err());
    let twice = question(AssociationsKey::new([pair((0, 2)), pair((2, 0))]));
    assert!(matches!(check_question(&twice), Err(QuestionProblem::OptionTwice { .. })));
    let unknown = Answer::Associations(vec![Association::new(cx.id(), all[2].id), pair((0, 2))]);
    assert_eq!(share(&directed, &unknown), "1/3");
}

#[test]
fn blanks_take_options_and_ticks() {
    let cx = context();
    let gap = |right: &str| {
        let option = |c: char| Choice::new(cx.id(), c, c == 'r');
        GapOptions::new(right.chars().map(option).collect())
    };
    let (one, several) = (gap("rw"), gap("rrww"));
    let blanks = vec![
        Blank::new(cx.id(), BlankKey::Choice(one.clone())),
        Blank::new(cx.id(), BlankKey::Ticks(several.clone())),
    ];
    let ids = [blanks[0].id, blanks[1].id];
    let key = AnswerKey::Blanks(BlanksKey::new(blanks));
    let question = Question::new(&cx, QuestionKind::FillBlank, "…", key);
    let fill = |first: &[usize], second: &[usize]| {
        let chosen = |gap: &GapOptions, at: &[usize]| -> Vec<Id<Choice>> {
            at.iter().map(|at| gap.options[*at].id).collect()
        };
        Answer::Blanks(vec![
            FilledBlank::chosen(ids[0], chosen(&one, first)),
            FilledBlank::chosen(ids[1], chosen(&several, second)),
        ])
    };
    for (first, second, expected) in [
        (&[0][..], &[0, 1][..], "1"),
        (&[1], &[0, 1], "1/2"),
        (&[0], &[0], "3/4"),
        (&[0], &[0, 1, 2], "3/4"),
        (&[0, 1], &[], "0"),
        (&[], &[], "0"),
    ] {
        assert_eq!(share(&question, &fill(first, second)), expected, "{first:?} {second:?}");
    }
    assert_eq!(check_question(&question), Ok(()));
    let missing = fill(&[0], &[]).completeness(&question, &ScoringRules::default());
    assert_eq!(missing, Completeness::Incomplete { missing: vec![1] });
    let text = Answer::Blanks(vec![FilledBlank { blank: ids[0], text: "r".into() }]);
    assert_eq!(share(&question, &text), "0", "the options are known by their ids");
}

#[test]
fn pinned_items_are_given_and_earn_nothing() {
    let cx = context();
    let mut items = options(&cx, &["first", "second", "third", "last"]);
    (items[0].pinned, items[3].pinned) = (true, true);
    let order: Vec<_> = items.iter().map(|it| it.id).collect();
    let key = OrderKey {
        rule: Some(crate::scoring::OrderingRule::Position),
        ..OrderKey::new(order.clone())
    };
    let mut question = Question::new(&cx, QuestionKind::Ordering, "…", AnswerKey::Order(key));
    question.options = vec![items[3].clone(), items[2].clone(), items[0].clone(), items[1].clone()];
    let given = |at: &[usize]| Answer::Order(at.iter().map(|at| order[*at]).collect());
    assert_eq!(share(&question, &given(&[0, 1, 2, 3])), "1");
    assert_eq!(share(&question, &given(&[1, 2])), "1", "pinned items need not be given");
    assert_eq!(share(&question, &given(&[0, 2, 1, 3])), "0");
    let assessment = crate::Assessment::new(&cx, crate::AssessmentKind::Quiz, "Q".parse().unwrap());
    for seed in 0..20 {
        let placed = question.clone().placed(assessment.id, None, 0);
        let form = TestForm::assemble(&assessment, &[], vec![placed]).unwrap();
        let form = arranged(form, Shuffle::default(), DrawSeed(seed));
        let shown: Vec<_> =
            form.questions().next().unwrap().options.iter().map(|it| it.id).collect();
        assert_eq!((shown[0], shown[3]), (order[0], order[3]));
    }
}

#[test]
fn a_slider_takes_the_numbers_of_its_scale() {
    let cx = context();
    let [low, high, step, value, margin] =
        ["0", "10", "0.5", "7", "0.5"].map(|it| it.parse().unwrap());
    let scale = SliderScale { low, high, step };
    let key = SliderKey::new(scale, [Accept::Absolute { value, margin }]);
    let question = Question::new(&cx, QuestionKind::Slider, "Set.", AnswerKey::Slider(key));
    for (text, expected) in
        [("7", "1"), ("6.5", "1"), ("7.5", "1"), ("8", "0"), ("7.25", "0"), ("11", "0"), ("x", "0")]
    {
        assert_eq!(share(&question, &Answer::text(text)), expected, "{text}");
    }
    assert_eq!(check_question(&question), Ok(()));
    let off = Answer::text("7.25").completeness(&question, &ScoringRules::default());
    assert!(matches!(off, Completeness::Unreadable { reason: Unreadable::OffScale, .. }));
    let uneven = SliderScale { high: "9.8".parse().unwrap(), ..scale };
    let key = SliderKey { scale: uneven, accepted: NumberKey::new([Accept::Exact { value }]) };
    let uneven = Question::new(&cx, QuestionKind::Slider, "Set.", AnswerKey::Slider(key));
    assert!(check_question(&uneven).unwrap_err().to_string().contains("scale"));
}

#[test]
fn information_counts_for_nothing() {
    let cx = context();
    let question = Question::new(&cx, QuestionKind::Information, "Read.", AnswerKey::Nothing);
    assert!(check_question(&question).is_err(), "there is nothing to earn");
    let question = question.worth(points("0"));
    assert_eq!(check_question(&question), Ok(()));
    for answer in [Answer::Blank, Answer::text("read")] {
        let graded = grade_question(&question, &answer, &ScoringRules::default()).unwrap();
        assert_eq!((graded.state, graded.share), (AnswerState::NotAsked, None));
    }
    // It is no reason to leave an attempt out of the statistics.
    let result = grade_question(&question, &Answer::Blank, &ScoringRules::default()).unwrap();
    assert!(crate::analysis::ItemResponse::of(&question, None, &result).is_some());
    let unseen = grade_entry(&question, None, &ScoringRules::default()).unwrap();
    assert_eq!(unseen.state, AnswerState::NotAsked);
}

#[test]
fn an_essay_has_its_files_with_it() {
    let cx = context();
    let media = || Media {
        kind: crate::question::MediaKind::Image,
        link: "https://files.example.org/1.png".to_owned().try_into().unwrap(),
    };
    let limits = AttachmentLimits { least: 1, most: 2 };
    let rules = QuestionRules { attachments: Some(limits), ..QuestionRules::default() };
    let key = AnswerKey::Manual(ManualKey::default());
    let essay = Question::new(&cx, QuestionKind::LongAnswer, "Write.", key).with_rules(rules);
    let of = |files: usize| {
        let attachments = (0..files).map(|_| media()).collect();
        let answer = Answer::Written(Written { text: "See.".into(), attachments });
        answer.completeness(&essay, &ScoringRules::default())
    };
    assert_eq!(of(0), Completeness::Incomplete { missing: vec![1] });
    assert_eq!((of(1), of(2)), (Completeness::Gradable, Completeness::Gradable));
    let too_many = Completeness::Unreadable { part: Some(1), at: 0, reason: Unreadable::TooMany };
    assert_eq!(of(3), too_many);
    let empty = Answer::Written(Written::default());
    assert_eq!(empty.completeness(&essay, &ScoringRules::default()), Completeness::Blank);
    let graded = grade_question(&essay, &Answer::text("x"), &ScoringRules::default()).unwrap();
    assert_eq!(graded.state, AnswerState::Pending);
}

#[test]
fn a_person_may_mark_any_kind() {
    let cx = context();
    let rules = QuestionRules { marked_by: MarkedBy::Person, ..QuestionRules::default() };
    let question = choices(&cx, QuestionKind::SingleChoice, "rw", "4").with_rules(rules);
    let entry = SheetEntry::new(question.id, tick(&question, &[0]));
    let pending = grade_entry(&question, Some(&entry), &ScoringRules::default()).unwrap();
    assert_eq!((pending.state, pending.share), (AnswerState::Pending, None));
    let entry = SheetEntry { mark: Some(ManualMark::new(points("3"))), ..entry };
    let marked = grade_entry(&question, Some(&entry), &ScoringRules::default()).unwrap();
    assert_eq!(marked.earned, Some(ratio("3")));
}

#[test]
fn a_question_has_its_own_penalty_and_limit_of_tries() {
    let cx = context();
    let with = |rules| choices(&cx, QuestionKind::SingleChoice, "rww", "1").with_rules(rules);
    let tries = Some(TryRule::Adaptive { penalty: ratio("1/10") });
    let of_test = ScoringRules {
        tries: TryRule::Adaptive { penalty: ratio("1/3") },
        ..ScoringRules::default()
    };
    let earned = |question: &Question, rules: &ScoringRules, at: &[usize]| {
        let mut all: Vec<Answer> = at.iter().map(|at| tick(question, &[*at])).collect();
        let last = all.pop().unwrap();
        let entry = SheetEntry::new(question.id, last).after(all);
        grade_entry(question, Some(&entry), rules).unwrap().share.unwrap().to_string()
    };
    let usual = with(QuestionRules::default());
    let own = with(QuestionRules { tries: tries.clone(), ..QuestionRules::default() });
    assert_eq!(earned(&usual, &of_test, &[1, 2, 0]), "1/3");
    assert_eq!(earned(&own, &of_test, &[1, 2, 0]), "4/5");
    assert_eq!(earned(&own, &ScoringRules::default(), &[1, 2, 0]), "4/5");
    let limited = with(QuestionRules { tries, most_tries: Some(2), ..QuestionRules::default() });
    assert_eq!(earned(&limited, &of_test, &[1, 2, 0]), "0", "the third try does not count");
    assert_eq!(earned(&limited, &of_test, &[1, 0]), "9/10");
    // Told at once, the first answer is the answer.
    let at_once = with(QuestionRules { at_once: true, ..QuestionRules::default() });
    assert_eq!(earned(&at_once, &ScoringRules::default(), &[1, 0]), "0");
    assert_eq!(earned(&usual, &ScoringRules::default(), &[1, 0]), "1");
    let certain = QuestionRules {
        tries: Some(TryRule::Certainty),
        at_once: true,
        ..QuestionRules::default()
    };
    let certain = with(certain);
    let entry = SheetEntry::new(certain.id, tick(&certain, &[0])).with_certainty(Certainty::High);
    let free =
        ScoringRules { question_clamp: crate::scoring::Clamp::FREE, ..ScoringRules::default() };
    assert_eq!(grade_entry(&certain, Some(&entry), &free).unwrap().share, Some(ratio("3")));
    for rules in [
        QuestionRules { most_tries: Some(0), ..QuestionRules::default() },
        QuestionRules { most_tries: Some(65), ..QuestionRules::default() },
        QuestionRules {
            tries: Some(TryRule::Interactive { penalty: ratio("-1") }),
            ..QuestionRules::default()
        },
    ] {
        assert!(check_question(&with(rules)).is_err());
    }
}
