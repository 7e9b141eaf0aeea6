//! Queries for attempts.
use crate::{
    Assessment,
    attempt::{Attempt, AttemptStatus},
};
use lms_kernel::{Id, Timestamp};
use lms_learning::content::ContentNode;
use lms_people::identity::Membership;
use lms_store::{Direction, Lock, Query};

impl Attempt {
    /// A learner's attempts at an assessment, by number.
    pub fn of(assessment: Id<Assessment>, learner: Id<Membership>) -> Query<Self> {
        let same = Self::ASSESSMENT_ID.eq(assessment).and(Self::LEARNER_ID.eq(learner));
        Query::filter(same).order_by(Self::NUMBER, Direction::Asc)
    }

    /// A learner's attempts at the tests of a part of a course.
    pub fn in_activity(learner: Id<Membership>, activity: Id<ContentNode>) -> Query<Self> {
        Query::filter(Self::ACTIVITY_ID.is(activity).and(Self::LEARNER_ID.eq(learner)))
    }

    /// The attempts at an assessment that were handed in.
    pub fn handed_in(assessment: Id<Assessment>) -> Query<Self> {
        let handed_in = AttemptStatus::ALL.iter().copied().filter(|it| it.is_handed_in());
        Query::filter(Self::ASSESSMENT_ID.eq(assessment).and(Self::STATUS.is_in(handed_in)))
    }

    /// Attempts whose result waited for their test to close, which is closed since, and that no one
    /// else is noting now.
    pub fn closed(now: Timestamp) -> Query<Self> {
        Query::filter(Self::RESULT_DUE_AT.is_lt(now)).lock(Lock::SkipLocked)
    }

    /// Attempts whose time is up, or whose grace is over, and that no one else is ending now.
    pub fn overdue(now: Timestamp) -> Query<Self> {
        let running = Self::STATUS.eq(AttemptStatus::InProgress);
        let frozen = Self::STATUS.eq(AttemptStatus::Expired);
        let overdue = running
            .and(Self::ANSWERS_UNTIL.is_lt(now))
            .or(frozen.and(Self::HAND_IN_UNTIL.is_lt(now)));
        Query::filter(overdue).lock(Lock::SkipLocked)
    }
}
