//! Points: entries of an append-only ledger.
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, Id, Title};
use lms_people::identity::Membership;
use lms_store::{LogStamp, Query, Record};

/// Points that a learner got, or lost: an entry that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "points_entries", unaudited, index(learner_id))]
pub struct PointsEntry {
    /// The entry's id.
    pub id: Id<PointsEntry>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// Whose points they are.
    pub learner_id: Id<Membership>,
    /// How many; below 0 for points that are deducted.
    pub points: i32,
    /// What they are for.
    pub reason: Option<Title>,
}

impl PointsEntry {
    /// Points for a learner.
    pub fn new(cx: &Context, learner: Id<Membership>, points: i32, reason: Option<Title>) -> Self {
        Self { id: cx.id(), stamp: LogStamp::new(cx), learner_id: learner, points, reason }
    }

    /// The entries of a learner, the oldest first.
    pub fn of_learner(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner))
    }
}
