//! Work that was handed in.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::assignment::Assignment;
use lms_kernel::{Context, EntityKind, Id, Link, Points, Timestamp};
use lms_learning::content::FileAsset;
use lms_people::identity::Membership;
use lms_store::{
    outbox::DomainEvent,
    {Direction, Query, Record, Stamp},
};

/// The status of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum SubmissionStatus {
    /// The learner is still working on it.
    Draft,
    /// It was handed in.
    Submitted,
    /// It is marked, and the learner does not see it yet.
    Graded,
    /// It was given back with its mark and feedback.
    Returned,
    /// A later one replaced it.
    Superseded,
}

/// An event in the lifecycle of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum SubmissionEvent {
    /// It is handed in.
    Submit,
    /// It is marked, or marked again.
    Grade,
    /// It is given back.
    Return,
    /// A later one replaces it.
    Supersede,
}

lms_kernel::machine! {
    "submission": SubmissionStatus x SubmissionEvent {
                    [Submit     Grade   Return    Supersede ]
        Draft:      [Submitted  -       -         -         ]
        Submitted:  [-          Graded  -         Superseded]
        Graded:     [-          Graded  Returned  Superseded]
        Returned:   [-          Graded  -         Superseded]
        Superseded: [-          -       -         -         ]
    }
}

/// Work that was handed in: one current submission for each learner and assignment, and those
/// that it replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "submissions",
    unique(assignment_id, learner_id, number),
    index(assignment_id, status),
    index(learner_id, status)
)]
pub struct Submission {
    /// The submission's id.
    pub id: Id<Submission>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assignment.
    pub assignment_id: Id<Assignment>,
    /// Whose work it is.
    pub learner_id: Id<Membership>,
    /// Which of the learner's submissions, from 1.
    pub number: u32,
    /// Its status.
    pub status: SubmissionStatus,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
    /// The text of the work.
    #[record(personal)]
    pub content: Option<String>,
    /// The file of the work.
    pub file_id: Option<Id<FileAsset>>,
    /// Where the work is, if it is kept elsewhere.
    #[record(personal)]
    pub file_url: Option<Link>,
    /// How late it was, in seconds.
    pub late_seconds: i64,
    /// What it earned, lateness aside.
    pub earned: Option<Points>,
    /// What it is worth with lateness taken off.
    pub grade: Option<Points>,
    /// The feedback for the learner.
    #[record(personal)]
    pub feedback: Option<String>,
    /// When it was marked.
    pub graded_at: Option<Timestamp>,
    /// Who marked it.
    pub graded_by: Option<Id<Membership>>,
}

impl Submission {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("submission");

    /// A draft with nothing in it.
    pub fn new(
        cx: &Context,
        assignment: Id<Assignment>,
        learner: Id<Membership>,
        number: u32,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assignment_id: assignment,
            learner_id: learner,
            number,
            status: SubmissionStatus::Draft,
            submitted_at: None,
            content: None,
            file_id: None,
            file_url: None,
            late_seconds: 0,
            earned: None,
            grade: None,
            feedback: None,
            graded_at: None,
            graded_by: None,
        }
    }

    /// A learner's submissions, the latest first.
    pub fn of(assignment: Id<Assignment>, learner: Id<Membership>) -> Query<Self> {
        let same = Self::ASSIGNMENT_ID.eq(assignment).and(Self::LEARNER_ID.eq(learner));
        Query::filter(same).order_by(Self::NUMBER, Direction::Desc)
    }

    /// What is to be marked of an assignment.
    pub fn to_mark(assignment: Id<Assignment>) -> Query<Self> {
        let submitted = Self::STATUS.eq(SubmissionStatus::Submitted);
        Query::filter(Self::ASSIGNMENT_ID.eq(assignment).and(submitted))
    }
}

/// Work was handed in, marked or given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.submission_changed", subject = Submission::ENTITY, id = submission_id)]
pub struct SubmissionChanged {
    /// The submission.
    pub submission_id: Id<Submission>,
    /// The assignment.
    pub assignment_id: Id<Assignment>,
    /// Whose work it is.
    pub learner_id: Id<Membership>,
    /// Its present status.
    pub status: SubmissionStatus,
}
