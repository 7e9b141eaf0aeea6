//! Weights of items that count by their points, some of which are overridden.

use crate::gradebook::ItemPlan;
use lms_kernel::BigRatio;

/// What each item weighs in a category that counts by points, as a share of the category.
///
/// An item weighs its points of all points possible. Items with a weight of their own have that
/// weight, and the others share what is left by their points; where the own weights sum to more than
/// everything, or no other item is there to fill up, they are scaled to it. Extra credit is no part
/// of that sum: it weighs its points of all points possible, or its own weight
/// (Moodle, <https://docs.moodle.org/en/Grade_aggregation>, "Natural"; `grade_category::
/// auto_update_weights`). An item without points weighs nothing.
///
/// ```
/// use lms_assessment::gradebook::{ItemPlan, natural_weights};
/// use lms_kernel::Id;
/// use uuid::Uuid;
///
/// let item = |id, points: &str| {
///     points.parse().map(|points| ItemPlan::new(Id::from_uuid(Uuid::from_u128(id)), points))
/// };
/// let exam = ItemPlan { own_weight: Some("50".parse()?), ..item(1, "20")? };
/// let weights = natural_weights(&[exam, item(2, "30")?, item(3, "10")?]);
/// let weights: Vec<String> = weights.iter().map(ToString::to_string).collect();
/// assert_eq!(weights, ["1/2", "3/8", "1/8"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn natural_weights(items: &[ItemPlan]) -> Vec<BigRatio> {
    let counts = |it: &&ItemPlan| !it.possible.is_zero();
    let own = |it: &ItemPlan| it.own_weight.map(BigRatio::from);
    let points = |it: &ItemPlan| BigRatio::from(it.possible);
    let regular = || items.iter().filter(counts).filter(|it| !it.extra_credit);
    let all = BigRatio::sum(regular().map(points));
    let overridden = BigRatio::sum(regular().filter_map(own));
    let others = BigRatio::sum(regular().filter(|it| it.own_weight.is_none()).map(points));
    let is_scaled = overridden > BigRatio::ONE || others.is_zero();
    let left = if is_scaled { BigRatio::ZERO } else { BigRatio::ONE.sub(&overridden) };
    let weight = |it: &ItemPlan| {
        let share = match own(it) {
            _ if it.possible.is_zero() => return BigRatio::ZERO,
            Some(own) if it.extra_credit => return own,
            None if it.extra_credit => points(it).div(&all),
            Some(own) if is_scaled => own.div(&overridden),
            Some(own) => return own,
            None => points(it).mul(&left).div(&others),
        };
        share.unwrap_or(BigRatio::ZERO)
    };
    items.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::gradebook::{Audience, CategoryPlan, GradeState, GradebookPlan, compute_grade};
    use lms_kernel::{Id, Percent, Points};

    fn item(number: u128, possible: i64, own: Option<&str>) -> ItemPlan {
        let possible = Points::from_whole(possible).unwrap();
        let own_weight = own.map(|it| it.parse().unwrap());
        ItemPlan { own_weight, ..ItemPlan::new(Id::from_uuid(Uuid::from_u128(number)), possible) }
    }

    fn weights(items: &[ItemPlan]) -> Vec<String> {
        natural_weights(items).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn own_weights_take_their_share_and_the_others_the_rest() {
        let two = |a, b| weights(&[item(1, 20, a), item(2, 60, b)]);
        assert_eq!(two(None, None), ["1/4", "3/4"]);
        assert_eq!(two(Some("40"), None), ["2/5", "3/5"]);
        assert_eq!(two(Some("100"), None), ["1", "0"]);
        assert_eq!(two(Some("90"), Some("60")), ["3/5", "2/5"], "scaled down");
        assert_eq!(two(Some("10"), Some("30")), ["1/4", "3/4"], "scaled up");
        assert_eq!(two(Some("0"), Some("0")), ["0", "0"]);
        let extra = ItemPlan { extra_credit: true, ..item(3, 8, None) };
        assert_eq!(
            weights(&[item(1, 20, Some("40")), item(2, 60, None), extra]),
            ["2/5", "3/5", "1/10"]
        );
        assert_eq!(weights(&[item(1, 0, Some("40")), item(2, 5, None)]), ["0", "1"]);
    }

    /// Three items of 10, 20 and 70 points; the first weighs a half. Scores 10, 10 and 0: the
    /// weights are 1/2, 1/9 and 7/18, so the share is 1/2 + 1/18.
    #[test]
    fn grades_follow_the_weights_and_add_up() {
        let items = vec![item(1, 10, Some("50")), item(2, 20, None), item(3, 70, None)];
        let graded = |at: usize, score: i64| {
            let score = Points::from_whole(score).unwrap();
            (items[at].id, GradeState::Graded { score, late_seconds: 0 })
        };
        let category = CategoryPlan::new(
            Id::from_uuid(Uuid::from_u128(9)),
            "Work".parse().unwrap(),
            items.clone(),
        );
        let plan = GradebookPlan::by_points(vec![category]);
        let all = BTreeMap::from([graded(0, 10), graded(1, 10), graded(2, 0)]);
        let found = compute_grade(&plan, &all, Audience::Staff).unwrap();
        let share = found.current.total.share.clone().unwrap();
        assert_eq!(share.to_string(), "5/9");
        assert_eq!(found.current.replay(), found.current.total);
        let contributions = found.current.contributions();
        let earned = BigRatio::sum(contributions.iter().map(|it| it.earned.clone()));
        assert_eq!(earned, share);
        let weights: Vec<String> = contributions.iter().map(|it| it.weight.to_string()).collect();
        assert_eq!(weights, ["1/2", "1/9", "7/18"]);
        // Without the last, the two that are there share everything: 1/2 and 1/9 of 11/18.
        let some = BTreeMap::from([graded(0, 10), graded(1, 10)]);
        let found = compute_grade(&plan, &some, Audience::Staff).unwrap();
        assert_eq!(found.current.total.share.unwrap().to_string(), "10/11");
    }

    proptest! {
        #[test]
        fn regular_weights_sum_to_one(
            items in prop::collection::vec((1_i64..1_000, prop::option::of(1_i64..=1_000_000)), 1..12),
        ) {
            let items: Vec<ItemPlan> = (1..).zip(&items).map(|(at, (points, own))| ItemPlan {
                own_weight: own.map(|it| Percent::from_ten_thousandths(it).unwrap()),
                ..item(at, *points, None)
            }).collect();
            prop_assert_eq!(BigRatio::sum(natural_weights(&items)), BigRatio::ONE);
        }
    }
}
