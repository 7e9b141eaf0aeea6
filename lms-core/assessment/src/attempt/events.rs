//! Events of attempts.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Attempt, EndedBy, Score, ScoreStatus},
};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A learner started an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_started", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptStarted {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// Which of the learner's attempts, from 1.
    pub number: u32,
}

/// An attempt was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_submitted", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptSubmitted {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// By the learner, by time or by staff.
    pub ended_by: EndedBy,
}

/// The time of an attempt is up; it may be handed in while its grace lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_expired", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptExpired {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
}

/// An attempt was given up, or its time ran out for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_abandoned", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptAbandoned {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// By the learner, by time or by staff.
    pub ended_by: EndedBy,
}

/// An attempt got more time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_extended", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptExtended {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
}

/// Staff opened an attempt again that had ended without being handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_reopened", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptReopened {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
}

/// An attempt was graded, for the first time or again, or its score was replaced.
///
/// It does not contain the points earned: many consumers read events, and whether the learner
/// may see the score is decided when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.attempt_graded", subject = Attempt::ENTITY, id = attempt_id)]
pub struct AttemptGraded {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// The score.
    pub score_id: Id<Score>,
    /// Whether something is still to be marked.
    pub status: ScoreStatus,
}

/// A score was released to the learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.score_released", subject = Attempt::ENTITY, id = attempt_id)]
pub struct ScoreReleased {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its assessment.
    pub assessment_id: Id<Assessment>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// The score.
    pub score_id: Id<Score>,
}

impl AttemptGraded {
    /// An attempt has that score now.
    pub(crate) const fn of(score: &Score) -> Self {
        Self {
            attempt_id: score.attempt_id,
            assessment_id: score.assessment_id,
            learner_id: score.learner_id,
            score_id: score.id,
            status: score.status,
        }
    }
}
