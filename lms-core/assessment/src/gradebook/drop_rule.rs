//! Dropping the lowest and the highest of a group of items, provably as well as possible.
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::gradebook::stake::{Amount, Stake, Sums};
use lms_kernel::{BigRatio, NumberError, Points, Ratio};

/// How many items of a group do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DropRule {
    /// So many are dropped that make the rest best.
    pub lowest: u16,
    /// Of the rest, so many are dropped that make it worst.
    pub highest: u16,
}

/// One item of a group for one learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupItem {
    /// The points earned; may be above the points possible.
    pub score: Points,
    /// The points possible; zero for extra credit.
    pub possible: Points,
    /// Whether the item always counts.
    pub never_drop: bool,
}

/// The result of a group of items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupResult {
    /// The points earned by the items that count.
    pub score: Points,
    /// The points possible with them.
    pub possible: Points,
    /// The places of the items that were dropped, from 0, in order.
    pub dropped: Vec<usize>,
}

/// Drops what the rule says and adds up the rest.
///
/// The kept items of the first step are those of all choices of that size that make
/// Σ score ÷ Σ possible greatest, those that never drop included; the second step makes it least
/// on what is left. At least one of the items that may be dropped is kept: `lowest` is at most
/// one less than there are, and `highest` does nothing where both together would leave none.
/// Where no kept item has points, the plain sum decides.
///
/// The best choice is found exactly: the ratio of a choice is improved by Dinkelbach's method
/// (Management Science 13(7), 1967), with integers only, so it ends at a true optimum; Kane and
/// Kane ("The grade you deserve", 2006) show why simpler rules do not. Of equally good choices
/// the items listed first are kept.
///
/// # Errors
/// [`NumberError::Overflow`] for sums beyond the range of points.
pub fn total_group(items: &[GroupItem], rule: DropRule) -> Result<GroupResult, NumberError> {
    let kept = match keep(&stakes(items, |points| i128::from(points.ten_thousandths())), rule) {
        Err(NumberError::Overflow) => keep(&stakes(items, BigRatio::from), rule)?,
        kept => kept?,
    };
    let counted = || items.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(it, _)| it);
    Ok(GroupResult {
        score: Points::sum(counted().map(|it| it.score))?,
        possible: Points::sum(counted().map(|it| it.possible))?,
        dropped: kept.iter().enumerate().filter(|(_, kept)| !**kept).map(|(at, _)| at).collect(),
    })
}

fn stakes<N>(items: &[GroupItem], amount: impl Fn(Points) -> N) -> Vec<Stake<N>> {
    let stake = |it: &GroupItem| Stake {
        earned: amount(it.score),
        possible: amount(it.possible),
        never_drop: it.never_drop,
    };
    items.iter().map(stake).collect()
}

/// How many a rule drops of so many that may be dropped: the lowest, then the highest.
pub(super) fn counts(rule: DropRule, droppable: usize) -> (usize, usize) {
    let lowest = usize::from(rule.lowest).min(droppable.saturating_sub(1));
    let highest = match usize::from(rule.highest) {
        most if usize::from(rule.lowest).saturating_add(most) >= droppable => 0,
        most => most,
    };
    (lowest, highest)
}

/// Which items a rule keeps.
///
/// # Errors
/// [`NumberError::Overflow`] for items in 128 bits that do not suffice.
pub(super) fn keep<N: Amount>(
    items: &[Stake<N>],
    rule: DropRule,
) -> Result<Vec<bool>, NumberError> {
    let (lowest, highest) = counts(rule, items.iter().filter(|it| !it.never_drop).count());
    let mut kept = vec![true; items.len()];
    drop_some(items, &mut kept, lowest, Aim::Best)?;
    drop_some(items, &mut kept, highest, Aim::Worst)?;
    Ok(kept)
}

impl GroupResult {
    /// The share that was earned; none where nothing was possible.
    pub fn share(&self) -> Option<Ratio> {
        Ratio::from(self.score).div(Ratio::from(self.possible)).ok()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Best,
    Worst,
}

/// Drops `count` of the items that are kept and may be dropped.
fn drop_some<N: Amount>(
    items: &[Stake<N>],
    kept: &mut [bool],
    count: usize,
    aim: Aim,
) -> Result<(), NumberError> {
    if count == 0 {
        return Ok(());
    }
    let in_play = |never_drop: bool| -> Vec<usize> {
        let each = items.iter().zip(kept.iter()).enumerate();
        each.filter(|(_, (it, kept))| **kept && it.never_drop == never_drop)
            .map(|(at, _)| at)
            .collect()
    };
    let (candidates, fixed) = (in_play(false), in_play(true));
    let Some(keep) = candidates.len().checked_sub(count).filter(|keep| *keep > 0) else {
        return Ok(());
    };
    let fixed = N::sums(items, &fixed)?;
    let without_points = |at: &usize| items.get(*at).is_some_and(|it| it.possible == N::zero());
    let chosen = if candidates.iter().all(without_points) && fixed.possible == N::zero() {
        choose(items, &candidates, keep, aim, None)?
    } else {
        best_ratio(items, &candidates, keep, aim, &fixed)?
    };
    for at in &candidates {
        if let Some(kept) = kept.get_mut(*at) {
            *kept = false;
        }
    }
    for at in &chosen {
        if let Some(kept) = kept.get_mut(*at) {
            *kept = true;
        }
    }
    Ok(())
}

/// The choice with the greatest (or least) ratio, by improving the ratio until nothing does.
fn best_ratio<N: Amount>(
    items: &[Stake<N>],
    candidates: &[usize],
    keep: usize,
    aim: Aim,
    fixed: &Sums<N>,
) -> Result<Vec<usize>, NumberError> {
    // Choices without any points have no ratio; start from the one with the most points, so that
    // a ratio exists if any choice has one.
    let mut chosen = most_points(items, candidates, keep);
    let total = |chosen: &[usize]| -> Result<Sums<N>, NumberError> {
        let own = N::sums(items, chosen)?;
        Ok(Sums {
            earned: own.earned.plus(&fixed.earned)?,
            possible: own.possible.plus(&fixed.possible)?,
        })
    };
    let mut at = total(&chosen)?;
    // Each round strictly improves a ratio with bounded parts, so there are only a few.
    for _ in 0..64 {
        if at.possible <= N::zero() {
            return choose(items, candidates, keep, aim, None);
        }
        let mut next = choose(items, candidates, keep, aim, Some(&at))?;
        let mut sums = total(&next)?;
        if sums.possible == N::zero() {
            // A choice without points has no share: the best with points has one such item, the
            // best of them, and otherwise the same.
            let pointed: Vec<usize> = (candidates.iter().copied())
                .filter(|at| items.get(*at).is_some_and(|it| it.possible > N::zero()))
                .collect();
            next.pop();
            next.extend(choose(items, &pointed, 1, aim, Some(&at))?);
            sums = total(&next)?;
        }
        let order = compare(&sums, &at)?;
        let improves = match aim {
            Aim::Best => order == Some(Ordering::Greater),
            Aim::Worst => order == Some(Ordering::Less),
        };
        if improves || order == Some(Ordering::Equal) {
            // Of equally good choices the one in listed order stays, and `next` follows it.
            (chosen, at) = (next, sums);
        }
        if !improves {
            break;
        }
    }
    Ok(chosen)
}

/// Compares two ratios with positive denominators; none where one has none.
fn compare<N: Amount>(a: &Sums<N>, b: &Sums<N>) -> Result<Option<Ordering>, NumberError> {
    if a.possible <= N::zero() || b.possible <= N::zero() {
        return Ok(None);
    }
    N::compare(a, b).map(Some)
}

fn most_points<N: Amount>(items: &[Stake<N>], candidates: &[usize], keep: usize) -> Vec<usize> {
    let mut by_points = candidates.to_vec();
    by_points.sort_by_key(|at| std::cmp::Reverse(items.get(*at).map(|it| &it.possible)));
    by_points.truncate(keep);
    by_points
}

/// The items with the greatest (or least) earned − ratio × possible; without a ratio the points
/// earned alone decide.
fn choose<N: Amount>(
    items: &[Stake<N>],
    candidates: &[usize],
    keep: usize,
    aim: Aim,
    ratio: Option<&Sums<N>>,
) -> Result<Vec<usize>, NumberError> {
    let mut places = candidates.to_vec();
    N::sort(items, &mut places, ratio, aim == Aim::Best)?;
    places.truncate(keep);
    Ok(places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(score: i64, possible: i64) -> GroupItem {
        let whole = |points| Points::from_whole(points).unwrap();
        GroupItem { score: whole(score), possible: whole(possible), never_drop: false }
    }

    fn result(items: &[(i64, i64)], lowest: u16, highest: u16) -> (String, String, Vec<usize>) {
        let items: Vec<_> = items.iter().map(|(score, possible)| item(*score, *possible)).collect();
        let found = total_group(&items, DropRule { lowest, highest }).unwrap();
        (found.score.to_string(), found.possible.to_string(), found.dropped)
    }

    /// Groups whose totals another system publishes with its own tests.
    #[test]
    fn published_groups() {
        assert_eq!(result(&[], 1, 1), ("0".into(), "0".into(), vec![]));
        let graded = [(100, 100), (42, 91), (14, 55), (3, 38)];
        assert_eq!(result(&graded, 0, 0), ("159".into(), "284".into(), vec![]));
        let three = [(31, 40), (17, 24), (10, 10)];
        assert_eq!(result(&three, 0, 1), ("48".into(), "64".into(), vec![2]));
        let unpointed = [(10, 0), (15, 0), (5, 0)];
        assert_eq!(result(&unpointed, 0, 1), ("15".into(), "0".into(), vec![1]));
        let both = [(10, 0), (5, 0), (20, 0), (0, 0)];
        assert_eq!(result(&both, 2, 1), ("10".into(), "0".into(), vec![1, 2, 3]));
    }

    #[test]
    fn what_never_drops_counts_and_one_droppable_item_stays() {
        let mut items = [item(31, 40), item(19, 24), item(12, 16), item(6, 10)];
        for it in items.iter_mut().skip(1) {
            it.never_drop = true;
        }
        let found = total_group(&items, DropRule { lowest: 0, highest: 1 }).unwrap();
        assert_eq!((found.score.to_string(), found.dropped), ("68".into(), vec![]));
        assert_eq!(result(&[(1, 10), (9, 10)], 5, 0), ("9".into(), "10".into(), vec![0]));
    }

    /// Kane and Kane's point: the worst percentage is not the one to drop.
    #[test]
    fn dropping_the_worst_share_is_not_the_best_choice() {
        let quizzes = [(80, 100), (20, 100), (1, 20)];
        assert_eq!(result(&quizzes, 1, 0).2, [1], "1/20 is worse, 20/100 costs more");
    }

    fn groups() -> impl Strategy<Value = Vec<GroupItem>> {
        let item = (
            -3_i64..30,
            prop_oneof![3 => 0_i64..20, 1 => Just(0), 1 => Just(1_000)],
            prop::bool::weighted(0.2),
        );
        let item = item.prop_map(|(score, possible, never_drop)| GroupItem {
            score: Points::from_whole(score).unwrap(),
            possible: Points::from_whole(possible).unwrap(),
            never_drop,
        });
        prop::collection::vec(item, 0..10)
    }

    proptest! {
        #[test]
        fn the_kept_set_is_as_good_as_the_best_of_all_sets(
            items in groups(), most in 0_u16..9, low: bool,
        ) {
            let (lowest, highest) = if low { (most, 0) } else { (0, most) };
            let found = total_group(&items, DropRule { lowest, highest }).unwrap();
            let droppable: Vec<usize> = (0..items.len()).filter(|at| !items[*at].never_drop).collect();
            let count = match usize::from(most) {
                most if low => most.min(droppable.len().saturating_sub(1)),
                most if most < droppable.len() => most,
                _ => 0,
            };
            let better = if low { Ordering::Greater } else { Ordering::Less };
            prop_assert_eq!(found.dropped.len(), count);
            let of = |keep: &dyn Fn(&usize) -> bool| {
                let counted = || (0..items.len()).filter(|at| keep(at)).map(|at| items[at]);
                Sums::<i128> {
                    earned: counted().map(|it| i128::from(it.score.ten_thousandths())).sum(),
                    possible: counted().map(|it| i128::from(it.possible.ten_thousandths())).sum(),
                }
            };
            let own = of(&|at| !found.dropped.contains(at));
            for mask in 0_u32..1 << droppable.len() {
                if mask.count_ones() as usize != count {
                    continue;
                }
                let dropped = |at: &usize| {
                    droppable.iter().position(|it| it == at).is_some_and(|bit| mask >> bit & 1 == 1)
                };
                let other = of(&|at| !dropped(at));
                match compare(&other, &own).unwrap() {
                    Some(order) => prop_assert_ne!(order, better, "{:?} {}", found, mask),
                    // A choice with points comes before one without; without any, the sum decides.
                    None => prop_assert!(
                        own.possible > 0
                            || (other.possible == 0 && other.earned.cmp(&own.earned) != better)
                    ),
                }
            }
        }

        #[test]
        fn both_sizes_of_numbers_keep_the_same_items(
            items in groups(), lowest in 0_u16..5, highest in 0_u16..4,
        ) {
            let rule = DropRule { lowest, highest };
            let small = stakes(&items, |points| i128::from(points.ten_thousandths()));
            let big = stakes(&items, BigRatio::from);
            prop_assert_eq!(keep(&small, rule), keep(&big, rule));
        }

        #[test]
        fn dropping_never_lowers_the_share(items in groups(), lowest in 0_u16..9) {
            // With items that never drop it may: those that may all be better than the rest.
            let one = Points::from_ten_thousandths(10_000);
            let items: Vec<_> = (items.into_iter())
                .map(|it| GroupItem { possible: it.possible.max(one), never_drop: false, ..it })
                .collect();
            let all = total_group(&items, DropRule::default()).unwrap();
            let best = total_group(&items, DropRule { lowest, highest: 0 }).unwrap();
            if let (Some(all), Some(best)) = (all.share(), best.share()) {
                prop_assert!(best >= all);
            }
        }
    }
}
