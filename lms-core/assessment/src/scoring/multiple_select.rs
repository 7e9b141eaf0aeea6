//! Questions with several right options: every rule by its name.
//!
//! A rule sees how many options were ticked rightly and wrongly, and gives a share of the
//! question's score. Without a tick that is nothing, whatever the rule. What the rule gives is
//! then limited by the question's [`Clamp`].

use serde::{Deserialize, Serialize};

use crate::scoring::Clamp;
use lms_kernel::{NumberError, Ratio};

/// How ticked options make a share of the score.
///
/// Below, *R* and *W* are the right and the wrong options ticked, *K* the right options there are,
/// *D* the wrong ones, *N* = *K* + *D*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum MultipleSelectRule {
    /// 1 if every right and no wrong option is ticked, else 0.
    AllOrNothing,
    /// *R/K − W/K*, or *R/K − W × deduction*.
    RightMinusWrong {
        /// The share lost for each wrong option; 1/*K* where none is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deduction: Option<Ratio>,
    },
    /// The sum of the ticked options' own fractions, within limits of its own. A right option
    /// without a fraction is worth 1/*K*, a wrong one nothing.
    FractionSum {
        /// The limits; from nothing to everything where none are given.
        #[serde(default)]
        clamp: Clamp,
    },
    /// *(R − W)/N*: every option is worth the same, and a wrong tick costs what a right one earns.
    RightMinusWrongOverChoices,
    /// *(R + D − W)/N*: options rightly ticked and rightly left alone.
    CorrectDecisions,
    /// *1 − W/N − (K − R)/K*: everything, less what is wrong and what is missing.
    DeductFromFull,
    /// 1 without a mistake, 1/2 with one (of at least three options), 1/4 with two (of at least
    /// five), else 0. A mistake is a wrong tick or a missing one.
    /// Open edX calls it "by halves" (Open edX documentation, "Awarding partial credit in a
    /// multi-select problem", <https://docs.openedx.org>).
    Halves,
    /// *R/K* less a deduction per wrong tick that the R package `exams` names.
    RExams {
        /// The deduction.
        deduction: RExamsDeduction,
    },
    /// The sum of the ticked options' own fractions, where an option without a fraction is worth
    /// the default, kept between the bounds. Each option counts once.
    Mapping {
        /// The worth of a ticked option without a fraction.
        default: Ratio,
        /// The least sum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lower: Option<Ratio>,
        /// The greatest sum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        upper: Option<Ratio>,
    },
}

/// What a wrong tick costs by the rules of the R package `exams`
/// (`exams_eval`, <https://search.r-project.org/CRAN/refmans/exams/html/exams_eval.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RExamsDeduction {
    /// 1/*D*
    False,
    /// 1/max(*D*, 2), so that one wrong option alone does not cost everything.
    False2,
    /// 1/*K*
    True,
    /// Everything.
    All,
    /// Nothing.
    None,
}

/// The counts of a learner's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticks {
    /// Right options ticked.
    pub right: u16,
    /// Wrong options ticked.
    pub wrong: u16,
    /// Right options there are.
    pub keys: u16,
    /// Options there are.
    pub choices: u16,
    /// The sum of the ticked options' own fractions, for the rules that ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fractions: Option<Ratio>,
}

/// When one more tick moves a score the way a learner expects: a right one never down, a wrong
/// one never up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Monotone {
    /// From the first tick on.
    Always,
    /// From the second tick on. The first wrong tick can raise the score, because an unattempted
    /// question scores 0 and an attempted one earns points for options rightly left unticked.
    OnceAttempted,
    /// Where right options are worth something and wrong ones nothing or less.
    WithSignedFractions,
}

impl MultipleSelectRule {
    /// *R/K − W/K*.
    pub const RIGHT_MINUS_WRONG: Self = Self::RightMinusWrong { deduction: None };

    /// The sum of fractions, from nothing to everything.
    pub const FRACTION_SUM: Self = Self::FractionSum { clamp: Clamp::BOUNDED };

    /// Whether the rule asks for the options' own fractions.
    pub const fn uses_fractions(self) -> bool {
        matches!(self, Self::FractionSum { .. } | Self::Mapping { .. })
    }

    /// When one more tick moves the score the way a learner expects, under limits from nothing to
    /// everything.
    pub const fn monotone(self) -> Monotone {
        match self {
            Self::AllOrNothing
            | Self::RightMinusWrong { .. }
            | Self::RightMinusWrongOverChoices
            | Self::DeductFromFull
            | Self::RExams { .. } => Monotone::Always,
            Self::CorrectDecisions | Self::Halves => Monotone::OnceAttempted,
            Self::FractionSum { .. } | Self::Mapping { .. } => Monotone::WithSignedFractions,
        }
    }

    /// The share of the score that `ticks` earn, before it is limited.
    ///
    /// Without a tick it is nothing. A part that would be divided by zero, because there is no
    /// right (or no wrong) option, is worth nothing too.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] when fractions with very large denominators meet.
    pub fn share(self, ticks: &Ticks) -> Result<Ratio, NumberError> {
        let [right, wrong, keys, choices] =
            [ticks.right, ticks.wrong, ticks.keys, ticks.choices].map(i128::from);
        if right == 0 && wrong == 0 {
            return Ok(Ratio::ZERO);
        }
        let missed = keys - right;
        match self {
            Self::AllOrNothing => {
                Ok(if missed == 0 && wrong == 0 { Ratio::ONE } else { Ratio::ZERO })
            }
            Self::RightMinusWrong { deduction: None } => part(right - wrong, keys),
            Self::RightMinusWrong { deduction: Some(each) } => {
                part(right, keys)?.sub(Ratio::new(wrong, 1)?.mul(each)?)
            }
            Self::RightMinusWrongOverChoices => part(right - wrong, choices),
            Self::CorrectDecisions => part(right + choices - keys - wrong, choices),
            Self::DeductFromFull => Ratio::ONE.sub(part(wrong, choices)?)?.sub(part(missed, keys)?),
            Self::Halves => match (missed + wrong, choices) {
                (0, _) => Ok(Ratio::ONE),
                (1, 3..) => Ratio::new(1, 2),
                (2, 5..) => Ratio::new(1, 4),
                _ => Ok(Ratio::ZERO),
            },
            Self::RExams { deduction } => {
                let each = match deduction {
                    RExamsDeduction::False => part(1, choices - keys)?,
                    RExamsDeduction::False2 => part(1, (choices - keys).max(2))?,
                    RExamsDeduction::True => part(1, keys)?,
                    RExamsDeduction::All => Ratio::ONE,
                    RExamsDeduction::None => Ratio::ZERO,
                };
                part(right, keys)?.sub(Ratio::new(wrong, 1)?.mul(each)?)
            }
            Self::FractionSum { clamp } => {
                Ok(clamp.apply(ticks.fractions.unwrap_or(Ratio::ZERO), Ratio::ONE))
            }
            Self::Mapping { lower, upper, .. } => {
                let sum = ticks.fractions.unwrap_or(Ratio::ZERO);
                let raised = lower.map_or(sum, |lower| sum.max(lower));
                Ok(upper.map_or(raised, |upper| raised.min(upper)))
            }
        }
    }
}

fn part(over: i128, under: i128) -> Result<Ratio, NumberError> {
    if under == 0 { Ok(Ratio::ZERO) } else { Ratio::new(over, under) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: [MultipleSelectRule; 12] = [
        MultipleSelectRule::AllOrNothing,
        MultipleSelectRule::RIGHT_MINUS_WRONG,
        MultipleSelectRule::FRACTION_SUM,
        MultipleSelectRule::RightMinusWrongOverChoices,
        MultipleSelectRule::CorrectDecisions,
        MultipleSelectRule::DeductFromFull,
        MultipleSelectRule::Halves,
        MultipleSelectRule::RExams { deduction: RExamsDeduction::False },
        MultipleSelectRule::RExams { deduction: RExamsDeduction::False2 },
        MultipleSelectRule::RExams { deduction: RExamsDeduction::True },
        MultipleSelectRule::RExams { deduction: RExamsDeduction::All },
        MultipleSelectRule::RExams { deduction: RExamsDeduction::None },
    ];

    fn ticks(right: u16, wrong: u16, keys: u16, choices: u16) -> Ticks {
        // Right options share the whole, wrong ones cost the same, as most teachers set them.
        let fractions = Ratio::new(i128::from(right) - i128::from(wrong), i128::from(keys.max(1)));
        Ticks { right, wrong, keys, choices, fractions: fractions.ok() }
    }

    fn share(rule: MultipleSelectRule, counts: [u16; 4]) -> String {
        let [right, wrong, keys, choices] = counts;
        rule.share(&ticks(right, wrong, keys, choices)).unwrap().to_string()
    }

    #[test]
    fn each_rule_by_hand() {
        use MultipleSelectRule as Rule;
        let mixed = [2, 1, 3, 5];
        for (rule, expected) in [
            (Rule::AllOrNothing, "0"),
            (Rule::RIGHT_MINUS_WRONG, "1/3"),
            (Rule::RightMinusWrong { deduction: Ratio::new(1, 4).ok() }, "5/12"),
            (Rule::FRACTION_SUM, "1/3"),
            (Rule::RightMinusWrongOverChoices, "1/5"),
            (Rule::CorrectDecisions, "3/5"),
            (Rule::DeductFromFull, "7/15"),
            (Rule::Halves, "1/4"),
            (Rule::RExams { deduction: RExamsDeduction::False }, "1/6"),
            (Rule::RExams { deduction: RExamsDeduction::False2 }, "1/6"),
            (Rule::RExams { deduction: RExamsDeduction::True }, "1/3"),
            (Rule::RExams { deduction: RExamsDeduction::All }, "-1/3"),
            (Rule::RExams { deduction: RExamsDeduction::None }, "2/3"),
        ] {
            assert_eq!(share(rule, mixed), expected, "{rule:?}");
        }
    }

    #[test]
    fn one_lone_wrong_option_shows_what_false2_is_for() {
        let lone = [3, 1, 3, 4];
        assert_eq!(
            share(MultipleSelectRule::RExams { deduction: RExamsDeduction::False }, lone),
            "0"
        );
        assert_eq!(
            share(MultipleSelectRule::RExams { deduction: RExamsDeduction::False2 }, lone),
            "1/2"
        );
    }

    #[test]
    fn a_mapping_stays_between_its_bounds() {
        let rule = MultipleSelectRule::Mapping {
            default: Ratio::ONE.neg(),
            lower: Some(Ratio::ZERO),
            upper: Some(Ratio::ONE),
        };
        let with = |sum: &str| Ticks { fractions: sum.parse().ok(), ..ticks(1, 1, 2, 6) };
        for (sum, expected) in [("-3/2", "0"), ("1/2", "1/2"), ("5/4", "1")] {
            assert_eq!(rule.share(&with(sum)).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_key_without_right_options_divides_nothing_by_zero() {
        for rule in RULES {
            assert!(rule.share(&ticks(0, 1, 0, 4)).is_ok(), "{rule:?}");
            assert!(rule.share(&ticks(0, 0, 0, 0)).is_ok(), "{rule:?}");
        }
    }

    /// What is paid: the limited share.
    fn paid(rule: MultipleSelectRule, right: u16, wrong: u16, keys: u16, choices: u16) -> Ratio {
        let share = rule.share(&ticks(right, wrong, keys, choices)).unwrap();
        Clamp::BOUNDED.apply(share, Ratio::ONE)
    }

    #[test]
    fn the_first_wrong_tick_pays_where_leaving_alone_is_paid() {
        // Five options, one right: a single wrong tick leaves three of four decisions right.
        assert_eq!(paid(MultipleSelectRule::CorrectDecisions, 0, 1, 1, 5).to_string(), "3/5");
        assert_eq!(paid(MultipleSelectRule::Halves, 0, 1, 1, 5).to_string(), "1/4");
    }

    proptest! {
        #[test]
        fn one_more_tick_moves_the_score_as_stated(
            rule in proptest::sample::select(&RULES[..]),
            keys in 1_u16..12, wrong_options in 0_u16..12, right in 0_u16..12, wrong in 0_u16..12,
        ) {
            let (right, wrong) = (right.min(keys), wrong.min(wrong_options));
            let choices = keys + wrong_options;
            let here = paid(rule, right, wrong, keys, choices);
            if right < keys {
                prop_assert!(paid(rule, right + 1, wrong, keys, choices) >= here);
            }
            let stated = right + wrong > 0 || rule.monotone() != Monotone::OnceAttempted;
            if wrong < wrong_options && stated {
                prop_assert!(paid(rule, right, wrong + 1, keys, choices) <= here);
            }
        }

        #[test]
        fn a_perfect_answer_earns_everything_but_over_choices(
            rule in proptest::sample::select(&RULES[..]), keys in 1_u16..12, others in 0_u16..12,
        ) {
            let earned = paid(rule, keys, 0, keys, keys + others);
            if rule == MultipleSelectRule::RightMinusWrongOverChoices {
                let expected = Ratio::new(i128::from(keys), i128::from(keys + others)).unwrap();
                prop_assert_eq!(earned, expected);
            } else {
                prop_assert_eq!(earned, Ratio::ONE);
            }
        }
    }
}
