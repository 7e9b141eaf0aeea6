use proptest::prelude::*;

use super::*;
use crate::{
    analysis::{ItemResponse, Response},
    grading::{AnswerSheet, Given, ManualMark, TestForm, grade_attempt, tests as graded},
    question::Answer,
};
use lms_kernel::{Points, Ratio};

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
    for response in [
        ItemResponse::chosen(2, one),
        ItemResponse::chosen(0, Points::ZERO),
        ItemResponse::default(),
    ] {
        it.add(&[response]).unwrap();
    }
    let item = &it.report().items[0];
    let counts: Vec<u64> = item.distractors.iter().map(|it| it.count).collect();
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(item.distractors[2].mean_total, Some(1.0));
    assert_eq!(item.distractors[1].mean_total, None);
    assert_eq!(item.blank, Some(1.0 / 3.0));
    assert!(it.add(&[]).is_err());
}

/// Candidates with marks of any fractions: the statistics by their definitions, in fractions.
fn of_marks(rows: &[Vec<Ratio>]) -> TestStatistics {
    let maxima = vec![Points::from_whole(1).unwrap(); rows[0].len()];
    let mut analysis = ItemAnalysis::new(maxima);
    for row in rows {
        let response = |mark: &Ratio| ItemResponse { mark: *mark, given: Response::Answered };
        let responses: Vec<_> = row.iter().map(response).collect();
        analysis.add(&responses).unwrap();
    }
    analysis.report()
}

#[test]
fn marks_are_taken_exactly() {
    let ratio = |text: &str| text.parse::<Ratio>().unwrap();
    let rows: Vec<Vec<Ratio>> = ["1/3 1/3", "2/3 1/7", "1 1/13", "1/3 2/3"]
        .map(|row| row.split(' ').map(ratio).collect())
        .to_vec();
    let report = of_marks(&rows);
    close(report.items[0].facility, 7.0 / 12.0);
    // Sum of squares 1/9 + 4/9 + 1 + 1/9 − (7/3)²/4 = 11/36.
    let facility = (1.0 / 3.0 + 1.0 / 7.0 + 1.0 / 13.0 + 2.0 / 3.0) / 4.0;
    let exactly = |found: Option<f64>, expected: f64| {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
    };
    exactly(report.items[0].deviation, (11.0_f64 / 36.0 / 3.0).sqrt());
    exactly(report.items[1].facility, facility);
    exactly(report.items[0].median, 0.5);
    // Totals 2/3, 17/21, 14/13 and 1.
    exactly(report.median, (17.0 / 21.0 + 1.0) / 2.0);
    // Three thirds are a whole point.
    let thirds = of_marks(&[vec![ratio("1/3"); 3], vec![ratio("1"), ratio("0"), ratio("0")]]);
    assert_eq!((thirds.mean, thirds.deviation), (Some(1.0), Some(0.0)));
}

/// Nine candidates who differ by a little, on a test with a large base that all of them have.
#[test]
fn the_shape_does_not_depend_on_what_everybody_has() {
    let shape = |base: i64| {
        let mut analysis = ItemAnalysis::new([Points::from_whole(100_000).unwrap()]);
        for extra in [0, 1, 1, 2, 2, 2, 3, 5, 9] {
            let points = Points::from_ten_thousandths(base * 10_000 + extra);
            analysis.add(&[ItemResponse::points(points)]).unwrap();
        }
        let report = analysis.report();
        (report.skewness.unwrap(), report.kurtosis.unwrap())
    };
    let (skewness, kurtosis) = shape(0);
    // As `skewness(x, type = 2)` and `kurtosis(x, type = 2)` of R's package e1071.
    close(Some(skewness), 1.723_331_559_701_975);
    close(Some(kurtosis), 3.180_775_228_335_932);
    for base in [1, 500, 50_000, 99_999] {
        assert_eq!(shape(base), (skewness, kurtosis), "{base}");
    }
}

/// A blank, a number and options are three things, and each tick of several counts.
#[test]
fn what_was_answered_is_told_apart() {
    let one = Points::from_whole(1).unwrap();
    let mut it = ItemAnalysis::new([one, one]);
    let ticked = |ticks: &[u16], points| ItemResponse {
        mark: Ratio::from(points),
        given: Response::Ticked(ticks.to_vec()),
    };
    it.add(&[ItemResponse::points(one), ticked(&[0, 1], one)]).unwrap();
    it.add(&[ItemResponse::points(Points::ZERO), ticked(&[1, 1, 3], Points::ZERO)]).unwrap();
    it.add(&[ItemResponse::default(), ticked(&[], Points::ZERO)]).unwrap();
    it.add(&[ItemResponse::default(), ItemResponse::default()]).unwrap();
    let report = it.report();
    assert_eq!((report.items[0].blank, report.items[1].blank), (Some(0.5), Some(0.25)));
    assert!(report.items[0].distractors.is_empty());
    let counts: Vec<u64> = report.items[1].distractors.iter().map(|it| it.count).collect();
    assert_eq!(counts, [1, 2, 0, 1]);
    // Totals 2, 0, 0, 0, and 1, 0, 0, 0 who ticked the first.
    close(report.items[1].distractors[0].point_biserial, 1.0);
    assert_eq!(report.items[1].distractors[2].point_biserial, None);
    // 1, 1, 0, 0 with 2, 0, 0, 0.
    close(report.items[1].distractors[1].point_biserial, 1.0 / 3.0_f64.sqrt());
}

#[test]
fn thirds_and_27_percent_are_groups_of_their_own() {
    let rows: Vec<Vec<i64>> =
        (0..9).map(|at| vec![i64::from(at >= 6), i64::from(at >= 3)]).collect();
    let report = analysis(&rows).report();
    close(report.items[0].upper_lower_thirds, 1.0);
    close(report.items[0].upper_lower, 1.0);
    close(report.items[1].upper_lower_thirds, 1.0);
    let middle = analysis(&[vec![0], vec![0], vec![1], vec![1], vec![1]]).report();
    // 27 % of five are 1.35 candidates, a third 1.67.
    close(middle.items[0].upper_lower, 1.0);
}

/// From graded attempts: options, a number, a blank, and an attempt that waits for a marker.
#[test]
fn graded_attempts_are_analysed_without_a_detour() {
    let cx = graded::context();
    let exam = graded::Exam::new(&cx);
    let form: TestForm = exam.form();
    let mut analysis = ItemAnalysis::of_form(&form);
    let mut sheet: AnswerSheet = exam.sheet();
    let waiting = grade_attempt(&form, &sheet).unwrap();
    assert_eq!(analysis.add_attempt(&form, &sheet, &waiting), Ok(false));
    sheet.entries[0].mark = Some(ManualMark::new(Points::from_whole(2).unwrap()));
    let result = grade_attempt(&form, &sheet).unwrap();
    assert_eq!(analysis.add_attempt(&form, &sheet, &result), Ok(true));
    let report = analysis.report();
    assert_eq!(report.candidates, 1);
    for (found, item) in result.questions().zip(&report.items) {
        let share = found.earned.unwrap().div(Ratio::from(found.worth)).unwrap();
        close(item.facility, share.numerator() as f64 / share.denominator() as f64);
        let ticks = match &sheet.entry(found.question).unwrap().given {
            Given::Answer(Answer::Choices(chosen)) => chosen.len() as u64,
            _ => 0,
        };
        let chosen: u64 = item.distractors.iter().map(|it| it.count).sum();
        assert_eq!((chosen, item.blank), (ticks, Some(0.0)));
    }
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
        many in prop::collection::vec(prop::collection::vec(0_i64..1_000, 6), 2..200),
        few: bool,
    ) {
        let rows = if few { rows } else { many };
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
        prop_assert_eq!(analysis(&turned).report(), whole.report());
        let (left, right) = rows.split_at(at.index(rows.len()));
        let mut merged = analysis(right);
        if !left.is_empty() {
            merged = analysis(left);
            merged.merge(&analysis(right)).ok();
            prop_assume!(!right.is_empty());
        }
        prop_assert_eq!(merged.report(), whole.report());
    }
}
