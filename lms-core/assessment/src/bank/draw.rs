//! Drawing and shuffling from a seed, the same for ever.
//!
//! An attempt keeps its seed, so what it was given can be found again years later, on another
//! machine and by another program. The algorithm is therefore part of the stored data and never
//! changes:
//!
//! 1. Numbers come from SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable
//!    pseudorandom number generators", OOPSLA 2014): add `9e3779b97f4a7c15` to the state; with
//!    `z` the new state, `z ^= z >> 30`, `z *= bf58476d1ce4e5b9`, `z ^= z >> 27`,
//!    `z *= 94d049bb133111eb`, and `z ^ (z >> 31)` is the number.
//! 2. Each use has a stream of its own. Its state starts as the seed; then for each of the words
//!    *purpose*, *upper half of the id*, *lower half of the id*, the state becomes the next number
//!    of the state, exclusive-or the word.
//! 3. A number below *n* is the upper half of the 128-bit product of the next number with *n*;
//!    numbers whose lower half is below 2⁶⁴ mod *n* are passed over (D. Lemire, "Fast random
//!    integer generation in an interval", ACM TOMACS 29, 2019), so that no value is likelier.
//! 4. A shuffle goes from the last place down to the second and swaps each with a place at or
//!    before it (R. Durstenfeld, "Algorithm 235", CACM 7, 1964).
//! 5. A draw of *k* sorts the candidates by id, then swaps each of the first *k* places with a
//!    place at or after it, and takes them in that order.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lms_kernel::Id;

/// The seed of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DrawSeed(pub i64);

/// The purpose of a stream of random numbers. The numbers are part of the stored data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The order of a section's questions; the id is the section's, or nil outside all sections.
    Questions,
    /// The order of a question's options; the id is the question's.
    Options,
    /// The draw of a pool; the id is the slot's.
    Pool,
    /// The order of a matching question's items; the id is the question's.
    Stems,
}

impl Purpose {
    const fn word(self) -> u64 {
        match self {
            Self::Questions => 1,
            Self::Options => 2,
            Self::Pool => 3,
            Self::Stems => 4,
        }
    }
}

/// A stream of numbers that a seed, a purpose and an id decide.
#[derive(Clone, Debug)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of a seed for a purpose.
    pub fn new(seed: DrawSeed, purpose: Purpose, id: Uuid) -> Self {
        let (upper, lower) = id.as_u64_pair();
        let mut stream = Self { state: seed.0.cast_unsigned() };
        for word in [purpose.word(), upper, lower] {
            stream.state = stream.next_number() ^ word;
        }
        stream
    }

    fn next_number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, each equally likely; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let Some(range) = u64::try_from(end).ok().filter(|range| *range > 1) else { return 0 };
        let passed_over = range.wrapping_neg() % range;
        loop {
            let product = u128::from(self.next_number()) * u128::from(range);
            let lower = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
            if lower >= passed_over {
                return usize::try_from(product >> 64).unwrap_or(0);
            }
        }
    }

    /// Shuffles in place.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// Shuffles in place, except the items that stay where they are.
    pub fn shuffle_around<T: Clone>(&mut self, items: &mut [T], stays: impl Fn(&T) -> bool) {
        let mut moving: Vec<T> = items.iter().filter(|item| !stays(item)).cloned().collect();
        self.shuffle(&mut moving);
        let places = items.iter_mut().filter(|item| !stays(item));
        for (place, item) in places.zip(moving) {
            *place = item;
        }
    }
}

/// Draws so many of the candidates, or all of them where there are fewer. The order of the
/// candidates does not matter, and one that is given twice counts once.
pub fn draw<R>(
    seed: DrawSeed,
    slot: Uuid,
    candidates: impl IntoIterator<Item = Id<R>>,
    count: usize,
) -> Vec<Id<R>> {
    let mut pool: Vec<Id<R>> = candidates.into_iter().collect();
    pool.sort();
    pool.dedup();
    let mut stream = Stream::new(seed, Purpose::Pool, slot);
    let count = count.min(pool.len());
    for at in 0..count {
        let other = at + stream.below(pool.len() - at);
        pool.swap(at, other);
    }
    pool.truncate(count);
    pool
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Card;

    fn ids(count: u128) -> Vec<Id<Card>> {
        (1..=count).map(|n| Id::from_uuid(Uuid::from_u128(n))).collect()
    }

    fn numbers(ids: &[Id<Card>]) -> Vec<u128> {
        ids.iter().map(|id| id.uuid().as_u128()).collect()
    }

    /// These figures must never change: attempts were drawn with them.
    #[test]
    fn what_was_drawn_once_is_drawn_for_ever() {
        let mut plain = Stream { state: 1_234_567 };
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([plain.next_number(), plain.next_number()], published);

        let slot = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        let mut stream = Stream::new(DrawSeed(42), Purpose::Options, slot);
        let mut letters: Vec<char> = ('a'..='j').collect();
        stream.shuffle(&mut letters);
        assert_eq!(letters.iter().collect::<String>(), GOLDEN_SHUFFLE);
        let drawn = numbers(&draw(DrawSeed(42), slot, ids(20), 8));
        let all = numbers(&draw(DrawSeed(-1), slot, ids(5), 5));
        assert_eq!((drawn, all), (GOLDEN_DRAW.to_vec(), GOLDEN_ALL.to_vec()));
    }

    const GOLDEN_SHUFFLE: &str = "aejfdchbgi";
    const GOLDEN_DRAW: [u128; 8] = [3, 2, 9, 18, 13, 10, 5, 6];
    const GOLDEN_ALL: [u128; 5] = [2, 1, 4, 5, 3];

    #[test]
    fn pinned_items_stay() {
        let mut stream = Stream::new(DrawSeed(7), Purpose::Options, Uuid::nil());
        let mut items: Vec<usize> = (0..30).collect();
        stream.shuffle_around(&mut items, |item| item % 7 == 0);
        assert!(items.iter().enumerate().all(|(at, item)| item % 7 != 0 || *item == at));
        assert_ne!(items, (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            Stream::new(DrawSeed(seed), Purpose::Questions, Uuid::nil()).shuffle(&mut items);
            *counts.entry(items).or_insert(0) += 1;
        }
        // 1,000 expected each; 5 standard deviations are about 155.
        assert_eq!(counts.len(), 24);
        assert!(counts.values().all(|count| (845..=1_155).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn a_draw_is_a_subset_and_ignores_order(seed: i64, size in 0_u128..40, count in 0_usize..50) {
            let pool = ids(size);
            let drawn = draw(DrawSeed(seed), Uuid::nil(), pool.clone(), count);
            prop_assert_eq!(drawn.len(), count.min(pool.len()));
            let distinct: std::collections::BTreeSet<_> = drawn.iter().collect();
            prop_assert_eq!(distinct.len(), drawn.len());
            let backwards = pool.iter().rev().chain(&pool).copied();
            prop_assert_eq!(draw(DrawSeed(seed), Uuid::nil(), backwards, count), drawn);
        }

        #[test]
        fn purposes_and_ids_do_not_share_numbers(seed: i64, id: u128) {
            let id = Uuid::from_u128(id);
            let first = |purpose| Stream::new(DrawSeed(seed), purpose, id).next_number();
            let all = [Purpose::Questions, Purpose::Options, Purpose::Pool, Purpose::Stems].map(first);
            let distinct: std::collections::BTreeSet<_> = all.iter().collect();
            prop_assert_eq!(distinct.len(), 4);
        }
    }
}
