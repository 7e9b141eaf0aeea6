//! Giving a learner or a class more time, more attempts or other dates.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{
        Allowance, AssessmentOverride, Attempt, AttemptExtended, AttemptStatus, OverrideFor,
        service::start_attempt::learner_limits,
    },
    places::course_places,
};
use lms_kernel::Id;
use lms_learning::delivery::{ClassMember, MemberStatus};
use lms_people::{
    authorization::{AuthorizationError, Permission, Place, Places, authorize},
    identity::Membership,
};
use lms_store::{StoreError, Transaction};

/// What to give, and to whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GrantAllowance {
    /// For which assessment.
    pub assessment_id: Id<Assessment>,
    /// To whom.
    pub to: OverrideFor,
    /// What.
    pub allowance: Allowance,
    /// Why.
    pub reason: Option<String>,
}

/// Why an allowance was not given.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AllowanceError {
    /// It gives nothing.
    #[error("an allowance gives more time, more attempts or other dates; name one")]
    #[fault(invalid, field = "allowance")]
    Empty,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Gives a learner or a class more than the assessment gives everybody. Attempts that run, or
/// whose time was up without being handed in, get the new times at once, and so does the section
/// in progress; no time that they had is taken away.
///
/// Each attempt is locked before its times change.
///
/// # Errors
/// [`AllowanceError`].
pub async fn grant_allowance(
    tx: &mut Transaction,
    command: GrantAllowance,
) -> Result<AssessmentOverride, AllowanceError> {
    let assessment = tx.require(command.assessment_id).await?;
    let place = match command.to {
        OverrideFor::Learner(learner) => Place::Own(learner),
        OverrideFor::Class(class) => Place::class(class),
    };
    let places = match assessment.course_id {
        Some(course) => course_places(tx, Some(course)).await?.and(place),
        None => Places::from(place),
    };
    authorize(tx, Permission::TESTS_OVERRIDE, places).await?;
    if command.allowance == Allowance::default() {
        return Err(AllowanceError::Empty);
    }
    let mut given = AssessmentOverride::new(tx.cx(), assessment.id, command.to, command.allowance);
    given.reason = command.reason;
    tx.insert(&given).await?;
    let learners: Vec<Id<Membership>> = match command.to {
        OverrideFor::Learner(learner) => vec![learner],
        OverrideFor::Class(class) => {
            let members = tx.all(ClassMember::of(class, MemberStatus::Active)).await?;
            members.into_iter().map(|it| it.student_id).collect()
        }
    };
    for learner in learners {
        extend_attempts(tx, &assessment, learner).await?;
    }
    Ok(given)
}

async fn extend_attempts(
    tx: &mut Transaction,
    assessment: &Assessment,
    learner: Id<Membership>,
) -> Result<(), StoreError> {
    let attempts = tx.all(Attempt::of(assessment.id, learner)).await?;
    let may_go_on =
        |it: &&Attempt| matches!(it.status, AttemptStatus::InProgress | AttemptStatus::Expired);
    for attempt in attempts.iter().filter(may_go_on) {
        let mut attempt = tx.lock(attempt.id).await?;
        let limits = learner_limits(tx, assessment, learner).await?;
        let section = match attempt.current_section_id {
            Some(section) => tx.get(section).await?.and_then(|it| it.time_limit_seconds),
            None => None,
        };
        if attempt.extend(&limits, section, tx.now()).is_ok() {
            tx.update(&mut attempt).await?;
            tx.emit(&AttemptExtended {
                attempt_id: attempt.id,
                assessment_id: assessment.id,
                learner_id: learner,
            });
        }
    }
    Ok(())
}
