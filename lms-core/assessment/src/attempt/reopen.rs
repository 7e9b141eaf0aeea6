//! Reopening an attempt that ended without a submission.
use lms_derive::DomainError;

use crate::attempt::{Attempt, AttemptEvent, AttemptLimits, answers_until, hand_in_until};
use lms_kernel::{Rejected, Timestamp};

/// Why an attempt was not opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ReopenRefusal {
    /// It would be over at once.
    #[error("the attempt would have no time left; give it until a later time than now")]
    #[fault(invalid, field = "until")]
    NoTime,
    /// It was handed in, or it runs.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
}

impl Attempt {
    /// Opens an attempt again that was given up or whose time ran out, with its answers as they
    /// were kept, until that time; without one it has the time that its limits leave. Sections
    /// that were left stay closed; the one in progress is open as long as the attempt.
    ///
    /// An attempt that was handed in is never opened again, so nothing is handed in twice: give
    /// its learner another attempt instead.
    ///
    /// # Errors
    /// [`ReopenRefusal`].
    pub fn reopen(
        &mut self,
        limits: &AttemptLimits,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), ReopenRefusal> {
        let status = self.status.apply(AttemptEvent::Reopen)?;
        let until = until.or_else(|| answers_until(limits, self.started_at));
        if until.is_some_and(|until| until <= now) {
            return Err(ReopenRefusal::NoTime);
        }
        self.status = status;
        self.answers_until = until;
        self.hand_in_until = hand_in_until(limits, until);
        self.section_until = self.current_section_id.and(until);
        (self.ended_by, self.submitted_at, self.time_spent_seconds) = (None, None, None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::{
        Assessment, AssessmentKind,
        attempt::{AttemptStatus, EndedBy, WhenTimeIsUp},
    };
    use lms_kernel::{Actor, Context, Id, SequentialIds, TenantId};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::minutes(minutes))
    }

    fn attempt() -> (Attempt, AttemptLimits) {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), at(0), ids);
        let mut exam = Assessment::new(&cx, AssessmentKind::Quiz, "Quiz".parse().unwrap());
        (exam.time_limit_seconds, exam.grace_seconds) = (Some(3_600), 60);
        let limits = AttemptLimits::of(&exam);
        let learner = Id::from_uuid(Uuid::from_u128(5));
        (Attempt::new(&cx, exam.id, learner, 1, &limits), limits)
    }

    #[test]
    fn what_was_given_up_goes_on_with_the_time_that_is_left() {
        let (mut it, limits) = attempt();
        it.abandon(at(10), EndedBy::Learner).unwrap();
        it.reopen(&limits, None, at(20)).unwrap();
        assert_eq!((it.status, it.answers_until), (AttemptStatus::InProgress, Some(at(60))));
        assert_eq!((it.ended_by, it.time_spent_seconds), (None, None));
    }

    #[test]
    fn what_ran_out_needs_a_later_end() {
        let (mut it, limits) = attempt();
        it.time_out(at(61), WhenTimeIsUp::Discard).unwrap();
        assert_eq!(it.clone().reopen(&limits, None, at(70)), Err(ReopenRefusal::NoTime));
        assert_eq!(it.clone().reopen(&limits, Some(at(70)), at(70)), Err(ReopenRefusal::NoTime));
        it.reopen(&limits, Some(at(90)), at(70)).unwrap();
        assert_eq!((it.answers_until, it.hand_in_until), (Some(at(90)), Some(at(91))));
        assert!(it.check_answer(at(90), None).is_ok() && it.check_answer(at(91), None).is_err());
    }

    #[test]
    fn what_was_handed_in_or_runs_is_refused() {
        let (mut it, limits) = attempt();
        let refused = it.reopen(&limits, Some(at(90)), at(5));
        assert!(matches!(refused, Err(ReopenRefusal::Status(_))));
        it.submit(at(10), EndedBy::Learner).unwrap();
        let before = it.clone();
        let refused = it.reopen(&limits, Some(at(90)), at(20));
        assert!(matches!(refused, Err(ReopenRefusal::Status(_))));
        assert_eq!(it, before);
    }
}
