//! The exact sums that item statistics are made from.
//!
//! Marks are counted in units of which [`UNITS_IN_A_POINT`] make a point.
use std::collections::{BTreeMap, HashMap};

use lms_derive::DomainError;

use crate::analysis::response::{ItemResponse, Response, UNITS_IN_A_POINT, units};
use lms_kernel::{Points, Ratio};

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

/// The sums of one item, in units.
#[derive(Clone, Debug)]
pub(super) struct ItemSums {
    /// What it is worth.
    pub(super) maximum: i64,
    pub(super) sum: i128,
    pub(super) squares: i128,
    pub(super) with_total: i128,
    /// The sum of the item's marks for each different total.
    pub(super) by_total: Vec<i128>,
    /// How often each option was chosen, and by candidates with which totals.
    pub(super) choices: Vec<(u64, i128)>,
    pub(super) blanks: u64,
    pub(super) joint: Joint,
}

/// How often each mark occurred with each total.
#[derive(Clone, Debug, Default)]
pub(super) struct Joint {
    /// The first few different marks, each with a count for each total.
    dense: Vec<(i64, Vec<u32>)>,
    /// The others.
    sparse: BTreeMap<(i64, u32), u32>,
    /// Whether there were too many to be kept.
    is_lost: bool,
}

/// One different total and how many candidates have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) total: i64,
    pub(super) count: u64,
}

/// The sums of a test, to which candidates are added one by one. They take memory for each
/// different total and mark, and none for a candidate.
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
#[derive(Clone, Debug)]
pub struct ItemAnalysis {
    pub(super) candidates: u64,
    pub(super) items: Vec<ItemSums>,
    /// The sums of the totals and of their squares.
    pub(super) sum: i128,
    pub(super) squares: i128,
    /// The sum of the squares of what each candidate's marks are without their signs. No sum of
    /// squares or products, of an item or of the totals, is further from zero.
    bound: i128,
    /// The different totals, in the order in which they occurred.
    pub(super) groups: Vec<Group>,
    /// Where the group of each total is.
    places: HashMap<i64, u32>,
}

impl ItemAnalysis {
    /// The most candidates.
    pub const MAX_CANDIDATES: u64 = 100_000_000;

    /// The most points that a candidate may have in all.
    pub const MAX_POINTS: i64 = 100_000;

    /// The most distinct pairs of a mark and a total for one item.
    pub const MAX_PAIRS: usize = 100_000;

    /// A test whose items are worth so much, without candidates yet.
    pub fn new(maxima: impl IntoIterator<Item = Points>) -> Self {
        let item = |maximum: Points| ItemSums {
            maximum: units(Ratio::from(maximum)).unwrap_or(i64::MAX),
            sum: 0,
            squares: 0,
            with_total: 0,
            by_total: Vec::new(),
            choices: Vec::new(),
            blanks: 0,
            joint: Joint::default(),
        };
        Self {
            candidates: 0,
            items: maxima.into_iter().map(item).collect(),
            sum: 0,
            squares: 0,
            bound: 0,
            groups: Vec::new(),
            places: HashMap::new(),
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
        let most = Self::MAX_POINTS.saturating_mul(UNITS_IN_A_POINT);
        let (mut total, mut sizes) = (0_i64, 0_i64);
        let mut marks = Vec::with_capacity(responses.len());
        for response in responses {
            let mark = units(response.mark).ok_or(AnalysisError::TooLarge)?;
            total = total.checked_add(mark).ok_or(AnalysisError::TooLarge)?;
            sizes = sizes.checked_add(mark.saturating_abs()).ok_or(AnalysisError::TooLarge)?;
            marks.push(mark);
        }
        if sizes > most || self.candidates >= Self::MAX_CANDIDATES {
            return Err(AnalysisError::TooLarge);
        }
        self.bound = within(self.bound, i128::from(sizes) * i128::from(sizes))?;
        let wide = i128::from(total);
        self.sum += wide;
        self.squares += wide * wide;
        self.candidates += 1;
        let group = self.group(total, 1);
        for ((item, response), mark) in self.items.iter_mut().zip(responses).zip(marks) {
            item.add(mark, &response.given, total, group);
        }
        Ok(())
    }

    /// Adds figures gathered separately for the same test.
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
        self.bound = within(self.bound, other.bound)?;
        self.sum += other.sum;
        self.squares += other.squares;
        self.candidates += other.candidates;
        let groups: Vec<u32> =
            other.groups.iter().map(|it| self.group(it.total, it.count)).collect();
        for (item, theirs) in self.items.iter_mut().zip(&other.items) {
            item.merge(theirs, &groups);
        }
        Ok(())
    }

    /// The place of the group with a total, which has so many more candidates now.
    fn group(&mut self, total: i64, count: u64) -> u32 {
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(total).or_insert(next);
        match self.groups.get_mut(place as usize) {
            Some(group) => group.count += count,
            None => self.groups.push(Group { total, count }),
        }
        place
    }
}

fn within(own: i128, other: i128) -> Result<i128, AnalysisError> {
    own.checked_add(other).ok_or(AnalysisError::TooLarge)
}

impl ItemSums {
    fn add(&mut self, mark: i64, given: &Response, total: i64, group: u32) {
        self.sum += i128::from(mark);
        self.squares += i128::from(mark) * i128::from(mark);
        self.with_total += i128::from(mark) * i128::from(total);
        *entry(&mut self.by_total, group as usize) += i128::from(mark);
        self.joint.count(mark, group, 1);
        match given {
            Response::Blank => self.blanks += 1,
            Response::Answered => {}
            Response::Chosen(option) => self.choose(*option, total),
            Response::Ticked(options) => {
                for (at, option) in options.iter().enumerate() {
                    // A tick counts once, however often it is listed.
                    if !options.iter().take(at).any(|it| it == option) {
                        self.choose(*option, total);
                    }
                }
            }
        }
    }

    fn choose(&mut self, option: u16, total: i64) {
        let (count, totals) = entry(&mut self.choices, usize::from(option));
        *count += 1;
        *totals += i128::from(total);
    }

    /// Adds the sums of another item, whose groups are at these places.
    fn merge(&mut self, other: &Self, groups: &[u32]) {
        self.sum += other.sum;
        self.squares += other.squares;
        self.with_total += other.with_total;
        self.blanks += other.blanks;
        for (group, sum) in groups.iter().zip(&other.by_total) {
            *entry(&mut self.by_total, *group as usize) += sum;
        }
        for (at, (count, totals)) in other.choices.iter().enumerate() {
            let own = entry(&mut self.choices, at);
            own.0 += count;
            own.1 += totals;
        }
        for (mark, group, times) in other.joint.counts() {
            if let Some(group) = groups.get(group as usize) {
                self.joint.count(mark, *group, times);
            }
        }
        if other.joint.is_lost {
            self.joint.lose();
        }
    }
}

impl Joint {
    /// How many different marks are counted in a list for each.
    const MOST_DENSE: usize = 16;

    fn count(&mut self, mark: i64, group: u32, times: u32) {
        if self.is_lost {
            return;
        }
        if let Some((_, counts)) = self.dense.iter_mut().find(|it| it.0 == mark) {
            *entry(counts, group as usize) += times;
            return;
        }
        if self.dense.len() < Self::MOST_DENSE {
            let mut counts = Vec::new();
            *entry(&mut counts, group as usize) += times;
            self.dense.push((mark, counts));
            return;
        }
        *self.sparse.entry((mark, group)).or_default() += times;
        if self.sparse.len() > ItemAnalysis::MAX_PAIRS {
            self.lose();
        }
    }

    fn lose(&mut self) {
        *self = Self { is_lost: true, ..Self::default() };
    }

    /// Each mark with a group and how often they occurred together, in no order.
    fn counts(&self) -> impl Iterator<Item = (i64, u32, u32)> {
        let dense = self.dense.iter().flat_map(|(mark, counts)| {
            (0_u32..).zip(counts).map(|(group, times)| (*mark, group, *times))
        });
        let sparse = self.sparse.iter().map(|((mark, group), times)| (*mark, *group, *times));
        dense.chain(sparse).filter(|it| it.2 > 0)
    }

    /// The same; none where there were too many to be kept.
    pub(super) fn known(&self) -> Option<impl Iterator<Item = (i64, u32, u32)>> {
        (!self.is_lost).then(|| self.counts())
    }
}

/// The element at a place of a list that grows to it.
fn entry<T: Clone + Default>(list: &mut Vec<T>, at: usize) -> &mut T {
    if list.len() <= at {
        list.resize(at + 1, T::default());
    }
    #[expect(clippy::indexing_slicing, reason = "the list was just made long enough")]
    &mut list[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_do_not_fit_are_refused_and_change_nothing() {
        let most = Points::from_whole(ItemAnalysis::MAX_POINTS).unwrap();
        let mut analysis = ItemAnalysis::new([most]);
        let one = ItemResponse::points(most);
        let mut added = 0;
        while analysis.add(std::slice::from_ref(&one)).is_ok() {
            added += 1;
        }
        // So many squares of a hundred thousand points fit in 127 bits.
        assert_eq!((added, analysis.report().candidates), (32_754, 32_754));
        let before = analysis.clone();
        assert_eq!(analysis.add(std::slice::from_ref(&one)), Err(AnalysisError::TooLarge));
        assert_eq!(analysis.merge(&before), Err(AnalysisError::TooLarge));
        assert_eq!(analysis.report(), before.report());
        let more = most.add(Points::from_ten_thousandths(1)).unwrap();
        let refused = analysis.add(&[ItemResponse::points(more)]);
        assert_eq!(refused, Err(AnalysisError::TooLarge));
        assert_eq!(analysis.report(), before.report());
    }
}
