//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    identity::Membership,
    kernel::{EntityRef, Id},
    learning::{Enrollment, EnrollmentStatus, GrantSource},
    outbox::DomainEvent,
};

/// A learner was enrolled, for the first time or again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerEnrolled {
    /// The enrolment.
    pub enrollment_id: Id<Enrollment>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// In which course.
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
