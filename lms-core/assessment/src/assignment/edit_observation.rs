//! Correcting an observation.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::assignment::{Observation, ObservationError};
use lms_kernel::{Id, Points};
use lms_people::authorization::{Permission, authorize_on, get_authorized};
use lms_store::Transaction;

/// One change to an observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObservationChange {
    /// The score in points, where the observation is scored.
    Score(Option<Points>),
    /// The tutor's notes.
    Notes(Option<String>),
}

/// Corrects the score or the notes of an observation. An academic age is corrected by another
/// observation, which the learner's profile follows.
///
/// # Permission
/// `observations.record` on the learner; notes need `members.edit_sensitive` on the learner as well,
/// except for the tutor who recorded them.
///
/// # Errors
/// [`ObservationError::Empty`] where nothing would be left of it.
#[operation("assessment.edit_observation")]
#[derive(PartialEq, Eq)]
pub struct EditObservation {
    /// The observation to correct.
    pub observation_id: Id<Observation>,
    /// The changes, applied in order.
    pub changes: Vec<ObservationChange>,
}

impl Operation for EditObservation {
    const ACCESS: Access =
        Access::Asks(&[Permission::OBSERVATIONS_RECORD, Permission::MEMBERS_EDIT_SENSITIVE]);
    type Answer = ();
    type Error = ObservationError;

    async fn run(self, tx: &mut Transaction) -> Result<(), ObservationError> {
        let record = Permission::OBSERVATIONS_RECORD;
        let mut observation = get_authorized(tx, record.clone(), self.observation_id).await?;
        let own = authorize_on(tx, record, &observation).await?.member();
        let is_own = own.is_some() && own == observation.tutor_id;
        for change in self.changes {
            match change {
                ObservationChange::Score(it) => observation.score = it,
                ObservationChange::Notes(it) => {
                    if !is_own {
                        let learner = tx.require(observation.learner_id).await?;
                        authorize_on(tx, Permission::MEMBERS_EDIT_SENSITIVE, &learner).await?;
                    }
                    observation.notes = it;
                }
            }
        }
        if observation.score.is_none()
            && observation.notes.is_none()
            && observation.academic_age_months.is_none()
        {
            return Err(ObservationError::Empty);
        }
        Ok(tx.update(&mut observation).await?)
    }
}
