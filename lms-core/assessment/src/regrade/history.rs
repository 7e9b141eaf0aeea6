//! The questions of an assessment through time, and what each attempt is graded by.
use std::collections::HashMap;

use crate::{
    Assessment, Section,
    bank::{AssessmentSlot, DrawnQuestion, QuestionVersion},
    grading::{
        AnswerSheet, AttemptResult, EarlierKeys, FormError, GradeError, QuestionResult, TestForm,
        grade_attempt_with,
    },
    question::Question,
    regrade::{Regrade, RegradePolicy},
};
use lms_kernel::Id;

/// The form and the earlier keys by which one attempt is graded.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptForm {
    form: TestForm,
    earlier: EarlierKeys,
}

impl AttemptForm {
    /// Grades a sheet.
    ///
    /// # Errors
    /// [`GradeError`].
    pub fn grade(&self, sheet: &AnswerSheet) -> Result<AttemptResult, GradeError> {
        grade_attempt_with(&self.form, &self.earlier, sheet)
    }

    /// Grades one question of a sheet; `None` for a question that is not in the form.
    pub fn grade_question(
        &self,
        question: Id<Question>,
        sheet: &AnswerSheet,
    ) -> Option<Result<QuestionResult, GradeError>> {
        let question = self.question(question)?;
        Some(self.earlier.grade(question, sheet.entry(question.id), &self.form.rules))
    }

    /// The form.
    pub const fn form(&self) -> &TestForm {
        &self.form
    }

    /// Its questions, in order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.form.questions()
    }

    /// One of its questions.
    pub fn question(&self, id: Id<Question>) -> Option<&Question> {
        self.questions().find(|it| it.id == id)
    }
}

/// The questions of an assessment in every edition that is kept, and every ruling on their keys.
#[derive(Clone, Debug)]
pub struct KeyHistory {
    pub(super) assessment: Assessment,
    pub(super) sections: Vec<Section>,
    /// The assessment's own questions, as they are now.
    pub(super) own: Vec<Question>,
    /// Questions of banks that attempts drew, as they are now.
    pub(super) pool: HashMap<Id<Question>, Question>,
    pub(super) slots: Vec<AssessmentSlot>,
    /// Earlier editions.
    pub(super) versions: HashMap<Id<Question>, Vec<QuestionVersion>>,
    /// In the order in which they were decided.
    pub(super) regrades: Vec<Regrade>,
}

/// What counts for a question of one attempt.
struct Judged {
    /// The question in the edition that is asked for first.
    question: Question,
    /// Earlier editions that count beside it.
    beside: Vec<Question>,
    /// Whether everyone gets it in full.
    given: bool,
}

impl KeyHistory {
    /// The history of questions that were never changed, or as if there had been no rulings.
    pub fn new(assessment: Assessment, sections: Vec<Section>, own: Vec<Question>) -> Self {
        Self {
            assessment,
            sections,
            own,
            pool: HashMap::new(),
            slots: Vec::new(),
            versions: HashMap::new(),
            regrades: Vec::new(),
        }
    }

    /// The same with earlier editions.
    #[must_use]
    pub fn with_versions(mut self, versions: Vec<QuestionVersion>) -> Self {
        for version in versions {
            self.versions.entry(version.question_id).or_default().push(version);
        }
        self
    }

    /// The same with rulings, in the order in which they were decided.
    #[must_use]
    pub fn with_regrades(mut self, mut regrades: Vec<Regrade>) -> Self {
        regrades.sort_by_key(|it| it.edition);
        self.regrades = regrades;
        self
    }

    /// The assessment.
    pub const fn assessment(&self) -> &Assessment {
        &self.assessment
    }

    /// A question as it is now, of the assessment's own or of those that were drawn.
    pub fn question(&self, id: Id<Question>) -> Option<&Question> {
        self.own.iter().find(|it| it.id == id).or_else(|| self.pool.get(&id))
    }

    /// Every edition of a question that is kept, the present one too.
    pub fn editions(&self, question: &Question) -> Vec<Question> {
        let versions = self.versions.get(&question.id).into_iter().flatten();
        let earlier = versions.map(|it| it.clone().restore(question.clone()));
        earlier.chain([question.clone()]).collect()
    }

    /// What an attempt is graded by that was given that edition of the assessment and drew those
    /// questions.
    ///
    /// # Errors
    /// [`FormError`] for questions that make no form.
    pub fn form(&self, edition: u32, drawn: &[DrawnQuestion]) -> Result<AttemptForm, FormError> {
        let mut earlier = EarlierKeys::default();
        let mut questions = Vec::with_capacity(self.own.len() + drawn.len());
        for question in &self.own {
            let judged = self.judge(question, self.edition_given(question, edition), edition);
            questions.push(judged.settle(&mut earlier, |it| it));
        }
        for it in drawn {
            let Some(question) = self.pool.get(&it.question) else { continue };
            let slot = self.slots.iter().find(|slot| slot.id == it.slot);
            let judged = self.judge(question, it.edition, edition);
            questions.push(judged.settle(&mut earlier, |question| match slot {
                Some(slot) => slot.place(question),
                None => question,
            }));
        }
        let form = TestForm::assemble(&self.assessment, &self.sections, questions)?;
        Ok(AttemptForm { form, earlier })
    }

    /// The same, of a history that is asked nothing else: questions that never changed are not
    /// copied.
    ///
    /// # Errors
    /// [`FormError`] for questions that make no form.
    pub fn into_form(
        self,
        edition: u32,
        drawn: &[DrawnQuestion],
    ) -> Result<AttemptForm, FormError> {
        if !(drawn.is_empty() && self.versions.is_empty() && self.regrades.is_empty()) {
            return self.form(edition, drawn);
        }
        let form = TestForm::assemble(&self.assessment, &self.sections, self.own)?;
        Ok(AttemptForm { form, earlier: EarlierKeys::default() })
    }

    /// The edition of one of the assessment's own questions that an edition of it asked.
    fn edition_given(&self, question: &Question, edition: u32) -> u32 {
        let versions = self.versions.get(&question.id).into_iter().flatten();
        let asked = versions.filter(|it| it.until.is_some_and(|until| edition <= until));
        asked.map(|it| it.edition).min().unwrap_or(question.edition)
    }

    /// What counts for a question that was given in edition `given` by an attempt at edition
    /// `edition` of the assessment: the given key, changed by one ruling after the other.
    fn judge(&self, question: &Question, given: u32, edition: u32) -> Judged {
        let (mut accepted, mut in_full) = (vec![given], false);
        let concerned = self.regrades.iter().filter(|it| edition <= it.edition);
        let rulings = concerned.flat_map(|it| &it.rulings).filter(|it| it.question == question.id);
        for ruling in rulings {
            let is_earlier = given < ruling.edition;
            match ruling.policy {
                RegradePolicy::None => {}
                RegradePolicy::FullCredit => in_full = true,
                RegradePolicy::CurrentOnly => {
                    in_full = false;
                    if is_earlier {
                        accepted = vec![ruling.edition];
                    }
                }
                RegradePolicy::CurrentAndPreviousCorrect => {
                    if is_earlier && !accepted.contains(&ruling.edition) {
                        accepted.push(ruling.edition);
                    }
                }
            }
        }
        accepted.sort_unstable();
        let mut editions: Vec<Question> =
            accepted.iter().filter_map(|it| self.edition_of(question, *it)).collect();
        let newest = editions.pop().unwrap_or_else(|| question.clone());
        Judged { question: newest, beside: editions, given: in_full }
    }

    fn edition_of(&self, question: &Question, edition: u32) -> Option<Question> {
        if question.edition == edition {
            return Some(question.clone());
        }
        let versions = self.versions.get(&question.id)?;
        let version = versions.iter().find(|it| it.edition == edition)?;
        Some(version.clone().restore(question.clone()))
    }
}

impl Judged {
    /// Notes the keys that count beside the first, and gives the first.
    fn settle(self, earlier: &mut EarlierKeys, place: impl Fn(Question) -> Question) -> Question {
        let question = place(self.question);
        for mut it in self.beside {
            // What a question is worth and how it counts is one thing for all its keys.
            (it.score, it.treatment) = (question.score, question.treatment);
            earlier.accept(it);
        }
        if self.given {
            earlier.give(question.id);
        }
        question
    }
}
