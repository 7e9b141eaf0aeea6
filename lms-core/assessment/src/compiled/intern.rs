//! Numbers for distinct values, so that each is graded once.

use std::hash::Hasher;

/// Numbers distinct values in the order they first appear.
///
/// An open table that never probes far: a value that finds no place nearby gets a number of its
/// own each time. So keys chosen to collide cost memory in proportion and no more time.
#[derive(Debug)]
pub(super) struct Interner {
    /// The number of the value in a slot, plus 1; 0 for an empty slot.
    slots: Vec<u32>,
    /// The upper bits of each number's hash.
    hashes: Vec<u32>,
    mask: usize,
}

const PROBES: usize = 16;

impl Interner {
    /// A table for about so many values.
    pub(super) fn for_values(values: usize) -> Self {
        let slots = values.clamp(16, 1 << 20).next_power_of_two() * 2;
        Self { slots: vec![0; slots], hashes: Vec::new(), mask: slots - 1 }
    }

    /// The number of the value with this hash, and whether it is new. `is_same` says whether the
    /// value of a number is the one that is looked for.
    pub(super) fn number(&mut self, hash: u64, is_same: impl Fn(usize) -> bool) -> (u32, bool) {
        let tag = u32::try_from(hash >> 32).unwrap_or(u32::MAX);
        let start = usize::try_from(hash & 0xffff_ffff).unwrap_or(0);
        let mut empty = None;
        for step in 0..PROBES {
            let at = (start + step) & self.mask;
            match self.slots.get(at).copied() {
                Some(0) | None => {
                    empty = Some(at);
                    break;
                }
                Some(taken) => {
                    let number = taken - 1;
                    let index = usize::try_from(number).unwrap_or(usize::MAX);
                    if self.hashes.get(index) == Some(&tag) && is_same(index) {
                        return (number, false);
                    }
                }
            }
        }
        let number = u32::try_from(self.hashes.len()).unwrap_or(u32::MAX);
        self.hashes.push(tag);
        if let Some(slot) = empty.and_then(|at| self.slots.get_mut(at)) {
            *slot = number.saturating_add(1);
        }
        (number, true)
    }
}

/// A quick hash of bytes: eight at a time, multiplied and folded.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuickHash(u64);

impl QuickHash {
    pub(super) const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    const fn mix(&mut self, word: u64) {
        // The multiplier of the MCG in L'Ecuyer, "Tables of linear congruential generators",
        // Mathematics of Computation 68 (1999).
        let product = ((self.0 ^ word) as u128).wrapping_mul(0xd134_2543_de82_ef95);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for QuickHash {
    fn finish(&self) -> u64 {
        let mut last = *self;
        last.mix(0x2545_f491_4f6c_dd1d);
        last.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(last));
        self.mix(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn numbers(texts: &[&str], hash: impl Fn(&str) -> u64) -> Vec<u32> {
        let mut interner = Interner::for_values(texts.len());
        let mut known: Vec<&str> = Vec::new();
        let mut out = Vec::new();
        for text in texts {
            let (number, is_new) = interner.number(hash(text), |at| known[at] == *text);
            if is_new {
                known.push(text);
            }
            out.push(number);
        }
        assert_eq!(interner.hashes.len(), known.len());
        out
    }

    #[test]
    fn equal_values_share_a_number() {
        let hash = |text: &str| {
            let mut hasher = QuickHash::new();
            hasher.write(text.as_bytes());
            hasher.finish()
        };
        assert_eq!(numbers(&["a", "b", "a", "", "b", "ab"], hash), [0, 1, 0, 2, 1, 3]);
        assert_ne!(hash("a"), hash("a\0"));
        assert_ne!(hash("12345678"), hash("123456780"));
    }

    #[test]
    fn collisions_cost_numbers_and_not_time() {
        let texts: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let twice: Vec<&str> = texts.iter().chain(&texts).map(String::as_str).collect();
        let numbers = numbers(&twice, |_| 7);
        assert_eq!(numbers[100..116], numbers[..16], "the first ones found a place");
        assert!(numbers[116..].iter().all(|&number| number >= 100), "the others did not");
    }
}
