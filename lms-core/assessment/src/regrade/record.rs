//! The record of a regrading.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::HandedInSheet,
    regrade::{KeyRuling, RegradeTally},
};
use lms_kernel::{Context, Id, Timestamp};
use lms_store::{Direction, Query, Record, Stamp};

/// The status of a regrading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum RegradeStatus {
    /// Attempts are being graded again.
    Running,
    /// All attempts were.
    Completed,
}

/// An event in the lifecycle of a regrading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RegradeEvent {
    /// The last attempt was graded again.
    Finish,
}

lms_kernel::machine! {
    "regrading": RegradeStatus x RegradeEvent {
                   [Finish   ]
        Running:   [Completed]
        Completed: [-        ]
    }
}

/// A regrading of an assessment: what its corrected keys mean for earlier attempts, and how far
/// it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "regrades", unique(assessment_id, edition), index(status))]
pub struct Regrade {
    /// The regrading's id.
    pub id: Id<Regrade>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The last edition of the assessment whose attempts it concerns.
    pub edition: u32,
    /// One policy for each question.
    #[record(json)]
    pub rulings: Vec<KeyRuling>,
    /// Why the keys were corrected.
    pub reason: Option<String>,
    /// Its status.
    pub status: RegradeStatus,
    /// The last sheet that was graded again; none before the first.
    pub reached_id: Option<Id<HandedInSheet>>,
    /// The outcome of the scores so far.
    #[record(json)]
    pub tally: RegradeTally,
    /// When the last attempt was graded again.
    pub completed_at: Option<Timestamp>,
}

impl Regrade {
    /// A regrading that has not graded anything yet.
    pub fn new(
        cx: &Context,
        assessment: &Assessment,
        rulings: Vec<KeyRuling>,
        reason: Option<String>,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assessment_id: assessment.id,
            edition: assessment.edition,
            rulings,
            reason,
            status: RegradeStatus::Running,
            reached_id: None,
            tally: RegradeTally::default(),
            completed_at: None,
        }
    }

    /// The regradings of an assessment, in the order in which they were decided.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment)).order_by(Self::EDITION, Direction::Asc)
    }

    /// The regradings that were begun and not finished, to be resumed.
    pub fn unfinished() -> Query<Self> {
        Query::filter(Self::STATUS.eq(RegradeStatus::Running))
    }
}
