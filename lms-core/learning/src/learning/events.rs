//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    delivery::ClassGroup,
    learning::{ContentAssignment, Enrollment, EnrollmentStatus, GrantSource},
};
use lms_kernel::{EntityRef, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A learner was enrolled, for the first time or again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl DomainEvent for LearnerEnrolled {
    const KIND: &'static str = "learning.learner_enrolled";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Enrollment::ENTITY, self.enrollment_id)
    }
}

/// An enrollment moved on: suspended, dropped, expired, promoted, renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl DomainEvent for EnrollmentStatusChanged {
    const KIND: &'static str = "learning.enrollment_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Enrollment::ENTITY, self.enrollment_id)
    }
}

/// A learner is done with a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeCompleted {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
}

impl DomainEvent for NodeCompleted {
    const KIND: &'static str = "learning.node_completed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A learner is to do a node again, because its content changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReopened {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
}

impl DomainEvent for NodeReopened {
    const KIND: &'static str = "learning.node_reopened";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A learner has done all that a course asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseCompleted {
    /// The enrollment.
    pub enrollment_id: Id<Enrollment>,
    /// Who learned.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
}

impl DomainEvent for CourseCompleted {
    const KIND: &'static str = "learning.course_completed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Enrollment::ENTITY, self.enrollment_id)
    }
}

/// Content was set for a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentAssigned {
    /// The assignment.
    pub assignment_id: Id<ContentAssignment>,
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// Until when.
    pub due_at: Option<Timestamp>,
}

impl DomainEvent for ContentAssigned {
    const KIND: &'static str = "learning.content_assigned";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentAssignment::ENTITY, self.assignment_id)
    }
}
