//! Completion rules: when a node counts as done.
use std::fmt;

use serde::{Deserialize, Serialize};

use lms_kernel::Percent;

/// When a node counts as done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CompletionRule {
    /// The learner opened it and says that it is done.
    #[default]
    View,
    /// The learner spent that long in it.
    Time {
        /// At least that long.
        seconds: u32,
    },
    /// The learner's best score in it is at least this.
    Score {
        /// At least that part of the marks.
        least: Percent,
    },
    /// The nodes directly below it are completed: all that count, or at least so many.
    Children {
        /// At least so many; all when there is no number.
        least: Option<u32>,
    },
    /// A person who teaches says so.
    Manual,
    /// All of these; nothing else when there are none.
    All {
        /// The rules.
        of: Vec<CompletionRule>,
    },
}

/// The facts about a learner and a node that a completion rule is checked against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletionFacts {
    /// Whether the learner opened it.
    pub is_opened: bool,
    /// Whether the learner says that it is done.
    pub is_claimed: bool,
    /// Whether a person who teaches says so.
    pub is_confirmed: bool,
    /// How long the learner spent in it.
    pub time_spent_seconds: i64,
    /// The best score in it.
    pub best_score: Option<Percent>,
    /// How many of its visible children are done.
    pub children_completed: u32,
    /// How many visible children count.
    pub children: u32,
}

/// What is missing before a node is completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unfinished {
    /// It is to be opened.
    Open,
    /// The learner is to say that it is done.
    Claim,
    /// More time is to be spent in it.
    Time {
        /// How much more.
        seconds: u32,
    },
    /// A score is to be reached.
    Score {
        /// At least that.
        least: Percent,
        /// The best so far.
        best: Option<Percent>,
    },
    /// More of what is under it is to be done.
    Children {
        /// How many more.
        more: u32,
    },
    /// A person who teaches is to say so.
    Confirmation,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open it"),
            Self::Claim => f.write_str("mark it as done"),
            Self::Time { seconds } => write!(f, "spend {seconds} more seconds in it"),
            Self::Score { least, best: Some(best) } => {
                write!(f, "reach {least} %, best so far {best} %")
            }
            Self::Score { least, best: None } => write!(f, "reach {least} %"),
            Self::Children { more } => write!(f, "complete {more} more of its parts"),
            Self::Confirmation => f.write_str("a teacher confirms it"),
        }
    }
}

impl CompletionRule {
    /// What is missing before the node counts as done; nothing when it does.
    ///
    /// What a teacher confirmed is done, whatever the rule says.
    pub fn unfinished(&self, facts: &CompletionFacts) -> Vec<Unfinished> {
        let mut missing = Vec::new();
        if !facts.is_confirmed {
            self.collect(facts, &mut missing);
        }
        missing
    }

    /// Whether the node counts as done.
    pub fn is_met(&self, facts: &CompletionFacts) -> bool {
        self.unfinished(facts).is_empty()
    }

    /// Whether the node may become done without its learner or a teacher saying so.
    pub fn is_automatic(&self) -> bool {
        match self {
            Self::View | Self::Manual => false,
            Self::Time { .. } | Self::Score { .. } | Self::Children { .. } => true,
            Self::All { of } => of.iter().all(Self::is_automatic),
        }
    }

    fn collect(&self, facts: &CompletionFacts, missing: &mut Vec<Unfinished>) {
        match self {
            Self::View if !facts.is_opened => missing.push(Unfinished::Open),
            Self::View if !facts.is_claimed => missing.push(Unfinished::Claim),
            Self::View => {}
            Self::Time { seconds } => {
                let left = i64::from(*seconds).saturating_sub(facts.time_spent_seconds);
                if left > 0 {
                    let seconds = u32::try_from(left).unwrap_or(u32::MAX);
                    missing.push(Unfinished::Time { seconds });
                }
            }
            Self::Score { least, .. } => {
                if facts.best_score.is_none_or(|best| best < *least) {
                    missing.push(Unfinished::Score { least: *least, best: facts.best_score });
                }
            }
            Self::Children { least } => {
                let wanted = least.map_or(facts.children, |it| it.min(facts.children));
                let more = wanted.saturating_sub(facts.children_completed);
                if more > 0 {
                    missing.push(Unfinished::Children { more });
                }
            }
            Self::Manual => missing.push(Unfinished::Confirmation),
            Self::All { of } => of.iter().for_each(|it| it.collect(facts, missing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    #[test]
    fn each_rule_says_what_is_missing() {
        let facts = CompletionFacts {
            is_opened: true,
            time_spent_seconds: 50,
            best_score: Some(percent("59.5")),
            children_completed: 2,
            children: 5,
            ..CompletionFacts::default()
        };
        let text = |rule: CompletionRule| {
            rule.unfinished(&facts).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(text(CompletionRule::View), ["mark it as done"]);
        assert_eq!(text(CompletionRule::Time { seconds: 60 }), ["spend 10 more seconds in it"]);
        assert_eq!(text(CompletionRule::Time { seconds: 50 }), none);
        assert_eq!(
            text(CompletionRule::Score { least: percent("60") }),
            ["reach 60 %, best so far 59.5 %"]
        );
        assert_eq!(
            text(CompletionRule::Children { least: None }),
            ["complete 3 more of its parts"]
        );
        assert_eq!(text(CompletionRule::Children { least: Some(2) }), none);
        // More is asked than there is: all that there is will do.
        assert_eq!(
            text(CompletionRule::Children { least: Some(9) }),
            ["complete 3 more of its parts"]
        );
        assert_eq!(text(CompletionRule::Manual), ["a teacher confirms it"]);
        let both = vec![CompletionRule::Time { seconds: 60 }, CompletionRule::Manual];
        assert_eq!(text(CompletionRule::All { of: both }).len(), 2);
        assert_eq!(text(CompletionRule::All { of: Vec::new() }), none);
    }

    #[test]
    fn a_teacher_has_the_last_word() {
        let facts = CompletionFacts { is_confirmed: true, ..CompletionFacts::default() };
        assert!(CompletionRule::Score { least: Percent::HUNDRED }.is_met(&facts));
        assert!(CompletionRule::Manual.is_met(&facts));
        assert!(!CompletionRule::Manual.is_met(&CompletionFacts::default()));
    }

    proptest! {
        #[test]
        fn more_of_everything_never_undoes(
            time in 0_i64..100, done in 0_u32..5, score in 0_i64..1_000_000,
            more_time in 0_i64..100, more_done in 0_u32..5, more_score in 0_i64..1_000,
            least in 0_i64..1_000_000,
        ) {
            let score_of = |it: i64| Percent::from_ten_thousandths(it.min(1_000_000)).unwrap();
            let before = CompletionFacts {
                time_spent_seconds: time,
                best_score: Some(score_of(score)),
                children_completed: done.min(5),
                children: 5,
                ..CompletionFacts::default()
            };
            let after = CompletionFacts {
                time_spent_seconds: time + more_time,
                best_score: Some(score_of(score + more_score)),
                children_completed: (done + more_done).min(5),
                is_opened: true,
                ..before
            };
            for rule in [
                CompletionRule::Time { seconds: 50 },
                CompletionRule::Score { least: score_of(least) },
                CompletionRule::Children { least: None },
                CompletionRule::Children { least: Some(3) },
            ] {
                prop_assert!(!rule.is_met(&before) || rule.is_met(&after));
            }
        }
    }
}
