//! Events of tests.
use serde::{Deserialize, Serialize};

use crate::{Assessment, AssessmentStatus};
use lms_kernel::{EntityKind, Id};
use lms_store::outbox::DomainEvent;

const ASSESSMENT: EntityKind = EntityKind::from_static("assessment");

/// A test was written, and is a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.created", subject = ASSESSMENT, id = assessment_id)]
pub struct AssessmentCreated {
    /// The test.
    pub assessment_id: Id<Assessment>,
}

/// A test was published, unpublished or archived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.status_changed", subject = ASSESSMENT, id = assessment_id)]
pub struct AssessmentStatusChanged {
    /// The test.
    pub assessment_id: Id<Assessment>,
    /// Its present status.
    pub status: AssessmentStatus,
}
