//! Random gradebooks against plain fractions and brute force.
//!
//! They are 10,000 by default; `PROPTEST_CASES` asks for another number.
use proptest::prelude::*;

use super::*;

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
