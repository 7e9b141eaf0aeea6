//! Reading the history of an assessment's questions.
use crate::{
    Assessment, Section,
    bank::{AssessmentSlot, QuestionVersion},
    question::Question,
    regrade::{KeyHistory, Regrade},
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

impl KeyHistory {
    /// The present questions alone: what an attempt at the present edition is graded by.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn unchanged(
        tx: &mut Transaction,
        assessment: Assessment,
    ) -> Result<Self, StoreError> {
        let sections = tx.all(Section::of_assessment(assessment.id)).await?;
        let own = tx.all(Question::of_assessment(assessment.id)).await?;
        Ok(Self::new(assessment, sections, own))
    }

    /// Every edition and every ruling that an attempt at any edition may ask for, with the
    /// questions of banks that were drawn.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn load(
        tx: &mut Transaction,
        assessment: Assessment,
        drawn: &[Id<Question>],
    ) -> Result<Self, StoreError> {
        let id = assessment.id;
        let history = Self::unchanged(tx, assessment).await?;
        let regrades = tx.all(Regrade::of_assessment(id)).await?;
        let mut history = history.with_regrades(regrades);
        let revised = history.own.iter().filter(|it| it.edition > 1).map(|it| it.id);
        let versions = versions_of(tx, revised.collect()).await?;
        history = history.with_versions(versions);
        history.add_drawn(tx, drawn).await?;
        Ok(history)
    }

    /// Adds questions of banks with their editions, as far as they are not known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn add_drawn(
        &mut self,
        tx: &mut Transaction,
        drawn: &[Id<Question>],
    ) -> Result<(), StoreError> {
        let mut unknown: Vec<Id<Question>> =
            drawn.iter().copied().filter(|it| !self.pool.contains_key(it)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let questions = tx.get_many(&unknown).await?;
        let revised = questions.iter().filter(|it| it.edition > 1).map(|it| it.id);
        for version in versions_of(tx, revised.collect()).await? {
            self.versions.entry(version.question_id).or_default().push(version);
        }
        self.pool.extend(questions.into_iter().map(|it| (it.id, it)));
        let slots = AssessmentSlot::of_assessment(self.assessment.id).with_deleted();
        self.slots = tx.all(slots).await?;
        Ok(())
    }
}

async fn versions_of(
    tx: &mut Transaction,
    questions: Vec<Id<Question>>,
) -> Result<Vec<QuestionVersion>, StoreError> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    tx.all(QuestionVersion::of_questions(questions)).await
}
