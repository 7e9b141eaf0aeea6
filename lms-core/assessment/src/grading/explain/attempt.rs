//! The explanation of the score of a whole attempt.

use super::{AttemptExplanation, Fact, Reveal, SectionExplanation, explain_question};
use crate::grading::{
    AnswerSheet, AttemptResult, FormSection, PassDecision, SectionResult, TestForm,
};
use lms_kernel::{NumberError, Ratio};

/// Explains a result to the learner: every question, every section, the total.
///
/// # Errors
/// [`NumberError`] when a stored result holds numbers that cannot be kept exactly.
pub fn explain_attempt(
    form: &TestForm,
    sheet: &AnswerSheet,
    result: &AttemptResult,
    reveal: Reveal,
) -> Result<AttemptExplanation, NumberError> {
    let pairs = form.sections.iter().zip(&result.sections);
    let explain = |(section, result)| explain_section(section, sheet, result, reveal);
    let sections = pairs.map(explain).collect::<Result<Vec<_>, _>>()?;
    let score = &result.final_score;
    let mut facts =
        vec![Fact::Total { scoring: result.frame.scoring, exact: score.exact, of: score.maximum }];
    if Ratio::from(score.shown) != score.exact {
        let rounding = result.frame.rounding;
        facts.push(Fact::Rounded {
            shown: score.shown,
            digits: rounding.digits,
            mode: rounding.mode,
        });
    }
    if result.pending > 0 {
        facts.push(Fact::StillPending { answers: result.pending });
    }
    if result.passed != PassDecision::NoRule {
        facts.push(Fact::Passed { decision: result.passed });
    }
    Ok(AttemptExplanation { sections, facts })
}

fn explain_section(
    section: &FormSection,
    sheet: &AnswerSheet,
    result: &SectionResult,
    reveal: Reveal,
) -> Result<SectionExplanation, NumberError> {
    let mut questions = Vec::with_capacity(section.questions.len());
    for (question, result) in section.questions.iter().zip(&result.questions) {
        questions.push(explain_question(question, sheet.entry(question.id), result, reveal)?);
    }
    let score = &result.final_score;
    let mut facts = vec![Fact::Sum { earned: score.earned, of: score.possible }];
    if (score.exact, score.maximum) != (score.earned, score.possible) {
        facts.push(Fact::Scaled { to: score.exact, of: score.maximum });
    }
    Ok(SectionExplanation {
        section: result.frame.section,
        title: result.frame.title.clone(),
        questions,
        facts,
    })
}
