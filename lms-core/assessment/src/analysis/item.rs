//! The exact sums that item statistics are made from.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use lms_kernel::Points;

/// What one candidate did with one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResponse {
    /// What it earned; nothing for a blank.
    pub points: Points,
    /// Which option was chosen, from 0; none for a blank, or where there are no options.
    pub choice: Option<u16>,
}

impl ItemResponse {
    /// Points without an option.
    pub const fn points(points: Points) -> Self {
        Self { points, choice: None }
    }
}

/// Why responses were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AnalysisError {
    /// A candidate has responses to another number of items.
    #[error("a candidate has {found} responses; the test has {expected} items")]
    #[fault(invalid, field = "responses")]
    Length {
        /// How many items the test has.
        expected: usize,
        /// How many responses there are.
        found: usize,
    },
    /// The analyses are of different tests.
    #[error("the analyses have different items; merge those of one test")]
    #[fault(invalid)]
    OtherItems,
    /// The sums are too large.
    #[error("there are too many candidates or points to be added up exactly")]
    #[fault(invalid)]
    TooLarge,
}

/// In how many steps of the maximum totals are told apart when the upper and the lower group are
/// formed.
pub(super) const STEPS: usize = 1_000;

/// The sums of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ItemSums {
    /// What it is worth, in ten-thousandths.
    pub(super) maximum: i64,
    pub(super) sum: i64,
    pub(super) squares: i128,
    pub(super) with_total: i128,
    /// The sum of the item's points for each step of the total.
    pub(super) by_total: Vec<i64>,
    /// How often each option was chosen, and by candidates with which totals.
    pub(super) choices: Vec<(u64, i128)>,
    pub(super) blanks: u64,
    /// Which points occurred, in order, and how often with each step of the total; none once
    /// there were too many different ones.
    pub(super) marks: Option<Vec<(i64, Vec<u32>)>>,
}

/// How many different points of one item are told apart.
pub(super) const MOST_MARKS: usize = 100;

/// The sums of a test, to which candidates are added one by one.
///
/// ```
/// use lms_assessment::analysis::{ItemAnalysis, ItemResponse};
/// use lms_kernel::Points;
///
/// let one = Points::from_ten_thousandths(10_000);
/// let mut analysis = ItemAnalysis::new([one, one]);
/// for (first, second) in [(one, one), (one, Points::ZERO), (Points::ZERO, Points::ZERO)] {
///     analysis.add(&[first, second].map(ItemResponse::points))?;
/// }
/// let report = analysis.report();
/// assert_eq!(report.candidates, 3);
/// assert_eq!(report.items[1].facility, Some(1.0 / 3.0));
/// # Ok::<(), lms_assessment::analysis::AnalysisError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemAnalysis {
    pub(super) candidates: u64,
    pub(super) items: Vec<ItemSums>,
    /// The sums of the totals and of their squares, cubes and fourth powers.
    pub(super) totals: [i128; 4],
    /// The sum of the totals of each step.
    pub(super) step_totals: Vec<i128>,
    /// How many candidates have each step of the total.
    pub(super) by_total: Vec<u64>,
    pub(super) maximum: i64,
}

impl ItemAnalysis {
    /// The most candidates.
    pub const MAX_CANDIDATES: u64 = 100_000_000;

    /// A test whose items are worth so much, without candidates yet.
    pub fn new(maxima: impl IntoIterator<Item = Points>) -> Self {
        let items: Vec<ItemSums> = maxima
            .into_iter()
            .map(|maximum| ItemSums {
                maximum: maximum.ten_thousandths(),
                sum: 0,
                squares: 0,
                with_total: 0,
                by_total: vec![0; STEPS + 1],
                choices: Vec::new(),
                blanks: 0,
                marks: Some(Vec::new()),
            })
            .collect();
        let maximum = items.iter().fold(0_i64, |sum, it| sum.saturating_add(it.maximum.max(0)));
        Self {
            candidates: 0,
            items,
            totals: [0; 4],
            step_totals: vec![0; STEPS + 1],
            by_total: vec![0; STEPS + 1],
            maximum,
        }
    }

    /// How many items the test has.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the test has no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds a candidate.
    ///
    /// # Errors
    /// [`AnalysisError`] for another number of responses, or sums that are too large; nothing
    /// was added then.
    pub fn add(&mut self, responses: &[ItemResponse]) -> Result<(), AnalysisError> {
        if responses.len() != self.items.len() {
            let (expected, found) = (self.items.len(), responses.len());
            return Err(AnalysisError::Length { expected, found });
        }
        let total = responses
            .iter()
            .try_fold(0_i64, |sum, it| sum.checked_add(it.points.ten_thousandths()))
            .ok_or(AnalysisError::TooLarge)?;
        // A hundred thousand points, whose fourth power fits.
        if total.unsigned_abs() > 1_000_000_000 || self.candidates >= Self::MAX_CANDIDATES {
            return Err(AnalysisError::TooLarge);
        }
        if responses.iter().any(|it| it.points.ten_thousandths().unsigned_abs() > 10_000_000_000) {
            return Err(AnalysisError::TooLarge);
        }
        let wide = i128::from(total);
        let square = wide * wide;
        let powers = [wide, square, square * wide, square * square];
        self.totals = sums(self.totals, powers)?;
        let step = self.step(total);
        self.candidates += 1;
        if let Some(count) = self.by_total.get_mut(step) {
            *count += 1;
        }
        if let Some(sum) = self.step_totals.get_mut(step) {
            *sum += wide;
        }
        for (item, response) in self.items.iter_mut().zip(responses) {
            item.add(*response, total, step);
        }
        Ok(())
    }

    /// Adds what was added up apart for the same test.
    ///
    /// # Errors
    /// [`AnalysisError`] for another test, or sums that are too large; nothing was added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), AnalysisError> {
        let same = |(a, b): (&ItemSums, &ItemSums)| a.maximum == b.maximum;
        if self.len() != other.len() || !self.items.iter().zip(&other.items).all(same) {
            return Err(AnalysisError::OtherItems);
        }
        if self.candidates + other.candidates > Self::MAX_CANDIDATES {
            return Err(AnalysisError::TooLarge);
        }
        self.totals = sums(self.totals, other.totals)?;
        self.candidates += other.candidates;
        self.by_total.iter_mut().zip(&other.by_total).for_each(|(a, b)| *a += b);
        self.step_totals.iter_mut().zip(&other.step_totals).for_each(|(a, b)| *a += b);
        for (item, theirs) in self.items.iter_mut().zip(&other.items) {
            item.merge(theirs);
        }
        Ok(())
    }

    fn step(&self, total: i64) -> usize {
        let share = i128::from(total.clamp(0, self.maximum.max(0))) * STEPS as i128;
        usize::try_from(share / i128::from(self.maximum.max(1))).unwrap_or(0).min(STEPS)
    }
}

fn sums(mut own: [i128; 4], others: [i128; 4]) -> Result<[i128; 4], AnalysisError> {
    for (sum, other) in own.iter_mut().zip(others) {
        *sum = sum.checked_add(other).ok_or(AnalysisError::TooLarge)?;
    }
    Ok(own)
}

impl ItemSums {
    fn add(&mut self, response: ItemResponse, total: i64, step: usize) {
        let points = response.points.ten_thousandths();
        self.sum = self.sum.saturating_add(points);
        self.squares += i128::from(points) * i128::from(points);
        self.with_total += i128::from(points) * i128::from(total);
        if let Some(sum) = self.by_total.get_mut(step) {
            *sum = sum.saturating_add(points);
        }
        self.count_mark(points, step, 1);
        match response.choice {
            None => self.blanks += 1,
            Some(choice) => {
                let at = usize::from(choice);
                if self.choices.len() <= at {
                    self.choices.resize(at + 1, (0, 0));
                }
                if let Some((count, totals)) = self.choices.get_mut(at) {
                    *count += 1;
                    *totals += i128::from(total);
                }
            }
        }
    }

    /// Notes that those points occurred with that step of the total.
    fn count_mark(&mut self, points: i64, step: usize, times: u32) {
        let Some(marks) = &mut self.marks else { return };
        let found = marks.iter().position(|it| it.0 >= points);
        let at = match found {
            Some(at) if marks.get(at).is_some_and(|it| it.0 == points) => at,
            _ => {
                let at = found.unwrap_or(marks.len());
                marks.insert(at, (points, vec![0; STEPS + 1]));
                at
            }
        };
        if let Some(count) = marks.get_mut(at).and_then(|it| it.1.get_mut(step)) {
            *count += times;
        }
        if marks.len() > MOST_MARKS {
            self.marks = None;
        }
    }

    fn merge(&mut self, other: &Self) {
        match &other.marks {
            None => self.marks = None,
            Some(marks) => {
                for (points, steps) in marks {
                    for (step, times) in steps.iter().enumerate().filter(|(_, times)| **times > 0) {
                        self.count_mark(*points, step, *times);
                    }
                }
            }
        }
        self.sum = self.sum.saturating_add(other.sum);
        self.squares += other.squares;
        self.with_total += other.with_total;
        self.blanks += other.blanks;
        self.by_total.iter_mut().zip(&other.by_total).for_each(|(a, b)| *a = a.saturating_add(*b));
        if self.choices.len() < other.choices.len() {
            self.choices.resize(other.choices.len(), (0, 0));
        }
        for (own, theirs) in self.choices.iter_mut().zip(&other.choices) {
            own.0 += theirs.0;
            own.1 += theirs.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_do_not_fit_are_refused_and_change_nothing() {
        let most = Points::from_ten_thousandths(1_000_000_000);
        let mut analysis = ItemAnalysis::new([most]);
        let one = ItemResponse::points(most);
        let mut added = 0;
        while analysis.add(&[one]).is_ok() {
            added += 1;
        }
        // 170 fourth powers of a thousand million fit in 127 bits.
        assert_eq!((added, analysis.report().candidates), (170, 170));
        let before = analysis.clone();
        assert_eq!(analysis.add(&[one]), Err(AnalysisError::TooLarge));
        assert_eq!(analysis.merge(&before), Err(AnalysisError::TooLarge));
        assert_eq!(analysis, before);
        let more = Points::from_ten_thousandths(1_000_000_001);
        let refused = analysis.add(&[ItemResponse::points(more)]);
        assert_eq!(refused, Err(AnalysisError::TooLarge));
        assert_eq!(analysis, before);
    }
}
