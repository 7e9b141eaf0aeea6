//! Figures about a learner.
use serde::{Deserialize, Serialize};

use crate::{content::NodeKind, learning::Streak};
use lms_kernel::{Context, Id, LocalDate, TimeZone, Timestamp};
use lms_people::identity::Membership;
use lms_store::{LogStamp, Query, Record};

/// Figures about a learner, kept ready: one row for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "learner_stats", unaudited, unique(learner_id))]
pub struct LearnerStats {
    /// The record's id.
    pub id: Id<LearnerStats>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// Whose figures they are.
    pub learner_id: Id<Membership>,
    /// How many lessons are done, over all courses.
    pub lessons_completed: u32,
    /// How many activities are done, over all courses.
    pub activities_completed: u32,
    /// How many courses are completed.
    pub courses_completed: u32,
    /// How long the learner spent learning.
    pub time_spent_seconds: i64,
    /// On how many days in a row the learner learned, up to the last day of activity.
    pub current_streak_days: u32,
    /// How many the longest streak had.
    pub longest_streak_days: u32,
    /// The last day of activity, by the learner's calendar.
    pub last_active_on: Option<LocalDate>,
    /// When the learner was last active.
    pub last_activity_at: Option<Timestamp>,
    /// The clock that the learner lived by then.
    pub time_zone: TimeZone,
}

impl LearnerStats {
    /// The figures of a learner who has not begun.
    pub fn new(cx: &Context, learner: Id<Membership>, time_zone: TimeZone) -> Self {
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            learner_id: learner,
            lessons_completed: 0,
            activities_completed: 0,
            courses_completed: 0,
            time_spent_seconds: 0,
            current_streak_days: 0,
            longest_streak_days: 0,
            last_active_on: None,
            last_activity_at: None,
            time_zone,
        }
    }

    /// The figures of a learner.
    pub fn of(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner))
    }

    /// The figures of those whose streak has at least that many days, and at least one.
    pub fn with_streak(least_days: u32) -> Query<Self> {
        Query::filter(Self::CURRENT_STREAK_DAYS.ge(least_days.max(1)))
    }

    /// The streak up to the last day of activity.
    pub const fn streak(&self) -> Streak {
        Streak {
            current_days: self.current_streak_days,
            longest_days: self.longest_streak_days,
            last_day: self.last_active_on,
        }
    }

    /// Notes that the learner was active at `at`.
    pub fn note_activity(&mut self, at: Timestamp, time_zone: TimeZone) {
        let streak = self.streak().after(at, time_zone);
        self.current_streak_days = streak.current_days;
        self.longest_streak_days = streak.longest_days;
        self.last_active_on = streak.last_day;
        self.last_activity_at = self.last_activity_at.max(Some(at));
        self.time_zone = time_zone;
    }

    /// Notes that a node of that sort is to be done again: what is done counts once, however often
    /// it was done.
    pub fn note_reopened(&mut self, kind: NodeKind) {
        match kind {
            NodeKind::Lesson => {
                self.lessons_completed = self.lessons_completed.saturating_sub(1);
            }
            NodeKind::Activity => {
                self.activities_completed = self.activities_completed.saturating_sub(1);
            }
            NodeKind::Module | NodeKind::Unit => {}
        }
    }

    /// Notes that the learner is done with a node of that sort.
    pub fn note_completed(&mut self, kind: NodeKind) {
        match kind {
            NodeKind::Lesson => {
                self.lessons_completed = self.lessons_completed.saturating_add(1);
            }
            NodeKind::Activity => {
                self.activities_completed = self.activities_completed.saturating_add(1);
            }
            NodeKind::Module | NodeKind::Unit => {}
        }
    }
}
