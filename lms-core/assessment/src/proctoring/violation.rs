//! A violation recorded during a supervised attempt.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{attempt::Attempt, proctoring::ProctoringSession};
use lms_kernel::{Id, Link, Percent, Timestamp};
use lms_people::identity::Membership;
use lms_store::{
    outbox::DomainEvent,
    {Direction, LogStamp, Query, Record},
};

/// The kind of violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A phone.
    PhoneDetected,
    /// Several faces.
    MultipleFaces,
    /// No face.
    NoFace,
    /// The learner looked away.
    LookingAway,
    /// A voice or other sound.
    AudioDetected,
    /// Another window.
    TabSwitch,
    /// Copying or pasting.
    CopyPaste,
    /// Something else.
    Other,
}

/// A violation recorded during a proctored attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "proctoring_violations", unaudited, index(session_id, happened_at))]
pub struct ProctoringViolation {
    /// The violation's id.
    pub id: Id<ProctoringViolation>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The session.
    pub session_id: Id<ProctoringSession>,
    /// The kind of violation.
    pub kind: ViolationKind,
    /// The instant it happened.
    pub happened_at: Timestamp,
    /// How sure the watching program was.
    pub confidence: Option<Percent>,
    /// A picture or recording of it.
    #[record(sensitive)]
    pub evidence: Option<Link>,
    /// What else is known.
    #[record(sensitive)]
    pub note: Option<String>,
}

impl ProctoringViolation {
    /// The violations of a session, in order.
    pub fn of(session: Id<ProctoringSession>) -> Query<Self> {
        Query::filter(Self::SESSION_ID.eq(session)).order_by(Self::HAPPENED_AT, Direction::Asc)
    }
}

/// A violation was recorded during a proctored attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.violation_recorded", subject = ProctoringSession::ENTITY, id = session_id)]
pub struct ViolationRecorded {
    /// The session.
    pub session_id: Id<ProctoringSession>,
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Whose attempt it is.
    pub learner_id: Id<Membership>,
    /// The kind of violation.
    pub kind: ViolationKind,
}
