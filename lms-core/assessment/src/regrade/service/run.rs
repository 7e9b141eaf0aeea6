//! Carrying a regrading out, some attempts at a time.
use lms_store::operation::{Access, Operation, operation};
use std::{collections::HashMap, ops::ControlFlow};

use serde::{Deserialize, Serialize};

use crate::{
    attempt::{Attempt, AttemptGraded, Score, SectionScore, note_in_course},
    regrade::{
        Regrade, RegradeDelta, RegradeError, RegradeEvent, RegradeStatus, RegradeTally,
        service::chunk::{Change, Reach, Regrader},
    },
};
use lms_kernel::{Context, Id};
use lms_people::authorization::{Permission, authorize_on};
use lms_store::{PageSize, Store, StoreError, Transaction};

/// How many scores have their sections read together: few enough for a page of sections.
const SCORES_AT_ONCE: usize = 40;

/// How far a regrading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegradeProgress {
    /// All scores so far, before and after.
    pub tally: RegradeTally,
    /// Its status.
    pub status: RegradeStatus,
}

/// One step of a regrading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegradeStep {
    /// The scores that changed in this step.
    pub deltas: Vec<RegradeDelta>,
    /// How far it has come.
    pub progress: RegradeProgress,
}

/// Regrades the next attempts of a regrade, stores the changes and the progress; changes nothing
/// once it is completed. Manual marks and replaced scores stay.
///
/// Attempts are read without a lock and written only as they were read: who was marked meanwhile
/// makes the step fail with [`StoreError::Conflict`], and it is taken again in a new transaction.
///
/// # Permission
/// `tests.manage` where the assessment is.
///
/// # Locks
/// The regrading's row is locked, so two never do the same attempts.
///
/// # Errors
/// [`RegradeError`].
#[operation("assessment.continue_regrade")]
pub struct ContinueRegrade {
    /// The regrade to continue.
    pub regrade_id: Id<Regrade>,
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for ContinueRegrade {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_MANAGE]);
    type Answer = RegradeStep;
    type Error = RegradeError;

    async fn run(self, tx: &mut Transaction) -> Result<RegradeStep, RegradeError> {
        let Self { regrade_id: regrade, limit } = self;
        let mut regrade = tx.lock(regrade).await?;
        let assessment = tx.require(regrade.assessment_id).await?;
        authorize_on(tx, Permission::TESTS_MANAGE, &assessment).await?;
        if regrade.status == RegradeStatus::Completed {
            return Ok(RegradeStep { deltas: Vec::new(), progress: progress(&regrade) });
        }
        let mut regrader = Regrader::load(tx, assessment, &regrade).await?;
        let reach = Reach { after: regrade.reached_id, limit, to_write: true };
        let chunk = regrader.next(tx, reach).await?;
        let deltas = chunk.changes.iter().map(|it| it.delta);
        let deltas = deltas.filter(|it| it.before != it.after).collect();
        store(tx, chunk.changes).await?;
        regrade.tally = regrade.tally.and(chunk.tally)?;
        regrade.reached_id = chunk.last.or(regrade.reached_id);
        if !chunk.more {
            regrade.status = regrade.status.apply(RegradeEvent::Finish)?;
            regrade.completed_at = Some(tx.now());
        }
        tx.update(&mut regrade).await?;
        Ok(RegradeStep { deltas, progress: progress(&regrade) })
    }
}

const fn progress(regrade: &Regrade) -> RegradeProgress {
    RegradeProgress { tally: regrade.tally, status: regrade.status }
}

/// Runs a regrade to its end, or until `on_step` stops it: one transaction for every `limit`
/// attempts, and no more than those in memory. A regrade that was stopped, or failed, is resumed by
/// calling this again.
///
/// # Errors
/// [`RegradeError`]; completed steps are kept.
pub async fn run_regrade(
    store: &Store,
    cx: &Context,
    regrade: Id<Regrade>,
    limit: PageSize,
    mut on_step: impl FnMut(&RegradeStep) -> ControlFlow<()>,
) -> Result<RegradeProgress, RegradeError> {
    loop {
        let step = store
            .transact(cx, |tx| Box::pin(tx.run(ContinueRegrade { regrade_id: regrade, limit })))
            .await?;
        let goes_on = on_step(&step).is_continue();
        if step.progress.status == RegradeStatus::Completed || !goes_on {
            return Ok(step.progress);
        }
    }
}

async fn store(tx: &mut Transaction, changes: Vec<Change>) -> Result<(), StoreError> {
    let mut known = HashMap::new();
    for some in changes.chunks(SCORES_AT_ONCE) {
        let sections = tx.all(SectionScore::of_scores(some.iter().map(|it| it.score.id))).await?;
        known.extend(sections.into_iter().map(|it| ((it.score_id, it.section_id), it)));
    }
    let (mut scores, mut attempts): (Vec<Score>, Vec<Attempt>) = (Vec::new(), Vec::new());
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for change in changes {
        for section in &change.sections {
            match known.remove(&(change.score.id, section.section())) {
                Some(row) => {
                    let mut next = row.clone();
                    section.write_to(&mut next);
                    if next != row {
                        changed.push(next);
                    }
                }
                None => {
                    let mut row = SectionScore::new(tx.cx(), change.score.id, section.section());
                    section.write_to(&mut row);
                    added.push(row);
                }
            }
        }
        tx.emit(&AttemptGraded::of(&change.score));
        scores.push(change.score);
        attempts.push(change.attempt);
    }
    // Whoever marks holds the attempt first and then writes its score: in that order here too.
    tx.update_all(&mut attempts).await?;
    tx.update_all(&mut scores).await?;
    tx.insert_all(&added).await?;
    tx.update_all(&mut changed).await?;
    for attempt in &attempts {
        note_in_course(tx, attempt).await?;
    }
    Ok(())
}
