//! What is announced about tests.
use serde::Serialize;

use crate::{Assessment, AssessmentStatus};
use lms_kernel::{EntityKind, EntityRef, Id};
use lms_store::outbox::DomainEvent;

const ASSESSMENT: EntityKind = EntityKind::from_static("assessment");

/// A test was written, and is a draft.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssessmentCreated {
    /// The test.
    pub assessment_id: Id<Assessment>,
}

impl DomainEvent for AssessmentCreated {
    const KIND: &'static str = "assessment.created";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ASSESSMENT, self.assessment_id)
    }
}

/// A test was opened, taken back or put away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssessmentStatusChanged {
    /// The test.
    pub assessment_id: Id<Assessment>,
    /// Its present status.
    pub status: AssessmentStatus,
}

impl DomainEvent for AssessmentStatusChanged {
    const KIND: &'static str = "assessment.status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ASSESSMENT, self.assessment_id)
    }
}
