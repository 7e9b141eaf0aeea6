//! Several tries at one question, and how sure a learner was.

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{NumberError, Ratio};

/// How several tries at one question make one share of its score.
///
/// The rules are those of the question behaviours of Moodle
/// (<https://docs.moodle.org/en/Question_behaviours>) and, for the list of points, of tests that
/// pay later tries less.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "tries")]
pub enum TryRule {
    /// Only the last answer counts.
    #[default]
    Deferred,
    /// The best of what each try earned less `penalty` for each try before it that did not earn
    /// everything, not below zero; so a later try never lowers the score. Answers that cost marks
    /// cost none here, whatever the limits on the question say.
    Adaptive {
        /// The share lost for each earlier try.
        penalty: Ratio,
    },
    /// The last try, less `penalty` for each try before it, not below zero, whatever the limits on
    /// the question say.
    Interactive {
        /// The share lost for each earlier try.
        penalty: Ratio,
    },
    /// Part by part: a part that has been right ever since its *n*-th try earns
    /// `1 − penalty × (n − 1)`, and no part earns less than nothing. For questions with parts; the
    /// others count as one part.
    Countback {
        /// The share of a part lost for each try before it stayed right.
        penalty: Ratio,
    },
    /// The last answer, multiplied by how sure the learner was: right answers earn 1, 2 or 3
    /// times, wrong ones lose 0, 2 or 6 times the score (A. R. Gardner-Medwin, certainty-based
    /// marking).
    Certainty,
    /// The *n*-th try pays `points[n] × max(0, share − best share before)`. Tries beyond the list
    /// pay nothing.
    PointsList {
        /// What the first, second, … try pays.
        points: Vec<Ratio>,
    },
}

/// Which answers count as a try, where learners see at once how much a try earned
/// ([`Completeness`](crate::grading::Completeness) says what an answer is).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ChargedTries {
    /// Those in which everything is there that is asked for: a blank, a number that cannot be read
    /// or a text with an empty gap is handed back and costs nothing.
    #[default]
    Complete,
    /// Those that can be read, also where parts are left out.
    Readable,
    /// Every one, also a blank.
    Every,
}

/// How sure a learner was of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum Certainty {
    /// Not very sure: the default.
    #[default]
    Low,
    /// Fairly sure.
    Mid,
    /// Very sure.
    High,
}

impl Certainty {
    /// What an answer earns: `share × 1, 2 or 3` if it is worth anything, else 0, −2 or −6.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] when a fraction has very large parts.
    pub fn adjust(self, share: Ratio) -> Result<Ratio, NumberError> {
        let (right, wrong) = match self {
            Self::Low => (1, 0),
            Self::Mid => (2, -2),
            Self::High => (3, -6),
        };
        if share.is_zero() || share.is_negative() {
            return Ok(Ratio::from(wrong));
        }
        share.mul(Ratio::from(right))
    }
}

/// The result of one try, whole and by parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TryShare {
    /// The share of the whole question.
    pub share: Ratio,
    /// The share and the weight of each part, for questions with parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(Ratio, Ratio)>,
}

impl TryRule {
    /// The share of the score that the tries earn together, in the order they were made, before
    /// it is limited; nothing without a try.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] when fractions with very large denominators meet.
    pub fn share(&self, tries: &[TryShare], certainty: Certainty) -> Result<Ratio, NumberError> {
        let Some((last, earlier)) = tries.split_last() else { return Ok(Ratio::ZERO) };
        match self {
            Self::Deferred => Ok(last.share),
            Self::Adaptive { penalty } => adaptive(tries, *penalty),
            Self::Interactive { penalty } => less_penalty(last.share, *penalty, earlier.len()),
            Self::Countback { penalty } => countback(tries, *penalty),
            Self::Certainty => certainty.adjust(last.share),
            Self::PointsList { points } => points_list(tries, points),
        }
    }
}

fn adaptive(tries: &[TryShare], penalty: Ratio) -> Result<Ratio, NumberError> {
    let mut best = Ratio::ZERO;
    let mut wrong = 0;
    for each in tries {
        let lost = penalty.mul(Ratio::from(wrong))?;
        best = best.max(each.share.sub(lost)?);
        wrong += i64::from(each.share < Ratio::ONE);
    }
    Ok(best)
}

fn less_penalty(share: Ratio, penalty: Ratio, tries: usize) -> Result<Ratio, NumberError> {
    let tries = i64::try_from(tries).map_err(|_| NumberError::Overflow)?;
    Ok(share.sub(penalty.mul(Ratio::from(tries))?)?.max(Ratio::ZERO))
}

fn countback(tries: &[TryShare], penalty: Ratio) -> Result<Ratio, NumberError> {
    let whole = [(Ratio::ONE, Ratio::ONE)];
    let Some(last) = tries.last() else { return Ok(Ratio::ZERO) };
    let parts = |of: &TryShare| -> Vec<(Ratio, Ratio)> {
        if of.parts.is_empty() {
            whole.iter().map(|(_, weight)| (of.share, *weight)).collect()
        } else {
            of.parts.clone()
        }
    };
    let all: Vec<_> = tries.iter().map(parts).collect();
    let mut earned = Ratio::ZERO;
    let mut weights = Ratio::ZERO;
    for (at, (share, weight)) in parts(last).into_iter().enumerate() {
        weights = weights.add(weight)?;
        // Count back from the last try while the part earned as much as it does now.
        let same = |parts: &&Vec<(Ratio, Ratio)>| parts.get(at).is_some_and(|it| it.0 == share);
        let kept = all.iter().rev().take_while(same).count();
        let before = i64::try_from(all.len() - kept).map_err(|_| NumberError::Overflow)?;
        let left = Ratio::ONE.sub(penalty.mul(Ratio::from(before))?)?.max(Ratio::ZERO);
        earned = earned.add(share.max(Ratio::ZERO).mul(left)?.mul(weight)?)?;
    }
    if weights.is_zero() { Ok(Ratio::ZERO) } else { earned.div(weights) }
}

fn points_list(tries: &[TryShare], points: &[Ratio]) -> Result<Ratio, NumberError> {
    let mut best = Ratio::ZERO;
    let mut earned = Ratio::ZERO;
    for (each, pays) in tries.iter().zip(points) {
        if each.share > best {
            earned = earned.add(pays.mul(each.share.sub(best)?)?)?;
            best = each.share;
        }
    }
    Ok(earned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    fn tries(shares: &[&str]) -> Vec<TryShare> {
        shares.iter().map(|text| TryShare { share: ratio(text), parts: Vec::new() }).collect()
    }

    fn share(rule: &TryRule, shares: &[&str]) -> String {
        rule.share(&tries(shares), Certainty::Low).unwrap().to_string()
    }

    #[test]
    fn each_rule_by_hand() {
        let third = ratio("1/3");
        assert_eq!(share(&TryRule::Deferred, &["1", "0"]), "0");
        let adaptive = TryRule::Adaptive { penalty: ratio("0.1") };
        assert_eq!(share(&adaptive, &["0", "1"]), "9/10");
        assert_eq!(share(&adaptive, &["1/2", "0", "1/2"]), "1/2");
        let interactive = TryRule::Interactive { penalty: third };
        assert_eq!(share(&interactive, &["0", "0", "1"]), "1/3");
        assert_eq!(share(&interactive, &["0", "0", "0", "0", "1"]), "0");
        let list = TryRule::PointsList { points: vec![Ratio::ONE, ratio("1/2"), ratio("1/4")] };
        assert_eq!(share(&list, &["1/2", "0", "1"]), "5/8");
        assert_eq!(share(&list, &["0", "0", "0", "1"]), "0");
        assert_eq!(share(&list, &[]), "0");
    }

    /// Moodle takes the greater of the grade and 0 in both (`qbehaviour_adaptive`,
    /// `qbehaviour_interactive`), also for options that cost marks.
    #[test]
    fn tries_never_earn_less_than_nothing() {
        for penalty in ["0", "1/10", "1"].map(ratio) {
            for rule in [
                TryRule::Adaptive { penalty },
                TryRule::Interactive { penalty },
                TryRule::Countback { penalty },
                TryRule::PointsList { points: vec![Ratio::ONE, penalty] },
            ] {
                assert_eq!(share(&rule, &["-1/3"]), "0", "{rule:?}");
                assert_eq!(share(&rule, &["-1", "-1/3"]), "0", "{rule:?}");
                assert_eq!(share(&rule, &["-1/3", "0", "-1"]), "0", "{rule:?}");
            }
        }
        let countback = TryRule::Countback { penalty: Ratio::ZERO };
        let parts = [("-1", "1"), ("1", "1")].map(|(share, weight)| (ratio(share), ratio(weight)));
        let tries = [TryShare { share: Ratio::ZERO, parts: parts.to_vec() }];
        assert_eq!(countback.share(&tries, Certainty::Low).unwrap(), ratio("1/2"));
    }

    #[test]
    fn countback_pays_each_part_by_when_it_was_last_changed() {
        let rule = TryRule::Countback { penalty: ratio("1/4") };
        let part = |share: &str| (ratio(share), Ratio::ONE);
        let attempt =
            |shares: [&str; 3]| TryShare { share: Ratio::ZERO, parts: shares.map(part).to_vec() };
        // Right at once; right from the second try; right, then wrong, then right again.
        let tries = [attempt(["1", "0", "1"]), attempt(["1", "1", "0"]), attempt(["1", "1", "1"])];
        let earned = rule.share(&tries, Certainty::Low).unwrap();
        assert_eq!(earned, ratio("9/4").div(Ratio::from(3)).unwrap());
    }

    #[test]
    fn certainty_multiplies_right_and_wrong() {
        let paid = |certainty, text: &str| {
            TryRule::Certainty.share(&tries(&[text]), certainty).unwrap().to_string()
        };
        let all =
            |text: &str| [Certainty::Low, Certainty::Mid, Certainty::High].map(|it| paid(it, text));
        assert_eq!(all("1"), ["1", "2", "3"]);
        assert_eq!(all("0"), ["0", "-2", "-6"]);
        assert_eq!(all("1/2"), ["1/2", "1", "3/2"]);
    }

    proptest! {
        #[test]
        fn another_try_never_lowers_an_adaptive_score(
            shares in proptest::collection::vec((0_i128..=4).prop_map(|n| Ratio::new(n, 4).unwrap()), 1..8),
            penalty in 0_i128..=10,
        ) {
            let rule = TryRule::Adaptive { penalty: Ratio::new(penalty, 10).unwrap() };
            let tries: Vec<_> = shares.iter().map(|&share| TryShare { share, parts: Vec::new() }).collect();
            let mut before = rule.share(&tries[..1], Certainty::Low).unwrap();
            for end in 2..=tries.len() {
                let now = rule.share(&tries[..end], Certainty::Low).unwrap();
                prop_assert!(now >= before);
                before = now;
            }
        }
    }
}
