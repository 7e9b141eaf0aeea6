//! Placing a learner among the classes of a group, and taking the seat.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    attempt::{Attempt, Score, ScoreStatus},
    placement::{
        ClassOption, CohortError, DesignError, LearnerPlaced, MeasureScore, OverrideError,
        Placement, PlacementDecision, PlacementDesign, PlacementOutcome, PlacementPolicy,
        PlacementProfile, RetestRefusal, place,
    },
};
use lms_kernel::{Id, Points, Slug};
use lms_learning::delivery::{
    AdmitStudent, ClassGroup, ClassMember, JoinClassError, LeaveClassError, MemberStatus,
    PlacementBand, Seating,
};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::Absence,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{Lock, StoreError, Transaction};

/// Places a learner in a class by a policy: takes the seat or the place on the waitlist, and
/// records the decision with every reason.
///
/// # Locks
/// The classes of the group are locked, by id, before their members are counted; so no class takes
/// more than its seats, however many are placed at once.
///
/// # Errors
/// [`PlaceLearnerError`]. Not being placed is no error: the decision says why.
#[operation("assessment.place_learner")]
pub struct PlaceLearner {
    /// The placement group: the key shared by the candidate classes.
    pub group: Slug,
    /// The learner's scores and facts; the score of `attempt_id` is added to it.
    pub profile: PlacementProfile,
    /// The attempt whose score decides; `None` uses the profile alone.
    pub attempt_id: Option<Id<Attempt>>,
    /// The name of the attempt's score, and of the classes' bands, in the policy.
    pub measure: Slug,
    /// The placement rules.
    pub policy: PlacementPolicy,
}

/// Why a learner was not placed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PlaceLearnerError {
    /// The attempt is another person's.
    #[error("the attempt belongs to another learner")]
    #[fault(invalid, field = "attempt_id")]
    ForeignAttempt,
    /// The attempt is not graded yet.
    #[error("the attempt is not graded yet; mark it first")]
    #[fault(conflict, field = "attempt_id")]
    NotGraded,
    /// A decision of a person without a person.
    #[error("the system decides by the rules; let a person decide otherwise")]
    #[fault(invalid)]
    NoPerson,
    /// What a person decided has no seat.
    #[error("there is no seat where the learner is to go; {seats} of its classes are full")]
    #[fault(conflict)]
    NoSeat {
        /// How many classes would suit and are full.
        seats: usize,
    },
    /// The tenant does not place by tests.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// A decision of a person that says nothing.
    #[error(transparent)]
    #[fault(transparent)]
    Override(#[from] OverrideError),
    /// The learners are not a cohort.
    #[error(transparent)]
    #[fault(transparent)]
    Cohort(#[from] CohortError),
    /// The test may not be taken again now.
    #[error(transparent)]
    #[fault(transparent)]
    Retest(#[from] RetestRefusal),
    /// The class that the learner was in refused to let go.
    #[error(transparent)]
    #[fault(transparent)]
    Leave(#[from] LeaveClassError),
    /// The policy and the classes do not fit together.
    #[error(transparent)]
    #[fault(transparent)]
    Design(#[from] DesignError),
    /// The class refused.
    #[error(transparent)]
    #[fault(transparent)]
    Join(#[from] JoinClassError),
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

impl Operation for PlaceLearner {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    type Answer = PlacementDecision;
    type Error = PlaceLearnerError;

    async fn run(self, tx: &mut Transaction) -> Result<PlacementDecision, PlaceLearnerError> {
        let command = self;
        let PlaceLearner { group, mut profile, attempt_id, measure, policy } = command;
        require_feature(tx, Feature::Placement).await?;
        authorize_on(tx, Permission::PLACEMENT_MANAGE, &Subject::of(profile.learner)).await?;
        let score = add_score(tx, &mut profile, attempt_id, &measure).await?;
        let options = options(tx, &group, &measure).await?;
        let design = PlacementDesign::new(policy, options)?;
        let placement = place(&design, &profile, tx.now());
        let mut decision = PlacementDecision::new(tx.cx(), group, profile, placement);
        (decision.attempt_id, decision.score) = (attempt_id, score);
        keep(tx, &decision).await?;
        Ok(decision)
    }
}

/// Takes the seat of a decision, or the place on the waitlist, and keeps the decision.
pub(super) async fn keep(
    tx: &mut Transaction,
    decision: &PlacementDecision,
) -> Result<(), PlaceLearnerError> {
    if let Placement {
        outcome: PlacementOutcome::Placed { class, .. } | PlacementOutcome::Waitlisted { class, .. },
        ..
    } = &decision.placement
    {
        tx.part(AdmitStudent { class_id: *class, student_id: decision.learner_id }).await?;
    }
    tx.insert(decision).await?;
    tx.emit(&LearnerPlaced {
        decision_id: decision.id,
        learner_id: decision.learner_id,
        status: decision.status,
        class_id: decision.class_id,
    });
    Ok(())
}

/// Adds the score of an attempt to what is known about a learner, and gives it.
pub(super) async fn add_score(
    tx: &mut Transaction,
    profile: &mut PlacementProfile,
    attempt: Option<Id<Attempt>>,
    measure: &Slug,
) -> Result<Option<Points>, PlaceLearnerError> {
    let Some(attempt) = attempt else { return Ok(None) };
    let found = graded_score(tx, attempt, profile).await?;
    let taken_at = found.completed_at.unwrap_or(tx.now());
    profile.scores.push(MeasureScore::new(measure.clone(), found.total, taken_at));
    Ok(Some(found.total))
}

async fn graded_score(
    tx: &mut Transaction,
    attempt: Id<Attempt>,
    profile: &PlacementProfile,
) -> Result<Score, PlaceLearnerError> {
    let score = tx.first(Score::of(attempt)).await?.ok_or(PlaceLearnerError::NotGraded)?;
    if score.learner_id != profile.learner {
        return Err(PlaceLearnerError::ForeignAttempt);
    }
    if score.status == ScoreStatus::Pending {
        return Err(PlaceLearnerError::NotGraded);
    }
    Ok(score)
}

/// The present classes of a group, locked.
pub(super) async fn options(
    tx: &mut Transaction,
    group: &Slug,
    measure: &Slug,
) -> Result<Vec<ClassOption>, StoreError> {
    let classes = tx.all(ClassGroup::placed_by(group.clone()).lock(Lock::Update)).await?;
    options_of(tx, &classes, measure).await
}

/// The present classes with their free seats.
pub(super) async fn options_of(
    tx: &mut Transaction,
    classes: &[ClassGroup],
    measure: &Slug,
) -> Result<Vec<ClassOption>, StoreError> {
    let bands = tx.all(PlacementBand::of_any(classes.iter().map(|it| it.id))).await?;
    let mut options = Vec::with_capacity(classes.len());
    for class in classes {
        let seating = Seating {
            capacity: class.capacity,
            waitlist_capacity: class.waitlist_capacity,
            taken: tx.count(ClassMember::of(class.id, MemberStatus::Active)).await?,
            waiting: tx.count(ClassMember::of(class.id, MemberStatus::Waitlisted)).await?,
        };
        options.push(ClassOption::of(class, measure, &bands, &seating));
    }
    Ok(options)
}
