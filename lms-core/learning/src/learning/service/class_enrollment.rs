//! Joining a class that takes a course, and so learning in the course.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use super::{
    change_enrollment::{announce, promote},
    enroll_learner::{EnrollError, EnrollLearner, grant_enrollment},
};
use crate::{
    content::Course,
    delivery::{
        ClassGroup, ClassMember, JoinClass, JoinClassError, LeaveClass, LeaveClassError,
        MemberStatus, PromoteWaitlisted,
    },
    learning::{Enrollment, EnrollmentEvent, GrantSource},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, require_for},
    identity::Membership,
};
use lms_store::{StoreError, Transaction};

/// Why a student could not join a class and learn in its course, or leave it.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ClassEnrollmentError {
    /// The student did not get into the class.
    #[error(transparent)]
    #[fault(transparent)]
    Join(#[from] JoinClassError),
    /// The student could not leave the class.
    #[error(transparent)]
    #[fault(transparent)]
    Leave(#[from] LeaveClassError),
    /// The student was not enrolled.
    #[error(transparent)]
    #[fault(transparent)]
    Enroll(#[from] EnrollError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Adds a learner to a class and, on a seat, enrolls them in its course. An existing enrollment
/// stays. A waitlisted learner is enrolled on promotion.
///
/// # Errors
/// [`ClassEnrollmentError`].
#[operation("learning.join_class_and_enroll")]
pub struct JoinClassAndEnroll {
    /// The class and the learner.
    pub join: JoinClass,
}

impl Operation for JoinClassAndEnroll {
    const ACCESS: Access =
        Access::Asks(&[Permission::CLASSES_MANAGE_MEMBERS, Permission::CLASSES_JOIN]);
    type Answer = (ClassMember, Option<Enrollment>);
    type Error = ClassEnrollmentError;

    async fn run(
        self,
        tx: &mut Transaction,
    ) -> Result<(ClassMember, Option<Enrollment>), ClassEnrollmentError> {
        let Self { join: command } = self;
        let member = tx.run(command).await?;
        let enrollment = enroll_member(tx, &member).await?;
        Ok((member, enrollment))
    }
}

/// Removes a learner from a class, drops the enrollment that came from it, and enrolls the learners
/// who are promoted. A learner with a seat in another class of the course stays enrolled by that
/// class.
///
/// # Errors
/// [`ClassEnrollmentError`].
#[operation("learning.leave_class_and_drop")]
pub struct LeaveClassAndDrop {
    /// The class and the learner.
    pub leave: LeaveClass,
}

impl Operation for LeaveClassAndDrop {
    const ACCESS: Access =
        Access::Asks(&[Permission::CLASSES_MANAGE_MEMBERS, Permission::CLASSES_JOIN]);
    type Answer = Vec<ClassMember>;
    type Error = ClassEnrollmentError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<ClassMember>, ClassEnrollmentError> {
        let Self { leave: command } = self;
        let permission = match command.is_removal {
            true => Permission::CLASSES_MANAGE_MEMBERS,
            false => Permission::CLASSES_JOIN,
        };
        let class =
            require_for(tx, permission, command.class_id).await.map_err(LeaveClassError::from)?;
        let student = command.student_id;
        let promoted = tx.run(command).await?;
        if let Some(mut enrollment) = tx.first(Enrollment::live(student, class.course_id)).await? {
            let is_from_class = enrollment.source == GrantSource::Class
                && enrollment.source_id == Some(class.id.uuid());
            let other = match is_from_class {
                true => other_class(tx, (student, class.course_id)).await?,
                false => None,
            };
            if let Some(other) = other {
                enrollment.source_id = Some(other.uuid());
                tx.update(&mut enrollment).await?;
            } else if let (true, Ok(status)) =
                (is_from_class, enrollment.status.apply(EnrollmentEvent::Drop))
            {
                let course = tx.lock(class.course_id).await?;
                let from = enrollment.status;
                enrollment.status = status;
                tx.update(&mut enrollment).await?;
                announce(tx, &enrollment, from);
                promote(tx, &course).await?;
            }
        }
        for member in &promoted {
            enroll_member(tx, member).await?;
        }
        Ok(promoted)
    }
}

/// Promotes waitlisted learners to the free seats of a class, and enrolls them in its course. Run
/// it after the capacity was raised or the class was reactivated.
///
/// # Errors
/// [`ClassEnrollmentError`].
#[operation("learning.promote_and_enroll")]
pub struct PromoteAndEnroll {
    /// The class with free seats.
    pub class_id: Id<ClassGroup>,
}

impl Operation for PromoteAndEnroll {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE_MEMBERS]);
    type Answer = Vec<ClassMember>;
    type Error = ClassEnrollmentError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<ClassMember>, ClassEnrollmentError> {
        let Self { class_id: class } = self;
        let promoted = tx.run(PromoteWaitlisted { class_id: class }).await?;
        for member in &promoted {
            enroll_member(tx, member).await?;
        }
        Ok(promoted)
    }
}

/// A class that takes the course and that the student is in.
async fn other_class(
    tx: &mut Transaction,
    (student, course): (Id<Membership>, Id<Course>),
) -> Result<Option<Id<ClassGroup>>, StoreError> {
    let classes: Vec<_> =
        tx.all(ClassMember::active_of(student)).await?.iter().map(|it| it.class_id).collect();
    let classes = tx.get_many(&classes).await?;
    Ok(classes.iter().filter(|it| it.course_id == course).map(|it| it.id).min())
}

async fn enroll_member(
    tx: &mut Transaction,
    member: &ClassMember,
) -> Result<Option<Enrollment>, ClassEnrollmentError> {
    if member.status != MemberStatus::Active {
        return Ok(None);
    }
    let course: Id<_> = tx.require(member.class_id).await?.course_id;
    if let Some(enrollment) = tx.first(Enrollment::live(member.student_id, course)).await? {
        return Ok(Some(enrollment));
    }
    let command = EnrollLearner::new(course, member.student_id, GrantSource::Class)
        .from_record(member.class_id.uuid());
    Ok(Some(grant_enrollment(tx, command).await?))
}
