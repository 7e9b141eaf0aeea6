//! What attempts announce.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Attempt, EndedBy, Score, ScoreStatus},
};
use lms_kernel::{EntityRef, Id};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

macro_rules! attempt_event {
    ($(#[$meta:meta])* $name:ident, $kind:literal { $($(#[$field_meta:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// The attempt.
            pub attempt_id: Id<Attempt>,
            /// Its assessment.
            pub assessment_id: Id<Assessment>,
            /// Whose it is.
            pub learner_id: Id<Membership>,
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl DomainEvent for $name {
            const KIND: &'static str = $kind;
            fn subject(&self) -> EntityRef {
                EntityRef::to(Attempt::ENTITY, self.attempt_id)
            }
        }
    };
}

attempt_event! {
    /// A learner started an attempt.
    AttemptStarted, "assessment.attempt_started" {
        /// Which of the learner's attempts, from 1.
        number: u32,
    }
}

attempt_event! {
    /// An attempt was handed in.
    AttemptSubmitted, "assessment.attempt_submitted" {
        /// By the learner, by time or by staff.
        ended_by: EndedBy,
    }
}

attempt_event! {
    /// The time of an attempt is up; it may be handed in while its grace lasts.
    AttemptExpired, "assessment.attempt_expired" {}
}

attempt_event! {
    /// An attempt was given up, or its time ran out for good.
    AttemptAbandoned, "assessment.attempt_abandoned" {
        /// By the learner, by time or by staff.
        ended_by: EndedBy,
    }
}

attempt_event! {
    /// An attempt got more time.
    AttemptExtended, "assessment.attempt_extended" {}
}

attempt_event! {
    /// Staff opened an attempt again that had ended without being handed in.
    AttemptReopened, "assessment.attempt_reopened" {}
}

attempt_event! {
    /// An attempt was graded, for the first time or again, or its score was replaced.
    ///
    /// It does not contain the points earned: many consumers read events, and whether the learner
    /// may see the score is decided when it is read.
    AttemptGraded, "assessment.attempt_graded" {
        /// The score.
        score_id: Id<Score>,
        /// Whether something is still to be marked.
        status: ScoreStatus,
    }
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

attempt_event! {
    /// A score was released to the learner.
    ScoreReleased, "assessment.score_released" {
        /// The score.
        score_id: Id<Score>,
    }
}
