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

use lms_store::RecordType;

/// The records of regradings.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Regrade>()]
}
