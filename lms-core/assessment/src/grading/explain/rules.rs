//! The rules in a learner's words.

use std::fmt;

use super::fact::{PartAnswer, TickedOption, number, share};
use crate::scoring::{
    Certainty, MultipleSelectRule, OrderingRule, PartsRule, RExamsDeduction, ScoringType, Ticks,
    TryRule,
};
use lms_kernel::Ratio;

pub(super) fn write_ticks(
    f: &mut fmt::Formatter<'_>,
    rule: MultipleSelectRule,
    ticks: &Ticks,
    options: &[TickedOption],
) -> fmt::Result {
    let distractors = ticks.choices.saturating_sub(ticks.keys);
    write!(
        f,
        "You ticked {} of {} right options and {} of {distractors} wrong ones. {}",
        ticks.right,
        ticks.keys,
        ticks.wrong,
        ticking(rule, ticks)
    )?;
    for option in options {
        let did = match (option.ticked, option.right) {
            (true, true) => "rightly ticked",
            (true, false) => "wrongly ticked",
            (false, true) => "missed",
            (false, false) => "rightly left alone",
        };
        write!(f, " “{}”: {did}.", option.text)?;
    }
    Ok(())
}

fn ticking(rule: MultipleSelectRule, ticks: &Ticks) -> String {
    let (keys, choices) = (ticks.keys, ticks.choices);
    match rule {
        MultipleSelectRule::AllOrNothing => {
            "All right options and no wrong one earn the points; anything else earns none.".into()
        }
        MultipleSelectRule::RightMinusWrong { deduction: None } => {
            format!("Each right one earns 1/{keys} of the points and each wrong one takes as much.")
        }
        MultipleSelectRule::RightMinusWrong { deduction: Some(each) } => {
            format!("Each right one earns 1/{keys} of the points and each wrong one takes {each}.")
        }
        MultipleSelectRule::FractionSum { .. } | MultipleSelectRule::Mapping { .. } => {
            let sum = ticks.fractions.unwrap_or(Ratio::ZERO);
            format!("Each option has its own worth; yours add up to {sum} of the points.")
        }
        MultipleSelectRule::RightMinusWrongOverChoices => format!(
            "Each right one earns 1/{choices} of the points and each wrong one takes as much."
        ),
        MultipleSelectRule::CorrectDecisions => format!(
            "Each right option ticked and each wrong one left alone earns 1/{choices} of the points."
        ),
        MultipleSelectRule::DeductFromFull => format!(
            "From all points, each wrong tick takes 1/{choices} and each missing one 1/{keys}."
        ),
        MultipleSelectRule::Halves => {
            "Without a mistake all points are earned, with one half of them, with two a quarter."
                .into()
        }
        MultipleSelectRule::RExams { deduction } => {
            let wrong = choices.saturating_sub(keys);
            let takes = match deduction {
                RExamsDeduction::False => format!("takes 1/{}", wrong.max(1)),
                RExamsDeduction::False2 => format!("takes 1/{}", wrong.max(2)),
                RExamsDeduction::True => format!("takes 1/{}", keys.max(1)),
                RExamsDeduction::All => "takes all".into(),
                RExamsDeduction::None => "takes nothing".into(),
            };
            format!("Each right one earns 1/{keys} of the points and each wrong one {takes}.")
        }
    }
}

pub(super) fn write_parts(
    f: &mut fmt::Formatter<'_>,
    rule: PartsRule,
    (right, of): (usize, usize),
    extra: u16,
    parts: &[PartAnswer],
) -> fmt::Result {
    write!(f, "{right} of {of} parts are right. ")?;
    if extra > 0 {
        write!(f, "{extra} given beside them are wrong. ")?;
    }
    match rule {
        PartsRule::PerPart => f.write_str("Each part earns its own share of the points.")?,
        PartsRule::AllOrNothing => f.write_str("Only all parts together earn the points.")?,
        PartsRule::RightMinusWrong { deduction } => {
            write!(f, "Each part earns its share, and a wrong one takes {deduction} of a share.")?;
        }
    }
    for part in parts {
        let answer = part.answer.as_deref().unwrap_or("nothing");
        write!(f, " {}: “{answer}” earns {}", part.label, share(part.earned))?;
        match &part.right {
            Some(right) => write!(f, ", right is “{right}”.")?,
            None => f.write_str(".")?,
        }
    }
    Ok(())
}

pub(super) fn write_order(
    f: &mut fmt::Formatter<'_>,
    rule: OrderingRule,
    hits: u16,
    of: u16,
) -> fmt::Result {
    match rule {
        OrderingRule::Exact if hits == of => f.write_str("The order is right."),
        OrderingRule::Exact => f.write_str("The order is not right; only the exact order earns."),
        OrderingRule::AdjacentPairs => {
            write!(f, "{hits} of {of} pairs of neighbours follow each other as they should.")
        }
        OrderingRule::LongestRun => {
            write!(f, "The longest run of neighbours in the right order has {hits} of {of} items.")
        }
        OrderingRule::LongestSubset => {
            write!(f, "{hits} of {of} items stand in the right order among each other.")
        }
        OrderingRule::Position => write!(f, "{hits} of {of} items stand in their place."),
    }
}

pub(super) fn write_tries(
    f: &mut fmt::Formatter<'_>,
    rule: &TryRule,
    shares: &[Ratio],
) -> fmt::Result {
    let tries: Vec<String> = shares.iter().map(|it| share(*it)).collect();
    write!(f, "You tried {} times ({}). ", shares.len(), tries.join(", "))?;
    match rule {
        TryRule::Deferred => f.write_str("The last answer counts."),
        TryRule::Adaptive { penalty } => {
            write!(f, "The best try counts, less {penalty} for each wrong try before it.")
        }
        TryRule::Interactive { penalty } => {
            write!(f, "The last try counts, less {penalty} for each try before it.")
        }
        TryRule::Countback { penalty } => {
            write!(f, "Each part counts, less {penalty} for each try before it stayed right.")
        }
        TryRule::Certainty => f.write_str("The last answer counts, by how sure you were."),
        TryRule::PointsList { points } => {
            let pays: Vec<String> = points.iter().map(ToString::to_string).collect();
            write!(f, "What each try adds is paid in parts of {}.", pays.join(", "))
        }
    }
}

pub(super) fn write_certainty(
    f: &mut fmt::Formatter<'_>,
    certainty: Certainty,
    before: Ratio,
    after: Ratio,
) -> fmt::Result {
    let sure = match certainty {
        Certainty::Low => "not very sure",
        Certainty::Mid => "fairly sure",
        Certainty::High => "very sure",
    };
    write!(f, "You were {sure}, so {} of the points became {}.", share(before), number(after))
}

pub(super) const fn total(scoring: ScoringType) -> &'static str {
    match scoring {
        ScoringType::Fixed => "The test's points, in proportion to what the questions earned:",
        ScoringType::PerQuestion => "All questions together:",
        ScoringType::PerSection => "All sections together:",
        ScoringType::Weighted => "The sections by their weights:",
        ScoringType::Percentage => "What was earned of what could be earned, of a hundred:",
    }
}
