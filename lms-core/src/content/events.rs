//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    content::people::PersonId,
    content::{Course, PublicationStatus},
    kernel::{EntityRef, Id},
    outbox::DomainEvent,
};

/// A course was created, as a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseCreated {
    /// The course.
    pub course_id: Id<Course>,
    /// Who is responsible for it.
    pub owner_id: PersonId,
}

impl DomainEvent for CourseCreated {
    const KIND: &'static str = "content.course_created";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Course::ENTITY, self.course_id)
    }
}

/// A course became visible to learners, or stopped to be, or moved on its way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseStatusChanged {
    /// The course.
    pub course_id: Id<Course>,
    /// Where it stood.
    pub from: PublicationStatus,
    /// Where it stands.
    pub to: PublicationStatus,
}

impl DomainEvent for CourseStatusChanged {
    const KIND: &'static str = "content.course_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Course::ENTITY, self.course_id)
    }
}
