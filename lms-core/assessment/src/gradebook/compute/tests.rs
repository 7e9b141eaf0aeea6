//! Worked gradebooks, and random ones against plain fractions and brute force.
//!
//! The random ones are 10,000 by default; `PROPTEST_CASES` asks for another number.
use proptest::prelude::*;
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

/// A fraction of its own, so that nothing is checked against itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction(i128, i128);

impl Fraction {
    fn of(n: i128, d: i128) -> Self {
        let (mut a, mut b) = (n.abs(), d.abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let a = a.max(1) * d.signum();
        Self(n / a, d / a)
    }
    fn plus(self, o: Self) -> Self {
        Self::of(self.0 * o.1 + o.0 * self.1, self.1 * o.1)
    }
    fn times(self, o: Self) -> Self {
        Self::of(self.0 * o.0, self.1 * o.1)
    }
    fn over(self, o: Self) -> Self {
        Self::of(self.0 * o.1, self.1 * o.0)
    }
    fn less_than(self, o: Self) -> bool {
        self.0 * o.1 < o.0 * self.1
    }
    fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self(0, 1), Self::plus)
    }
    fn is(self, ratio: Ratio) -> bool {
        self == Self::of(ratio.numerator(), ratio.denominator())
    }
}

/// What an item adds above and below the line.
fn line(by: Aggregation, it: &ItemTrace, earned: Fraction) -> Option<(Fraction, Fraction)> {
    let units = |points: Points| Fraction::of(points.ten_thousandths().into(), 10_000);
    let (possible, weight) = (units(it.possible), units(it.weight));
    let (above, below) = match by {
        Aggregation::Natural => (earned, possible),
        _ if possible.0 == 0 => return None,
        Aggregation::WeightedMean => (earned.over(possible).times(weight), weight),
        _ => (earned.over(possible), Fraction(1, 1)),
    };
    Some((above, if it.extra_credit { Fraction(0, 1) } else { below }))
}

/// What lateness leaves, by the formula as it is written.
fn earned(plan: &GradebookPlan, item: &ItemPlan, state: GradeState) -> Fraction {
    let units = |value: i64| Fraction::of(value.into(), 10_000);
    let share = |value: Percent| Fraction::of(value.ten_thousandths().into(), 1_000_000);
    match state {
        GradeState::Missing if !item.extra_credit => {
            units(item.possible.ten_thousandths()).times(share(plan.missing_earns))
        }
        GradeState::Graded { score, late_seconds } => {
            let (score, possible) =
                (units(score.ten_thousandths()), units(item.possible.ten_thousandths()));
            match item.late {
                LatePolicy::PerInterval { percent, interval, floor }
                    if late_seconds > 0 && score.0 > 0 && possible.0 > 0 =>
                {
                    let steps = late_seconds.div_ceil(interval.seconds());
                    let by_steps = share(percent).times(Fraction(steps.into(), 1));
                    let minus = Fraction(-1, 1);
                    let room = score.over(possible).plus(share(floor).times(minus));
                    let room = if room.0 < 0 { Fraction(0, 1) } else { room };
                    let off = if by_steps.less_than(room) { by_steps } else { room };
                    score.plus(possible.times(off).times(minus))
                }
                LatePolicy::Flat { percent } if late_seconds > 0 && score.0 > 0 => {
                    score.plus(score.times(share(percent)).times(Fraction(-1, 1)))
                }
                _ => score,
            }
        }
        _ => Fraction(0, 1),
    }
}

/// A middle, an end or the most frequent of shares; none of none.
fn of_order(by: Aggregation, mut shares: Vec<Fraction>) -> Option<Fraction> {
    shares.sort_by(|a, b| {
        if a.less_than(*b) {
            std::cmp::Ordering::Less
        } else if a == b {
            std::cmp::Ordering::Equal
        } else {
            std::cmp::Ordering::Greater
        }
    });
    let n = shares.len();
    if n == 0 {
        return None;
    }
    Some(match by {
        Aggregation::Lowest => shares[0],
        Aggregation::Highest => shares[n - 1],
        Aggregation::Median => shares[(n - 1) / 2].plus(shares[n / 2]).over(Fraction(2, 1)),
        _ => {
            let often = |it: &Fraction| shares.iter().filter(|other| *other == it).count();
            let most = shares.iter().map(often).max().unwrap();
            *shares.iter().rfind(|it| often(it) == most).unwrap()
        }
    })
}

fn share_of(by: Aggregation, lines: &[(Fraction, Fraction)]) -> Option<Fraction> {
    if !by.takes_extra_credit() {
        return of_order(by, lines.iter().map(|it| it.0).collect());
    }
    let below = Fraction::sum(lines.iter().map(|it| it.1));
    (below.0 != 0).then(|| Fraction::sum(lines.iter().map(|it| it.0)).over(below))
}

/// The fraction, which fits in 128 bits in all gradebooks that are drawn here.
fn small(exact: &BigRatio) -> Ratio {
    exact.to_ratio().unwrap()
}

/// Checks one category of a trace: what is earned, that no other choice is better, the share.
fn check(plan: &GradebookPlan, of: &CategoryPlan, trace: &CategoryTrace, given: &LearnerGrades) {
    let mut lines = Vec::new();
    let mut may_drop = Vec::new();
    for it in &trace.items {
        let own = of.items.iter().find(|own| Some(own.id) == it.item);
        let state =
            it.item.map_or(GradeState::NotYet, |id| given.get(&id).copied().unwrap_or_default());
        let earned = own.map_or(Fraction(0, 1), |own| earned(plan, own, state));
        assert!(earned.is(it.earned), "{it:?}");
        if !matches!(it.fate, Fate::Counts | Fate::Dropped) {
            continue;
        }
        lines.push((line(of.aggregation, it, earned).unwrap(), it.fate == Fate::Counts));
        if !own.is_some_and(|own| own.never_drop) {
            may_drop.push(lines.len() - 1);
        }
    }
    let kept: Vec<_> = lines.iter().filter(|it| it.1).map(|it| it.0).collect();
    let share = share_of(of.aggregation, &kept);
    assert_eq!(share.is_some(), trace.share.is_some(), "{trace:?}");
    assert!(share.is_none_or(|share| share.is(small(trace.share.as_ref().unwrap()))), "{trace:?}");
    let most = usize::from(of.drop.lowest).min(may_drop.len().saturating_sub(1));
    if of.drop.highest == 0 {
        assert_eq!(lines.len() - kept.len(), most, "{trace:?}");
    }
    if of.drop.highest > 0 || !of.aggregation.takes_extra_credit() {
        return;
    }
    for mask in 0_u32..1 << may_drop.len() {
        if mask.count_ones() as usize != most {
            continue;
        }
        let dropped = |at: usize| {
            may_drop.iter().position(|it| *it == at).is_some_and(|bit| mask >> bit & 1 == 1)
        };
        let other: Vec<_> =
            (0..lines.len()).filter(|at| !dropped(*at)).map(|at| lines[at].0).collect();
        if let (Some(own), Some(other)) = (share, share_of(of.aggregation, &other)) {
            assert!(!own.less_than(other), "{trace:?} {mask:b}");
        }
    }
}

/// The whole, by the rule as it is written.
fn whole_of(plan: &GradebookPlan, trace: &GradeTrace) -> Option<Fraction> {
    let ratio = |it: &BigRatio| Fraction::of(small(it).numerator(), small(it).denominator());
    let mut lines = Vec::new();
    for (of, category) in plan.categories.iter().zip(&trace.categories) {
        let Some(share) = category.share.as_ref().map(ratio) else {
            if plan.aggregation == Aggregation::Natural {
                lines.push((ratio(&category.earned), Fraction(0, 1)));
            }
            continue;
        };
        let weight = Fraction::of(of.weight.ten_thousandths().into(), 1_000_000);
        let (above, below) = match plan.aggregation {
            Aggregation::Natural => (ratio(&category.earned), ratio(&category.possible)),
            Aggregation::WeightedMean => (share.times(weight), weight),
            _ => (share, Fraction(1, 1)),
        };
        lines.push((above, if of.extra_credit { Fraction(0, 1) } else { below }));
    }
    if plan.aggregation == Aggregation::WeightedMean {
        let weights = Fraction::sum(lines.iter().map(|it| it.1));
        let by = if weights.less_than(Fraction(1, 1)) { weights } else { Fraction(1, 1) };
        return (by.0 != 0).then(|| Fraction::sum(lines.iter().map(|it| it.0)).over(by));
    }
    share_of(plan.aggregation, &lines)
}

fn aggregations() -> impl Strategy<Value = Aggregation> {
    prop::sample::select(Aggregation::ALL)
}

fn lateness() -> impl Strategy<Value = LatePolicy> {
    let percents = || prop::sample::select(vec!["0", "2.5", "10", "30", "100"]);
    prop_oneof![
        Just(LatePolicy::Free),
        percents().prop_map(|by| LatePolicy::Flat { percent: percent(by) }),
        (percents(), percents()).prop_map(|(by, floor)| LatePolicy::PerInterval {
            percent: percent(by),
            interval: LateInterval::Day,
            floor: percent(floor),
        }),
    ]
}

/// An item without a number, and what a learner did with it.
fn items() -> impl Strategy<Value = (ItemPlan, GradeState)> {
    let possible = prop_oneof![4 => prop::sample::select(vec![1, 4, 5, 10, 20, 50]), 1 => Just(0)];
    let state = prop_oneof![
        6 => (-20_000_i64..250_000, 0_u64..400_000).prop_map(|(score, late)| GradeState::Graded {
            score: Points::from_ten_thousandths(score / 2_500 * 2_500),
            late_seconds: late.saturating_sub(200_000),
        }),
        1 => Just(GradeState::NotYet),
        1 => Just(GradeState::Pending),
        1 => Just(GradeState::Missing),
        1 => Just(GradeState::Excused),
    ];
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (possible, 0_i64..4, flags, lateness(), state).prop_map(
        |(possible, weight, flags, late, state)| {
            let plan = ItemPlan {
                weight: Points::from_whole(weight).unwrap(),
                extra_credit: flags.0,
                never_drop: flags.1,
                hidden: flags.2,
                late,
                ..item(0, &possible.to_string())
            };
            (plan, state)
        },
    )
}

fn books() -> impl Strategy<Value = (GradebookPlan, LearnerGrades)> {
    let parts = (
        prop::collection::vec(items(), 0..8),
        aggregations(),
        (0_u16..4, prop_oneof![3 => Just(0_u16), 1 => 0_u16..3]),
        prop::sample::select(vec!["0", "10", "25", "40", "60", "100"]),
        (prop::bool::weighted(0.2), 0_u16..5),
    );
    (prop::collection::vec(parts, 0..4), aggregations()).prop_map(|(list, by)| {
        let (mut categories, mut grades, mut number) = (Vec::new(), LearnerGrades::new(), 0);
        for (items, aggregation, (lowest, highest), weight, (extra, pad_to)) in list {
            let mut plans = Vec::new();
            for (mut plan, state) in items {
                number += 1;
                plan.id = Id::from_uuid(Uuid::from_u128(number));
                plan.extra_credit &= aggregation.takes_extra_credit();
                grades.insert(plan.id, state);
                plans.push(plan);
            }
            categories.push(CategoryPlan {
                aggregation,
                drop: DropRule { lowest, highest },
                extra_credit: extra && by.takes_extra_credit(),
                pad_to,
                padded_points: points("10"),
                ..category(number, weight, plans)
            });
        }
        let missing_earns = percent("20");
        let book =
            GradebookPlan { aggregation: by, missing_earns, ..GradebookPlan::weighted(categories) };
        (book, grades)
    })
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn it_is_what_plain_fractions_and_brute_force_say((plan, grades) in books()) {
        let found = compute_grade(&plan, &grades, Audience::Staff).unwrap();
        for trace in [&found.current, &found.last] {
            for (of, category) in plan.categories.iter().zip(&trace.categories) {
                check(&plan, of, category, &grades);
            }
            let adds_up = |by: Aggregation| by.takes_extra_credit();
            if adds_up(plan.aggregation) && plan.categories.iter().all(|it| adds_up(it.aggregation)) {
                let parts = trace.contributions().into_iter().map(|it| it.earned);
                let share = trace.total.share.clone();
                prop_assert_eq!(BigRatio::sum(parts), share.unwrap_or(BigRatio::ZERO), "{:?}", trace);
            }
            let whole = whole_of(&plan, trace);
            prop_assert_eq!(whole.is_some(), trace.total.share.is_some());
            if let (Some(whole), Some(share)) = (whole, &trace.total.share) {
                let share = small(share);
                prop_assert!(whole.is(share), "{:?} {:?}", whole, trace);
                let shown = Ratio::from(trace.total.percent.unwrap());
                let off = share.mul(Ratio::from(100)).unwrap().sub(shown).unwrap().abs();
                prop_assert!(off <= Ratio::new(1, 200).unwrap());
            }
        }
    }

}

proptest! {
    /// Of equally good choices to drop the items listed first are kept. So the order may decide
    /// which points are left, and these count where a book adds points up, or where the best are
    /// dropped of what is left.
    #[test]
    fn the_order_of_items_and_categories_makes_no_difference((mut plan, grades) in books()) {
        for category in &mut plan.categories {
            category.drop.highest = 0;
            if plan.aggregation == Aggregation::Natural {
                category.drop.lowest = 0;
            }
        }
        let found = compute_grade(&plan, &grades, Audience::Staff).unwrap();
        plan.categories.reverse();
        for category in &mut plan.categories {
            category.items.reverse();
        }
        let turned = compute_grade(&plan, &grades, Audience::Staff).unwrap();
        prop_assert_eq!(found.current.total, turned.current.total);
        prop_assert_eq!(found.last.total, turned.last.total);
    }

    #[test]
    fn replaying_a_trace_that_was_stored_gives_the_grade((plan, grades) in books(), own: bool) {
        let audience = if own { Audience::Learner } else { Audience::Staff };
        let found = compute_grade(&plan, &grades, audience).unwrap();
        for trace in [found.current, found.last] {
            let json = serde_json::to_string(&trace).unwrap();
            let stored: GradeTrace = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(stored.replay(), trace.total.clone());
            prop_assert_eq!(stored, trace);
        }
    }

    #[test]
    fn what_the_learner_does_not_see_changes_nothing_for_them((plan, grades) in books()) {
        let mut without = plan.clone();
        for category in &mut without.categories {
            category.items.retain(|it| !it.hidden);
        }
        let shown = compute_grade(&plan, &grades, Audience::Learner);
        prop_assert_eq!(shown, compute_grade(&without, &grades, Audience::Staff));
    }
}
