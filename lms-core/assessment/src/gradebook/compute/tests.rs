//! Worked gradebooks.
mod laws;

use uuid::Uuid;

use super::*;
use crate::{
    gradebook::{Aggregation, DropRule, GradeBand, GradeScale, LateInterval, LatePolicy},
    grading::generate::cases,
    scoring::{Cap, CourseRules, DecideOn, ScoreRounding, ScoringProfile},
};
use lms_kernel::Percent;

fn points(text: &str) -> Points {
    text.parse().unwrap()
}

fn percent(text: &str) -> Percent {
    text.parse().unwrap()
}

fn item(number: u128, possible: &str) -> ItemPlan {
    ItemPlan::new(Id::from_uuid(Uuid::from_u128(number)), points(possible))
}

fn category(number: u128, weight: &str, items: Vec<ItemPlan>) -> CategoryPlan {
    let name = format!("Category {number}").parse().unwrap();
    let id = Id::from_uuid(Uuid::from_u128(0xc000 + number));
    CategoryPlan { weight: percent(weight), ..CategoryPlan::new(id, name, items) }
}

fn graded(score: &str) -> GradeState {
    GradeState::Graded { score: points(score), late_seconds: 0 }
}

fn states(list: &[(u128, GradeState)]) -> LearnerGrades {
    list.iter().map(|(number, state)| (Id::from_uuid(Uuid::from_u128(*number)), *state)).collect()
}

fn percents(plan: &GradebookPlan, grades: &LearnerGrades) -> (String, String) {
    let found = compute_grade(plan, grades, Audience::Staff).unwrap();
    let shown = |trace: &GradeTrace| {
        trace.total.percent.map_or("none".to_owned(), |percent| percent.to_string())
    };
    (shown(&found.current), shown(&found.last))
}

#[test]
fn what_is_not_marked_counts_in_the_final_grade_only() {
    let plan = GradebookPlan::weighted(vec![
        category(1, "40", vec![item(1, "10"), item(2, "10"), item(3, "10")]),
        category(2, "60", vec![item(4, "100")]),
    ]);
    let grades = states(&[(1, graded("8")), (2, GradeState::Pending)]);
    // Now: 8/10 of the only category that has something. In the end: 0.4 · 8/30.
    assert_eq!(percents(&plan, &grades), ("80".into(), "10.67".into()));
    assert_eq!(percents(&plan, &states(&[])), ("none".into(), "0".into()));
}

#[test]
fn missing_excused_and_zero_are_three_things() {
    let mut plan =
        GradebookPlan::weighted(vec![category(1, "100", vec![item(1, "10"), item(2, "10")])]);
    plan.missing_earns = percent("25");
    for (state, expected) in [
        (graded("0"), "40"),
        (GradeState::Missing, "52.5"),
        (GradeState::Excused, "80"),
        (GradeState::NotYet, "80"),
        (GradeState::Pending, "80"),
    ] {
        let found = percents(&plan, &states(&[(1, graded("8")), (2, state)]));
        assert_eq!(found.0, expected, "{state:?}");
    }
}

#[test]
fn weights_are_scaled_up_and_never_down() {
    let plan = |first: &str, second: &str| {
        GradebookPlan::weighted(vec![
            category(1, first, vec![item(1, "10")]),
            category(2, second, vec![item(2, "10")]),
        ])
    };
    let grades = states(&[(1, graded("9")), (2, graded("6"))]);
    // (0.3·0.9 + 0.2·0.6) ÷ 0.5.
    assert_eq!(percents(&plan("30", "20"), &grades).1, "78");
    assert_eq!(percents(&plan("50", "50"), &grades).1, "75");
    // 0.9 + 0.3·0.6: what is above 100 is extra.
    assert_eq!(percents(&plan("100", "30"), &grades).1, "108");
    assert_eq!(percents(&plan("0", "0"), &grades).1, "none");
}

/// Half of the weight is there, with shares of 40 and 61 percent: Open edX keeps the loss.
#[test]
fn short_weights_are_scaled_up_or_lost_as_the_profile_says() {
    let plan = GradebookPlan::weighted(vec![
        category(1, "25", vec![item(1, "100")]),
        category(2, "25", vec![item(2, "100")]),
    ]);
    let grades = states(&[(1, graded("40")), (2, graded("61"))]);
    let share = |plan: &GradebookPlan, grades: &LearnerGrades| {
        let found = compute_grade(plan, grades, Audience::Staff).unwrap();
        assert_eq!(found.last.replay(), found.last.total);
        found.current.total.share.unwrap().to_string()
    };
    assert_eq!(share(&plan, &grades), "101/200");
    let kept = plan.clone().with_profile(ScoringProfile::OpenEdx);
    assert_eq!(share(&kept, &grades), "101/400");
    // A category without work counts as nothing there, and is left out elsewhere.
    let one = states(&[(1, graded("40"))]);
    assert_eq!((share(&plan, &one), share(&kept, &one)), ("2/5".into(), "1/10".into()));
    assert_eq!(share(&plan.with_profile(ScoringProfile::Canvas), &grades), "101/200");
}

/// Two quizzes of 10 and 30 points that count alike make 40 percent, an exam 60.
#[test]
fn the_trace_tells_what_each_item_weighs_and_adds() {
    let quizzes = CategoryPlan {
        aggregation: Aggregation::Mean,
        ..category(1, "40", vec![item(1, "10"), item(2, "30")])
    };
    let mut plan = GradebookPlan::weighted(vec![quizzes, category(2, "60", vec![item(3, "50")])]);
    let grades = states(&[(1, graded("5")), (2, graded("30")), (3, graded("40"))]);
    let parts = |plan: &GradebookPlan| -> Vec<(String, String)> {
        let found = compute_grade(plan, &grades, Audience::Staff).unwrap().last.contributions();
        found.iter().map(|it| (it.weight.to_string(), it.earned.to_string())).collect()
    };
    let is = |found: Vec<(String, String)>, expected: &[(&str, &str)]| {
        let expected: Vec<_> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(found, expected);
    };
    is(parts(&plan), &[("1/5", "1/10"), ("1/5", "1/5"), ("3/5", "12/25")]);
    plan.categories[0].aggregation = Aggregation::Natural;
    is(parts(&plan), &[("1/10", "1/20"), ("3/10", "3/10"), ("3/5", "12/25")]);
    plan.aggregation = Aggregation::Natural;
    is(parts(&plan), &[("1/9", "1/18"), ("1/3", "1/3"), ("5/9", "4/9")]);
    plan.aggregation = Aggregation::Median;
    is(parts(&plan), &[]);
}

#[test]
fn a_course_or_a_category_may_be_capped_at_100_percent() {
    let extra = |number, possible| ItemPlan { extra_credit: true, ..item(number, possible) };
    let mut plan = GradebookPlan::weighted(vec![
        category(1, "50", vec![item(1, "10"), extra(2, "10")]),
        category(2, "50", vec![item(3, "10")]),
    ]);
    let full = states(&[(1, graded("10")), (2, graded("10")), (3, graded("8"))]);
    assert_eq!(percents(&plan, &full).1, "140");
    plan.rules.course_cap = Cap::Full;
    assert_eq!(percents(&plan, &full).1, "100");
    plan.rules = CourseRules { category_cap: Cap::Full, ..CourseRules::default() };
    assert_eq!(percents(&plan, &full).1, "90");
    for by in Aggregation::ALL {
        plan.aggregation = *by;
        let found = compute_grade(&plan, &full, Audience::Staff).unwrap().last;
        assert_eq!(found.replay(), found.total);
        assert!(found.total.share.unwrap() <= BigRatio::ONE, "{by}");
    }
}

#[test]
fn extra_credit_of_items_and_categories_only_adds() {
    let mut extra = item(3, "5");
    extra.extra_credit = true;
    let mut bonus = category(2, "5", vec![item(4, "10")]);
    bonus.extra_credit = true;
    let plan = GradebookPlan::weighted(vec![
        category(1, "100", vec![item(1, "10"), item(2, "10"), extra]),
        bonus,
    ]);
    let base = [(1, graded("8")), (2, graded("7"))];
    let with = |more: &[(u128, GradeState)]| percents(&plan, &states(&[&base[..], more].concat()));
    assert_eq!(with(&[]), ("75".into(), "75".into()));
    assert_eq!(with(&[(3, graded("4"))]).1, "95");
    assert_eq!(with(&[(4, graded("10"))]).1, "80");
    assert_eq!(with(&[(3, GradeState::Missing), (4, GradeState::Missing)]).1, "75");
    let mut median = plan.clone();
    median.categories[0].aggregation = Aggregation::Median;
    let refused = compute_grade(&median, &states(&base), Audience::Staff);
    assert!(matches!(refused, Err(PlanError::NoExtraCredit { .. })));
}

/// A natural book adds points up. A category whose items all weigh nothing has no share of its
/// own, so its points are not asked for either.
#[test]
fn a_category_without_a_share_is_left_out_of_every_book() {
    let mut weightless = category(2, "50", vec![item(2, "10")]);
    weightless.aggregation = Aggregation::WeightedMean;
    weightless.items[0].weight = Points::ZERO;
    let mut plan =
        GradebookPlan::weighted(vec![category(1, "50", vec![item(1, "10")]), weightless]);
    let grades = states(&[(1, graded("8")), (2, graded("1"))]);
    for by in Aggregation::ALL {
        plan.aggregation = *by;
        assert_eq!(percents(&plan, &grades), ("80".into(), "80".into()), "{by}");
    }
}

/// Eight homeworks are announced and six are set: the two that are not there count as nothing,
/// and may be dropped.
#[test]
fn padding_comes_before_dropping_and_only_in_the_end() {
    let items: Vec<_> = (1..=6).map(|number| item(number, "10")).collect();
    let mut homework = category(1, "100", items);
    (homework.aggregation, homework.pad_to) = (Aggregation::Mean, 8);
    let grades: Vec<_> = (1..=6).map(|number| (number, graded("8"))).collect();
    let mut plan = GradebookPlan::weighted(vec![homework]);
    assert_eq!(percents(&plan, &states(&grades)), ("80".into(), "60".into()));
    plan.categories[0].drop.lowest = 2;
    assert_eq!(percents(&plan, &states(&grades)), ("80".into(), "80".into()));
}

#[test]
fn hidden_items_are_not_there_for_the_learner() {
    let mut hidden = item(2, "10");
    hidden.hidden = true;
    let plan = GradebookPlan::weighted(vec![category(1, "100", vec![item(1, "10"), hidden])]);
    let grades = states(&[(1, graded("10")), (2, graded("0"))]);
    assert_eq!(percents(&plan, &grades).0, "50");
    let shown = compute_grade(&plan, &grades, Audience::Learner).unwrap();
    assert_eq!(shown.current.total.percent, Some(points("100")));
    let json = serde_json::to_string(&shown).unwrap();
    assert!(!json.contains(&hidden.id.to_string()), "{json}");
    let back: ComputedGrade = serde_json::from_str(&json).unwrap();
    assert_eq!(back, shown);
}

#[test]
fn the_grade_is_decided_on_what_is_shown_or_on_what_is_exact() {
    let band = |grade: &str, from: &str| GradeBand { grade: grade.into(), from: percent(from) };
    let mut plan = GradebookPlan::weighted(vec![category(1, "100", vec![item(1, "100")])]);
    plan.scale = Some(GradeScale::new(vec![band("A", "90"), band("B", "0")]).unwrap());
    let grade = |plan: &GradebookPlan, score: &str| {
        let found = compute_grade(plan, &states(&[(1, graded(score))]), Audience::Staff).unwrap();
        (found.last.total.percent.unwrap().to_string(), found.last.total.grade.unwrap())
    };
    plan.rounding = ScoreRounding { digits: 0, ..ScoreRounding::default() };
    assert_eq!(grade(&plan, "89.66"), ("90".into(), "A".into()));
    plan.rounding.decide_on = DecideOn::Exact;
    assert_eq!(grade(&plan, "89.66"), ("90".into(), "B".into()));
    assert_eq!(grade(&plan, "90"), ("90".into(), "A".into()));
}

#[test]
fn the_trace_says_in_words_how_it_came_about() {
    let mut quizzes = category(1, "40", vec![item(1, "10"), item(2, "10"), item(3, "10")]);
    quizzes.drop.lowest = 1;
    let exam = category(2, "60", vec![item(4, "50")]);
    let plan = GradebookPlan::weighted(vec![quizzes, exam]);
    let grades = states(&[(1, graded("8")), (2, graded("3")), (3, graded("9")), (4, graded("30"))]);
    let found = compute_grade(&plan, &grades, Audience::Staff).unwrap();
    assert_eq!(
        found.last.to_string(),
        "Category 1 (40 %): 85 % by natural; 2 counts; 1 dropped\n\
         Category 2 (60 %): 60 % by natural; 1 counts\n\
         final: 70 %"
    );
}
