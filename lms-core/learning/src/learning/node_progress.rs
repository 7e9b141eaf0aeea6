//! The progress of a learner in one node.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    learning::Enrollment,
};
use lms_kernel::{Context, Id, Percent, Rejected, Timestamp};
use lms_people::identity::Membership;
use lms_store::{LogStamp, Query, Record};

/// How far a learner is with a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum ProgressStatus {
    /// It was never opened.
    #[default]
    NotStarted,
    /// It was opened.
    InProgress,
    /// It is done.
    Completed,
}

/// An event in the lifecycle of a learner's progress on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum ProgressEvent {
    /// The learner opens it.
    Open,
    /// The learner is done with it.
    Complete,
    /// Its content changed so much that it counts as not done.
    Reopen,
}

lms_kernel::machine! {
    /// Opening an opened or completed node again changes nothing.
    "progress": ProgressStatus x ProgressEvent {
                    [Open        Complete   Reopen    ]
        NotStarted: [InProgress  -          -         ]
        InProgress: [InProgress  Completed  -         ]
        Completed:  [Completed   Completed  InProgress]
    }
}

/// How far a learner is with a node that was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "node_progress",
    unaudited,
    unique(enrollment_id, node_id),
    index(node_id),
    index(course_id, learner_id)
)]
pub struct NodeProgress {
    /// The record's id.
    pub id: Id<NodeProgress>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The enrollment it belongs to.
    pub enrollment_id: Id<Enrollment>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// The course that the learner takes.
    pub course_id: Id<Course>,
    /// The node.
    pub node_id: Id<ContentNode>,
    /// How far the learner is.
    pub status: ProgressStatus,
    /// When it was first opened.
    pub started_at: Timestamp,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
    /// How long the learner spent in it.
    pub time_spent_seconds: i64,
    /// The best score in it, as a part of the marks: of its tests, and of those that staff recorded.
    pub best_score: Option<Percent>,
    /// The best score that staff recorded, whatever its tests say.
    pub recorded_score: Option<Percent>,
    /// Whether the learner says that it is done.
    pub is_claimed: bool,
    /// Whether a person who teaches says that it is done.
    pub is_confirmed: bool,
    /// When the learner was last in it.
    pub last_seen_at: Timestamp,
}

impl NodeProgress {
    /// The most time that one report adds: an hour.
    pub const MAX_REPORTED_SECONDS: i64 = 3_600;

    /// That a learner opens a node now, for the first time.
    pub fn opened(cx: &Context, enrollment: &Enrollment, node: Id<ContentNode>) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            enrollment_id: enrollment.id,
            learner_id: enrollment.learner_id,
            course_id: enrollment.course_id,
            node_id: node,
            status: ProgressStatus::InProgress,
            started_at: cx.now(),
            completed_at: None,
            time_spent_seconds: 0,
            best_score: None,
            recorded_score: None,
            is_claimed: false,
            is_confirmed: false,
            last_seen_at: cx.now(),
        }
    }

    /// Adds time that the learner's device reports, and returns how much of it counts: no more
    /// than has passed since the learner was last seen here, and at most
    /// [`MAX_REPORTED_SECONDS`](Self::MAX_REPORTED_SECONDS). Time that goes backwards counts as
    /// none.
    pub fn add_time(&mut self, reported_seconds: u32, now: Timestamp) -> i64 {
        let passed = now.since(self.last_seen_at).num_seconds().max(0);
        let counted = i64::from(reported_seconds).min(passed).min(Self::MAX_REPORTED_SECONDS);
        self.time_spent_seconds = self.time_spent_seconds.saturating_add(counted);
        self.last_seen_at = self.last_seen_at.max(now);
        counted
    }

    /// That it is to be done again: what its learner and teacher said of it is withdrawn.
    ///
    /// # Errors
    /// [`Rejected`] if it is not done.
    pub fn reopen(&mut self) -> Result<(), Rejected> {
        self.status = self.status.apply(ProgressEvent::Reopen)?;
        self.completed_at = None;
        (self.is_claimed, self.is_confirmed) = (false, false);
        Ok(())
    }

    /// Who was done with a node before an instant.
    pub fn done_before(node: Id<ContentNode>, instant: Timestamp) -> Query<Self> {
        let done =
            Self::STATUS.eq(ProgressStatus::Completed).and(Self::COMPLETED_AT.lt(Some(instant)));
        Query::filter(Self::NODE_ID.eq(node).and(done))
    }

    /// All that was opened within an enrollment.
    pub fn of(enrollment: Id<Enrollment>) -> Query<Self> {
        Query::filter(Self::ENROLLMENT_ID.eq(enrollment))
    }

    /// How far one node is within an enrollment.
    pub fn of_node(enrollment: Id<Enrollment>, node: Id<ContentNode>) -> Query<Self> {
        Query::filter(Self::ENROLLMENT_ID.eq(enrollment).and(Self::NODE_ID.eq(node)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::{content::tree::tests::context, learning::GrantSource};

    #[test]
    fn only_time_that_passed_counts() {
        let cx = context();
        let id = |number| Uuid::from_u128(number);
        let (learner, course) = (Id::from_uuid(id(1)), Id::from_uuid(id(2)));
        let enrollment = Enrollment::new(&cx, learner, course, GrantSource::Manual);
        let mut progress = NodeProgress::opened(&cx, &enrollment, Id::from_uuid(id(3)));
        let at = |seconds| Timestamp::EPOCH.saturating_add(TimeDelta::seconds(seconds));
        for (reported, now, counted) in
            [(60, 60, 60), (60, 90, 30), (60, 80, 0), (60, 160, 60), (9_999, 20_000, 3_600)]
        {
            assert_eq!(progress.add_time(reported, at(now)), counted, "{now}");
        }
        assert_eq!(progress.time_spent_seconds, 3_750);
        assert_eq!(progress.last_seen_at, at(20_000));
    }
}
