//! Giving a learner or a class more time, more attempts or other dates.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Assessment,
    attempt::{
        Allowance, AssessmentOverride, Attempt, AttemptExtended, AttemptStatus, OverrideFor,
        service::start_attempt::learner_limits,
    },
};
use lms_kernel::Id;
use lms_learning::{
    delivery::{ClassMember, MemberStatus},
    learning::CourseWork,
};
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Principal, Protected as _, Subject, authorize_on,
    },
    identity::{Absence, Membership, RequirePresent},
};
use lms_store::{StoreError, Transaction};

/// Grants a learner or a class an allowance: more time, more attempts or other dates. It applies at
/// once to attempts in progress and to those whose time ran out before submission; time already
/// granted is never shortened.
///
/// # Permission
/// `tests.override` on the learner's work; for a class, on the test as the class takes it. No one
/// gives more to themselves, or to a class in which they learn.
///
/// # Locks
/// Each attempt is locked before its times change.
///
/// # Errors
/// [`AllowanceError`].
#[operation("assessment.grant_allowance")]
pub struct GrantAllowance {
    /// The assessment it applies to.
    pub assessment_id: Id<Assessment>,
    /// The learner or the class that receives it.
    pub to: OverrideFor,
    /// The extra time, attempts and dates; fields that are `None` stay as for everyone.
    pub allowance: Allowance,
    /// The reason, recorded with the allowance.
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
    /// The class takes another course than that of the test.
    #[error("the class takes another course than the test's; choose a class of that course")]
    #[fault(invalid, field = "to")]
    OtherCourse,
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

impl Operation for GrantAllowance {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_OVERRIDE]);
    type Answer = AssessmentOverride;
    type Error = AllowanceError;

    async fn run(self, tx: &mut Transaction) -> Result<AssessmentOverride, AllowanceError> {
        let command = self;
        let assessment = tx.require(command.assessment_id).await?;
        let learners = receivers(tx, command.to).await?;
        let concerned = concerned(tx, &assessment, command.to, &learners).await?;
        authorize_on(tx, Permission::TESTS_OVERRIDE, &concerned).await?;
        if let (OverrideFor::Class(class), Some(course)) = (command.to, assessment.course_id)
            && tx.require(class).await?.course_id != course
        {
            return Err(AllowanceError::OtherCourse);
        }
        if command.allowance == Allowance::default() {
            return Err(AllowanceError::Empty);
        }
        if let OverrideFor::Learner(member_id) = command.to {
            tx.part(RequirePresent { member_id }).await??;
        }
        let mut given =
            AssessmentOverride::new(tx.cx(), assessment.id, command.to, command.allowance);
        given.reason = command.reason;
        tx.insert(&given).await?;
        for learner in learners {
            extend_attempts(tx, &assessment, learner).await?;
        }
        Ok(given)
    }
}

async fn receivers(
    tx: &mut Transaction,
    to: OverrideFor,
) -> Result<Vec<Id<Membership>>, StoreError> {
    match to {
        OverrideFor::Learner(learner) => Ok(vec![learner]),
        OverrideFor::Class(class) => {
            let members = tx.all(ClassMember::of(class, MemberStatus::Active)).await?;
            Ok(members.into_iter().map(|it| it.student_id).collect())
        }
    }
}

/// What the allowance is about: the learner's work on the test, or the test as the class takes it.
/// Only a class that takes the course of the test is led by its teacher here. A class in which the
/// actor learns is the actor's own too.
async fn concerned(
    tx: &mut Transaction,
    assessment: &Assessment,
    to: OverrideFor,
    learners: &[Id<Membership>],
) -> Result<Subject, StoreError> {
    let class = match to {
        OverrideFor::Learner(learner) => {
            let work = CourseWork { learner, course: assessment.course_id };
            return work.subject(tx).await;
        }
        OverrideFor::Class(class) => class,
    };
    let mut subject = assessment.subject(tx).await?;
    if let Some(class) = tx.recall(class).await? {
        subject = subject.in_unit(class.org_unit_id);
        if assessment.course_id == Some(class.course_id) {
            subject = subject.in_class(class.id.uuid());
            subject.leaders.extend(class.teacher_id);
        }
    }
    if let Some(actor) = tx.actor_id() {
        let me = Principal::of(tx, actor).await?.membership().map(|it| it.id);
        subject.owner = me.filter(|it| learners.contains(it));
    }
    Ok(subject)
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
