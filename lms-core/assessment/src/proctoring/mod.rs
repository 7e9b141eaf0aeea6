//! Proctored attempts: violations, and the verdict of a reviewer.
//!
//! A **proctoring session** watches one attempt and collects **violations**. Nothing of it
//! touches the score: a **review** by a person says what it means.
mod list_proctoring;
mod service;
mod session;
mod violation;

pub use list_proctoring::{ListProctoring, ProctoringFilter, ProctoringView};
pub use service::{
    EndProctoring, ProctoringError, RecordViolation, ReviewProctoring, StartProctoring,
};
pub use session::{ProctoringEvent, ProctoringSession, ProctoringStatus, Verdict};
pub use violation::{ProctoringViolation, ViolationKind, ViolationRecorded};

use lms_store::RecordType;

/// The records of proctoring.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<ProctoringSession>(), RecordType::of::<ProctoringViolation>()]
}
