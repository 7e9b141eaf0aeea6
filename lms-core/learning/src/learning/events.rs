//! Events of learning.
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    delivery::ClassGroup,
    learning::{ContentAssignment, Enrollment, EnrollmentStatus, GrantSource},
};
use lms_kernel::{Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A learner was enrolled, for the first time or again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("learning.learner_enrolled", subject = Enrollment::ENTITY, id = enrollment_id)]
pub struct LearnerEnrolled {
    /// The enrollment.
    pub enrollment_id: Id<Enrollment>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
    /// How it came about.
    pub source: GrantSource,
    /// Whether the learner may start, waits for a seat, or waits for a decision.
    pub status: EnrollmentStatus,
}

/// An enrollment moved on: suspended, dropped, expired, promoted, renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("learning.enrollment_status_changed", subject = Enrollment::ENTITY, id = enrollment_id)]
pub struct EnrollmentStatusChanged {
    /// The enrollment.
    pub enrollment_id: Id<Enrollment>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
    /// Its earlier status.
    pub from: EnrollmentStatus,
    /// Its status.
    pub to: EnrollmentStatus,
}

/// A learner is done with a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("learning.node_completed", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeCompleted {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
}

/// A learner is to do a node again, because its content changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("learning.node_reopened", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeReopened {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
}

/// A learner has done all that a course asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("learning.course_completed", subject = Enrollment::ENTITY, id = enrollment_id)]
pub struct CourseCompleted {
    /// The enrollment.
    pub enrollment_id: Id<Enrollment>,
    /// Who learned.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
}

/// Content was set for a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("learning.content_assigned", subject = ContentAssignment::ENTITY, id = assignment_id)]
pub struct ContentAssigned {
    /// The assignment.
    pub assignment_id: Id<ContentAssignment>,
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// Until when.
    pub due_at: Option<Timestamp>,
}
