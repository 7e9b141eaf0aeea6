//! The supervision of one attempt.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use lms_kernel::{Context, EntityKind, Id, Link, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// The status of the supervision of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum ProctoringStatus {
    /// It watches.
    Running,
    /// It is over and waits for a review.
    Ended,
    /// A person has looked at it.
    Reviewed,
}

/// An event in the lifecycle of the supervision of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ProctoringEvent {
    /// It stops watching.
    End,
    /// A person says what it means, or says it anew.
    Review,
}

/// The verdict of a proctoring review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing was wrong.
    Clear,
    /// Something was wrong and does not matter.
    Warning,
    /// The rules were broken; what follows is for people to decide.
    Breach,
}

lms_kernel::machine! {
    "proctoring session": ProctoringStatus x ProctoringEvent {
                  [End    Review  ]
        Running:  [Ended  -       ]
        Ended:    [-      Reviewed]
        Reviewed: [-      Reviewed]
    }
}

/// The supervision of one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "proctoring_sessions", unique(attempt_id), index(status))]
pub struct ProctoringSession {
    /// The session's id.
    pub id: Id<ProctoringSession>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its status.
    pub status: ProctoringStatus,
    /// When it began to watch.
    pub started_at: Timestamp,
    /// When it stopped.
    pub ended_at: Option<Timestamp>,
    /// Where its pictures are.
    #[record(json, sensitive)]
    pub screenshots: Vec<Link>,
    /// What a program made of it, as it said it.
    #[record(sensitive)]
    pub analysis: Option<serde_json::Value>,
    /// Who reviewed it.
    pub reviewer_id: Option<Id<Membership>>,
    /// What the review found.
    pub verdict: Option<Verdict>,
    /// What the reviewer wrote.
    #[record(sensitive)]
    pub review_note: Option<String>,
    /// When it was reviewed.
    pub reviewed_at: Option<Timestamp>,
}

impl ProctoringSession {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("proctoring_session");

    /// A session that begins to watch now.
    pub fn new(cx: &Context, attempt: Id<Attempt>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            attempt_id: attempt,
            status: ProctoringStatus::Running,
            started_at: cx.now(),
            ended_at: None,
            screenshots: Vec::new(),
            analysis: None,
            reviewer_id: None,
            verdict: None,
            review_note: None,
            reviewed_at: None,
        }
    }

    /// The session of an attempt.
    pub fn of(attempt: Id<Attempt>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.eq(attempt))
    }

    /// The sessions that wait for a review.
    pub fn to_review() -> Query<Self> {
        Query::filter(Self::STATUS.eq(ProctoringStatus::Ended))
    }
}
