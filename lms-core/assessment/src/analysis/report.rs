//! Item statistics from exact sums.
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use serde::{Deserialize, Serialize};

use crate::analysis::{
    ItemAnalysis,
    item::{Group, ItemSums},
    response::UNITS_IN_A_POINT,
};

/// How one item performed. Points are in points, shares from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// the others do. None where the points do not vary, or there are too many different ones
    /// ([`ItemAnalysis::MAX_PAIRS`]).
    pub discriminative_efficiency: Option<f64>,
    /// The facility in the best 27 percent by total less that in the worst.
    pub upper_lower: Option<f64>,
    /// The same for the best and the worst third.
    pub upper_lower_thirds: Option<f64>,
    /// The points in the middle, the mean of the two in the middle of an even number; none where
    /// the efficiency is none for too many different ones.
    pub median: Option<f64>,
    /// The item's share of what spreads the totals, of 1 over all items: √cov(item, total), over
    /// the sum of the same for the items whose covariance is not negative. None for an item whose
    /// covariance is negative: it pulls the totals together. As Moodle's quiz statistics compute
    /// it (<https://docs.moodle.org/dev/Quiz_statistics_calculations>, "Effective question weight";
    /// `question/classes/statistics/questions/calculator.php`).
    pub effective_weight: Option<f64>,
    /// The reliability of the test without the item.
    pub alpha_if_dropped: Option<f64>,
    /// How often each option was chosen; of an item with several right options, each that was
    /// ticked.
    pub distractors: Vec<DistractorShare>,
    /// The share of candidates who answered nothing.
    pub blank: Option<f64>,
}

/// How often one option was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DistractorShare {
    /// Which option, from 0.
    pub choice: u16,
    /// By how many candidates.
    pub count: u64,
    /// The share of all candidates.
    pub share: Option<f64>,
    /// The mean total of those who chose it, in points.
    pub mean_total: Option<f64>,
    /// The correlation of choosing it with the total: above 0 for a key that the better candidates
    /// choose, below 0 for a distractor that does its work.
    pub point_biserial: Option<f64>,
}

/// How a test performed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestStatistics {
    /// How many candidates there are.
    pub candidates: u64,
    /// The mean total, in points.
    pub mean: Option<f64>,
    /// The total in the middle, in points; the mean of the two in the middle of an even number.
    pub median: Option<f64>,
    /// The standard deviation of the totals, dividing by n − 1.
    pub deviation: Option<f64>,
    /// How lopsided the totals are: k₃ ÷ k₂^1.5 with the unbiased k-statistics (Fisher 1929).
    pub skewness: Option<f64>,
    /// How heavy their tails are: k₄ ÷ k₂², 0 for a normal distribution.
    pub kurtosis: Option<f64>,
    /// Cronbach's alpha (Psychometrika 16, 1951): k/(k − 1) · (1 − Σ variances ÷ variance of the
    /// totals).
    pub alpha: Option<f64>,
    /// The standard error of measurement of a total, in points: deviation · √(1 − alpha).
    pub standard_error: Option<f64>,
    /// The items, in order.
    pub items: Vec<ItemStatistics>,
}

/// Units in one point.
const UNIT: f64 = UNITS_IN_A_POINT as f64;

/// The share of candidates in the upper and in the lower group (Kelley, Journal of Educational
/// Psychology 30, 1939).
const GROUP: f64 = 0.27;

/// The same where thirds are compared.
const THIRD: f64 = 1.0 / 3.0;

impl ItemAnalysis {
    /// The statistics of the responses added so far.
    pub fn report(&self) -> TestStatistics {
        let n = self.candidates;
        // By total, so that the order of candidates makes no difference to a sum.
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|at| self.groups.get(*at).map(|group| group.total));
        let totals = Totals { groups: &self.groups, order: &order, n };
        let variance = comoment(n, self.squares, self.sum, self.sum);
        let parts: Vec<Parts> = (self.items.iter())
            .map(|it| Parts {
                own: comoment(n, it.squares, it.sum, it.sum),
                with_total: comoment(n, it.with_total, it.sum, self.sum),
                total: variance.clone(),
            })
            .collect();
        let variances: BigInt = parts.iter().map(|it| &it.own).sum();
        let alpha = reliability(self.len(), &variances, &variance);
        let root = |it: &Parts| Some(it.with_total.to_f64()?.sqrt()).filter(|it| !it.is_nan());
        let roots: f64 = parts.iter().filter_map(root).sum();
        let items = (self.items.iter().zip(&parts))
            .map(|(item, parts)| ItemStatistics {
                facility: ratio(item.sum as f64, n as f64 * item.maximum as f64),
                deviation: deviation(&parts.own, n),
                discrimination: parts.correlation(),
                corrected_discrimination: parts.without_item().correlation(),
                discriminative_efficiency: totals.efficiency(item, parts),
                upper_lower: totals.upper_lower(item, GROUP),
                upper_lower_thirds: totals.upper_lower(item, THIRD),
                median: totals.median_of(item),
                effective_weight: root(parts).and_then(|it| ratio(it, roots)),
                alpha_if_dropped: (self.len().checked_sub(1)).and_then(|rest| {
                    reliability(rest, &(&variances - &parts.own), &parts.without_item().total)
                }),
                distractors: self.distractors(item, &variance),
                blank: ratio(item.blanks as f64, n as f64),
            })
            .collect();
        let [skewness, kurtosis] = totals.shape(self.sum);
        let deviation = deviation(&variance, n);
        TestStatistics {
            candidates: n,
            mean: ratio(self.sum as f64, n as f64 * UNIT),
            median: median(totals.counts()),
            deviation,
            skewness,
            kurtosis,
            alpha,
            standard_error: alpha
                .filter(|it| *it <= 1.0)
                .and_then(|it| Some(deviation? * (1.0 - it).sqrt())),
            items,
        }
    }

    fn distractors(&self, item: &ItemSums, variance: &BigInt) -> Vec<DistractorShare> {
        let n = self.candidates;
        let share = |(choice, (count, totals)): (u16, &(u64, i128))| {
            let count_wide = i128::from(*count);
            let chosen = Parts {
                own: comoment(n, count_wide, count_wide, count_wide),
                with_total: comoment(n, *totals, count_wide, self.sum),
                total: variance.clone(),
            };
            DistractorShare {
                choice,
                count: *count,
                share: ratio(*count as f64, n as f64),
                mean_total: ratio(*totals as f64, *count as f64 * UNIT),
                point_biserial: chosen.correlation(),
            }
        };
        (0..).zip(&item.choices).map(share).collect()
    }
}

/// The different totals from the least.
#[derive(Clone, Copy)]
struct Totals<'a> {
    groups: &'a [Group],
    order: &'a [usize],
    n: u64,
}

impl Totals<'_> {
    /// Each total with its number of candidates, from the least.
    fn counts(&self) -> impl Iterator<Item = (i64, u64)> {
        self.order.iter().filter_map(|at| self.groups.get(*at)).map(|it| (it.total, it.count))
    }

    /// Discriminative efficiency as Moodle's quiz statistics define it
    /// (<https://docs.moodle.org/dev/Quiz_statistics_calculations>): C(x, X) ÷ C_max(x, X), where X
    /// is the total of the other items and C_max pairs the sorted points with the sorted totals.
    fn efficiency(&self, item: &ItemSums, parts: &Parts) -> Option<f64> {
        let mut points: Vec<(i64, u64)> = Vec::new();
        let mut rests: Vec<(i64, u64)> = Vec::new();
        for (mark, group, times) in item.joint.known()? {
            let total = self.groups.get(group as usize)?.total;
            points.push((mark, u64::from(times)));
            rests.push((total - mark, u64::from(times)));
        }
        let (points, rests) = (merged(points), merged(rests));
        let sum = |list: &[(i64, u64)]| -> i128 {
            list.iter().map(|(value, count)| i128::from(*value) * i128::from(*count)).sum()
        };
        let most = comoment(self.n, paired(&points, &rests), sum(&points), sum(&rests));
        ratio(parts.without_item().with_total.to_f64()?, most.to_f64()?)
    }

    fn median_of(&self, item: &ItemSums) -> Option<f64> {
        let marks = item.joint.known()?.map(|(mark, _, times)| (mark, u64::from(times)));
        median(merged(marks.collect()).into_iter())
    }

    /// Skewness and excess kurtosis, from the exact distances to the mean.
    fn shape(&self, sum: i128) -> [Option<f64>; 2] {
        let n = self.n as f64;
        if self.n < 2 {
            return [None, None];
        }
        let mut moments = [0.0; 3];
        for (total, count) in self.counts() {
            // n times the distance, exactly, before it becomes a binary fraction.
            let distance = i128::from(total) * i128::from(self.n) - sum;
            let distance = distance as f64 / (n * UNIT);
            for (moment, power) in moments.iter_mut().zip(2..) {
                *moment += distance.powi(power) * count as f64 / n;
            }
        }
        let [m2, m3, m4] = moments;
        let k2 = m2 * n / (n - 1.0);
        let k3 = n * n * m3 / ((n - 1.0) * (n - 2.0));
        let above = n * n * ((n + 1.0) * m4 - 3.0 * (n - 1.0) * m2 * m2);
        let k4 = above / ((n - 1.0) * (n - 2.0) * (n - 3.0));
        [ratio(k3, k2.powf(1.5)), ratio(k4, k2.powi(2))]
    }

    /// Candidates are taken from the top and from the bottom; those on the border count in part.
    fn upper_lower(&self, item: &ItemSums, share: f64) -> Option<f64> {
        let size = self.n as f64 * share;
        let group = |at: &usize| {
            let count = self.groups.get(*at).map_or(0, |it| it.count);
            (count as f64, item.by_total.get(*at).copied().unwrap_or(0) as f64)
        };
        let upper = taken(self.order.iter().rev().map(group), size);
        let lower = taken(self.order.iter().map(group), size);
        ratio(upper - lower, size * item.maximum as f64)
    }
}

/// The points of the first `size` candidates.
fn taken(groups: impl Iterator<Item = (f64, f64)>, size: f64) -> f64 {
    let (mut left, mut points) = (size, 0.0);
    for (count, sum) in groups.filter(|(count, _)| *count > 0.0) {
        let part = (left / count).clamp(0.0, 1.0);
        points += sum * part;
        left -= count * part;
    }
    points
}

/// The values from the least, each once with its count.
fn merged(mut values: Vec<(i64, u64)>) -> Vec<(i64, u64)> {
    values.sort_unstable_by_key(|it| it.0);
    values.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    values
}

/// The value in the middle of sorted ones, in points; the mean of the two in the middle.
fn median(sorted: impl Iterator<Item = (i64, u64)>) -> Option<f64> {
    let sorted: Vec<(i64, u64)> = sorted.collect();
    let n: u64 = sorted.iter().map(|it| it.1).sum();
    let at = |place: u64| {
        let mut through = 0;
        let reaches = |it: &&(i64, u64)| {
            through += it.1;
            through > place
        };
        sorted.iter().find(reaches).map(|it| it.0)
    };
    let (low, high) = (at(n.checked_sub(1)? / 2)?, at(n / 2)?);
    Some((i128::from(low) + i128::from(high)) as f64 / (2.0 * UNIT))
}

/// Σ x·y when the sorted values of both go together; each value has a count, of the same sum.
fn paired(a: &[(i64, u64)], b: &[(i64, u64)]) -> i128 {
    let (mut a, mut b) = (a.iter().copied(), b.iter().copied());
    let (mut left, mut right) = (a.next(), b.next());
    let mut sum = 0;
    while let (Some((x, m)), Some((y, n))) = (left, right) {
        let both = m.min(n);
        sum += i128::from(x) * i128::from(y) * i128::from(both);
        left = if m > both { Some((x, m - both)) } else { a.next() };
        right = if n > both { Some((y, n - both)) } else { b.next() };
    }
    sum
}

/// A variance of an item, its covariance with the total, and the variance of the total, each
/// n·(n − 1) times and in squared units.
pub(super) struct Parts {
    pub(super) own: BigInt,
    pub(super) with_total: BigInt,
    pub(super) total: BigInt,
}

impl Parts {
    pub(super) fn correlation(&self) -> Option<f64> {
        let spread = self.own.to_f64()?.sqrt() * self.total.to_f64()?.sqrt();
        ratio(self.with_total.to_f64()?, spread)
    }

    /// The same against the total of the other items.
    fn without_item(&self) -> Self {
        Self {
            own: self.own.clone(),
            with_total: &self.with_total - &self.own,
            total: &self.total + &self.own - &self.with_total - &self.with_total,
        }
    }
}

/// The standard deviation in points; none for fewer than two candidates.
fn deviation(variance: &BigInt, n: u64) -> Option<f64> {
    let n = n as f64;
    ratio(variance.to_f64()?, n * (n - 1.0)).map(|it| it.sqrt() / UNIT)
}

fn reliability(items: usize, variances: &BigInt, total: &BigInt) -> Option<f64> {
    let k = items as f64;
    if items < 2 {
        return None;
    }
    Some(k / (k - 1.0) * (1.0 - ratio(variances.to_f64()?, total.to_f64()?)?))
}

/// The covariance from exact sums, n·(n − 1) times: n·Σxy − Σx·Σy.
pub(super) fn comoment(n: u64, products: i128, x: i128, y: i128) -> BigInt {
    BigInt::from(n) * products - BigInt::from(x) * y
}

/// A quotient; none where it is undefined.
fn ratio(above: f64, below: f64) -> Option<f64> {
    let quotient = above / below;
    (below != 0.0 && quotient.is_finite()).then_some(quotient)
}

#[cfg(test)]
mod tests;
