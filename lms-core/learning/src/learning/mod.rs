//! Enrollments, progress, and access to content.
//!
//! An **enrollment** says that a learner learns in a course, how it came about and until when.
//! **Release rules** say when a node opens, **completion rules** when it counts as done, and both
//! say what is missing. The **access decision** looks at the price, the node, the enrollment, other
//! **entitlements** and the release rule, and gives a reason, what is missing, or **offers**.
//! **Progress** is kept per node that was opened and rolled up by weight; **statistics** and
//! **streaks** follow from it. Content is **assigned** to classes with a due date.
mod access;
mod class_dashboard;
mod class_nodes;
mod content_assignment;
mod enrollment;
mod enrollment_right;
mod enrollment_state;
mod events;
mod jobs;
mod learner;
mod learner_stats;
mod led;
mod listed;
mod node_progress;
mod node_rules;
mod progress;
mod rules;
mod service;
mod student_progress;
mod subjects;

pub use access::{
    Access, AccessFacts, Denial, EnrollmentFact, Entitlement, Offer, ProductKind, Reason, decide,
};
pub use class_dashboard::{ClassDashboard, ClassFigures, NodeFigures, ProgressSpread};
pub use class_nodes::{ClassNodes, NodeCounts};
pub use content_assignment::{
    AssignedKind, AssignmentEvent, AssignmentStanding, AssignmentStatus, ContentAssignment,
    assignment_done_at, assignment_standing,
};
pub use enrollment::{Enrollment, GrantSource};
pub use enrollment_right::{EnrollmentRight, GivenRight, RightStatus, Standing, standing};
pub use enrollment_state::{EnrollmentEvent, EnrollmentStatus};
pub use events::{
    ContentAssigned, CourseCompleted, EnrollmentStatusChanged, LearnerEnrolled, NodeCompleted,
    NodeReopened,
};
pub use learner::{CourseWork, Learner, LedCourse};
pub use learner_stats::LearnerStats;
pub use led::{LedCourses, TaughtClasses, learners_of, tutored_by};
pub use node_progress::{NodeProgress, ProgressEvent, ProgressStatus};
pub use node_rules::NodeRules;
pub use progress::{
    CompletionRules, ProgressByNode, ProgressPlan, ResumePoint, Share, Streak, completion_facts,
    completion_rule, resume_at, settle,
};
pub use rules::{
    CompletionFacts, CompletionRule, ReleaseFacts, ReleaseRule, RuleError, Unfinished, Unmet,
    Verdict,
};
pub(crate) use rules::{Goal, RuleGraph};
#[doc(hidden)]
pub use service::sync_rights;
pub use service::*;
pub use student_progress::{StudentProgress, StudentProgressLine};
pub(crate) use subjects::subject_of_learning;

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Enrollment>(),
        RecordType::of::<EnrollmentRight>(),
        RecordType::of::<NodeProgress>(),
        RecordType::of::<NodeRules>(),
        RecordType::of::<LearnerStats>(),
        RecordType::of::<ContentAssignment>(),
    ]
}

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<lms_store::job::JobType> {
    jobs::jobs()
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<ContentAssigned>(),
        EventType::of::<CourseCompleted>(),
        EventType::of::<EnrollmentStatusChanged>(),
        EventType::of::<LearnerEnrolled>(),
        EventType::of::<NodeCompleted>(),
        EventType::of::<NodeReopened>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<AssignContent>(),
        OperationType::of::<ChangeAssignment>(),
        OperationType::of::<ChangeEnrollment>(),
        OperationType::of::<ChangeMembershipStatus>(),
        OperationType::of::<CloneRules>(),
        OperationType::of::<ConfirmNode>(),
        OperationType::of::<CountLearners>(),
        OperationType::of::<EnrollLearner>(),
        OperationType::of::<ExpireEnrollments>(),
        OperationType::of::<JoinClassAndEnroll>(),
        OperationType::of::<LeaveClassAndDrop>(),
        OperationType::typed::<ListAssignedContent>(),
        OperationType::of::<ListClasses>(),
        OperationType::of::<ListEnrollments>(),
        OperationType::of::<ListSessions>(),
        OperationType::of::<PromoteAndEnroll>(),
        OperationType::of::<PromoteWaiting>(),
        OperationType::of::<RecordScore>(),
        OperationType::of::<RecordStudy>(),
        OperationType::of::<RecountProgress>(),
        OperationType::of::<RenewEnrollment>(),
        OperationType::of::<ReopenChangedNode>(),
        OperationType::of::<RescheduleAssignment>(),
        OperationType::of::<ResumeCourse>(),
        OperationType::of::<ReviewCourse>(),
        OperationType::of::<SetNodeRules>(),
        OperationType::of::<SetReopening>(),
        OperationType::of::<ViewClassDashboard>(),
        OperationType::of::<ViewLearnerStats>(),
        OperationType::of::<ViewStudentProgress>(),
        OperationType::of::<ViewTutorLoad>(),
    ]
}
