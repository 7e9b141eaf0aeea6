//! Gradebooks at their limits: up to a thousand items of any points, each of them legal.
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::gradebook::{Aggregation, DropRule, LateInterval, LatePolicy};
use crate::grading::generate::cases;
use lms_kernel::Percent;

fn id<T>(number: usize) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number as u128 + 1))
}

fn book(items: Vec<ItemPlan>, aggregation: Aggregation, drop: DropRule) -> GradebookPlan {
    let category = CategoryPlan::new(id(0), "Quizzes".parse().unwrap(), items);
    GradebookPlan::weighted(vec![CategoryPlan { aggregation, drop, ..category }])
}

/// Quizzes whose maxima are primes, each a tenth below its maximum.
fn prime_quizzes(maxima: &[i64]) -> (Vec<ItemPlan>, LearnerGrades) {
    let tenth = Points::from_ten_thousandths(1_000);
    let mut grades = LearnerGrades::new();
    let item = |(number, maximum): (usize, &i64)| {
        let possible = Points::from_whole(*maximum).unwrap();
        let score = possible.sub(tenth).unwrap();
        grades.insert(id(number), GradeState::Graded { score, late_seconds: 0 });
        ItemPlan::new(id(number), possible)
    };
    (maxima.iter().enumerate().map(item).collect(), grades)
}

#[test]
fn twelve_quizzes_of_prime_maxima_have_a_mean() {
    let maxima = [11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];
    let (items, grades) = prime_quizzes(&maxima);
    let drop = DropRule { lowest: 1, highest: 0 };
    let plan = book(items, Aggregation::Mean, drop);
    let found = compute_grade(&plan, &grades, Audience::Staff).unwrap();
    assert_eq!(found.last.total.percent.unwrap().to_string(), "99.62");
    let dropped: Vec<_> = (found.last.categories[0].items.iter())
        .filter(|it| it.fate == Fate::Dropped)
        .map(|it| it.item)
        .collect();
    assert_eq!(dropped, [Some(id(0))], "a tenth of 11 is the most");
}

/// What a million points of extra credit make where next to nothing was asked for.
#[test]
fn a_percentage_beyond_the_range_of_points_is_shown_as_its_end() {
    let least = ItemPlan::new(id(0), Points::from_ten_thousandths(1));
    let items = (1..=1_000).map(|number| {
        let mut extra = ItemPlan::new(id(number), ItemPlan::MOST);
        extra.extra_credit = true;
        extra
    });
    let items: Vec<_> = std::iter::once(least).chain(items).collect();
    let score = ItemPlan::MOST;
    let state = GradeState::Graded { score, late_seconds: 0 };
    let grades = items.iter().map(|it| (it.id, state)).collect();
    let plan = book(items, Aggregation::Natural, DropRule::default());
    let total = compute_grade(&plan, &grades, Audience::Staff).unwrap().last.total;
    assert_eq!(total.share.unwrap().to_string(), "10010000000000");
    assert_eq!(total.percent, Some(Points::from_ten_thousandths(i64::MAX)));
}

fn points(most: i64) -> impl Strategy<Value = Points> {
    let units = prop_oneof![6 => 0..=most, 1 => Just(0), 1 => Just(most), 1 => 1_i64..=3];
    units.prop_map(Points::from_ten_thousandths)
}

fn percents() -> impl Strategy<Value = Percent> {
    (0_i64..=1_000_000).prop_map(|it| Percent::from_ten_thousandths(it).unwrap())
}

fn lateness() -> impl Strategy<Value = LatePolicy> {
    let flat = percents().prop_map(|percent| LatePolicy::Flat { percent });
    let stepped = (percents(), percents()).prop_map(|(percent, floor)| LatePolicy::PerInterval {
        percent,
        interval: LateInterval::Hour,
        floor,
    });
    prop_oneof![Just(LatePolicy::Free), flat, stepped]
}

fn items() -> impl Strategy<Value = (ItemPlan, GradeState)> {
    let most = ItemPlan::MOST.ten_thousandths();
    let score =
        prop_oneof![8 => points(most), 1 => any::<i64>().prop_map(Points::from_ten_thousandths)];
    let late = prop_oneof![Just(0), 0_u64..1_000_000, any::<u64>()];
    let rarely = || (0..10_u8).prop_map(|it| it == 0);
    let flags = (rarely(), rarely());
    (points(most), points(most), score, late, (flags, lateness())).prop_map(
        |(possible, weight, score, late_seconds, ((extra_credit, never_drop), late))| {
            let plan = ItemPlan::new(id(0), possible);
            let plan = ItemPlan { weight, extra_credit, never_drop, late, ..plan };
            (plan, GradeState::Graded { score, late_seconds })
        },
    )
}

fn books(sizes: std::ops::Range<usize>) -> impl Strategy<Value = (GradebookPlan, LearnerGrades)> {
    let by = || prop::sample::select(Aggregation::ALL);
    let category = (
        prop::collection::vec(items(), sizes),
        by(),
        (0_u16..30, 0_u16..3, percents(), 0_u16..1_200),
    );
    (prop::collection::vec(category, 1..4), by()).prop_map(|(list, by)| {
        let (mut categories, mut grades) = (Vec::new(), LearnerGrades::new());
        for (items, aggregation, (lowest, highest, weight, pad_to)) in list {
            let mut plans = Vec::with_capacity(items.len());
            for (mut plan, state) in items {
                plan.id = id(grades.len());
                plan.extra_credit &= aggregation.takes_extra_credit();
                grades.insert(plan.id, state);
                plans.push(plan);
            }
            let name = "Category".parse().unwrap();
            categories.push(CategoryPlan {
                aggregation,
                weight,
                pad_to: if highest == 0 { pad_to } else { 0 },
                drop: DropRule { lowest, highest },
                ..CategoryPlan::new(id(categories.len()), name, plans)
            });
        }
        (GradebookPlan { aggregation: by, ..GradebookPlan::weighted(categories) }, grades)
    })
}

fn exactly(fraction: &BigRatio) -> BigRational {
    fraction.to_string().parse().unwrap()
}

/// The share of a category by another library's fractions.
fn share_of(trace: &CategoryTrace) -> Option<BigRational> {
    let points =
        |it: Points| BigRational::new(BigInt::from(it.ten_thousandths()), BigInt::from(10_000));
    let zero = BigRational::from(BigInt::ZERO);
    let (mut above, mut below) = (zero.clone(), zero.clone());
    for it in trace.items.iter().filter(|it| it.fate == Fate::Counts) {
        let (earned, possible) = (exactly(&BigRatio::from(it.earned)), points(it.possible));
        let (own, of) = match trace.aggregation {
            Aggregation::Natural => (earned, possible),
            Aggregation::Mean => (earned / possible, BigRational::from(BigInt::from(1))),
            Aggregation::WeightedMean => (earned / possible * points(it.weight), points(it.weight)),
            _ => return trace.share.as_ref().map(exactly),
        };
        above += own;
        if !it.extra_credit {
            below += of;
        }
    }
    (below != zero).then(|| above / below)
}

fn check(plan: &GradebookPlan, grades: &LearnerGrades) -> Result<(), TestCaseError> {
    let found = compute_grade(plan, grades, Audience::Staff);
    prop_assert!(found.is_ok(), "{:?}", found.err());
    for trace in found.map(|it| [it.current, it.last]).into_iter().flatten() {
        prop_assert_eq!(trace.replay(), trace.total.clone());
        let json = serde_json::to_string(&trace).unwrap();
        let stored: GradeTrace = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&stored, &trace);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn no_legal_gradebook_overflows((plan, grades) in books(0..40)) {
        check(&plan, &grades)?;
        let found = compute_grade(&plan, &grades, Audience::Staff).unwrap();
        for category in &found.last.categories {
            prop_assert_eq!(share_of(category), category.share.as_ref().map(exactly));
        }
    }
}

proptest! {
    #![proptest_config(cases(3))]

    #[test]
    fn a_thousand_items_are_computed((plan, grades) in books(1_000..1_001)) {
        check(&plan, &grades)?;
    }
}
