//! Whether a test can be opened: its dates, its rules and the worth of its sections.
use lms_derive::DomainError;

use crate::{
    Assessment, Section,
    scoring::{MultipleSelectRule, PartsRule, ScoreRounding, ScoringRules, ScoringType, TryRule},
};
use lms_kernel::{Points, Ratio, Timestamp};

/// Why a test cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AssessmentProblem {
    /// No one could take it.
    #[error("the test closes at {closes_at}, before it opens at {opens_at}")]
    #[fault(invalid, field = "closes_at")]
    ClosesBeforeItOpens {
        /// When it opens.
        opens_at: Timestamp,
        /// When it closes.
        closes_at: Timestamp,
    },
    /// A rule or a worth is out of its range.
    #[error("the test has a {what} out of range; it must be {range}")]
    #[fault(invalid, field = "rules")]
    OutOfRange {
        /// What is out of range.
        what: &'static str,
        /// The range.
        range: &'static str,
    },
    /// Sections are weighted and none weighs anything.
    #[error("no section of the test weighs anything; give one a weight")]
    #[fault(invalid, field = "sections")]
    NoWeight,
}

/// Whether a test with those sections can be opened.
///
/// # Errors
/// The first [`AssessmentProblem`] found.
pub fn check_assessment(it: &Assessment, sections: &[Section]) -> Result<(), AssessmentProblem> {
    if let (Some(opens_at), Some(closes_at)) = (it.opens_at, it.closes_at)
        && closes_at < opens_at
    {
        return Err(AssessmentProblem::ClosesBeforeItOpens { opens_at, closes_at });
    }
    let out = |what, range| Err(AssessmentProblem::OutOfRange { what, range });
    if it.rules.wrong_answer > Ratio::ZERO {
        return out("worth of a wrong answer", "0 or less");
    }
    if it.rules.rounding.digits > ScoreRounding::MAX_DIGITS {
        return out("number of digits", "at most 4");
    }
    let penalty = match &it.rules.tries {
        TryRule::Adaptive { penalty }
        | TryRule::Interactive { penalty }
        | TryRule::Countback { penalty } => Some(*penalty),
        TryRule::Deferred | TryRule::Certainty | TryRule::PointsList { .. } => None,
    };
    if penalty.is_some_and(Ratio::is_negative) {
        return out("penalty for a try", "0 or more");
    }
    if let TryRule::PointsList { points } = &it.rules.tries
        && (points.is_empty() || points.iter().any(|share| share.is_negative()))
    {
        return out("list of what the tries pay", "at least one share, each 0 or more");
    }
    check_deductions(&it.rules)?;
    if it.max_score.is_some_and(Points::is_negative) {
        return out("maximum", "0 or more");
    }
    let limits = sections.iter().map(|section| section.time_limit_seconds);
    if limits.chain([it.time_limit_seconds]).any(|limit| limit == Some(0)) {
        return out("time limit", "at least 1 second");
    }
    for section in sections {
        if section.max_score.is_some_and(Points::is_negative) {
            return out("maximum of a section", "0 or more");
        }
        if section.weight.is_some_and(Points::is_negative) {
            return out("weight of a section", "0 or more");
        }
    }
    let weighs = |it: &Section| it.weight.is_none_or(|weight| !weight.is_zero());
    if it.scoring == ScoringType::Weighted && !sections.is_empty() && !sections.iter().any(weighs) {
        return Err(AssessmentProblem::NoWeight);
    }
    Ok(())
}

/// Whether the rules for several options and parts take something off where they say so, and
/// their bounds leave something between them.
fn check_deductions(rules: &ScoringRules) -> Result<(), AssessmentProblem> {
    let out = |what, range| Err(AssessmentProblem::OutOfRange { what, range });
    let of_ticks = match rules.multiple_select {
        MultipleSelectRule::RightMinusWrong { deduction } => deduction,
        MultipleSelectRule::Mapping { lower: Some(lower), upper: Some(upper), .. }
            if lower > upper =>
        {
            return out("lower bound", "at most the upper bound");
        }
        _ => None,
    };
    let of_parts = [rules.blanks, rules.pairs].into_iter().filter_map(|rule| match rule {
        PartsRule::RightMinusWrong { deduction } => Some(deduction),
        PartsRule::PerPart | PartsRule::AllOrNothing => None,
    });
    if of_parts.chain(of_ticks).any(Ratio::is_negative) {
        return out("deduction", "0 or more");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AssessmentKind,
        grading::tests::{context, points, ratio},
    };

    #[test]
    fn dates_rules_and_worths_have_ranges() {
        let cx = context();
        let usual = Assessment::new(&cx, AssessmentKind::Test, "Test".parse().unwrap());
        let part = Section::new(&cx, usual.id, "Part".parse().unwrap(), 0);
        let found = |change: &dyn Fn(&mut Assessment, &mut Section)| {
            let (mut test, mut section) = (usual.clone(), part.clone());
            change(&mut test, &mut section);
            check_assessment(&test, &[section]).err().map(|it| it.to_string())
        };
        let says = |change: &dyn Fn(&mut Assessment, &mut Section), text: &str| {
            let found = found(change).unwrap_or_default();
            assert!(found.contains(text), "{text}: {found}");
        };
        assert_eq!(found(&|_, _| {}), None);
        let day = |text: &str| Some(text.parse().unwrap());
        says(
            &|it, _| {
                it.opens_at = day("2026-03-02T09:00:00Z");
                it.closes_at = day("2026-03-01T09:00:00Z");
            },
            "before it opens",
        );
        says(&|it, _| it.rules.wrong_answer = ratio("1/4"), "wrong answer");
        says(&|it, _| it.rules.rounding.digits = 5, "digits");
        says(&|it, _| it.rules.tries = TryRule::Adaptive { penalty: ratio("-1") }, "penalty");
        for list in [&[][..], &["-1/2"], &["1", "1/2", "-1"]] {
            let points: Vec<Ratio> = list.iter().map(|it| ratio(it)).collect();
            let points = || points.clone();
            says(&|it, _| it.rules.tries = TryRule::PointsList { points: points() }, "tries pay");
        }
        let list = || vec![ratio("1"), ratio("0")];
        assert_eq!(found(&|it, _| it.rules.tries = TryRule::PointsList { points: list() }), None);
        let minus = PartsRule::RightMinusWrong { deduction: ratio("-1") };
        says(&|it, _| it.rules.blanks = minus, "deduction");
        says(&|it, _| it.rules.pairs = minus, "deduction");
        let deduction = Some(ratio("-1/4"));
        let rule = MultipleSelectRule::RightMinusWrong { deduction };
        says(&|it, _| it.rules.multiple_select = rule, "deduction");
        let (lower, upper) = (Some(ratio("1")), Some(ratio("0")));
        let rule = MultipleSelectRule::Mapping { default: ratio("0"), lower, upper };
        says(&|it, _| it.rules.multiple_select = rule, "lower bound");
        says(&|it, _| it.max_score = Some(points("-1")), "maximum");
        says(&|it, _| it.time_limit_seconds = Some(0), "time limit");
        says(&|_, it| it.time_limit_seconds = Some(0), "time limit");
        says(&|_, it| it.max_score = Some(points("-1")), "maximum of a section");
        says(&|_, it| it.weight = Some(points("-1")), "weight of a section");
        says(
            &|it, section| {
                (it.scoring, section.weight) = (ScoringType::Weighted, Some(Points::ZERO));
            },
            "weighs anything",
        );
    }
}
