//! The ports for time, ids and randomness, with deterministic implementations for tests.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{Timestamp, uuid_v7};

/// Tells the time. A host asks once per operation and puts the answer in its context.
pub trait Clock: Send + Sync + Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Makes ids that no other call has made or will make.
pub trait IdGenerator: Send + Sync + Debug {
    /// A new id for an operation at `now`; version 7, so that ids sort by time.
    fn next_id(&self, now: Timestamp) -> Uuid;
}

/// Gives random bytes that an attacker cannot foresee, for ids, tokens and shuffles.
pub trait Entropy: Send + Sync + Debug {
    /// Overwrites all of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The ids for production: the time, a counter, and random bits.
///
/// The ids of one operation share its millisecond; the counter (26 bits, a fixed-length counter
/// as in RFC 9562, section 6.2, method 1) keeps them in the order in which they were asked for,
/// so that what an operation wrote sorts as it wrote it. 48 random bits remain.
#[derive(Clone, Debug)]
pub struct TimeOrderedIds {
    entropy: Arc<dyn Entropy>,
    counter: Arc<AtomicU64>,
}

impl TimeOrderedIds {
    /// Ids whose random bits come from `entropy`.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, counter: Arc::new(AtomicU64::new(0)) }
    }
}

impl IdGenerator for TimeOrderedIds {
    fn next_id(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        // 12 bits beside the version, 6 beside the variant, 8 behind it.
        let [.., first, second] = ((count >> 14) & 0x0fff).to_be_bytes();
        let [.., third] = ((count >> 8) & 0x3f).to_be_bytes();
        let [.., fourth] = count.to_be_bytes();
        for (byte, part) in random.iter_mut().zip([first, second, third, fourth]) {
            *byte = part;
        }
        uuid_v7(now, random)
    }
}

/// A clock that stops until it is moved; for tests and simulations.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `at`.
    pub const fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.micros()))
    }

    /// Moves the clock to `at`, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }

    /// Moves the clock by `delta`, within the range of [`Timestamp`], and tells the new time.
    ///
    /// Of two threads that move the clock at the same moment, one may undo the other's step.
    pub fn advance(&self, delta: TimeDelta) -> Timestamp {
        let later = self.now().saturating_add(delta);
        self.set(later);
        later
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::EPOCH)
    }
}

/// Ids that count up: well-formed version 7, the same in every run; for tests and simulations.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    /// Counts from 0.
    pub const fn new() -> Self {
        Self::starting_at(0)
    }

    /// Counts from `first`, which keeps several generators apart; it should be below 2⁶².
    pub const fn starting_at(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }
}

impl IdGenerator for SequentialIds {
    fn next_id(&self, now: Timestamp) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        for (byte, value) in random.iter_mut().skip(2).zip(count.to_be_bytes()) {
            *byte = value;
        }
        uuid_v7(now, random)
    }
}

/// Bytes that follow from a seed, the same in every run; for tests and simulations.
///
/// Never use it for secrets, tokens or passwords: anyone who sees a few bytes knows all the others.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// The sequence that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(size_of::<u64>()) {
            let state = self.0.fetch_add(GOLDEN_GAMMA, Ordering::Relaxed);
            let word = mix(state.wrapping_add(GOLDEN_GAMMA)).to_le_bytes();
            for (byte, value) in chunk.iter_mut().zip(word) {
                *byte = value;
            }
        }
    }
}

/// The step of SplitMix64: 2⁶⁴ divided by the golden ratio, made odd.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64.
const fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_one_operation_sort_as_they_were_made() {
        let ids = TimeOrderedIds::new(Arc::new(SeededEntropy::new(1)));
        let made: Vec<_> = (0..70_000).map(|_| ids.next_id(Timestamp::EPOCH)).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn a_fixed_clock_moves_when_told() {
        let clock = FixedClock::new(Timestamp::EPOCH);
        assert_eq!(clock.now(), clock.now());
        assert_eq!(clock.advance(TimeDelta::hours(1)).micros(), 3_600_000_000);
        clock.set(Timestamp::MAX);
        assert_eq!(clock.advance(TimeDelta::days(1)), Timestamp::MAX);
    }

    #[test]
    fn sequential_ids_are_well_formed_and_ascend() {
        let ids = SequentialIds::new();
        let made: Vec<_> = (0..300).map(|_| ids.next_id(Timestamp::EPOCH)).collect();
        assert!(made.is_sorted());
        assert!(made.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(made[258].to_string(), "00000000-0000-7000-8000-000000000102");
        assert_eq!(SequentialIds::starting_at(258).next_id(Timestamp::EPOCH), made[258]);
    }

    #[test]
    fn seeded_entropy_follows_the_published_sequence() {
        let mut bytes = [0; 20];
        SeededEntropy::new(1_234_567).fill(&mut bytes);
        assert_eq!(bytes[..8], 6_457_827_717_110_365_317_u64.to_le_bytes());
        assert_eq!(bytes[8..16], 3_203_168_211_198_807_973_u64.to_le_bytes());
        assert_eq!(bytes[16..], 9_817_491_932_198_370_423_u64.to_le_bytes()[..4]);
    }

    #[test]
    fn time_ordered_ids_differ_within_one_instant() {
        let ids = TimeOrderedIds::new(Arc::new(SeededEntropy::new(7)));
        assert_ne!(ids.next_id(Timestamp::EPOCH), ids.next_id(Timestamp::EPOCH));
    }
}
