//! Starting an attempt.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, AssessmentStatus, Section,
    attempt::{
        AssessmentOverride, Attempt, AttemptLimits, AttemptStarted, AttemptStatus, EarlierAttempt,
        StartRefusal, may_start, service::submit_attempt::end_overdue,
    },
    bank::{DrawError, DrawSeed, draw_questions},
};
use lms_kernel::Id;
use lms_learning::{
    delivery::ClassMember,
    learning::{CourseWork, Enrollment, EnrollmentStatus},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, acting_member, authorize_on},
    identity::{Absence, Membership},
};
use lms_store::{StoreError, Transaction};

/// Starts an attempt, or answers the one in progress. Its questions are fixed from now on: the
/// present edition of the assessment, and the draws from question banks.
///
/// A running attempt whose time is up is ended first.
///
/// # Locks
/// The learner's membership is locked before earlier attempts are read, so that one learner never
/// gets two attempts of one number.
///
/// # Errors
/// [`StartAttemptError`].
#[operation("assessment.start_attempt")]
pub struct StartAttempt {
    /// The assessment to take.
    pub assessment_id: Id<Assessment>,
    /// The learner's membership; `None` means the actor.
    pub learner_id: Option<Id<Membership>>,
}

impl StartAttempt {
    /// The actor starts the attempt.
    pub const fn new(assessment_id: Id<Assessment>) -> Self {
        Self { assessment_id, learner_id: None }
    }

    /// The same for another learner.
    #[must_use]
    pub const fn for_learner(mut self, learner: Id<Membership>) -> Self {
        self.learner_id = Some(learner);
        self
    }
}

/// The attempt to go on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Started {
    /// It was started now.
    New(Attempt),
    /// It runs already: go on where it was left.
    Running(Attempt),
}

impl Started {
    /// The attempt.
    pub fn into_attempt(self) -> Attempt {
        match self {
            Self::New(attempt) | Self::Running(attempt) => attempt,
        }
    }
}

/// Why an attempt did not start.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum StartAttemptError {
    /// The assessment is a draft or archived.
    #[error("the assessment is `{status}`; only a published one can be taken")]
    #[fault(conflict)]
    NotPublished {
        /// Its status.
        status: AssessmentStatus,
    },
    /// The learner does not learn in the course of the assessment.
    #[error("the learner is not enrolled in the course; enroll first")]
    #[fault(forbidden)]
    NotEnrolled,
    /// It is not open, the attempts are used up, or it is too soon.
    #[error(transparent)]
    #[fault(transparent)]
    Refused(#[from] StartRefusal),
    /// A pool holds too few questions.
    #[error(transparent)]
    #[fault(transparent)]
    Draw(#[from] DrawError),
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

impl Operation for StartAttempt {
    const ACCESS: Access = Access::Asks(&[Permission::ATTEMPTS_TAKE]);
    type Answer = Started;
    type Error = StartAttemptError;

    async fn run(self, tx: &mut Transaction) -> Result<Started, StartAttemptError> {
        let command = self;
        let assessment = tx.require(command.assessment_id).await?;
        let learner = match command.learner_id {
            Some(learner) => learner,
            None => acting_member(tx, Permission::ATTEMPTS_TAKE).await?.id,
        };
        let work = CourseWork { learner, course: assessment.course_id };
        authorize_on(tx, Permission::ATTEMPTS_TAKE, &work).await?;
        if assessment.status != AssessmentStatus::Published {
            return Err(StartAttemptError::NotPublished { status: assessment.status });
        }
        check_enrolled(tx, &assessment, learner).await?;
        tx.lock(learner).await?.present()?;
        let limits = learner_limits(tx, &assessment, learner).await?;
        let mut earlier = tx.all(Attempt::of(assessment.id, learner)).await?;
        if let Some(running) = earlier.iter_mut().find(|it| it.status == AttemptStatus::InProgress)
        {
            if running.answers_until.is_none_or(|until| tx.now() <= until) {
                return Ok(Started::Running(running.clone()));
            }
            *running = tx.lock(running.id).await?;
            end_overdue(tx, &assessment, running).await?;
        }
        let finished: Vec<EarlierAttempt> = earlier.iter().map(Attempt::earlier).collect();
        may_start(&limits, &assessment.attempt_rules, &finished, tx.now())?;
        let number = earlier.iter().map(|it| it.number).max().unwrap_or(0).saturating_add(1);
        let mut attempt = Attempt::new(tx.cx(), assessment.id, learner, number, &limits);
        attempt.activity_id = assessment.node_id;
        attempt.edition = assessment.edition;
        let sections = tx.all(Section::of_assessment(assessment.id)).await?;
        attempt.by_section = sections.iter().any(|it| it.time_limit_seconds.is_some());
        attempt.drawn = draw_questions(tx, assessment.id, DrawSeed(attempt.seed)).await?;
        tx.insert(&attempt).await?;
        tx.emit(&AttemptStarted {
            attempt_id: attempt.id,
            assessment_id: assessment.id,
            learner_id: learner,
            number,
        });
        Ok(Started::New(attempt))
    }
}

async fn check_enrolled(
    tx: &mut Transaction,
    assessment: &Assessment,
    learner: Id<Membership>,
) -> Result<(), StartAttemptError> {
    let Some(course) = assessment.course_id else { return Ok(()) };
    let enrolment = tx.first(Enrollment::live(learner, course)).await?;
    let learns = enrolment.is_some_and(|it| {
        matches!(it.status, EnrollmentStatus::Active | EnrollmentStatus::Completed)
            && !it.is_over(tx.now())
    });
    if learns { Ok(()) } else { Err(StartAttemptError::NotEnrolled) }
}

/// The limits of an assessment for one learner: its own, with what the learner and the learner's
/// classes were given.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn learner_limits(
    tx: &mut Transaction,
    assessment: &Assessment,
    learner: Id<Membership>,
) -> Result<AttemptLimits, StoreError> {
    let classes = tx.all(ClassMember::active_of(learner)).await?;
    let classes = classes.iter().map(|it| it.class_id);
    let overrides = tx.all(AssessmentOverride::concerning(assessment.id, learner, classes)).await?;
    Ok(AttemptLimits::of(assessment).with(&AssessmentOverride::by_level(&overrides)))
}
