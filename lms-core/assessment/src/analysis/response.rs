//! The response of one candidate to one item.
use serde::{Deserialize, Serialize};

use crate::{
    analysis::{AnalysisError, ItemAnalysis},
    grading::{AnswerSheet, AnswerState, AttemptResult, Given, QuestionResult, TestForm},
    question::{Answer, Question, QuestionKind},
};
use lms_kernel::{Points, Ratio, Rounding};

/// One candidate's response to one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemResponse {
    /// What it earned, in points; nothing for a blank.
    pub mark: Ratio,
    /// The response.
    pub given: Response,
}

/// A response, as far as an analysis looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Nothing.
    #[default]
    Blank,
    /// Something that is no option: a number, a text.
    Answered,
    /// This option, from 0.
    Chosen(u16),
    /// These options, from 0; each counts.
    Ticked(Vec<u16>),
}

/// How many units a point has: 2⁴·3²·5·7·11·13 million. Ten-thousandths, and parts of a point by
/// any number up to 16, are whole numbers of units; other marks are rounded to the nearest, which
/// is off by less than 10⁻¹² points.
pub(super) const UNITS_IN_A_POINT: i64 = 720_720_000_000;

/// The mark in units; none where it is too large.
pub(super) fn units(mark: Ratio) -> Option<i64> {
    if mark.denominator() == 1 {
        return i64::try_from(mark.numerator()).ok()?.checked_mul(UNITS_IN_A_POINT);
    }
    let units = mark.mul(Ratio::from(UNITS_IN_A_POINT)).ok()?;
    i64::try_from(units.to_integer(Rounding::HalfEven)).ok()
}

impl Default for ItemResponse {
    /// A blank.
    fn default() -> Self {
        Self { mark: Ratio::ZERO, given: Response::Blank }
    }
}

impl ItemResponse {
    /// An answer that is no option, and what it earned.
    pub fn points(points: Points) -> Self {
        Self { mark: Ratio::from(points), given: Response::Answered }
    }

    /// An option, from 0, and what it earned.
    pub fn chosen(option: u16, points: Points) -> Self {
        Self { mark: Ratio::from(points), given: Response::Chosen(option) }
    }

    /// The response that a graded answer is. Options are numbered as the question lists them.
    /// What only informs is an item worth nothing that is answered.
    /// `None` where the question does not count for the candidate, or is still to be marked.
    pub fn of(question: &Question, given: Option<&Given>, result: &QuestionResult) -> Option<Self> {
        if question.kind == QuestionKind::Information {
            return Some(Self { mark: Ratio::ZERO, given: Response::Answered });
        }
        match result.state {
            AnswerState::NotAsked | AnswerState::Excused | AnswerState::Pending => return None,
            AnswerState::Voided
            | AnswerState::Blank
            | AnswerState::Missing
            | AnswerState::Answered => {}
        }
        let place = |id| {
            let at = question.options.iter().position(|option| option.id == id)?;
            u16::try_from(at).ok()
        };
        let given = match given {
            Some(Given::Answer(answer)) if answer.is_blank() => Response::Blank,
            Some(Given::Answer(Answer::Choices(chosen))) => match chosen.as_slice() {
                [chosen] if question.kind != QuestionKind::MultipleSelect => {
                    place(*chosen).map_or(Response::Answered, Response::Chosen)
                }
                several => Response::Ticked(several.iter().copied().filter_map(place).collect()),
            },
            Some(Given::Answer(_)) => Response::Answered,
            None | Some(Given::NotAsked | Given::Missing | Given::Excused) => Response::Blank,
        };
        Some(Self { mark: result.earned?, given })
    }
}

impl ItemAnalysis {
    /// A test of the questions of a form, in order, without candidates yet.
    pub fn of_form(form: &TestForm) -> Self {
        Self::new(form.questions().map(|question| question.score))
    }

    /// Adds an attempt at the form that was graded. Gives whether it was: an attempt in which a
    /// question does not count, or is still to be marked, cannot be compared with the others and
    /// is left out.
    ///
    /// # Errors
    /// [`AnalysisError`] for the result of another form, or sums that are too large; nothing was
    /// added then.
    pub fn add_attempt(
        &mut self,
        form: &TestForm,
        sheet: &AnswerSheet,
        result: &AttemptResult,
    ) -> Result<bool, AnalysisError> {
        let mut responses = Vec::with_capacity(self.len());
        for (question, found) in form.questions().zip(result.questions()) {
            if question.id != found.question {
                return Err(AnalysisError::OtherItems);
            }
            let given = sheet.entry(question.id).map(|entry| &entry.given);
            let Some(response) = ItemResponse::of(question, given, found) else {
                return Ok(false);
            };
            responses.push(response);
        }
        self.add(&responses)?;
        Ok(true)
    }
}
