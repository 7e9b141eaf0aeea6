//! What a tutor observed about a learner.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, Place, authorize},
    identity::Membership,
    kernel::{Context, EntityKind, EntityRef, Id, Points, Timestamp},
    outbox::DomainEvent,
    store::{Direction, Query, Record, Stamp, StoreError, Transaction},
};

/// What was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum ObservationKind {
    /// Reading.
    Reading,
    /// Spelling.
    Spelling,
    /// Numeracy.
    Numeracy,
    /// Something of the tenant's own.
    Custom,
}

/// What a tutor observed about a learner: not a test that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[record(table = "observations", index(learner_id, observed_at), index(tutor_id))]
pub struct Observation {
    /// The observation's id.
    pub id: Id<Observation>,
    /// What the library keeps about the record.
    #[record(flatten)]
    pub stamp: Stamp,
    /// About whom.
    pub learner_id: Id<Membership>,
    /// By whom.
    pub tutor_id: Option<Id<Membership>>,
    /// What was observed.
    pub kind: ObservationKind,
    /// What it is called, where it is of the tenant's own.
    pub custom_kind: Option<String>,
    /// How well.
    pub score: Option<Points>,
    /// The academic age that was found, in months.
    #[record(sensitive)]
    pub academic_age_months: Option<u16>,
    /// What else the tutor noted.
    #[record(sensitive)]
    pub notes: Option<String>,
    /// When.
    pub observed_at: Timestamp,
}

impl Observation {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("observation");

    /// The observations of a learner, the latest first.
    pub fn of(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner)).order_by(Self::OBSERVED_AT, Direction::Desc)
    }
}

/// An observation to record.
#[derive(Clone, Debug)]
pub struct RecordObservation {
    /// About whom.
    pub learner_id: Id<Membership>,
    /// What was observed.
    pub kind: ObservationKind,
    /// What it is called, where it is of the tenant's own.
    pub custom_kind: Option<String>,
    /// How well.
    pub score: Option<Points>,
    /// The academic age that was found, in months.
    pub academic_age_months: Option<u16>,
    /// What else the tutor noted.
    pub notes: Option<String>,
    /// When; now when there is none.
    pub observed_at: Option<Timestamp>,
}

/// Why an observation was not recorded.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ObservationError {
    /// Nobody could tell later what was observed.
    #[error("name what was observed")]
    #[fault(invalid, field = "custom_kind")]
    NoName,
    /// There is neither a score nor a note nor an age.
    #[error("an observation has a score, an academic age or notes")]
    #[fault(invalid, field = "score")]
    Empty,
    /// It was observed in the future.
    #[error("an observation cannot be in the future")]
    #[fault(invalid, field = "observed_at")]
    InFuture,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// An observation was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservationRecorded {
    /// The observation.
    pub observation_id: Id<Observation>,
    /// About whom.
    pub learner_id: Id<Membership>,
    /// What was observed.
    pub kind: ObservationKind,
}

impl DomainEvent for ObservationRecorded {
    const KIND: &'static str = "assessment.observation_recorded";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Observation::ENTITY, self.observation_id)
    }
}

/// Records what a tutor observed.
///
/// # Errors
/// [`ObservationError`].
pub async fn record_observation(
    cx: &Context,
    tx: &mut Transaction,
    command: RecordObservation,
) -> Result<Observation, ObservationError> {
    let learner = tx.require(command.learner_id).await?;
    let places = Place::Own(learner.id).in_unit(learner.org_unit_id);
    let permit = authorize(cx, tx, Permission::OBSERVATIONS_RECORD, places).await?;
    let named = command.custom_kind.as_deref().is_some_and(|name| !name.trim().is_empty());
    if command.kind == ObservationKind::Custom && !named {
        return Err(ObservationError::NoName);
    }
    if command.score.is_none() && command.notes.is_none() && command.academic_age_months.is_none() {
        return Err(ObservationError::Empty);
    }
    let observed_at = command.observed_at.unwrap_or(cx.now());
    if observed_at > cx.now() {
        return Err(ObservationError::InFuture);
    }
    let observation = Observation {
        id: cx.id(),
        stamp: Stamp::new(cx),
        learner_id: learner.id,
        tutor_id: permit.member(),
        kind: command.kind,
        custom_kind: command.custom_kind,
        score: command.score,
        academic_age_months: command.academic_age_months,
        notes: command.notes,
        observed_at,
    };
    tx.insert(&observation).await?;
    tx.emit(&ObservationRecorded {
        observation_id: observation.id,
        learner_id: learner.id,
        kind: observation.kind,
    });
    Ok(observation)
}
