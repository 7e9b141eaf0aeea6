//! How the questions of a test perform, from the attempts that are stored.
use std::collections::HashMap;

use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    analysis::{AnalysisError, ItemAnalysis, TestStatistics},
    attempt::{Attempt, FormLoadError, HandedInSheet, Score, ScoreStatus, ScoreTrace},
    question::Question,
    regrade::KeyHistory,
};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, get_authorized};
use lms_store::{
    Named, PageSize, StoreError, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which attempts are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum CountedAttempts {
    /// The first attempt of each learner: what a question asks of those who have not seen it.
    #[default]
    First,
    /// Every attempt.
    All,
}

/// Why statistics are not shown.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ItemStatisticsError {
    /// The questions make no form.
    #[error(transparent)]
    #[fault(transparent)]
    Form(#[from] FormLoadError),
    /// The attempts cannot be added up.
    #[error(transparent)]
    #[fault(transparent)]
    Analysis(#[from] AnalysisError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// How a test and its questions perform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemStatisticsView {
    /// The test.
    pub assessment: Named<Assessment>,
    /// Its questions by their prompts, in the order of `statistics.items`.
    pub questions: Vec<Named<Question>>,
    /// The statistics.
    pub statistics: TestStatistics,
    /// How many attempts are left out, because they drew questions of a bank or because a question
    /// in them does not count: they cannot be compared with the others.
    pub left_out: u64,
}

/// Shows how a test and its questions perform: facility, discrimination, distractors and
/// reliability, from the attempts that are marked.
///
/// It reads the attempts in pages of 200, and keeps sums only.
///
/// # Permission
/// `item_statistics.view` on the test.
///
/// # Errors
/// [`ItemStatisticsError`].
#[operation("assessment.view_item_statistics")]
pub struct ViewItemStatistics {
    /// The test whose questions are analysed.
    pub assessment_id: Id<Assessment>,
    /// Which attempts are counted.
    pub counted: CountedAttempts,
}

impl Operation for ViewItemStatistics {
    const ACCESS: Access = Access::Asks(&[Permission::ITEM_STATISTICS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = ItemStatisticsView;
    type Error = ItemStatisticsError;

    async fn run(self, tx: &mut Transaction) -> Result<ItemStatisticsView, ItemStatisticsError> {
        let Self { assessment_id, counted } = self;
        let permission = Permission::ITEM_STATISTICS_VIEW;
        let assessment = get_authorized(tx, permission, assessment_id).await?;
        let history = KeyHistory::load(tx, assessment.clone(), &[]).await?;
        let form = history.form(assessment.edition, &[]).map_err(FormLoadError::from)?;
        let mut sums =
            Sums { analysis: ItemAnalysis::of_form(form.form()), history: &history, left_out: 0 };
        let mut attempts = Attempt::handed_in(assessment.id);
        if counted == CountedAttempts::First {
            attempts = attempts.and(Attempt::NUMBER.eq(1));
        }
        let mut after = None;
        loop {
            let page = tx.page(attempts.clone().page(PageSize::MAX, after)).await?;
            sums.add(tx, &page.items).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let questions = form.questions().map(|it| Named { id: it.id, name: it.prompt.clone() });
        Ok(ItemStatisticsView {
            assessment: Named { id: assessment.id, name: assessment.title.to_string() },
            questions: questions.collect(),
            statistics: sums.analysis.report(),
            left_out: sums.left_out,
        })
    }
}

struct Sums<'h> {
    analysis: ItemAnalysis,
    history: &'h KeyHistory,
    left_out: u64,
}

impl Sums<'_> {
    /// Adds those of some attempts that are marked.
    async fn add(
        &mut self,
        tx: &mut Transaction,
        attempts: &[Attempt],
    ) -> Result<(), ItemStatisticsError> {
        let scores = tx.all(Score::of_attempts(attempts.iter().map(|it| it.id))).await?;
        let scores = scores.into_iter().filter(|it| it.status != ScoreStatus::Pending);
        let scores: HashMap<_, _> = scores.map(|it| (it.attempt_id, it)).collect();
        let traces = tx.all(ScoreTrace::of_scores(scores.values().map(|it| it.id))).await?;
        let mut traces: HashMap<_, _> = traces.into_iter().map(|it| (it.score_id, it)).collect();
        let sheets = tx.all(HandedInSheet::of_attempts(scores.keys().copied())).await?;
        let sheets: HashMap<_, _> = sheets.into_iter().map(|it| (it.attempt_id, it)).collect();
        for attempt in attempts {
            let found = scores.get(&attempt.id).zip(sheets.get(&attempt.id));
            let Some((score, sheet)) = found else { continue };
            let sheet = sheet.sheet()?;
            let form = self.history.form(attempt.edition, &[]).map_err(FormLoadError::from)?;
            let trace = traces.remove(&score.id).filter(|it| it.grading == score.gradings);
            let result = trace.map(|it| it.result).or_else(|| form.grade(&sheet).ok());
            let is_counted = match result.filter(|_| attempt.drawn.is_empty()) {
                None => false,
                Some(result) => match self.analysis.add_attempt(form.form(), &sheet, &result) {
                    Err(AnalysisError::OtherItems | AnalysisError::Length { .. }) => false,
                    other => other?,
                },
            };
            self.left_out += u64::from(!is_counted);
        }
        Ok(())
    }
}
