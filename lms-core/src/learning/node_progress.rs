//! How far a learner is with one node.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    identity::Membership,
    kernel::{Context, Id, Timestamp},
    learning::Enrollment,
    store::{LogStamp, Query, Record},
};

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

/// What can happen to a learner's progress on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgressEvent {
    /// The learner opens it.
    Open,
    /// The learner is done with it.
    Complete,
    /// Its content changed so much that it counts as not done.
    Reopen,
}

impl ProgressEvent {
    /// Every event, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Open, Self::Complete, Self::Reopen];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Reopen => "reopen",
        }
    }
}

impl ProgressStatus {
    /// The status after `event`. Opening again what was opened or done changes nothing.
    ///
    /// # Errors
    /// [`ProgressError`] where the table has no such step.
    pub fn apply(self, event: ProgressEvent) -> Result<Self, ProgressError> {
        use ProgressEvent as E;
        use ProgressStatus as S;
        match (self, event) {
            (S::NotStarted | S::InProgress, E::Open) | (S::Completed, E::Reopen) => {
                Ok(S::InProgress)
            }
            (S::Completed, E::Open | E::Complete) | (S::InProgress, E::Complete) => {
                Ok(S::Completed)
            }
            (S::NotStarted, E::Complete | E::Reopen) | (S::InProgress, E::Reopen) => {
                Err(ProgressError::NotPossible { status: self, event: event.as_str() })
            }
        }
    }
}

/// Why progress on a node cannot take a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ProgressError {
    /// The table has no such step.
    #[error("cannot `{event}` a node whose progress is `{status}`")]
    #[fault(conflict, field = "status")]
    NotPossible {
        /// Where it stands.
        status: ProgressStatus,
        /// What was asked.
        event: &'static str,
    },
}

/// How far a learner is with a node that was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
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
    /// What the library keeps about the record.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The enrolment it belongs to.
    pub enrollment_id: Id<Enrollment>,
    /// Who learns.
    pub learner_id: Id<Membership>,
    /// In which course.
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
    /// When the learner was last in it.
    pub last_seen_at: Timestamp,
}

impl NodeProgress {
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
            last_seen_at: cx.now(),
        }
    }

    /// All that was opened within an enrolment.
    pub fn of(enrollment: Id<Enrollment>) -> Query<Self> {
        Query::filter(Self::ENROLLMENT_ID.eq(enrollment))
    }

    /// How far one node is within an enrolment.
    pub fn of_node(enrollment: Id<Enrollment>, node: Id<ContentNode>) -> Query<Self> {
        Query::filter(Self::ENROLLMENT_ID.eq(enrollment).and(Self::NODE_ID.eq(node)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = ProgressStatus::ALL
            .iter()
            .map(|status| {
                let cells = ProgressEvent::ALL
                    .map(|event| status.apply(event).map_or("-", ProgressStatus::as_str));
                format!("{status}: {}", cells.join(" "))
            })
            .collect();
        // Columns: open, complete, reopen.
        assert_eq!(
            rows,
            [
                "not_started: in_progress - -",
                "in_progress: in_progress completed -",
                "completed: completed completed in_progress",
            ]
        );
    }
}
