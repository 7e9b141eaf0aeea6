//! A learner's grade for one item.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::gradebook::{GradeItem, GradeState, Gradebook};
use lms_kernel::{Context, EntityKind, Id, Points, Timestamp};
use lms_people::identity::Membership;
use lms_store::{
    outbox::DomainEvent,
    {Query, Record, Stamp},
};

/// A learner's status with an item; without a record there is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum GradeStatus {
    /// Something was handed in and is not marked.
    Pending,
    /// Nothing was handed in in time.
    Missing,
    /// The learner is excused.
    Excused,
    /// It is marked.
    Graded,
}

/// A course grade that a person set in place of the computed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplacedGrade {
    /// What is shown instead: percent of the whole.
    pub percent: Points,
    /// The grade that is shown instead; that of the scale when there is none.
    pub grade: Option<String>,
    /// The reason, as given.
    pub reason: String,
    /// Who decided; the system where no one did.
    pub by: Option<Id<Membership>>,
    /// The instant.
    pub at: Timestamp,
}

/// A learner's grade for one item of the gradebook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "grades", unique(item_id, learner_id), index(gradebook_id, learner_id))]
pub struct Grade {
    /// The grade's id.
    pub id: Id<Grade>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The gradebook.
    pub gradebook_id: Id<Gradebook>,
    /// The item.
    pub item_id: Id<GradeItem>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// The status of the learner.
    pub status: GradeStatus,
    /// What it earned, lateness aside; there exactly when it is marked.
    pub score: Option<Points>,
    /// How late it was, in seconds.
    pub late_seconds: i64,
    /// Whether it was brought from a test or coursework; what a person recorded stays.
    pub is_collected: bool,
    /// The comment for the learner.
    #[record(personal)]
    pub comment: Option<String>,
    /// When it was recorded.
    pub graded_at: Option<Timestamp>,
    /// Who recorded it.
    pub graded_by: Option<Id<Membership>>,
}

impl Grade {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("grade");

    /// A grade that was brought from a test or coursework now.
    pub fn collected(
        cx: &Context,
        item: &GradeItem,
        learner: Id<Membership>,
        status: GradeStatus,
        score: Option<Points>,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            gradebook_id: item.gradebook_id,
            item_id: item.id,
            learner_id: learner,
            status,
            score,
            late_seconds: 0,
            is_collected: true,
            comment: None,
            graded_at: Some(cx.now()),
            graded_by: None,
        }
    }

    /// What the computation needs of it.
    pub fn state(&self) -> GradeState {
        match (self.status, self.score) {
            (GradeStatus::Graded, Some(score)) => {
                let late_seconds = u64::try_from(self.late_seconds).unwrap_or(0);
                GradeState::Graded { score, late_seconds }
            }
            (GradeStatus::Graded | GradeStatus::Pending, _) => GradeState::Pending,
            (GradeStatus::Missing, _) => GradeState::Missing,
            (GradeStatus::Excused, _) => GradeState::Excused,
        }
    }

    /// A learner's grades in a gradebook.
    pub fn of(gradebook: Id<Gradebook>, learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::GRADEBOOK_ID.eq(gradebook).and(Self::LEARNER_ID.eq(learner)))
    }

    /// A learner's grade for an item.
    pub fn for_item(item: Id<GradeItem>, learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::ITEM_ID.eq(item).and(Self::LEARNER_ID.eq(learner)))
    }
}

/// A grade for an item was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.grade_recorded", subject = Grade::ENTITY, id = grade_id)]
pub struct GradeRecorded {
    /// The grade.
    pub grade_id: Id<Grade>,
    /// The item.
    pub item_id: Id<GradeItem>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// The status of the learner.
    pub status: GradeStatus,
}
