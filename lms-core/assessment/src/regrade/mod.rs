//! Grading again after a key was corrected.
//!
//! An attempt is graded by the questions as it was given them: who answered a question before its
//! key was corrected keeps what that key gave. A **regrading** changes this. It holds one
//! **ruling** for each question: whether the new key alone counts, or the old one beside it, or
//! everyone gets the question in full, or nothing changes. Rulings are kept with the assessment,
//! and every later grading of an attempt, such as after a mark by a person, follows them. So
//! grading is always one pure function of the questions' history, the rulings and the sheet, and a
//! regrading that is applied twice, or interrupted and resumed, ends where one in a single run
//! does.
mod delta;
mod history;
mod load;
mod policy;
mod record;
mod service;

pub use delta::{RegradeDelta, RegradeTally, ScoreFigures};
pub use history::{AttemptForm, KeyHistory};
pub use policy::{KeyRuling, RegradePolicy};
pub use record::{Regrade, RegradeEvent, RegradeStatus};
pub use service::{
    ContinueRegrade, PreviewRegrade, RegradeError, RegradePreview, RegradeProgress, RegradeStep,
    Ruling, StartRegrade, run_regrade,
};

use lms_store::{
    PageSize, RecordType,
    job::{JobFailure, JobRun},
};

/// Goes on with every regrading that was begun and not finished, `limit` attempts at a time.
pub(super) async fn continue_all(job: &mut JobRun<'_>, limit: PageSize) -> Result<(), JobFailure> {
    for begun in job.distinct(Regrade::unfinished(), Regrade::ID).await? {
        let regrade_id = lms_kernel::Id::from_uuid(begun);
        loop {
            match job.store().run(job.cx(), ContinueRegrade { regrade_id, limit }).await {
                Ok(step) => {
                    job.count(1);
                    if step.progress.status == RegradeStatus::Completed {
                        break;
                    }
                }
                Err(error) => {
                    job.fail(JobFailure::of_row(begun, &error));
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The records of regradings.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Regrade>()]
}
