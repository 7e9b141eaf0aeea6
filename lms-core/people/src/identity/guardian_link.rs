//! Links between guardians and learners.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::identity::Membership;
use lms_kernel::{Context, Id};
use lms_store::{Query, Record, Stamp};

/// The relation of a guardian to the learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum GuardianRelation {
    /// A parent.
    Parent,
    /// Another person who is responsible.
    Guardian,
}

/// Says that one member is responsible for another: learners may have several guardians, and
/// guardians several learners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "guardian_links", unique(guardian_id, student_id), index(student_id))]
pub struct GuardianLink {
    /// The link's id.
    pub id: Id<GuardianLink>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who is responsible.
    pub guardian_id: Id<Membership>,
    /// For whom.
    pub student_id: Id<Membership>,
    /// What the guardian is to the learner.
    pub relationship: GuardianRelation,
}

impl GuardianLink {
    /// Makes `guardian_id` responsible for `student_id`.
    pub fn new(
        cx: &Context,
        guardian_id: Id<Membership>,
        student_id: Id<Membership>,
        relationship: GuardianRelation,
    ) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), guardian_id, student_id, relationship }
    }

    /// The learners that a guardian is responsible for.
    pub fn of_guardian(guardian: Id<Membership>) -> Query<Self> {
        Query::filter(Self::GUARDIAN_ID.eq(guardian))
    }

    /// The guardians of a learner.
    pub fn of_student(student: Id<Membership>) -> Query<Self> {
        Query::filter(Self::STUDENT_ID.eq(student))
    }
}
