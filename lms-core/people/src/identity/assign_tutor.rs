//! Giving a learner a tutor.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::{
        Absence, LearnerProfile, Membership, MembershipKind, StaffProfile, TutorAssigned,
        profiles::change_learner,
    },
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// Why a learner could not get a tutor.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TutorError {
    /// The member does not work for the tenant, or not now.
    #[error("a tutor is an active member of staff; choose one")]
    #[fault(invalid, field = "tutor_id")]
    NotATutor,
    /// The member is not a learner.
    #[error("only learners have tutors; choose a learner")]
    #[fault(invalid, field = "student_id")]
    NotALearner,
    /// The tutor has as many learners as they take.
    #[error("the tutor takes {limit} learners and has them; choose another or raise the limit")]
    #[fault(conflict, field = "tutor_id")]
    Full {
        /// How many learners the tutor takes.
        limit: u32,
    },
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Assigns a tutor to a learner, or removes the present one. Needs `tutors.assign` for the learner
/// and, where the tutor belongs to a unit, for the tutor.
///
/// How many learners a tutor has is counted, under a lock on the tutor's profile, so that the
/// last place is given once.
///
/// # Errors
/// [`TutorError`].
#[operation("identity.assign_tutor")]
pub struct AssignTutor {
    /// The learner's membership.
    pub student_id: Id<Membership>,
    /// The new tutor's membership; `None` removes the present tutor.
    pub tutor_id: Option<Id<Membership>>,
}

impl Operation for AssignTutor {
    const ACCESS: Access = Access::Asks(&[Permission::TUTORS_ASSIGN]);
    type Answer = ();
    type Error = TutorError;

    async fn run(self, tx: &mut Transaction) -> Result<(), TutorError> {
        let Self { student_id, tutor_id } = self;
        authorize_on(tx, Permission::TUTORS_ASSIGN, &Subject::of(student_id)).await?;
        let mut student = tx.require(student_id).await?;
        if tutor_id.is_some() {
            student = student.present()?;
        }
        if student.kind != MembershipKind::Student {
            return Err(TutorError::NotALearner);
        }
        if let Some(tutor) = tutor_id {
            may_give_away(tx, tutor).await?;
            hold_place(tx, tutor, student_id).await?;
        }
        change_learner(tx, student_id, |it| it.assigned_tutor_id = tutor_id).await?;
        tx.emit(&TutorAssigned { student_id, tutor_id });
        Ok(())
    }
}

/// How many learners a tutor has, and how many they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TutorPlaces {
    /// How many learners have this tutor now.
    pub current_students: u64,
    /// How many the tutor takes; none for as many as there are.
    pub max_students: Option<u32>,
}

impl TutorPlaces {
    /// Whether one more learner may have this tutor.
    pub fn has_room(&self) -> bool {
        self.max_students.is_none_or(|most| self.current_students < u64::from(most))
    }
}

/// Shows how many learners a tutor has, and how many they take.
///
/// # Errors
/// [`TutorError`].
#[operation("identity.view_tutor_places")]
pub struct ViewTutorPlaces {
    /// The tutor.
    pub tutor_id: Id<Membership>,
}

impl Operation for ViewTutorPlaces {
    const ACCESS: Access = Access::Asks(&[Permission::PROFILES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = TutorPlaces;
    type Error = TutorError;

    async fn run(self, tx: &mut Transaction) -> Result<TutorPlaces, TutorError> {
        places_of(tx, self.tutor_id).await
    }
}

async fn places_of(
    tx: &mut Transaction,
    tutor_id: Id<Membership>,
) -> Result<TutorPlaces, TutorError> {
    authorize_on(tx, Permission::PROFILES_VIEW, &Subject::of(tutor_id)).await?;
    tx.require(tutor_id).await?;
    let profile = tx.first(StaffProfile::of_member(tutor_id)).await?;
    let current_students = tx.count(LearnerProfile::of_tutor(tutor_id)).await?;
    Ok(TutorPlaces { current_students, max_students: profile.and_then(|it| it.max_students) })
}

/// A tutor of a unit is given to learners by those who may do so there; one who belongs to none is
/// for the whole tenant.
async fn may_give_away(tx: &mut Transaction, tutor: Id<Membership>) -> Result<(), TutorError> {
    let tutor = tx.require(tutor).await?;
    if tutor.org_unit_id.is_some() {
        authorize_on(tx, Permission::TUTORS_ASSIGN, &tutor).await?;
    }
    Ok(())
}

async fn hold_place(
    tx: &mut Transaction,
    tutor_id: Id<Membership>,
    student_id: Id<Membership>,
) -> Result<(), TutorError> {
    let tutor = tx.require(tutor_id).await?;
    let works_here = matches!(tutor.kind, MembershipKind::Staff | MembershipKind::Admin);
    if !works_here || !tutor.is_active() {
        return Err(TutorError::NotATutor);
    }
    let Some(profile) = tx.first(StaffProfile::of_member(tutor_id)).await? else { return Ok(()) };
    let profile = tx.lock(profile.id).await?;
    let Some(limit) = profile.max_students else { return Ok(()) };
    let own = LearnerProfile::MEMBER_ID.ne(student_id);
    let current_students = tx.count(LearnerProfile::of_tutor(tutor_id).and(own)).await?;
    let places = TutorPlaces { current_students, max_students: Some(limit) };
    if places.has_room() { Ok(()) } else { Err(TutorError::Full { limit }) }
}
