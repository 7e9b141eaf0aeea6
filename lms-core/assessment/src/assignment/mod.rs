//! Coursework that learners submit and people mark, and observations of tutors.
//!
//! An **assignment** asks for work by a date, which an **extension** moves for one learner. A learner hands in a **submission**; a later one
//! replaces it, and the earlier ones are kept. Marks lose what the **late policy** says. An
//! **observation** is what a tutor noted about a learner's reading, spelling or numeracy.
#[expect(clippy::module_inception, reason = "the record of the same name")]
mod assignment;
mod change_assignment;
mod edit_observation;
mod extension;
mod observation;
mod service;
mod submission;
mod view_submission;

pub use assignment::Assignment;
pub use change_assignment::{AssignmentChange, EditAssignment, ExtendDeadline};
pub use edit_observation::{EditObservation, ObservationChange};
pub use extension::{DeadlineExtension, deadline_of};
pub use observation::{
    Observation, ObservationError, ObservationKind, ObservationRecorded, RecordObservation,
    ViewObservations,
};
pub use service::{CourseworkError, GradeSubmission, HandInWork, ReturnSubmission, SetAssignment};
pub use submission::{Submission, SubmissionChanged, SubmissionEvent, SubmissionStatus};

pub use view_submission::{ListSubmissionsToMark, ViewSubmission};

use lms_store::RecordType;

/// The records of coursework and observations.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Assignment>(),
        RecordType::of::<DeadlineExtension>(),
        RecordType::of::<Submission>(),
        RecordType::of::<Observation>(),
    ]
}
