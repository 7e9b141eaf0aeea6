//! Some attempts of an assessment, graded as they were and as they will be.
use std::collections::{HashMap, HashSet};

use crate::{
    attempt::{Attempt, AttemptStatus, GradedSection, HandedInSheet, Score, ScoreStatus},
    bank::DrawnQuestion,
    conversion::{ConversionSet, load_conversions},
    grading::{AnswerSheet, FormError},
    question::Question,
    regrade::{
        AttemptForm, KeyHistory, Regrade, RegradeDelta, RegradeError, RegradeTally, ScoreFigures,
    },
};
use lms_kernel::{Context, Id};
use lms_store::{PageSize, StoreError, Transaction};

/// Grades attempts by the questions' history, with and without one regrading. What it read of
/// banks and forms is kept for the next attempts.
pub(super) struct Regrader {
    before: KeyHistory,
    after: KeyHistory,
    ruled: Vec<Id<Question>>,
    conversions: ConversionSet,
    /// The two forms of an edition, for attempts that drew nothing.
    forms: HashMap<u32, Forms>,
}

/// The form without the regrading, and with it.
struct Forms {
    before: AttemptForm,
    after: AttemptForm,
}

/// An attempt whose score changes, before it is stored.
pub(super) struct Change {
    pub(super) attempt: Attempt,
    pub(super) score: Score,
    /// Empty where the score is held and the sections stay as they were.
    pub(super) sections: Vec<GradedSection>,
    pub(super) delta: RegradeDelta,
}

/// What a page of attempts came to.
pub(super) struct Chunk {
    /// The scores that change, or that follow from another key now.
    pub(super) changes: Vec<Change>,
    /// All scores of the page added up.
    pub(super) tally: RegradeTally,
    /// The last sheet of the page; none where there was no more.
    pub(super) last: Option<Id<HandedInSheet>>,
    /// Whether there may be more.
    pub(super) more: bool,
}

/// Where a page begins, and what it is read for.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    pub(super) after: Option<Id<HandedInSheet>>,
    pub(super) limit: PageSize,
    /// Whether what changes will be written.
    pub(super) to_write: bool,
}

impl Regrader {
    /// A regrader for one regrading, stored or not.
    pub(super) async fn load(
        tx: &mut Transaction,
        assessment: crate::Assessment,
        regrade: &Regrade,
    ) -> Result<Self, StoreError> {
        let conversions = load_conversions(tx, assessment.id).await?;
        let history = KeyHistory::load(tx, assessment, &[]).await?;
        let others: Vec<Regrade> =
            history.regrades.iter().filter(|it| it.id != regrade.id).cloned().collect();
        let mut all = others.clone();
        all.push(regrade.clone());
        Ok(Self {
            before: history.clone().with_regrades(others),
            after: history.with_regrades(all),
            ruled: regrade.rulings.iter().map(|it| it.question).collect(),
            conversions,
            forms: HashMap::new(),
        })
    }

    /// Grades the next page of attempts.
    pub(super) async fn next(
        &mut self,
        tx: &mut Transaction,
        reach: Reach,
    ) -> Result<Chunk, RegradeError> {
        let assessment = self.after.assessment.id;
        let mut query = HandedInSheet::of_assessment(assessment);
        if let Some(after) = reach.after {
            query = query.and(HandedInSheet::ID.gt(after));
        }
        let sheets = tx.page(query.limit(reach.limit)).await?.items;
        let ids: Vec<Id<Attempt>> = sheets.iter().map(|it| it.attempt_id).collect();
        let attempts = tx.get_many(&ids).await?;
        self.know_drawn(tx, &attempts).await?;
        let mut attempts: HashMap<_, _> = attempts.into_iter().map(|it| (it.id, it)).collect();
        let mut scores = scores_of(tx, &ids).await?;

        let mut touched = HashSet::new();
        for sheet in &sheets {
            let (Some(attempt), Some(score)) =
                (attempts.get(&sheet.attempt_id), scores.get(&sheet.attempt_id))
            else {
                continue;
            };
            if self.touches(attempt, score, &sheet.sheet()?)? {
                touched.insert(attempt.id);
            }
        }
        let mut chunk = Chunk {
            changes: Vec::new(),
            tally: RegradeTally::default(),
            last: sheets.last().map(|it| it.id),
            more: sheets.len() == reach.limit.get() as usize,
        };
        // A sheet that was read before its attempt may be older than it. One that is read after
        // it is not, or else the attempt has another version when it is written.
        let mut current = HashMap::new();
        if reach.to_write && !touched.is_empty() {
            let sheets = tx.page(HandedInSheet::of_attempts(touched.iter().copied())).await?.items;
            current = sheets.into_iter().map(|it| (it.attempt_id, it)).collect();
        }
        for sheet in sheets {
            let id = sheet.attempt_id;
            let Some(score) = scores.remove(&id) else { continue };
            let before = ScoreFigures::of(&score);
            let attempt = attempts.remove(&id).filter(|_| touched.contains(&id));
            let Some(attempt) = attempt else {
                chunk.tally.add(before, before)?;
                continue;
            };
            let sheet = current.remove(&id).unwrap_or(sheet).sheet()?;
            let change = self.change(tx.cx(), attempt, score, &sheet)?;
            chunk.tally.add(before, change.as_ref().map_or(before, |it| it.delta.after))?;
            chunk.changes.extend(change);
        }
        Ok(chunk)
    }

    async fn know_drawn(
        &mut self,
        tx: &mut Transaction,
        attempts: &[Attempt],
    ) -> Result<(), StoreError> {
        let drawn: Vec<Id<Question>> =
            attempts.iter().flat_map(|it| &it.drawn).map(|it| it.question).collect();
        if drawn.is_empty() {
            return Ok(());
        }
        self.before.add_drawn(tx, &drawn).await?;
        self.after.pool.clone_from(&self.before.pool);
        self.after.versions.clone_from(&self.before.versions);
        self.after.slots.clone_from(&self.before.slots);
        Ok(())
    }

    /// Whether the regrading changes what is found of a ruled question or what it earns, or may
    /// settle a score that is held back.
    fn touches(
        &mut self,
        attempt: &Attempt,
        score: &Score,
        sheet: &AnswerSheet,
    ) -> Result<bool, RegradeError> {
        if !attempt.status.is_handed_in() {
            return Ok(false);
        }
        if score.held.is_some() {
            return Ok(true);
        }
        let ruled = self.ruled.clone();
        self.with_forms(attempt, |forms| {
            ruled.iter().any(|question| {
                let [before, after] =
                    [&forms.before, &forms.after].map(|it| it.grade_question(*question, sheet));
                match (before, after) {
                    // What another edition of the key finds the same stays as it is.
                    (Some(Ok(mut before)), Some(Ok(after))) => {
                        before.edition = after.edition;
                        before != after
                    }
                    (before, after) => before != after,
                }
            })
        })
    }

    fn change(
        &mut self,
        cx: &Context,
        mut attempt: Attempt,
        score: Score,
        sheet: &AnswerSheet,
    ) -> Result<Option<Change>, RegradeError> {
        if !matches!(attempt.status, AttemptStatus::Submitted | AttemptStatus::Completed) {
            return Ok(None);
        }
        let edition = self.after.assessment.edition;
        let result = self.with_forms(&attempt, |forms| forms.after.grade(sheet))?;
        let (before, mut next) = (score.clone(), score);
        let sections = match result {
            Ok(result) => next.take(&result, &self.conversions, cx.now()),
            Err(error) => {
                next.hold(error.to_string());
                Vec::new()
            }
        };
        next.edition = edition;
        if is_same(&before, &next) {
            return Ok(None);
        }
        attempt.graded(&next, cx.now());
        let delta = RegradeDelta {
            attempt_id: attempt.id,
            learner_id: attempt.learner_id,
            before: ScoreFigures::of(&before),
            after: ScoreFigures::of(&next),
        };
        Ok(Some(Change { attempt, score: next, sections, delta }))
    }

    fn with_forms<T>(
        &mut self,
        attempt: &Attempt,
        work: impl FnOnce(&Forms) -> T,
    ) -> Result<T, RegradeError> {
        if !attempt.drawn.is_empty() {
            return Ok(work(&self.make(attempt.edition, &attempt.drawn)?));
        }
        if !self.forms.contains_key(&attempt.edition) {
            let forms = self.make(attempt.edition, &[])?;
            self.forms.insert(attempt.edition, forms);
        }
        match self.forms.get(&attempt.edition) {
            Some(forms) => Ok(work(forms)),
            None => Ok(work(&self.make(attempt.edition, &[])?)),
        }
    }

    fn make(&self, edition: u32, drawn: &[DrawnQuestion]) -> Result<Forms, FormError> {
        Ok(Forms {
            before: self.before.form(edition, drawn)?,
            after: self.after.form(edition, drawn)?,
        })
    }
}

/// Whether a score was graded under this edition already and came to the same.
fn is_same(before: &Score, after: &Score) -> bool {
    let settled = |it: &Score| it.status != ScoreStatus::Pending;
    before.edition == after.edition
        && settled(before) == settled(after)
        && (before.raw, before.raw_maximum, before.total)
            == (after.raw, after.raw_maximum, after.total)
        && (before.scaled, before.passed, before.pending)
            == (after.scaled, after.passed, after.pending)
        && before.held == after.held
}

async fn scores_of(
    tx: &mut Transaction,
    attempts: &[Id<Attempt>],
) -> Result<HashMap<Id<Attempt>, Score>, StoreError> {
    let scores = tx.page(Score::of_attempts(attempts.iter().copied())).await?.items;
    Ok(scores.into_iter().map(|it| (it.attempt_id, it)).collect())
}
