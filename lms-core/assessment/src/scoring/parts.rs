//! Questions with parts: blanks to fill and items to match.

use serde::{Deserialize, Serialize};

use crate::question::{Choice, Pair, PairsKey, answer::is_empty_text};
use lms_kernel::{BigRatio, Ratio};

/// How the parts of a question make a share of the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum PartsRule {
    /// What the parts earned, each by its weight, over all weights; equal weights make it right
    /// parts over all parts.
    #[default]
    PerPart,
    /// Everything if every part earned everything, else nothing.
    AllOrNothing,
    /// As per part, less this share of a part's worth for each part that was answered wrongly.
    RightMinusWrong {
        /// The share of a wrong part's worth that is lost.
        deduction: Ratio,
    },
}

/// The result of one part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartFinding {
    /// Whether it was answered at all.
    pub answered: bool,
    /// The share of the part that was earned.
    pub earned: Ratio,
    /// The part's worth beside the others.
    pub weight: Ratio,
}

impl PartsRule {
    /// The share of the score that the parts earn, before it is limited; nothing without parts.
    ///
    /// As [`share_with`](Self::share_with) where nothing was given beside the parts.
    #[inline]
    pub fn share(self, parts: &[PartFinding]) -> Ratio {
        self.share_with(parts, 0)
    }

    /// The same where so many wrong spots or pairs were given that belong to no part: they cost
    /// the deduction of a part of mean worth each, and all or nothing is nothing with them.
    ///
    /// Where weights meet whose share does not fit in 128 bits, it is a fraction beside it
    /// ([`BigRatio::nearby`]).
    pub fn share_with(self, parts: &[PartFinding], extra: u16) -> Ratio {
        if self == Self::AllOrNothing {
            let all = extra == 0
                && !parts.is_empty()
                && parts.iter().all(|part| part.earned == Ratio::ONE);
            return if all { Ratio::ONE } else { Ratio::ZERO };
        }
        let share = |part: &PartFinding| match self {
            Self::RightMinusWrong { deduction } if part.answered && part.earned.is_zero() => {
                BigRatio::from(deduction.neg())
            }
            _ => BigRatio::from(part.earned),
        };
        let earned = parts.iter().map(|it| share(it).mul(&BigRatio::from(it.weight)));
        let whole = BigRatio::sum(parts.iter().map(|it| BigRatio::from(it.weight)));
        let Ok(share) = BigRatio::sum(earned).div(&whole) else { return Ratio::ZERO };
        let Self::RightMinusWrong { deduction } = self else { return share.nearby() };
        let each = BigRatio::from(i64::try_from(parts.len()).unwrap_or(i64::MAX));
        let lost = BigRatio::from(deduction).mul(&BigRatio::from(i64::from(extra))).div(&each);
        lost.map_or(Ratio::ZERO, |lost| share.sub(&lost).nearby())
    }
}

/// What each item of a matching question earned, in the key's order.
///
/// Options with the same text mean the same, so either of them is right. An option without text
/// (and without media) is right for nothing. Of several matches for one item, the last counts.
pub fn find_pairs(key: &PairsKey, options: &[Choice], pairs: &[Pair]) -> Vec<PartFinding> {
    let option = |id| options.iter().find(|option| option.id == id);
    let find = |stem: &crate::question::Stem| {
        let pair = pairs.iter().rev().find(|pair| pair.stem == stem.id);
        let is_right = pair.is_some_and(|pair| match (option(pair.choice), option(stem.choice)) {
            (Some(given), Some(wanted)) => means_the_same(given, wanted),
            _ => false,
        });
        PartFinding {
            answered: pair.is_some(),
            earned: if is_right { Ratio::ONE } else { Ratio::ZERO },
            weight: stem.weight,
        }
    };
    key.stems.iter().map(find).collect()
}

fn means_the_same(given: &Choice, wanted: &Choice) -> bool {
    if is_empty_text(&wanted.text) && wanted.media.is_none() {
        return false;
    }
    given.id == wanted.id
        || (given.media == wanted.media && given.text.trim() == wanted.text.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::question::Stem;
    use lms_kernel::Id;

    fn id<T>(n: u128) -> Id<T> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    fn parts(earned: &[&str]) -> Vec<PartFinding> {
        let part = |text: &&str| PartFinding {
            answered: *text != "-",
            earned: text.parse().unwrap_or(Ratio::ZERO),
            weight: Ratio::ONE,
        };
        earned.iter().map(part).collect()
    }

    #[test]
    fn each_rule_by_hand() {
        let given = parts(&["1", "1/2", "0", "-"]);
        let share = |rule: PartsRule| rule.share(&given).to_string();
        assert_eq!(share(PartsRule::PerPart), "3/8");
        assert_eq!(share(PartsRule::AllOrNothing), "0");
        let deduction = Ratio::new(1, 2).unwrap();
        assert_eq!(share(PartsRule::RightMinusWrong { deduction }), "1/4");
        assert_eq!(PartsRule::AllOrNothing.share(&parts(&["1", "1"])), Ratio::ONE);
        assert_eq!(PartsRule::AllOrNothing.share(&[]), Ratio::ZERO);
        assert_eq!(PartsRule::PerPart.share(&[]), Ratio::ZERO);
    }

    #[test]
    fn options_that_read_the_same_are_interchangeable() {
        let option = |n: u128, text: &str| Choice::new(id(n), text, false);
        let options = [option(1, "1"), option(2, "2"), option(3, "1"), option(4, " ")];
        let stem = |n: u128, choice: u128| Stem {
            id: id(n),
            text: n.to_string(),
            choice: id(choice),
            weight: Ratio::ONE,
        };
        let key = PairsKey { stems: vec![stem(10, 1), stem(11, 2), stem(12, 4)], rule: None };
        let pair = |n, choice| Pair { stem: id(n), choice: id(choice) };
        let earned = |pairs: &[Pair]| -> Vec<bool> {
            find_pairs(&key, &options, pairs).iter().map(|it| it.earned == Ratio::ONE).collect()
        };
        assert_eq!(earned(&[pair(10, 3), pair(11, 2), pair(12, 4)]), [true, true, false]);
        assert_eq!(earned(&[pair(10, 99), pair(99, 1)]), [false, false, false]);
        assert_eq!(earned(&[pair(11, 1), pair(11, 2)]), [false, true, false]);
    }

    proptest! {
        #[test]
        fn equal_weights_are_right_over_total(right in 0_usize..20, wrong in 0_usize..20, weight in 1_i64..9) {
            let part = |earned| PartFinding { answered: true, earned, weight: Ratio::from(weight) };
            let parts = [vec![part(Ratio::ONE); right], vec![part(Ratio::ZERO); wrong]].concat();
            let expected = Ratio::new(right as i128, (right + wrong).max(1) as i128).unwrap();
            prop_assert_eq!(PartsRule::PerPart.share(&parts), expected);
        }
    }
}
