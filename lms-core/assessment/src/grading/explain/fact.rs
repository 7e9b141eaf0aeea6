//! One step of an explanation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::rules;
use crate::{
    grading::PassDecision,
    scoring::{
        Certainty, MultipleSelectRule, OrderingRule, PartsRule, ScoringType, Ticks, TryRule,
    },
};
use lms_kernel::{Points, Ratio, Rounding};

/// One step of an explanation: data that prints as a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    /// So many points of so many.
    Earned {
        /// The points, exactly.
        points: Ratio,
        /// Of how many.
        of: Points,
    },
    /// The question was not part of the attempt.
    NotAsked,
    /// The question was left empty.
    Blank,
    /// A person still has to mark the answer.
    Pending,
    /// The learner was excused.
    Excused,
    /// There is no answer where one was due.
    Missing,
    /// The question was withdrawn and counts for no one.
    Dropped,
    /// The question was withdrawn and everyone asked got everything.
    FullCredit,
    /// It is a bonus: its worth is not part of the maximum.
    Bonus,
    /// The answer was of another shape than the question asks for.
    Misfit,
    /// One option was chosen.
    Chose {
        /// What it says; none for an option that the question does not have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        option: Option<String>,
        /// The share of the score that it earns.
        share: Ratio,
    },
    /// Options were ticked.
    Ticked {
        /// The rule.
        rule: MultipleSelectRule,
        /// The counts.
        ticks: Ticks,
        /// The options, where the key is disclosed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        options: Vec<TickedOption>,
    },
    /// Words were written.
    Wrote {
        /// The words.
        text: String,
        /// Whether they are among the accepted answers.
        accepted: bool,
        /// The share of the score that they earn.
        share: Ratio,
    },
    /// A number was written.
    WroteNumber {
        /// As it was written.
        text: String,
        /// As it was read; none where there is no number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<String>,
        /// Whether it is accepted.
        accepted: bool,
        /// The share that the number earns.
        share: Ratio,
    },
    /// The unit was missing or unknown, or the number was not converted to it.
    UnitPenalty {
        /// The part that it cost.
        penalty: Ratio,
    },
    /// Blanks were filled, items matched, spots marked or options joined.
    Parts {
        /// The rule.
        rule: PartsRule,
        /// How many parts were right.
        right: usize,
        /// How many parts there are.
        #[serde(default)]
        of: usize,
        /// How many wrong spots or pairs were given that belong to no part.
        #[serde(default)]
        extra: u16,
        /// The parts; none where their names would tell what is right.
        parts: Vec<PartAnswer>,
    },
    /// Items were put in order.
    Ordered {
        /// The rule.
        rule: OrderingRule,
        /// What the rule counts.
        hits: u16,
        /// Of how many.
        of: u16,
    },
    /// A person gave points.
    Marked {
        /// The points.
        points: Points,
        /// What the person said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// The question was worth something else when the points were given.
    Rescaled {
        /// What it was worth.
        from: Points,
        /// What it is worth.
        to: Points,
    },
    /// A level of a rubric was chosen.
    RubricLevel {
        /// The part of the answer that was compared.
        criterion: String,
        /// How well it was met.
        level: String,
        /// What that is worth.
        points: Points,
        /// What the marker said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// There were several tries.
    Tries {
        /// The rule.
        rule: TryRule,
        /// What each try earned, as a share of the score.
        shares: Vec<Ratio>,
    },
    /// How sure the learner was counted.
    Certainty {
        /// How sure.
        certainty: Certainty,
        /// The share without it.
        before: Ratio,
        /// The share with it.
        after: Ratio,
    },
    /// The share was brought within its limits.
    Limited {
        /// The share that the rule gave.
        from: Ratio,
        /// The share that counts.
        to: Ratio,
    },
    /// What would have been right.
    Right {
        /// The right answers, in words.
        answers: Vec<String>,
    },
    /// Words that the author wrote for this answer.
    Feedback {
        /// The words.
        text: String,
    },
    /// What the questions of a section, or the sections, come to.
    Sum {
        /// The points earned.
        earned: Ratio,
        /// Of how much.
        of: Ratio,
    },
    /// A section was scaled or limited.
    Scaled {
        /// What it came to.
        to: Ratio,
        /// Of how much.
        of: Ratio,
    },
    /// How the total is made.
    Total {
        /// The rule.
        scoring: ScoringType,
        /// The total, exactly.
        exact: Ratio,
        /// Of how much.
        of: Ratio,
    },
    /// How a score is shown.
    Rounded {
        /// The score as it is shown.
        shown: Points,
        /// The digits after the point.
        digits: u8,
        /// How the others are dropped.
        mode: Rounding,
    },
    /// So many answers are still to be marked.
    StillPending {
        /// The number of answers.
        answers: u32,
    },
    /// Whether the attempt passed.
    Passed {
        /// The decision.
        decision: PassDecision,
    },
}

/// One option of a question with several right ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TickedOption {
    /// What it says.
    pub text: String,
    /// Whether the learner ticked it.
    pub ticked: bool,
    /// Whether it is right.
    pub right: bool,
}

/// One blank or item with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartAnswer {
    /// Which part: the blank's label or the item's text.
    pub label: String,
    /// What the learner answered; none where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The share of the part that was earned.
    pub earned: Ratio,
    /// The correct answer, where the key is disclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
}

/// A fraction for readers: at most two digits after the point.
pub(super) fn number(value: Ratio) -> String {
    match value.round(2, Rounding::HalfUp) {
        Ok(rounded) => {
            let text = rounded.normalize().to_string();
            let is_exact = Ratio::from(rounded) == value;
            if is_exact { text } else { format!("about {text}") }
        }
        Err(_) => value.to_string(),
    }
}

/// A share of a score for readers.
pub(super) fn share(value: Ratio) -> String {
    if value == Ratio::ONE {
        return "all".to_owned();
    }
    if value.is_zero() {
        return "none".to_owned();
    }
    format!("{value}")
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Earned { points, of } => write!(f, "{} of {of} points.", number(*points)),
            Self::NotAsked => f.write_str("This question was not part of your test."),
            Self::Blank => f.write_str("You left it empty, which earns nothing."),
            Self::Pending => f.write_str("Your answer is still to be marked."),
            Self::Excused => f.write_str("You were excused, so it does not count."),
            Self::Missing => f.write_str("There is no answer of yours, which earns nothing."),
            Self::Dropped => f.write_str("The question was withdrawn and counts for nobody."),
            Self::FullCredit => {
                f.write_str("The question was withdrawn and everybody earns all of its points.")
            }
            Self::Bonus => f.write_str("It is a bonus: without it nothing is lost."),
            Self::Misfit => f.write_str("Your answer does not fit the question and earns nothing."),
            Self::Right { answers } => write!(f, "Right: {}.", answers.join("; ")),
            Self::Feedback { text } => write!(f, "{text}"),
            Self::Limited { from, to } => {
                write!(
                    f,
                    "That would be {} of the points, and counts as {}.",
                    share(*from),
                    share(*to)
                )
            }
            Self::StillPending { answers: 1 } => {
                f.write_str("One answer is still to be marked and counts as nothing until then.")
            }
            Self::StillPending { answers } => {
                write!(
                    f,
                    "{answers} answers are still to be marked and count as nothing until then."
                )
            }
            _ => self.write_answer(f),
        }
    }
}

impl Fact {
    fn write_answer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chose { option: None, .. } => {
                f.write_str("You chose an option that the question does not have.")
            }
            Self::Chose { option: Some(option), share: earns } => {
                write!(f, "You chose “{option}”, which earns {} of the points.", share(*earns))
            }
            Self::Ticked { rule, ticks, options } => rules::write_ticks(f, *rule, ticks, options),
            Self::Wrote { text, accepted: true, share: earns } => {
                write!(
                    f,
                    "Your answer “{text}” is accepted and earns {} of the points.",
                    share(*earns)
                )
            }
            Self::Wrote { text, accepted: false, .. } => {
                write!(f, "Your answer “{text}” is not among the accepted ones.")
            }
            Self::WroteNumber { text, read: None, .. } => {
                write!(f, "Your answer “{text}” is not a number.")
            }
            Self::WroteNumber { text, read: Some(read), accepted, share: earns } => {
                let reading =
                    if text.trim() == read { String::new() } else { format!(", read as {read},") };
                if *accepted {
                    let earns = share(*earns);
                    return write!(
                        f,
                        "Your answer “{text}”{reading} is accepted and earns {earns} of the points."
                    );
                }
                write!(f, "Your answer “{text}”{reading} is not accepted.")
            }
            Self::UnitPenalty { penalty } => {
                write!(f, "Its unit is missing, unknown or not converted, which costs {penalty}.")
            }
            Self::Parts { rule, right, of, extra, parts } => {
                rules::write_parts(f, *rule, (*right, *of), *extra, parts)
            }
            Self::Ordered { rule, hits, of } => rules::write_order(f, *rule, *hits, *of),
            Self::Marked { points, comment } => {
                write!(f, "Your marker gave {points} points")?;
                match comment {
                    Some(comment) => write!(f, ": “{comment}”"),
                    None => f.write_str("."),
                }
            }
            Self::Rescaled { from, to } => {
                write!(f, "That was out of {from}, and counts in proportion out of {to}.")
            }
            Self::RubricLevel { criterion, level, points, comment } => {
                write!(f, "{criterion}: {level} ({points} points)")?;
                match comment {
                    Some(comment) => write!(f, ", “{comment}”."),
                    None => f.write_str("."),
                }
            }
            Self::Tries { rule, shares } => rules::write_tries(f, rule, shares),
            Self::Certainty { certainty, before, after } => {
                rules::write_certainty(f, *certainty, *before, *after)
            }
            _ => self.write_total(f),
        }
    }

    fn write_total(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum { earned, of } => {
                write!(f, "The questions come to {} of {}.", number(*earned), number(*of))
            }
            Self::Scaled { to, of } => {
                write!(f, "That counts as {} of {}.", number(*to), number(*of))
            }
            Self::Total { scoring, exact, of } => {
                write!(f, "{} {} of {}.", rules::total(*scoring), number(*exact), number(*of))
            }
            Self::Rounded { shown, digits, mode } => {
                write!(f, "It is shown as {shown} ({digits} digits after the point, {mode}).")
            }
            Self::Passed { decision: PassDecision::Passed } => f.write_str("You passed."),
            Self::Passed { decision: PassDecision::Failed } => f.write_str("You did not pass."),
            Self::Passed { decision: PassDecision::Undecided } => {
                f.write_str("Whether you passed is not decided yet.")
            }
            _ => Ok(()),
        }
    }
}
