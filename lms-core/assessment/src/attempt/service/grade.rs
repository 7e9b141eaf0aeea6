//! Grading an attempt that was handed in.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Assessment, Section,
    attempt::{
        Attempt, AttemptError, AttemptGraded, FormLoadError, HandedInSheet, Score, ScoreEvent,
        ScoreStatus, ScoreTrace, SectionScore, load_form,
        service::progress::{note_in_course, result_due_at},
    },
    conversion::{ConversionSet, load_conversions},
    grading::{
        AnswerSheet, AnswerState, AttemptResult, PassDecision, QuestionResult, SectionResult,
    },
    scoring::RubricError,
};
use lms_kernel::{Id, NumberError, Points, Rejected, Rounding, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_on},
    identity::Membership,
};
use lms_store::{StoreError, Transaction};

/// Why an attempt was not graded, or its score not changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum GradingError {
    /// It was not handed in.
    #[error("the attempt was not handed in; only then can it be graded")]
    #[fault(conflict)]
    NotHandedIn,
    /// The attempt has no such question.
    #[error("the attempt has no such question")]
    #[fault(invalid, field = "question_id")]
    NotAsked,
    /// One person cannot be two markers.
    #[error("the answer waits for another marker than the one who marked it before")]
    #[fault(conflict)]
    SameMarker,
    /// The marks cannot be added up.
    #[error("the marks cannot be put together ({0}); use shorter numbers")]
    #[fault(conflict)]
    Marks(#[from] NumberError),
    /// The questions make no form.
    #[error(transparent)]
    #[fault(transparent)]
    Form(#[from] FormLoadError),
    /// The mark is not possible by the rubric.
    #[error(transparent)]
    #[fault(transparent)]
    Rubric(#[from] RubricError),
    /// No one could tell later why the score was replaced.
    #[error("say why the score is replaced")]
    #[fault(invalid, field = "reason")]
    NoReason,
    /// The attempt refuses it.
    #[error(transparent)]
    #[fault(transparent)]
    Attempt(#[from] AttemptError),
    /// The score refuses it.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Grades a submitted attempt, or grades it again. Manual marks stay.
///
/// A key or a conversion table that cannot be used does not lose the attempt: the score stays
/// pending and says what to correct.
///
/// # Locks
/// The attempt's row is locked.
///
/// # Errors
/// [`GradingError::NotHandedIn`].
#[operation("assessment.grade_attempt")]
pub struct GradeAttempt {
    /// The submitted attempt.
    pub attempt_id: Id<Attempt>,
}

impl Operation for GradeAttempt {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_GRADE]);
    type Answer = Score;
    type Error = GradingError;

    async fn run(self, tx: &mut Transaction) -> Result<Score, GradingError> {
        let Self { attempt_id: attempt } = self;
        let ForMarking { assessment, mut attempt, .. } =
            for_marking(tx, attempt, Permission::TESTS_GRADE).await?;
        let sheet = require_sheet(tx, &attempt).await?.sheet()?;
        Ok(grade_handed_in(tx, &assessment, &mut attempt, &sheet).await?)
    }
}

/// An attempt that was handed in, and who is about to mark it.
pub(super) struct ForMarking {
    pub(super) assessment: Assessment,
    /// Its row is locked.
    pub(super) attempt: Attempt,
    pub(super) marker: Option<Id<Membership>>,
}

/// The attempt, locked, after asking for permission.
pub(super) async fn for_marking(
    tx: &mut Transaction,
    attempt: Id<Attempt>,
    permission: Permission,
) -> Result<ForMarking, GradingError> {
    let attempt = tx.lock(attempt).await?;
    let marker = authorize_on(tx, permission, &attempt).await?.member();
    let assessment = tx.require(attempt.assessment_id).await?;
    if !attempt.status.is_handed_in() {
        return Err(GradingError::NotHandedIn);
    }
    Ok(ForMarking { assessment, attempt, marker })
}

/// The sheet of an attempt that was handed in.
pub(super) async fn require_sheet(
    tx: &mut Transaction,
    attempt: &Attempt,
) -> Result<HandedInSheet, GradingError> {
    tx.first(HandedInSheet::of(attempt.id)).await?.ok_or(GradingError::NotHandedIn)
}

/// Grades the sheet of an attempt and stores the score, its sections and the attempt, whose row
/// must be locked.
pub(super) async fn grade_handed_in(
    tx: &mut Transaction,
    assessment: &Assessment,
    attempt: &mut Attempt,
    sheet: &AnswerSheet,
) -> Result<Score, StoreError> {
    let conversions = load_conversions(tx, assessment.id).await?;
    let form = match load_form(tx, assessment, attempt).await {
        Ok(form) => Ok(form),
        Err(FormLoadError::Store(error)) => return Err(error),
        Err(FormLoadError::Form(error)) => Err(error.to_string()),
    };
    let graded = form.and_then(|form| form.grade(sheet).map_err(|error| error.to_string()));
    let known = tx.first(Score::of(attempt.id)).await?;
    let is_new = known.is_none();
    let mut score = known.unwrap_or_else(|| Score::new(tx.cx(), attempt));
    let (sections, trace) = match graded {
        Ok(result) => (score.take(&result, &conversions, tx.now()), Some(result)),
        Err(reason) => {
            score.hold(reason);
            (Vec::new(), None)
        }
    };
    if is_new {
        tx.insert(&score).await?;
    } else {
        tx.update(&mut score).await?;
    }
    if let Some(result) = trace {
        let trace = ScoreTrace::new(tx.cx(), &score, result);
        tx.upsert(&trace, ScoreTrace::replacing()).await?;
    }
    // A score that is new has no sections yet.
    let known = if is_new { Vec::new() } else { tx.all(SectionScore::of(score.id)).await? };
    store_sections(tx, &score, known, &sections).await?;
    attempt.graded(&score, tx.now());
    attempt.result_due_at = result_due_at(tx, assessment, attempt).await?;
    tx.update(attempt).await?;
    tx.emit(&AttemptGraded::of(&score));
    note_in_course(tx, attempt).await?;
    Ok(score)
}

/// What one section earned, before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GradedSection {
    section: Id<Section>,
    raw: Points,
    raw_maximum: Points,
    scaled: Option<Points>,
    pending: u32,
}

impl GradedSection {
    fn of(result: &SectionResult) -> Option<Self> {
        let pending = |it: &&QuestionResult| it.state == AnswerState::Pending;
        let pending = result.questions.iter().filter(pending).count();
        Some(Self {
            section: result.frame.section?,
            raw: result.final_score.shown,
            raw_maximum: shown_maximum(result.final_score.maximum),
            scaled: None,
            pending: u32::try_from(pending).unwrap_or(u32::MAX),
        })
    }

    /// The section.
    pub(crate) const fn section(&self) -> Id<Section> {
        self.section
    }

    /// Writes the figures over those of a row.
    pub(crate) fn write_to(&self, row: &mut SectionScore) {
        row.score = self.scaled.unwrap_or(self.raw);
        (row.raw, row.raw_maximum) = (self.raw, self.raw_maximum);
        (row.scaled, row.pending) = (self.scaled, self.pending);
    }
}

fn shown_maximum(maximum: lms_kernel::Ratio) -> Points {
    Points::from_ratio(maximum, Rounding::HalfUp).unwrap_or_default()
}

async fn store_sections(
    tx: &mut Transaction,
    score: &Score,
    known: Vec<SectionScore>,
    sections: &[GradedSection],
) -> Result<(), StoreError> {
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for it in sections {
        match known.iter().find(|row| row.section_id == it.section) {
            None => {
                let mut row = SectionScore::new(tx.cx(), score.id, it.section);
                it.write_to(&mut row);
                added.push(row);
            }
            Some(row) => {
                let mut next = row.clone();
                it.write_to(&mut next);
                if next != *row {
                    changed.push(next);
                }
            }
        }
    }
    tx.insert_all(&added).await?;
    tx.update_all(&mut changed).await
}

impl Score {
    /// Stores the grading, converted where everything is marked.
    pub(crate) fn take(
        &mut self,
        result: &AttemptResult,
        conversions: &ConversionSet,
        now: Timestamp,
    ) -> Vec<GradedSection> {
        self.raw = result.final_score.shown;
        self.raw_maximum = shown_maximum(result.final_score.maximum);
        (self.pending, self.edition) = (result.pending, result.edition);
        self.passed = match result.passed {
            PassDecision::Passed => Some(true),
            PassDecision::Failed => Some(false),
            PassDecision::NoRule | PassDecision::Undecided => None,
        };
        let mut sections: Vec<GradedSection> =
            result.sections.iter().filter_map(GradedSection::of).collect();
        (self.scaled, self.held) = (None, None);
        if result.is_final() {
            match conversions.convert(self.raw, sections.iter().map(|it| (it.section, it.raw))) {
                Ok(converted) => {
                    self.scaled = converted.total;
                    for (it, scaled) in sections.iter_mut().zip(converted.sections) {
                        it.scaled = scaled;
                    }
                }
                Err(error) => self.held = Some(error.to_string()),
            }
        }
        let computed = self.scaled.unwrap_or(self.raw);
        self.total = match &mut self.replaced {
            None => computed,
            Some(replaced) => {
                replaced.computed = computed;
                replaced.given
            }
        };
        let done = result.is_final() && self.held.is_none();
        let event = if done { ScoreEvent::Grade } else { ScoreEvent::Unmark };
        self.status = self.status.apply(event).unwrap_or(self.status);
        self.completed_at = if done { self.completed_at.or(Some(now)) } else { None };
        self.gradings = self.gradings.saturating_add(1);
        sections
    }

    /// Keeps the score pending, with what to correct.
    pub(crate) fn hold(&mut self, reason: String) {
        self.gradings = self.gradings.saturating_add(1);
        self.held = Some(reason);
        self.status = self.status.apply(ScoreEvent::Unmark).unwrap_or(self.status);
        (self.passed, self.completed_at) = (None, None);
    }
}

impl Attempt {
    /// Takes over the score of the attempt.
    pub(crate) fn graded(&mut self, score: &Score, now: Timestamp) {
        (self.score, self.passed) = (Some(score.total), score.passed);
        // Only attempts that were handed in are graded, and those take either step.
        let _ = self.marked(score.status != ScoreStatus::Pending, now);
    }
}
