//! Item statistics from exact sums.
use serde::{Deserialize, Serialize};

use crate::analysis::{
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
    /// the sum of the same for the items whose covariance is not negative. None for an item whose
    /// covariance is negative: it pulls the totals together. As Moodle's quiz statistics compute
    /// it (<https://docs.moodle.org/dev/Quiz_statistics_calculations>, "Effective question weight";
    /// `question/classes/statistics/questions/calculator.php`).
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
        let roots: f64 =
            covariances.iter().flatten().filter(|it| **it >= 0.0).map(|it| it.sqrt()).sum();
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
                        .and_then(|it| ratio(it.sqrt(), roots)),
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
mod tests;
