//! Joining a class with its course, and enrolling in the course with it.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use super::{
    enroll_learner::{EnrollError, EnrollLearner},
    rights::{end_right, give_right},
};
use crate::{
    content::Course,
    delivery::{
        ClassGroup, ClassMember, JoinClass, JoinClassError, LeaveClass, LeaveClassError,
        MemberStatus, PromoteWaitlisted, admit, named,
    },
    learning::{Enrollment, GrantSource},
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

/// Adds a learner to a class and, on a seat, enrolls them in its course. An existing enrollment gets
/// one more right. A waitlisted learner is enrolled on promotion.
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
        let class = named(tx, &command).await?;
        let (member, promoted) = admit(tx, class, command.student_id).await?;
        for member in &promoted {
            enroll_member(tx, member).await?;
        }
        let enrollment = enroll_member(tx, &member).await?;
        Ok((member, enrollment))
    }
}

/// Removes a learner from a class, ends the right to its course that came from it, and enrolls the
/// learners who are promoted. The enrollment is dropped where no other right gives it, such as that
/// of an order or of another class; a completed course stays completed, and its content closes.
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
        leave_course(tx, student, &class).await?;
        for member in &promoted {
            enroll_member(tx, member).await?;
        }
        Ok(promoted)
    }
}

/// Ends what a class gave a student who is not in it any more.
pub(super) async fn leave_course(
    tx: &mut Transaction,
    student: Id<Membership>,
    class: &ClassGroup,
) -> Result<(), ClassEnrollmentError> {
    // Who joined the other class before rights were kept has the right from it all the same.
    let other = other_class(tx, (student, class.course_id)).await?;
    let live = tx.first(Enrollment::live(student, class.course_id)).await?;
    if let (Some(other), true) = (other, live.is_some()) {
        let command = EnrollLearner::new(class.course_id, student, GrantSource::Class);
        give_right(tx, command.from_record(other.uuid())).await?;
    }
    let origin = (GrantSource::Class, Some(class.id.uuid()));
    end_right(tx, (student, class.course_id), origin).await?;
    Ok(())
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

/// Gives a student on a seat of a class the right to its course.
pub(super) async fn enroll_member(
    tx: &mut Transaction,
    member: &ClassMember,
) -> Result<Option<Enrollment>, EnrollError> {
    if member.status != MemberStatus::Active {
        return Ok(None);
    }
    let course: Id<_> = tx.require(member.class_id).await?.course_id;
    let command = EnrollLearner::new(course, member.student_id, GrantSource::Class)
        .from_record(member.class_id.uuid());
    Ok(Some(give_right(tx, command).await?))
}
