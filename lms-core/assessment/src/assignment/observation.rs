//! What a tutor observed about a learner.
use lms_derive::{DomainError, TextEnum};
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::protected::Tutored;
use lms_kernel::{EntityKind, Id, Points, TextError, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_on, is_permitted_on},
    identity::{LearnerProfile, Membership},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{
    outbox::DomainEvent,
    {Direction, Query, Record, Stamp, StoreError, Transaction},
};

/// The kind of observation.
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

/// A tutor's observation of a learner, outside of any test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "observations", index(learner_id, observed_at), index(tutor_id))]
pub struct Observation {
    /// The observation's id.
    pub id: Id<Observation>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The tutor's membership.
    pub tutor_id: Option<Id<Membership>>,
    /// The kind of observation.
    pub kind: ObservationKind,
    /// What it is called, where it is of the tenant's own.
    pub custom_kind: Option<String>,
    /// The score in points, where it is scored.
    pub score: Option<Points>,
    /// The academic age that was found, in months.
    #[record(sensitive)]
    pub academic_age_months: Option<u16>,
    /// What else the tutor noted.
    #[record(sensitive)]
    pub notes: Option<String>,
    /// The instant of the observation.
    pub observed_at: Timestamp,
}

impl Observation {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("observation");

    /// The observations of a learner, the latest first.
    pub fn of(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner)).order_by(Self::OBSERVED_AT, Direction::Desc)
    }

    /// The observations of a learner in the same skill that found an academic age later.
    fn newer_ages(&self) -> Query<Self> {
        let of_skill = Self::LEARNER_ID.eq(self.learner_id).and(Self::KIND.eq(self.kind));
        let of_skill = match &self.custom_kind {
            Some(name) => of_skill.and(Self::CUSTOM_KIND.is(name.clone())),
            None => of_skill.and(Self::CUSTOM_KIND.is_null()),
        };
        let aged = Self::ACADEMIC_AGE_MONTHS.is_not_null();
        Query::filter(of_skill.and(aged).and(Self::OBSERVED_AT.gt(self.observed_at)))
    }

    /// What the skill is called in academic ages.
    fn skill(&self) -> &str {
        match self.kind {
            ObservationKind::Custom => self.custom_kind.as_deref().unwrap_or_default(),
            ObservationKind::Reading | ObservationKind::Spelling | ObservationKind::Numeracy => {
                self.kind.as_str()
            }
        }
    }
}

/// Records a tutor's observation of a learner: of their own learners, or of any learner in their
/// unit.
///
/// An academic age also becomes the learner's age in that skill, unless a later observation has
/// found one.
///
/// # Locks
/// The learner's membership is locked, so that the latest stays.
///
/// # Errors
/// [`ObservationError`].
#[operation("assessment.record_observation")]
pub struct RecordObservation {
    /// The membership of the observed learner.
    pub learner_id: Id<Membership>,
    /// The kind of observation.
    pub kind: ObservationKind,
    /// The tenant's own name for it; given exactly where `kind` is custom.
    pub custom_kind: Option<String>,
    /// The score in points, where the observation is scored.
    pub score: Option<Points>,
    /// The academic age found, in months.
    pub academic_age_months: Option<u16>,
    /// The tutor's notes, which only those with access to sensitive data see.
    pub notes: Option<String>,
    /// The instant of the observation; `None` means now.
    pub observed_at: Option<Timestamp>,
}

/// Why an observation was not recorded.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ObservationError {
    /// The observation has no kind or name.
    #[error("name the kind of observation")]
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
    /// An academic age of a skill that academic ages cannot name.
    #[error(transparent)]
    #[fault(invalid, field = "custom_kind")]
    Skill(#[from] TextError),
    /// The tenant has no observations.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("assessment.observation_recorded", subject = Observation::ENTITY, id = observation_id)]
pub struct ObservationRecorded {
    /// The observation.
    pub observation_id: Id<Observation>,
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The kind of observation.
    pub kind: ObservationKind,
}

impl Operation for RecordObservation {
    const ACCESS: Access = Access::Asks(&[Permission::OBSERVATIONS_RECORD]);
    type Answer = Observation;
    type Error = ObservationError;

    async fn run(self, tx: &mut Transaction) -> Result<Observation, ObservationError> {
        let command = self;
        require_feature(tx, Feature::Observations).await?;
        let learner = tx.require(command.learner_id).await?;
        let permit =
            authorize_on(tx, Permission::OBSERVATIONS_RECORD, &Tutored(learner.id)).await?;
        let named = command.custom_kind.as_deref().is_some_and(|name| !name.trim().is_empty());
        if command.kind == ObservationKind::Custom && !named {
            return Err(ObservationError::NoName);
        }
        if command.score.is_none()
            && command.notes.is_none()
            && command.academic_age_months.is_none()
        {
            return Err(ObservationError::Empty);
        }
        let observed_at = command.observed_at.unwrap_or(tx.now());
        if observed_at > tx.now() {
            return Err(ObservationError::InFuture);
        }
        let observation = Observation {
            id: tx.id(),
            stamp: Stamp::new(tx.cx()),
            learner_id: learner.id,
            tutor_id: permit.member(),
            kind: command.kind,
            custom_kind: command.custom_kind.filter(|_| command.kind == ObservationKind::Custom),
            score: command.score,
            academic_age_months: command.academic_age_months,
            notes: command.notes,
            observed_at,
        };
        tx.insert(&observation).await?;
        if let Some(months) = observation.academic_age_months {
            keep_age(tx, &observation, months).await?;
        }
        tx.emit(&ObservationRecorded {
            observation_id: observation.id,
            learner_id: learner.id,
            kind: observation.kind,
        });
        Ok(observation)
    }
}

/// Lists the observations of a learner, latest first: for their guardians, their tutor, and staff
/// who may see observations in their unit. Notes and academic ages are included only with
/// `members.view_sensitive` for the learner, and for the tutor who recorded them.
///
/// # Errors
/// [`ObservationError`] if the actor may not, or the store failed.
#[operation("assessment.view_observations")]
pub struct ViewObservations {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewObservations {
    const ACCESS: Access =
        Access::Asks(&[Permission::OBSERVATIONS_VIEW, Permission::MEMBERS_VIEW_SENSITIVE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Observation>;
    type Error = ObservationError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Observation>, ObservationError> {
        let Self { learner_id: learner } = self;
        let learner = tx.require(learner).await?;
        let permit = authorize_on(tx, Permission::OBSERVATIONS_VIEW, &Tutored(learner.id)).await?;
        let sees_all = is_permitted_on(tx, Permission::MEMBERS_VIEW_SENSITIVE, &learner).await?;
        let mut found = tx.all(Observation::of(learner.id)).await?;
        for observation in found.iter_mut().filter(|_| !sees_all) {
            if observation.tutor_id.is_none() || observation.tutor_id != permit.member() {
                observation.academic_age_months = None;
                observation.notes = None;
            }
        }
        Ok(found)
    }
}

/// Makes an academic age that was found the learner's, unless a later one is known.
async fn keep_age(
    tx: &mut Transaction,
    observation: &Observation,
    months: u16,
) -> Result<(), ObservationError> {
    tx.lock(observation.learner_id).await?;
    if tx.exists(observation.newer_ages()).await? {
        return Ok(());
    }
    let found = tx.first(LearnerProfile::of_member(observation.learner_id)).await?;
    let is_new = found.is_none();
    let mut profile = found.unwrap_or_else(|| LearnerProfile::new(tx.cx(), observation.learner_id));
    let ages = std::mem::take(&mut profile.academic_age);
    profile.academic_age = ages.with(observation.skill(), months)?;
    if is_new {
        tx.insert(&profile).await?;
    } else {
        tx.update(&mut profile).await?;
    }
    Ok(())
}
