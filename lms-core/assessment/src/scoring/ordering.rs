//! Questions whose items are put in order.

use serde::{Deserialize, Serialize};

use lms_kernel::{NumberError, Ratio};

/// How an order makes a share of the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderingRule {
    /// Everything if every item is in its place, else nothing.
    #[default]
    Exact,
    /// Neighbours in the right order that are also next to each other, over all such pairs.
    AdjacentPairs,
    /// The longest run of neighbouring items that belong next to each other, over all items; a
    /// single item is no run.
    LongestRun,
    /// The most items that are in the right order once the others are taken out, over all items; a
    /// single item is no order.
    LongestSubset,
    /// Items in their own place, over all items.
    Position,
}

/// The counts of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderFinding {
    /// What the rule counts.
    pub hits: u16,
    /// The most it could count.
    pub of: u16,
}

impl OrderFinding {
    /// The share of the score: hits over the most there could be.
    ///
    /// # Errors
    /// None in practice; the arithmetic of small counts fits.
    pub fn share(self) -> Result<Ratio, NumberError> {
        if self.of == 0 {
            return Ok(Ratio::ZERO);
        }
        Ratio::new(i128::from(self.hits), i128::from(self.of))
    }
}

impl OrderingRule {
    /// Counts what is right in an order.
    ///
    /// An item that is not in the key is in no one's place; an item given twice counts where it
    /// comes first.
    pub fn find<T: PartialEq>(self, key: &[T], given: &[T]) -> OrderFinding {
        let places = places(key, given);
        let own = places.iter().enumerate().filter(|(at, place)| **place == Some(*at)).count();
        let complete = own == key.len() && given.len() == key.len();
        let next = |pair: &[Option<usize>]| match pair {
            [Some(a), Some(b)] => a + 1 == *b,
            _ => false,
        };
        let (hits, of) = match self {
            Self::Exact => (usize::from(complete && !key.is_empty()), 1),
            Self::AdjacentPairs => {
                (places.windows(2).filter(|pair| next(pair)).count(), key.len().saturating_sub(1))
            }
            Self::LongestRun => {
                let (mut longest, mut current) = (0, 1);
                for pair in places.windows(2) {
                    current = if next(pair) { current + 1 } else { 1 };
                    longest = longest.max(current);
                }
                (if longest > 1 { longest } else { 0 }, key.len())
            }
            Self::LongestSubset => {
                let longest = longest_ascending(places.iter().flatten().copied());
                (if longest > 1 { longest } else { 0 }, key.len())
            }
            Self::Position => (own, key.len()),
        };
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        OrderFinding { hits: count(hits), of: count(of) }
    }
}

/// Where each given item belongs by the key.
fn places<T: PartialEq>(key: &[T], given: &[T]) -> Vec<Option<usize>> {
    let mut seen = vec![false; key.len()];
    let place = |item: &T| {
        let at = key.iter().position(|it| it == item)?;
        let seen = seen.get_mut(at)?;
        if std::mem::replace(seen, true) { None } else { Some(at) }
    };
    given.iter().map(place).collect()
}

/// The length of the longest strictly ascending subsequence (patience sorting).
fn longest_ascending(places: impl Iterator<Item = usize>) -> usize {
    let mut ends: Vec<usize> = Vec::new();
    for place in places {
        let at = ends.partition_point(|end| *end < place);
        match ends.get_mut(at) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    ends.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: [OrderingRule; 5] = [
        OrderingRule::Exact,
        OrderingRule::AdjacentPairs,
        OrderingRule::LongestRun,
        OrderingRule::LongestSubset,
        OrderingRule::Position,
    ];

    fn shares(given: &str) -> [String; 5] {
        let key: Vec<char> = "abcde".chars().collect();
        let given: Vec<char> = given.chars().collect();
        RULES.map(|rule| rule.find(&key, &given).share().unwrap().to_string())
    }

    #[test]
    fn each_rule_by_hand() {
        assert_eq!(shares("abcde"), ["1", "1", "1", "1", "1"]);
        // One item moved to the end: nothing is in place but the first, three pairs of four hold.
        assert_eq!(shares("acdeb"), ["0", "1/2", "3/5", "4/5", "1/5"]);
        assert_eq!(shares("edcba"), ["0", "0", "0", "0", "1/5"]);
        assert_eq!(shares("bcdea"), ["0", "3/4", "4/5", "4/5", "0"]);
        assert_eq!(shares("abc"), ["0", "1/2", "3/5", "3/5", "3/5"]);
        assert_eq!(shares("axbyc"), ["0", "0", "0", "3/5", "1/5"]);
        assert_eq!(shares("aabcd"), ["0", "1/2", "3/5", "4/5", "1/5"]);
        assert_eq!(shares(""), ["0", "0", "0", "0", "0"]);
    }

    #[test]
    fn keys_without_items_and_single_items_divide_nothing_by_zero() {
        for rule in RULES {
            assert_eq!(rule.find::<char>(&[], &['a']).share().unwrap(), Ratio::ZERO);
            assert!(rule.find(&['a'], &['a']).share().is_ok());
        }
    }

    proptest! {
        #[test]
        fn shares_stay_between_nothing_and_everything(
            key in proptest::sample::subsequence((0..12).collect::<Vec<u8>>(), 0..12),
            given in proptest::collection::vec(0_u8..14, 0..20),
        ) {
            for rule in RULES {
                let share = rule.find(&key, &given).share().unwrap();
                prop_assert!(share >= Ratio::ZERO && share <= Ratio::ONE, "{rule:?} {share}");
            }
            if key.len() > 1 {
                for rule in RULES {
                    prop_assert_eq!(rule.find(&key, &key).share().unwrap(), Ratio::ONE);
                }
            }
        }
    }
}
