use proptest::prelude::*;

use super::*;
use crate::analysis::ItemResponse;
use lms_kernel::Points;

fn analysis(rows: &[Vec<i64>]) -> ItemAnalysis {
    let items = rows.first().map_or(0, Vec::len);
    let one = Points::from_ten_thousandths(10_000);
    let mut analysis = ItemAnalysis::new(vec![one; items]);
    for row in rows {
        let responses: Vec<_> = (row.iter())
            .map(|it| ItemResponse::points(Points::from_ten_thousandths(it * 10_000)))
            .collect();
        analysis.add(&responses).unwrap();
    }
    analysis
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// Worked by hand: totals 3, 2, 1, 0 of three items.
#[test]
fn a_perfect_ladder() {
    let report = analysis(&[vec![1, 1, 1], vec![1, 1, 0], vec![1, 0, 0], vec![0, 0, 0]]).report();
    close(report.mean, 1.5);
    close(report.deviation, (5.0_f64 / 3.0).sqrt());
    close(report.skewness, 0.0);
    close(report.kurtosis, -1.2);
    // Item variances 1/4, 1/3, 1/4; the total's is 5/3: 3/2 · (1 − 1/2).
    close(report.alpha, 0.75);
    close(report.standard_error, (5.0_f64 / 3.0).sqrt() * 0.5);
    let item = &report.items[1];
    close(item.facility, 0.5);
    close(item.deviation, (1.0_f64 / 3.0).sqrt());
    // cov(item, total) = 2/3.
    close(item.discrimination, (2.0 / 3.0) / (5.0_f64 / 9.0).sqrt());
    // Without the item: covariance 1/3, variance 5/3 + 1/3 − 4/3 = 2/3.
    close(item.corrected_discrimination, (1.0 / 3.0) / (2.0_f64 / 9.0).sqrt());
    close(item.alpha_if_dropped, 2.0 * (1.0 - 0.5 / (2.0 / 3.0)));
    close(item.upper_lower, 1.0);
    // Points 0 0 1 1 with the rests 0 1 1 2, which is their sorted order.
    close(item.discriminative_efficiency, 1.0);
    let weights: f64 = report.items.iter().map(|it| it.effective_weight.unwrap()).sum();
    close(Some(weights), 1.0);
}

#[test]
fn what_is_undefined_is_none() {
    let empty = analysis(&[]).report();
    assert_eq!((empty.candidates, empty.mean, empty.alpha), (0, None, None));
    let one = analysis(&[vec![1, 0]]).report();
    assert_eq!((one.deviation, one.items[0].discrimination), (None, None));
    let same = analysis(&[vec![1, 0], vec![1, 0], vec![1, 0], vec![1, 0]]).report();
    assert_eq!((same.skewness, same.kurtosis, same.alpha), (None, None, None));
    assert_eq!(same.items[0].corrected_discrimination, None);
    assert_eq!(same.items[0].facility, Some(1.0));
}

#[test]
fn options_are_counted_with_the_totals_of_those_who_chose_them() {
    let one = Points::from_ten_thousandths(10_000);
    let mut it = ItemAnalysis::new([one]);
    for (points, choice) in [(one, Some(2)), (Points::ZERO, Some(0)), (Points::ZERO, None)] {
        it.add(&[ItemResponse { points, choice }]).unwrap();
    }
    let item = &it.report().items[0];
    let counts: Vec<u64> = item.distractors.iter().map(|it| it.count).collect();
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(item.distractors[2].mean_total, Some(1.0));
    assert_eq!(item.distractors[1].mean_total, None);
    assert_eq!(item.blank, Some(1.0 / 3.0));
    assert!(it.add(&[]).is_err());
}

/// The definition, candidate by candidate.
fn efficiency(rows: &[Vec<i64>], item: usize) -> Option<f64> {
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = (rows.iter())
        .map(|row| (row[item] as f64, (row.iter().sum::<i64>() - row[item]) as f64))
        .unzip();
    let n = rows.len() as f64;
    let covariance = |x: &[f64], y: &[f64]| {
        let products: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
        products - x.iter().sum::<f64>() * y.iter().sum::<f64>() / n
    };
    let own = covariance(&x, &y);
    x.sort_by(f64::total_cmp);
    y.sort_by(f64::total_cmp);
    let most = covariance(&x, &y);
    (most > 1e-9).then(|| own / most)
}

#[test]
fn an_item_that_turns_the_order_round_has_an_efficiency_below_nothing() {
    let rows = [vec![0, 2, 1], vec![0, 1, 1], vec![1, 0, 0], vec![1, 0, 0]];
    let item = &analysis(&rows).report().items[0];
    close(item.discriminative_efficiency, -1.0);
}

/// Totals 3, 2, 1, 1: the covariances with them are −1/2, 11/12 and 1/2.
#[test]
fn one_item_that_pulls_the_totals_together_leaves_the_others_their_weights() {
    let rows = [vec![0, 2, 1], vec![0, 1, 1], vec![1, 0, 0], vec![1, 0, 0]];
    let items = analysis(&rows).report().items;
    assert_eq!(items[0].effective_weight, None);
    let roots = [11.0_f64 / 12.0, 0.5].map(f64::sqrt);
    close(items[1].effective_weight, roots[0] / (roots[0] + roots[1]));
    close(items[2].effective_weight, roots[1] / (roots[0] + roots[1]));
}

proptest! {
    #[test]
    fn efficiency_is_what_sorting_all_candidates_gives(
        rows in prop::collection::vec(prop::collection::vec(0_i64..2, 6), 2..40),
    ) {
        let report = analysis(&rows).report();
        for item in 0..6 {
            let (own, expected) =
                (report.items[item].discriminative_efficiency, efficiency(&rows, item));
            prop_assert_eq!(own.is_some(), expected.is_some());
            if let (Some(own), Some(expected)) = (own, expected) {
                prop_assert!((own - expected).abs() < 1e-9, "{} {}", own, expected);
            }
        }
    }

    #[test]
    fn the_order_of_candidates_and_merging_make_no_difference(
        rows in prop::collection::vec(prop::collection::vec(0_i64..4, 5), 1..30),
        at: prop::sample::Index,
    ) {
        let whole = analysis(&rows);
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(&analysis(&turned), &whole);
        let (left, right) = rows.split_at(at.index(rows.len()));
        let mut merged = analysis(right);
        if !left.is_empty() {
            merged = analysis(left);
            merged.merge(&analysis(right)).ok();
            prop_assume!(!right.is_empty());
        }
        prop_assert_eq!(merged, whole);
    }
}
