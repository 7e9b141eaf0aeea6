//! A whole attempt: every question, every section, the total, and passing.

use serde::{Deserialize, Serialize};

use crate::{
    grading::{
        AnswerSheet, AnswerState, EarlierKeys, GradeError, PassDecision, QuestionResult,
        ScoreFrame, SectionFrame, SectionScore, SheetEntry, TestForm, TestScore,
        exact_sum::ExactSum,
        total::{ExactSection, ExactTotal, Tally},
    },
    question::{Question, Treatment},
};
use lms_kernel::{Points, Ratio};

/// The result of an attempt with everything that it follows from: it is its own trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptResult {
    /// Which edition of the assessment was graded.
    pub edition: u32,
    /// How the parts make the total.
    pub frame: ScoreFrame,
    /// The sections with their questions.
    pub sections: Vec<SectionResult>,
    /// The score with what is still to be marked left out: neither earned nor missed.
    pub current: TestScore,
    /// The score with what is still to be marked counted as nothing; the same as the current one
    /// once everything is marked.
    #[serde(rename = "final")]
    pub final_score: TestScore,
    /// How many answers are still to be marked.
    pub pending: u32,
    /// Whether it passed; undecided while anything is to be marked.
    pub passed: PassDecision,
}

/// The result of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SectionResult {
    /// What the section is worth.
    pub frame: SectionFrame,
    /// Its questions.
    pub questions: Vec<QuestionResult>,
    /// The score with what is still to be marked left out.
    pub current: SectionScore,
    /// The score with what is still to be marked counted as nothing.
    #[serde(rename = "final")]
    pub final_score: SectionScore,
}

/// Grades an attempt: a pure function of the form it was given and the sheet it handed in.
///
/// # Errors
/// [`GradeError`] when the sheet answers a question that the form does not have, or one twice, or
/// when a key does not fit its question or cannot be kept exactly.
pub fn grade_attempt(form: &TestForm, sheet: &AnswerSheet) -> Result<AttemptResult, GradeError> {
    grade_attempt_with(form, &EarlierKeys::default(), sheet)
}

/// The same with keys that count beside those of the form.
///
/// # Errors
/// [`GradeError`] as [`grade_attempt`].
pub fn grade_attempt_with(
    form: &TestForm,
    earlier: &EarlierKeys,
    sheet: &AnswerSheet,
) -> Result<AttemptResult, GradeError> {
    let mut entries = Entries::new(sheet)?;
    let mut sections = Vec::with_capacity(form.sections.len());
    for section in &form.sections {
        let mut questions = Vec::with_capacity(section.questions.len());
        for question in &section.questions {
            questions.push(earlier.grade(question, entries.take(question), &form.rules)?);
        }
        sections.push((section.frame.clone(), questions));
    }
    entries.none_left()?;
    Ok(AttemptResult::from_questions(form.edition, form.frame.clone(), sections))
}

impl AttemptResult {
    /// Whether nothing is still to be marked.
    pub const fn is_final(&self) -> bool {
        self.pending == 0
    }

    /// The results of all questions, in order.
    pub fn questions(&self) -> impl Iterator<Item = &QuestionResult> {
        self.sections.iter().flat_map(|section| &section.questions)
    }

    /// Computes the result again from the findings. A stored result that was not tampered with
    /// comes out the same.
    ///
    /// # Errors
    /// [`GradeError`] when stored numbers cannot be kept exactly.
    pub fn replay(&self) -> Result<Self, GradeError> {
        let mut sections = Vec::with_capacity(self.sections.len());
        for section in &self.sections {
            let again = section.questions.iter().cloned().map(QuestionResult::settled);
            sections.push((section.frame.clone(), again.collect::<Result<Vec<_>, _>>()?));
        }
        Ok(Self::from_questions(self.edition, self.frame.clone(), sections))
    }

    fn from_questions(
        edition: u32,
        frame: ScoreFrame,
        sections: Vec<(SectionFrame, Vec<QuestionResult>)>,
    ) -> Self {
        let all = || sections.iter().flat_map(|(_, questions)| questions);
        let pending = all().filter(|it| it.state == AnswerState::Pending).count();
        let frames: Vec<&SectionFrame> = sections.iter().map(|(frame, _)| frame).collect();
        let scores = |count_pending: bool| -> (Vec<ExactSection>, ExactTotal) {
            let score = |(section, questions): &(SectionFrame, Vec<QuestionResult>)| {
                frame.section(section, tally(questions, count_pending))
            };
            let scores: Vec<_> = sections.iter().map(score).collect();
            let total = frame.total(&frames, &scores);
            (scores, total)
        };
        let (final_sections, final_total) = scores(true);
        let passed = if pending > 0 && frame.passing != crate::scoring::PassRule::None {
            PassDecision::Undecided
        } else {
            frame.decide(&frames, &final_sections, &final_total)
        };
        let kept = |sections: &[ExactSection]| -> Vec<SectionScore> {
            sections.iter().map(|it| it.kept(frame.rounding)).collect()
        };
        let (final_scores, final_score) = (kept(&final_sections), final_total.kept(frame.rounding));
        let (current_scores, current) = if pending == 0 {
            (final_scores.clone(), final_score)
        } else {
            let (sections, total) = scores(false);
            (kept(&sections), total.kept(frame.rounding))
        };
        let pending = u32::try_from(pending).unwrap_or(u32::MAX);
        let scored = final_scores.into_iter().zip(current_scores);
        let sections = sections
            .into_iter()
            .zip(scored)
            .map(|((frame, questions), (final_score, current))| SectionResult {
                frame,
                questions,
                current,
                final_score,
            })
            .collect();
        Self { edition, frame, sections, current, final_score, pending, passed }
    }
}

/// What questions earned and could have earned.
fn tally(questions: &[QuestionResult], count_pending: bool) -> Tally {
    let (mut earned, mut possible) = (ExactSum::ZERO, ExactSum::ZERO);
    for question in questions {
        if question.counts(count_pending) {
            possible.add_units(question.possible().ten_thousandths());
            earned.add(question.earned.unwrap_or(Ratio::ZERO));
        }
    }
    Tally { earned: earned.total(), possible: possible.total() }
}

impl QuestionResult {
    /// Whether the question is part of the score, with or without what is still to be marked.
    pub fn counts(&self, count_pending: bool) -> bool {
        match self.state {
            AnswerState::NotAsked | AnswerState::Excused => false,
            AnswerState::Pending => count_pending,
            AnswerState::Voided => self.treatment == Treatment::FullCredit,
            AnswerState::Blank | AnswerState::Answered | AnswerState::Missing => true,
        }
    }

    /// What it adds to the most that can be earned, where it counts: nothing for a bonus.
    pub fn possible(&self) -> Points {
        if self.treatment == Treatment::Bonus { Points::ZERO } else { self.worth }
    }
}

/// The entries of a sheet, found quickly where they are in the form's order.
struct Entries<'s> {
    entries: &'s [SheetEntry],
    next: usize,
    taken: Vec<bool>,
}

impl<'s> Entries<'s> {
    fn new(sheet: &'s AnswerSheet) -> Result<Self, GradeError> {
        Ok(Self { entries: &sheet.entries, next: 0, taken: vec![false; sheet.entries.len()] })
    }

    /// The next entry for a question that no question took before: ahead where the order is the
    /// form's, else from the start.
    fn take(&mut self, question: &Question) -> Option<&'s SheetEntry> {
        let fits = |at: &usize| {
            self.entries.get(*at).is_some_and(|entry| entry.question == question.id)
                && self.taken.get(*at) == Some(&false)
        };
        let at =
            (self.next..self.entries.len()).find(fits).or_else(|| (0..self.next).find(fits))?;
        self.next = at + 1;
        if let Some(taken) = self.taken.get_mut(at) {
            *taken = true;
        }
        self.entries.get(at)
    }

    /// Refuses entries that no question of the form took.
    fn none_left(&self) -> Result<(), GradeError> {
        let Some(at) = self.taken.iter().position(|taken| !taken) else { return Ok(()) };
        let Some(entry) = self.entries.get(at) else { return Ok(()) };
        let same = |it: &&SheetEntry| it.question == entry.question;
        if self.entries.iter().filter(same).count() > 1 {
            return Err(GradeError::AnsweredTwice { question: entry.question });
        }
        Err(GradeError::NotInForm { question: entry.question })
    }
}
