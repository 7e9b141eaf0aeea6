//! How far learners are: enrolments, progress, what is open to them and why.
//!
//! An **enrolment** says that a learner learns in a course, how it came about and until when.
//! Within it, **progress** is kept per node that was opened, and rolled up.
mod enrollment;
mod enrollment_state;
mod events;
mod node_progress;
mod service;

pub use enrollment::{Enrollment, GrantSource};
pub use enrollment_state::{EnrollmentEvent, EnrollmentStatus, EnrollmentStatusError};
pub use events::LearnerEnrolled;
pub use node_progress::{NodeProgress, ProgressError, ProgressEvent, ProgressStatus};
pub use service::*;

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Enrollment>(), RecordType::of::<NodeProgress>()]
}
