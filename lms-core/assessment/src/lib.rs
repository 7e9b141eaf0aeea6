//! Tests: questions, attempts, grading, conversion, placement, the gradebook.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout
    )
)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

extern crate self as lms_core;

// The derives write `::lms_core::kernel` and `::lms_core::store`.
use {lms_kernel as kernel, lms_store as store};

use lms_store::RecordType;

pub mod analysis;
mod assessment;
pub mod assignment;
pub mod attempt;
pub mod authoring;
pub mod bank;
pub mod compiled;
pub mod conversion;
pub mod gradebook;
pub mod grading;
mod listed;
pub mod placement;
pub mod proctoring;
mod protected;
pub mod question;
pub mod regrade;
#[cfg(feature = "schema")]
mod schema;
pub mod scoring;
mod section;

pub use assessment::{Assessment, AssessmentEvent, AssessmentKind, AssessmentStatus, ResultPolicy};
pub use section::Section;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    let mut records = vec![
        RecordType::of::<Assessment>(),
        RecordType::of::<Section>(),
        bank::banks(),
        RecordType::of::<question::Question>(),
    ];
    records.extend(bank::record_types());
    records.extend(conversion::record_types());
    records.extend(attempt::record_types());
    records.extend(regrade::record_types());
    records.extend(placement::record_types());
    records.extend(assignment::record_types());
    records.extend(gradebook::record_types());
    records.extend(proctoring::record_types());
    records
}

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<lms_store::job::JobType> {
    use lms_store::{
        PageSize,
        job::{Every, JobType},
        operation::Described as _,
    };
    vec![
        JobType::of::<attempt::ExpireAttempts>(Every::Minute, |job| {
            let end = |due| attempt::ExpireAttempts { due };
            Box::pin(job.due_rows(attempt::Attempt::overdue, end))
        }),
        JobType::of::<attempt::NoteClosedResults>(Every::Minute, |job| {
            let note = |due| attempt::NoteClosedResults { due };
            Box::pin(job.due_rows(attempt::Attempt::closed, note))
        }),
        JobType::new(
            regrade::ContinueRegrade::NAME,
            "Goes on with regrades that were begun and not finished.",
            Every::Minute,
            |job| Box::pin(regrade::continue_all(job, PageSize::MAX)),
        )
        .running(const { &[regrade::ContinueRegrade::NAME] }),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<assignment::ObservationRecorded>(),
        EventType::of::<assignment::SubmissionChanged>(),
        EventType::of::<attempt::AttemptAbandoned>(),
        EventType::of::<attempt::AttemptExpired>(),
        EventType::of::<attempt::AttemptExtended>(),
        EventType::of::<attempt::AttemptGraded>(),
        EventType::of::<attempt::AttemptReopened>(),
        EventType::of::<attempt::AttemptStarted>(),
        EventType::of::<attempt::AttemptSubmitted>(),
        EventType::of::<attempt::ScoreReleased>(),
        EventType::of::<authoring::AssessmentCreated>(),
        EventType::of::<authoring::AssessmentStatusChanged>(),
        EventType::of::<gradebook::CourseGradeChanged>(),
        EventType::of::<gradebook::GradeRecorded>(),
        EventType::of::<placement::LearnerPlaced>(),
        EventType::of::<proctoring::ViolationRecorded>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<attempt::AbandonAttempt>(),
        OperationType::of::<bank::AddToBank>(),
        OperationType::of::<authoring::ArchiveAssessment>(),
        OperationType::of::<placement::CheckRetest>(),
        OperationType::of::<gradebook::CollectGrades>(),
        OperationType::of::<gradebook::ComputeCourseGrade>(),
        OperationType::of::<gradebook::ComputeCourseGrades>(),
        OperationType::of::<regrade::ContinueRegrade>(),
        OperationType::of::<authoring::CreateAssessment>(),
        OperationType::of::<bank::CreateQuestionBank>(),
        OperationType::of::<gradebook::DefineCategory>(),
        OperationType::of::<conversion::DefineConversion>(),
        OperationType::of::<gradebook::DefineGradebook>(),
        OperationType::of::<gradebook::DefineItem>(),
        OperationType::of::<authoring::EditAssessment>(),
        OperationType::of::<assignment::EditObservation>(),
        OperationType::of::<proctoring::EndProctoring>(),
        OperationType::of::<attempt::EnterSection>(),
        OperationType::of::<placement::ExemptLearner>(),
        OperationType::of::<attempt::ExpireAttempts>(),
        OperationType::of::<attempt::NoteClosedResults>(),
        OperationType::of::<attempt::ExplainResult>(),
        OperationType::of::<attempt::GradeAttempt>(),
        OperationType::of::<assignment::GradeSubmission>(),
        OperationType::of::<attempt::GrantAllowance>(),
        OperationType::of::<assignment::HandInWork>(),
        OperationType::of::<authoring::ListAssessments>(),
        OperationType::of::<attempt::ListAttempts>(),
        OperationType::of::<gradebook::ListCourseGrades>(),
        OperationType::of::<proctoring::ListProctoring>(),
        OperationType::of::<bank::ListQuestions>(),
        OperationType::of::<assignment::ListSubmissionsToMark>(),
        OperationType::of::<attempt::MarkAnswer>(),
        OperationType::of::<gradebook::OverrideCourseGrade>(),
        OperationType::of::<placement::OverridePlacement>(),
        OperationType::of::<placement::PlaceLearner>(),
        OperationType::of::<placement::PlaceLearners>(),
        OperationType::of::<placement::PreviewPlacement>(),
        OperationType::of::<regrade::PreviewRegrade>(),
        OperationType::of::<authoring::PublishAssessment>(),
        OperationType::of::<gradebook::RecordGrade>(),
        OperationType::of::<assignment::RecordObservation>(),
        OperationType::of::<proctoring::RecordViolation>(),
        OperationType::of::<attempt::ReleaseScore>(),
        OperationType::of::<attempt::ReleaseScores>(),
        OperationType::of::<attempt::ReopenAttempt>(),
        OperationType::of::<attempt::ReplaceScore>(),
        OperationType::of::<assignment::ReturnSubmission>(),
        OperationType::of::<proctoring::ReviewProctoring>(),
        OperationType::of::<bank::ReviseQuestion>(),
        OperationType::of::<attempt::SaveAnswer>(),
        OperationType::of::<assignment::SetAssignment>(),
        OperationType::of::<assignment::EditAssignment>(),
        OperationType::of::<assignment::ExtendDeadline>(),
        OperationType::of::<attempt::StartAttempt>(),
        OperationType::of::<proctoring::StartProctoring>(),
        OperationType::of::<regrade::StartRegrade>(),
        OperationType::of::<attempt::SubmitAttempt>(),
        OperationType::of::<attempt::SubmitTry>(),
        OperationType::of::<bank::TagQuestion>(),
        OperationType::of::<gradebook::ViewCourseGrade>(),
        OperationType::of::<attempt::ViewItemStatistics>(),
        OperationType::of::<attempt::ViewMarkingQueue>(),
        OperationType::of::<assignment::ViewObservations>(),
        OperationType::of::<gradebook::ViewOwnGrade>(),
        OperationType::of::<attempt::ViewPaper>(),
        OperationType::of::<placement::ViewPlacement>(),
        OperationType::of::<attempt::ViewResult>(),
        OperationType::of::<assignment::ViewSubmission>(),
        OperationType::of::<attempt::VisitQuestion>(),
        OperationType::of::<authoring::WithdrawAssessment>(),
        OperationType::of::<attempt::WithholdScore>(),
    ]
}
