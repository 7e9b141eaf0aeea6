//! Work that learners are asked to hand in.
use serde::{Deserialize, Serialize};

use crate::gradebook::LatePolicy;
use lms_kernel::{Context, Id, Percent, Points, Timestamp, Title};
use lms_learning::content::{ContentNode, Course};
use lms_store::{Query, Record, Stamp};

/// Work that learners are asked to hand in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "assignments", index(course_id), index(node_id), index(due_at))]
pub struct Assignment {
    /// The assignment's id.
    pub id: Id<Assignment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The course.
    pub course_id: Id<Course>,
    /// The lesson or other part of the course it hangs on.
    pub node_id: Option<Id<ContentNode>>,
    /// Its name.
    pub title: Title,
    /// What is asked for.
    pub description: Option<String>,
    /// Until when it is in time; for ever when there is none.
    pub due_at: Option<Timestamp>,
    /// What it is worth.
    pub points: Points,
    /// What lateness costs.
    #[record(json)]
    pub late_policy: LatePolicy,
    /// How often a learner may hand in; any number of times when there is none.
    pub max_submissions: Option<u32>,
}

impl Assignment {
    /// An assignment worth 100 points that is taken late without a penalty, however often.
    pub fn new(cx: &Context, course: Id<Course>, title: Title) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            course_id: course,
            node_id: None,
            title,
            description: None,
            due_at: None,
            points: Points::from_ten_thousandths(1_000_000),
            late_policy: LatePolicy::Flat { percent: Percent::ZERO },
            max_submissions: None,
        }
    }

    /// How late work is that was handed in then, by the date of everyone, in seconds begun; 0 when
    /// in time. The due instant is still in time.
    pub fn late_seconds(&self, submitted_at: Timestamp) -> u64 {
        seconds_late(self.due_at, submitted_at)
    }

    /// The assignments of a course.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course))
    }
}

/// How late work is that was handed in then and due at `due_at`, in seconds begun; 0 when in time.
pub(super) fn seconds_late(due_at: Option<Timestamp>, submitted_at: Timestamp) -> u64 {
    let late = due_at.map_or(0, |due| submitted_at.since(due).num_microseconds().unwrap_or(0));
    u64::try_from(late).unwrap_or(0).div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use lms_kernel::{Actor, SequentialIds, TenantId};

    #[test]
    fn the_due_instant_is_in_time() {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        let course = Id::from_uuid(uuid::Uuid::nil());
        let mut it = Assignment::new(&cx, course, "Essay".parse().unwrap());
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        assert_eq!(it.late_seconds(at(9)), 0);
        it.due_at = Some(at(5_000_000));
        for (micros, late) in [(0, 0), (5_000_000, 0), (5_000_001, 1), (7_000_000, 2)] {
            assert_eq!(it.late_seconds(at(micros)), late);
        }
    }
}
