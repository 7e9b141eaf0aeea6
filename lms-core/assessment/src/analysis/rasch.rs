//! Difficulties of the items of a Rasch test, from who answered what rightly.
use lms_derive::DomainError;

use crate::analysis::ItemParameters;

/// How difficulties are estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, lms_derive::TextEnum)]
pub enum RaschMethod {
    /// By the likelihood given each candidate's total: consistent, and what R's `eRm` does
    /// (E. B. Andersen, "A goodness of fit test for the Rasch model", Psychometrika 38, 1973).
    #[default]
    Conditional,
    /// By the likelihood of items and candidates together (B. D. Wright and N. Panchapakesan, "A
    /// procedure for sample-free item analysis", 1969). Its differences are too large, by about
    /// k ÷ (k − 1) for k items.
    Joint,
}

/// Why no difficulties were estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RaschError {
    /// A test needs two items.
    #[error("difficulties compare items; there must be from 2 to {most}")]
    #[fault(invalid, field = "responses")]
    Items {
        /// The most items.
        most: usize,
    },
    /// A candidate has responses to another number of items.
    #[error("a candidate has {found} responses; the test has {expected} items")]
    #[fault(invalid, field = "responses")]
    Length {
        /// How many items the test has.
        expected: usize,
        /// How many responses there are.
        found: usize,
    },
    /// All who count answered an item alike.
    #[error(
        "item {item} was answered alike by all candidates with some right and some wrong answers; \
         leave it out"
    )]
    #[fault(invalid, field = "responses")]
    NoSpread {
        /// Which item, from 0.
        item: usize,
    },
    /// The estimates go on growing, as where one group of items is always right before another.
    #[error("the estimates do not settle; the items fall into groups that nothing connects")]
    #[fault(invalid, field = "responses")]
    NotSettled,
}

/// Right and wrong answers to the items of a test, to which candidates are added one by one. It
/// keeps one count for each item and each total.
///
/// ```
/// use lms_assessment::analysis::{RaschCounts, RaschMethod};
///
/// let mut counts = RaschCounts::new(2)?;
/// for right in [[true, false], [true, false], [true, false], [false, true], [true, true]] {
///     counts.add(&right)?;
/// }
/// let items = counts.difficulties(RaschMethod::Conditional)?;
/// // Of those with one right answer, three have the first item and one the second.
/// assert!((items[1].difficulty - items[0].difficulty - 3_f64.ln()).abs() < 1e-9);
/// # Ok::<(), lms_assessment::analysis::RaschError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaschCounts {
    /// How many candidates with some right and some wrong answers have each item right.
    right: Vec<u64>,
    /// How many candidates have each total from 0.
    totals: Vec<u64>,
}

impl RaschCounts {
    /// The most items.
    pub const MAX_ITEMS: usize = 200;

    /// How often estimates are improved at most.
    const MOST_STEPS: usize = 20_000;

    /// The change below which estimates are settled, in logits.
    const SETTLED: f64 = 1e-11;

    /// The greatest difficulty that is believed, in logits.
    const FAR: f64 = 50.0;

    /// A test of so many items, without candidates yet.
    ///
    /// # Errors
    /// [`RaschError::Items`] for fewer than two or too many.
    pub fn new(items: usize) -> Result<Self, RaschError> {
        if !(2..=Self::MAX_ITEMS).contains(&items) {
            return Err(RaschError::Items { most: Self::MAX_ITEMS });
        }
        Ok(Self { right: vec![0; items], totals: vec![0; items + 1] })
    }

    /// Adds a candidate. One who has everything right or wrong tells nothing about the items.
    ///
    /// # Errors
    /// [`RaschError::Length`] for another number of responses.
    pub fn add(&mut self, right: &[bool]) -> Result<(), RaschError> {
        let (expected, found) = (self.right.len(), right.len());
        if expected != found {
            return Err(RaschError::Length { expected, found });
        }
        let total = right.iter().filter(|it| **it).count();
        if let Some(count) = self.totals.get_mut(total) {
            *count += 1;
        }
        if total > 0 && total < expected {
            for (count, right) in self.right.iter_mut().zip(right) {
                *count += u64::from(*right);
            }
        }
        Ok(())
    }

    /// The difficulty of each item, in logits; their mean is 0.
    ///
    /// Both methods make the expected numbers of right answers equal to those that were counted,
    /// item by item, until no difficulty changes by 10⁻¹¹ any more.
    ///
    /// # Errors
    /// [`RaschError::NoSpread`] for an item that all have right or wrong, and
    /// [`RaschError::NotSettled`] where there is no finite answer.
    pub fn difficulties(&self, method: RaschMethod) -> Result<Vec<ItemParameters>, RaschError> {
        let middle: Vec<(usize, f64)> = (self.totals.iter().enumerate())
            .filter(|(total, count)| *total > 0 && *total < self.right.len() && **count > 0)
            .map(|(total, count)| (total, *count as f64))
            .collect();
        let candidates: f64 = middle.iter().map(|(_, count)| count).sum();
        let right: Vec<f64> = self.right.iter().map(|count| *count as f64).collect();
        let alike = |count: &f64| *count <= 0.0 || *count >= candidates;
        if let Some(item) = right.iter().position(alike) {
            return Err(RaschError::NoSpread { item });
        }
        let mut difficulties: Vec<f64> =
            right.iter().map(|count| ((candidates - count) / count).ln()).collect();
        centre(&mut difficulties);
        let mut abilities = vec![0.0; self.totals.len()];
        // With k items alike, the step of one by itself is too long by k ÷ (k − 1).
        let items = right.len() as f64;
        let pace = match method {
            RaschMethod::Conditional => (items - 1.0) / items,
            RaschMethod::Joint => 1.0,
        };
        for _ in 0..Self::MOST_STEPS {
            let expected = match method {
                RaschMethod::Conditional => conditional(&difficulties, &middle),
                RaschMethod::Joint => joint(&difficulties, &middle, &mut abilities),
            };
            let before = difficulties.clone();
            let each = difficulties.iter_mut().zip(expected.iter().zip(&right));
            for (difficulty, ((mean, spread), count)) in each {
                // At most a logit at once, so that a bad start does not throw it off.
                *difficulty += (pace * (mean - count) / spread).clamp(-1.0, 1.0);
            }
            centre(&mut difficulties);
            if difficulties.iter().any(|it| !it.is_finite() || it.abs() > Self::FAR) {
                return Err(RaschError::NotSettled);
            }
            let changes = difficulties.iter().zip(&before).map(|(now, then)| (now - then).abs());
            if changes.fold(0.0, f64::max) < Self::SETTLED {
                return Ok(difficulties.into_iter().map(ItemParameters::rasch).collect());
            }
        }
        Err(RaschError::NotSettled)
    }
}

fn centre(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|it| *it -= mean);
}

/// The expected number of right answers to each item and its variance, given the totals.
///
/// The chance of an item among those with total r is ε·γ(r − 1, without the item) ÷ γ(r), with
/// ε = e^−difficulty and the elementary symmetric functions γ, which are added up anew without each
/// item: only sums of positive numbers, so no digits are lost.
fn conditional(difficulties: &[f64], totals: &[(usize, f64)]) -> Vec<(f64, f64)> {
    let easiness: Vec<f64> = difficulties.iter().map(|it| (-it).exp()).collect();
    let all = symmetric(easiness.iter().copied());
    let expected = |(at, easy): (usize, &f64)| {
        let others = easiness.iter().enumerate().filter(|(other, _)| *other != at);
        let without = symmetric(others.map(|(_, it)| *it));
        let mut sums = (0.0, 0.0);
        for (total, count) in totals {
            let above = without.get(total - 1).copied().unwrap_or(0.0) * easy;
            let chance = above / all.get(*total).copied().unwrap_or(f64::NAN);
            sums.0 += count * chance;
            sums.1 += count * chance * (1.0 - chance);
        }
        sums
    };
    easiness.iter().enumerate().map(expected).collect()
}

/// The elementary symmetric functions of positive numbers, from order 0.
fn symmetric(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![1.0];
    for value in values {
        let next = sums.iter().scan(0.0, |before, sum| {
            let added = sum + *before * value;
            *before = *sum;
            Some(added)
        });
        let mut next: Vec<f64> = next.collect();
        next.push(sums.last().copied().unwrap_or(0.0) * value);
        sums = next;
    }
    sums
}

/// The same where each total has the ability that makes it most likely.
fn joint(difficulties: &[f64], totals: &[(usize, f64)], abilities: &mut [f64]) -> Vec<(f64, f64)> {
    let chance = |ability: f64, difficulty: f64| 1.0 / (1.0 + (difficulty - ability).exp());
    let mut sums = vec![(0.0, 0.0); difficulties.len()];
    for (total, count) in totals {
        let Some(ability) = abilities.get_mut(*total) else { continue };
        for _ in 0..100 {
            let (mut mean, mut spread) = (0.0, 0.0);
            for difficulty in difficulties {
                let chance = chance(*ability, *difficulty);
                mean += chance;
                spread += chance * (1.0 - chance);
            }
            let step = ((*total as f64 - mean) / spread).clamp(-1.0, 1.0);
            *ability += step;
            if step.abs() < 1e-13 {
                break;
            }
        }
        for (sums, difficulty) in sums.iter_mut().zip(difficulties) {
            let chance = chance(*ability, *difficulty);
            sums.0 += count * chance;
            sums.1 += count * chance * (1.0 - chance);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(patterns: &[(&str, usize)]) -> RaschCounts {
        let mut counts = RaschCounts::new(patterns[0].0.len()).unwrap();
        for (pattern, times) in patterns {
            let right: Vec<bool> = pattern.chars().map(|c| c == '1').collect();
            (0..*times).for_each(|_| counts.add(&right).unwrap());
        }
        counts
    }

    fn difficulties(counts: &RaschCounts, method: RaschMethod) -> Vec<f64> {
        counts.difficulties(method).unwrap().iter().map(|it| it.difficulty).collect()
    }

    /// Of two items, those with one right answer tell everything: the conditional difference is the
    /// logarithm of the ratio, and the joint one is known to be twice that.
    #[test]
    fn two_items_have_an_answer_in_closed_form() {
        let counts = counts(&[("10", 30), ("01", 12), ("11", 100), ("00", 7)]);
        let half = (30.0_f64 / 12.0).ln() / 2.0;
        let conditional = difficulties(&counts, RaschMethod::Conditional);
        assert!((conditional[0] + half).abs() < 1e-9 && (conditional[1] - half).abs() < 1e-9);
        let joint = difficulties(&counts, RaschMethod::Joint);
        assert!((joint[1] - 2.0 * half).abs() < 1e-8, "{joint:?}");
    }

    /// Every pattern written out: the expected right answers of each item, given the totals, are
    /// those that were counted.
    #[test]
    fn conditional_estimates_reproduce_the_counts_by_brute_force() {
        let data = [
            ("1000", 40),
            ("0100", 25),
            ("0010", 20),
            ("0001", 8),
            ("1100", 50),
            ("1010", 31),
            ("1001", 12),
            ("0110", 22),
            ("0101", 9),
            ("0011", 5),
            ("1110", 60),
            ("1101", 24),
            ("1011", 18),
            ("0111", 11),
            ("1111", 70),
            ("0000", 33),
        ];
        let counts = counts(&data);
        let found = difficulties(&counts, RaschMethod::Conditional);
        assert!(found.iter().sum::<f64>().abs() < 1e-9);
        let weight = |mask: usize| {
            (0..4).filter(|at| mask >> at & 1 == 1).map(|at| (-found[at]).exp()).product::<f64>()
        };
        for item in 0..4 {
            let mut expected = 0.0;
            for total in 1..4_u32 {
                let masks: Vec<usize> =
                    (0..16_usize).filter(|mask| mask.count_ones() == total).collect();
                let all: f64 = masks.iter().map(|mask| weight(*mask)).sum();
                let with = masks.iter().filter(|mask| *mask >> item & 1 == 1);
                let with: f64 = with.map(|mask| weight(*mask)).sum();
                expected += counts.totals[total as usize] as f64 * with / all;
            }
            assert!((expected - counts.right[item] as f64).abs() < 1e-6, "{item} {expected}");
        }
        // Easier items have more right answers, by either method.
        let joint = difficulties(&counts, RaschMethod::Joint);
        assert!(found.is_sorted() && joint.is_sorted(), "{found:?} {joint:?}");
    }

    #[test]
    fn what_has_no_finite_answer_is_refused() {
        assert_eq!(RaschCounts::new(1), Err(RaschError::Items { most: 200 }));
        assert!(RaschCounts::new(201).is_err());
        let mut two = RaschCounts::new(2).unwrap();
        assert_eq!(two.add(&[true]), Err(RaschError::Length { expected: 2, found: 1 }));
        for method in RaschMethod::ALL {
            let none = two.difficulties(*method);
            assert_eq!(none, Err(RaschError::NoSpread { item: 0 }));
            let one_way = counts(&[("10", 5), ("11", 3)]).difficulties(*method);
            assert_eq!(one_way, Err(RaschError::NoSpread { item: 0 }));
            // Who has one of the first two right has both before any of the others.
            let groups = counts(&[("1000", 4), ("0100", 4), ("1110", 4), ("1101", 4)]);
            assert_eq!(groups.difficulties(*method), Err(RaschError::NotSettled));
        }
    }

    #[test]
    fn many_items_of_a_known_test_are_found_again() {
        // Expected counts of a test with equal abilities at each total: a smooth ladder.
        let items = 60_usize;
        let mut counts = RaschCounts::new(items).unwrap();
        for candidate in 0..400_usize {
            let right: Vec<bool> = (0..items)
                .map(|at| (candidate * 37 + at * 101) % 97 > at + candidate % 23)
                .collect();
            counts.add(&right).unwrap();
        }
        let conditional = difficulties(&counts, RaschMethod::Conditional);
        let joint = difficulties(&counts, RaschMethod::Joint);
        for (conditional, joint) in conditional.iter().zip(&joint) {
            // The bias of the joint method is about k ÷ (k − 1).
            assert!((joint - conditional * 60.0 / 59.0).abs() < 0.1, "{conditional} {joint}");
        }
    }
}
