//! More time for one learner's coursework.
use serde::{Deserialize, Serialize};

use crate::assignment::Assignment;
use lms_kernel::{Context, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp, StoreError, Transaction};

/// That one learner's work is in time for longer than that of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "deadline_extensions", unique(assignment_id, learner_id), index(learner_id))]
pub struct DeadlineExtension {
    /// The extension's id.
    pub id: Id<DeadlineExtension>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assignment.
    pub assignment_id: Id<Assignment>,
    /// Whose work it is.
    pub learner_id: Id<Membership>,
    /// Until when it is in time.
    pub due_at: Timestamp,
    /// Why.
    #[record(personal)]
    pub reason: Option<String>,
    /// Who gave it.
    pub decided_by: Option<Id<Membership>>,
}

impl DeadlineExtension {
    /// An extension until `due_at`.
    pub fn new(
        cx: &Context,
        assignment: Id<Assignment>,
        learner: Id<Membership>,
        due_at: Timestamp,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assignment_id: assignment,
            learner_id: learner,
            due_at,
            reason: None,
            decided_by: None,
        }
    }

    /// The extension of a learner for an assignment.
    pub fn of(assignment: Id<Assignment>, learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::ASSIGNMENT_ID.eq(assignment).and(Self::LEARNER_ID.eq(learner)))
    }
}

/// Until when a learner's work is in time: until the date of the assignment, or longer where the
/// learner was given longer; for ever where the assignment has no date.
///
/// # Errors
/// [`StoreError`].
#[doc(hidden)]
pub async fn deadline_of(
    tx: &mut Transaction,
    assignment: &Assignment,
    learner: Id<Membership>,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(due_at) = assignment.due_at else { return Ok(None) };
    let own = tx.first(DeadlineExtension::of(assignment.id, learner)).await?;
    Ok(Some(own.map_or(due_at, |it| it.due_at.max(due_at))))
}
