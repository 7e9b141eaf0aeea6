//! Item statistics from exact sums.
use serde::{Deserialize, Serialize};

use crate::assessment::analysis::{
    ItemAnalysis,
    item::{ItemSums, STEPS},
};

/// How one item performed. Points are in points, shares from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemStatistics {
    /// The mean share of the maximum; none without candidates or points.
    pub facility: Option<f64>,
    /// The standard deviation of the points, dividing by n − 1.
    pub deviation: Option<f64>,
    /// The correlation of the points with the total.
    pub discrimination: Option<f64>,
    /// The correlation of the points with the total of the other items.
    pub corrected_discrimination: Option<f64>,
    /// The covariance of the points with the total of the other items, of the greatest that it
    /// could be if the same points went to the best candidates: 1 for an item that orders them as
    /// the others do. Totals are told apart in thousandths of the maximum. None where the points
    /// do not vary, or there are more than 100 different ones.
    pub discriminative_efficiency: Option<f64>,
    /// The facility in the best 27 percent by total less that in the worst.
    pub upper_lower: Option<f64>,
    /// The item's share of what spreads the totals, of 1 over all items: √cov(item, total), over
    /// the sum of the same for all items; none where a covariance is negative.
    pub effective_weight: Option<f64>,
    /// The reliability of the test without the item.
    pub alpha_if_dropped: Option<f64>,
    /// How often each option was chosen.
    pub distractors: Vec<DistractorShare>,
    /// The share of candidates who chose nothing.
    pub blank: Option<f64>,
}

/// How often one option was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistractorShare {
    /// Which option, from 0.
    pub choice: u16,
    /// By how many candidates.
    pub count: u64,
    /// The share of all candidates.
    pub share: Option<f64>,
    /// The mean total of those who chose it, in points.
    pub mean_total: Option<f64>,
}

/// How a test performed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestStatistics {
    /// How many candidates there are.
    pub candidates: u64,
    /// The mean total, in points.
    pub mean: Option<f64>,
    /// The standard deviation of the totals, dividing by n − 1.
    pub deviation: Option<f64>,
    /// How lopsided the totals are: k₃ ÷ k₂^1.5 with the unbiased k-statistics (Fisher 1929).
    pub skewness: Option<f64>,
    /// How heavy their tails are: k₄ ÷ k₂², 0 for a normal distribution.
    pub kurtosis: Option<f64>,
    /// Cronbach's alpha (Psychometrika 16, 1951): k/(k − 1) · (1 − Σ variances ÷ variance of the
    /// totals).
    pub alpha: Option<f64>,
    /// The standard error of a total, in points: deviation · √(1 − alpha).
    pub standard_error: Option<f64>,
    /// The items, in order.
    pub items: Vec<ItemStatistics>,
}

/// Ten-thousandths in one point.
const UNIT: f64 = 10_000.0;

/// The share of candidates in the upper and in the lower group (Kelley, Journal of Educational
/// Psychology 30, 1939).
const GROUP: f64 = 0.27;

impl ItemAnalysis {
    /// The statistics of what was added so far.
    pub fn report(&self) -> TestStatistics {
        let n = self.candidates;
        let variance = self.total_variance();
        let item_variances: Vec<Option<f64>> = self
            .items
            .iter()
            .map(|it| comoment(n, it.squares, it.sum.into(), it.sum.into()))
            .collect();
        let covariances: Vec<Option<f64>> = (self.items.iter())
            .map(|it| comoment(n, it.with_total, it.sum.into(), self.total(0)))
            .collect();
        let all_variances: Option<f64> = item_variances.iter().copied().sum();
        let alpha = reliability(self.len(), all_variances, variance);
        let roots: Option<f64> =
            covariances.iter().map(|it| it.filter(|it| *it >= 0.0).map(f64::sqrt)).sum();
        let items = (self.items.iter().zip(&item_variances).zip(&covariances))
            .map(|((item, own), with_total)| {
                let parts = Parts { own: *own, with_total: *with_total, total: variance };
                ItemStatistics {
                    facility: ratio(item.sum as f64, n as f64 * item.maximum as f64),
                    deviation: own.map(|it| it.sqrt() / UNIT),
                    discrimination: parts.correlation(),
                    corrected_discrimination: parts.without_item().and_then(|it| it.correlation()),
                    discriminative_efficiency: self.efficiency(item, parts),
                    upper_lower: self.upper_lower(item),
                    effective_weight: with_total
                        .filter(|it| *it >= 0.0)
                        .and_then(|it| ratio(it.sqrt(), roots?)),
                    alpha_if_dropped: self.alpha_without(parts, all_variances),
                    distractors: distractors(item, n),
                    blank: ratio(item.blanks as f64, n as f64),
                }
            })
            .collect();
        let deviation = variance.map(|it| it.sqrt() / UNIT);
        TestStatistics {
            candidates: n,
            mean: ratio(self.total(0) as f64, n as f64 * UNIT),
            deviation,
            skewness: self.skewness(),
            kurtosis: self.kurtosis(),
            alpha,
            standard_error: alpha
                .filter(|it| *it <= 1.0)
                .and_then(|it| Some(deviation? * (1.0 - it).sqrt())),
            items,
        }
    }

    /// Discriminative efficiency as Moodle's quiz statistics define it
    /// (<https://docs.moodle.org/dev/Quiz_statistics_calculations>): C(x, X) ÷ C_max(x, X), where X
    /// is the total of the other items and C_max pairs the sorted points with the sorted totals.
    fn efficiency(&self, item: &ItemSums, parts: Parts) -> Option<f64> {
        let n = self.candidates as f64;
        let mut points: Vec<(f64, f64)> = Vec::new();
        let mut rests: Vec<(f64, f64)> = Vec::new();
        for (mark, steps) in item.marks.as_ref()? {
            let each = steps.iter().zip(&self.step_totals).zip(&self.by_total);
            for ((count, sum), all) in each.filter(|((count, _), _)| **count > 0) {
                rests.push((*sum as f64 / *all as f64 - *mark as f64, f64::from(*count)));
            }
            points.push((*mark as f64, steps.iter().map(|it| f64::from(*it)).sum()));
        }
        rests.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sum =
            |list: &[(f64, f64)]| list.iter().map(|(value, count)| value * count).sum::<f64>();
        let most = paired(&points, &rests) - sum(&points) * sum(&rests) / n;
        // Points are integers of ten-thousandths: what is less is a trace of rounding.
        if most < 0.5 {
            return None;
        }
        ratio(parts.without_item()?.with_total? * (n - 1.0), most)
    }

    fn total(&self, power: usize) -> i128 {
        self.totals.get(power).copied().unwrap_or(0)
    }

    fn total_variance(&self) -> Option<f64> {
        comoment(self.candidates, self.total(1), self.total(0), self.total(0))
    }

    fn alpha_without(&self, parts: Parts, all_variances: Option<f64>) -> Option<f64> {
        let rest = parts.without_item()?;
        reliability(self.len().checked_sub(1)?, Some(all_variances? - parts.own?), rest.total)
    }

    /// The second, third and fourth moment about the mean, dividing by n.
    fn moments(&self) -> Option<[f64; 3]> {
        let n = self.candidates as f64;
        if self.candidates < 2 {
            return None;
        }
        let [m1, r2, r3, r4] = self.totals.map(|sum| sum as f64 / n);
        let m2 = r2 - m1 * m1;
        let m3 = r3 - 3.0 * m1 * r2 + 2.0 * m1.powi(3);
        let m4 = r4 - 4.0 * m1 * r3 + 6.0 * m1 * m1 * r2 - 3.0 * m1.powi(4);
        Some([m2, m3, m4])
    }

    fn skewness(&self) -> Option<f64> {
        let ([_, m3, _], n) = (self.moments()?, self.candidates as f64);
        let k3 = ratio(n * n * m3, (n - 1.0) * (n - 2.0))?;
        ratio(k3, self.total_variance()?.powf(1.5))
    }

    fn kurtosis(&self) -> Option<f64> {
        let ([m2, _, m4], n) = (self.moments()?, self.candidates as f64);
        let above = n * n * ((n + 1.0) * m4 - 3.0 * (n - 1.0) * m2 * m2);
        let k4 = ratio(above, (n - 1.0) * (n - 2.0) * (n - 3.0))?;
        ratio(k4, self.total_variance()?.powi(2))
    }

    /// Candidates are taken from the top and from the bottom; those on the border count in part.
    fn upper_lower(&self, item: &ItemSums) -> Option<f64> {
        let size = self.candidates as f64 * GROUP;
        let steps: Vec<(f64, f64)> = (0..=STEPS)
            .map(|at| {
                let count = self.by_total.get(at).copied().unwrap_or(0) as f64;
                (count, item.by_total.get(at).copied().unwrap_or(0) as f64)
            })
            .collect();
        let upper = taken(steps.iter().rev(), size);
        let lower = taken(steps.iter(), size);
        ratio(upper - lower, size * item.maximum as f64)
    }
}

/// The points of the first `size` candidates.
fn taken<'s>(steps: impl Iterator<Item = &'s (f64, f64)>, size: f64) -> f64 {
    let (mut left, mut points) = (size, 0.0);
    for (count, sum) in steps.filter(|(count, _)| *count > 0.0) {
        let part = (left / count).clamp(0.0, 1.0);
        points += sum * part;
        left -= count * part;
    }
    points
}

/// Σ x·y when the sorted values of both go together; each value has a count, of the same sum.
fn paired(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let (mut a, mut b) = (a.iter().copied(), b.iter().copied());
    let (mut left, mut right) = (a.next(), b.next());
    let mut sum = 0.0;
    while let (Some((x, m)), Some((y, n))) = (left, right) {
        let both = m.min(n);
        sum += x * y * both;
        left = if m > both { Some((x, m - both)) } else { a.next() };
        right = if n > both { Some((y, n - both)) } else { b.next() };
    }
    sum
}

fn distractors(item: &ItemSums, candidates: u64) -> Vec<DistractorShare> {
    let share = |(choice, (count, totals)): (u16, &(u64, i128))| DistractorShare {
        choice,
        count: *count,
        share: ratio(*count as f64, candidates as f64),
        mean_total: ratio(*totals as f64, *count as f64 * UNIT),
    };
    (0..).zip(&item.choices).map(share).collect()
}

/// A variance of an item, its covariance with the total, and the variance of the total.
#[derive(Clone, Copy)]
struct Parts {
    own: Option<f64>,
    with_total: Option<f64>,
    total: Option<f64>,
}

impl Parts {
    fn correlation(self) -> Option<f64> {
        let spread = (self.own? * self.total?).sqrt();
        ratio(self.with_total?, spread)
    }

    /// The same against the total of the other items.
    fn without_item(self) -> Option<Self> {
        let (own, with_total) = (self.own?, self.with_total?);
        let rest = self.total? + own - 2.0 * with_total;
        // Rounding may leave a trace of variance where there is none.
        let rest = if rest.abs() < 1e-6 { 0.0 } else { rest };
        Some(Self { with_total: Some(with_total - own), total: Some(rest), ..self })
    }
}

fn reliability(items: usize, variances: Option<f64>, total: Option<f64>) -> Option<f64> {
    let k = items as f64;
    if items < 2 {
        return None;
    }
    Some(k / (k - 1.0) * (1.0 - ratio(variances?, total?)?))
}

/// The covariance from exact sums, dividing by n − 1: (n·Σxy − Σx·Σy) ÷ (n·(n − 1)).
fn comoment(n: u64, products: i128, x: i128, y: i128) -> Option<f64> {
    let n = i128::from(n);
    let above = products.checked_mul(n)?.checked_sub(x.checked_mul(y)?)?;
    ratio(above as f64, (n * (n - 1)) as f64)
}

/// A quotient; none where it is undefined.
fn ratio(above: f64, below: f64) -> Option<f64> {
    let quotient = above / below;
    (below != 0.0 && quotient.is_finite()).then_some(quotient)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{assessment::analysis::ItemResponse, kernel::Points};

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
        let report =
            analysis(&[vec![1, 1, 1], vec![1, 1, 0], vec![1, 0, 0], vec![0, 0, 0]]).report();
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
}
