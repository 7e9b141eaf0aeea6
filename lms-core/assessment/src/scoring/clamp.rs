//! Limits on a score: whether it may fall below nothing or rise above everything.

use serde::{Deserialize, Serialize};

use lms_kernel::{BigRatio, Ratio};

/// The limits on a share of a score, from "nothing" to "everything".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Clamp {
    /// What happens below nothing.
    pub floor: Floor,
    /// What happens above everything.
    pub cap: Cap,
}

/// How a share below zero is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Floor {
    /// It counts as nothing.
    #[default]
    Zero,
    /// It counts as it is: wrong answers can cost marks.
    Negative,
}

/// How a share above one is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// It counts as everything.
    #[default]
    Full,
    /// It counts as it is: a bonus can be earned.
    Bonus,
}

impl Clamp {
    /// From nothing to everything.
    pub const BOUNDED: Self = Self { floor: Floor::Zero, cap: Cap::Full };

    /// No limits.
    pub const FREE: Self = Self { floor: Floor::Negative, cap: Cap::Bonus };

    /// The share within the limits, where `full` is everything.
    pub fn apply(self, share: Ratio, full: Ratio) -> Ratio {
        self.limit(share, &Ratio::ZERO, &full)
    }

    /// The same for fractions of any size.
    pub fn apply_exact(self, share: BigRatio, full: &BigRatio) -> BigRatio {
        self.limit(share, &BigRatio::ZERO, full)
    }

    fn limit<N: Ord + Clone>(self, share: N, nothing: &N, full: &N) -> N {
        if share < *nothing && self.floor == Floor::Zero {
            return nothing.clone();
        }
        if self.cap == Cap::Full && share > *full {
            return full.clone();
        }
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_own_rule() {
        let [low, high] = ["-1/2", "3/2"].map(|text| text.parse::<Ratio>().unwrap());
        let only_floor = Clamp { floor: Floor::Zero, cap: Cap::Bonus };
        let only_cap = Clamp { floor: Floor::Negative, cap: Cap::Full };
        assert_eq!(
            [low, high].map(|it| Clamp::BOUNDED.apply(it, Ratio::ONE)),
            [Ratio::ZERO, Ratio::ONE]
        );
        assert_eq!([low, high].map(|it| Clamp::FREE.apply(it, Ratio::ONE)), [low, high]);
        assert_eq!([low, high].map(|it| only_floor.apply(it, Ratio::ONE)), [Ratio::ZERO, high]);
        assert_eq!([low, high].map(|it| only_cap.apply(it, Ratio::ONE)), [low, Ratio::ONE]);
    }
}
