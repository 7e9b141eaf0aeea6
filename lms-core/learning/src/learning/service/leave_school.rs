//! Leaving a tenant, and the places released by it.
use lms_store::operation::{Access, Operation, Within, operation};

use super::{
    change_enrollment::{announce, promote},
    class_enrollment::enroll_member,
    enroll_learner::EnrollError,
    rights::{Rights, close},
};
use crate::{
    delivery::{ClassMember, LeaveClassError, MemberEvent, MemberStatus, take_out},
    learning::{Enrollment, EnrollmentEvent, EnrollmentStatus, GrantSource},
};
use lms_derive::DomainError;
use lms_kernel::{Id, Rejected};
use lms_people::{
    authorization::Permission,
    identity::{MemberError, Membership, MembershipEvent, change_membership},
};
use lms_store::{StoreError, Transaction};

/// Changes the status of a membership: suspends, reinstates, activates, removes or readmits a
/// member.
///
/// Needs permission to manage members of the unit; administrators are changed by those who assign
/// roles in the whole tenant; members may leave on their own. A person who comes back needs room in
/// the plan. Staff with a login leave in
/// [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform), so that they can work
/// elsewhere.
///
/// A learner who leaves gives up their seats and their places on waitlists, in classes and in
/// courses: the learners who wait longest get them. What they learned stays. What they bought stays theirs,
/// and opens their courses again when they come back; their classes do not take them back by
/// themselves.
///
/// # Locks
/// The membership, then the classes and the courses of the learner, each before its members.
///
/// # Errors
/// [`MemberError`].
#[operation("identity.change_membership_status")]
pub struct ChangeMembershipStatus {
    /// The membership to change.
    pub membership_id: Id<Membership>,
    /// The transition to apply.
    pub event: MembershipEvent,
}

impl Operation for ChangeMembershipStatus {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE, Permission::ROLES_ASSIGN]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = Membership;
    type Error = MemberError;

    async fn run(self, tx: &mut Transaction) -> Result<Membership, MemberError> {
        let member = change_membership(tx, self.membership_id, self.event).await?;
        if self.event == MembershipEvent::Leave {
            give_up_places(tx, member.id).await?;
        }
        Ok(member)
    }
}

/// Why a person's places could not be given up.
#[doc(hidden)]
#[derive(Debug, thiserror::Error, DomainError)]
pub enum GiveUpError {
    /// A class member or an enrollment cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl From<GiveUpError> for MemberError {
    fn from(error: GiveUpError) -> Self {
        match error {
            GiveUpError::Status(error) => error.into(),
            GiveUpError::Store(error) => error.into(),
        }
    }
}

/// Takes a person who is gone out of their classes and courses and off every waitlist, and gives
/// their seats to those who wait. The caller has asked for permission.
///
/// # Errors
/// [`GiveUpError`].
#[doc(hidden)]
pub async fn give_up_places(
    tx: &mut Transaction,
    person: Id<Membership>,
) -> Result<(), GiveUpError> {
    let present = [MemberStatus::Active, MemberStatus::Waitlisted];
    let classes = ClassMember::of_student(person).and(ClassMember::STATUS.is_in(present));
    let mut classes: Vec<_> = tx.all(classes).await?.iter().map(|it| it.class_id).collect();
    classes.sort_unstable();
    for class in classes {
        let taken = take_out(tx, (class, person), MemberEvent::Leave).await;
        for member in taken.map_err(of_class)? {
            // A course that takes nobody now keeps nobody from leaving.
            match enroll_member(tx, &member).await {
                Ok(_) | Err(EnrollError::NotPublished { .. } | EnrollError::Full { .. }) => {}
                Err(EnrollError::Store(StoreError::NotFound { .. })) => {}
                Err(error) => return Err(of_course(error)),
            }
        }
    }
    let mut enrollments = tx.all(Enrollment::of_learner(person)).await?;
    enrollments.retain(|it| it.status.is_live());
    enrollments.sort_unstable_by_key(|it| it.course_id);
    for enrollment in enrollments {
        rest(tx, enrollment.id).await?;
    }
    Ok(())
}

/// Takes a learner who is gone out of a course. Rights that were bought go on, and are there
/// when they come back; the right of a class ends with their place in it.
async fn rest(tx: &mut Transaction, enrollment: Id<Enrollment>) -> Result<(), GiveUpError> {
    let course = tx.require(enrollment).await?.course_id;
    let course = tx.lock_if_present(course).await?;
    let mut enrollment = tx.lock(enrollment).await?;
    let from = enrollment.status;
    let mut rights = Rights::of(tx, &enrollment).await?;
    rights.end(|it| it.source == GrantSource::Class);
    enrollment.status = from.apply(EnrollmentEvent::Drop)?;
    if enrollment.status == EnrollmentStatus::Completed {
        close(tx.now(), &mut enrollment);
    }
    rights.store(tx).await?;
    tx.update(&mut enrollment).await?;
    announce(tx, &enrollment, from);
    if let Some(course) = course {
        promote(tx, &course).await.map_err(of_course)?;
    }
    Ok(())
}

/// An error that leaving has no way to meet.
fn unmet(error: impl std::error::Error + Send + Sync + 'static) -> GiveUpError {
    StoreError::Backend { backend: "leaving", source: Box::new(error) }.into()
}

fn of_class(error: LeaveClassError) -> GiveUpError {
    match error {
        LeaveClassError::Status(error) => error.into(),
        LeaveClassError::Store(error) => error.into(),
        other => unmet(other),
    }
}

fn of_course(error: EnrollError) -> GiveUpError {
    match error {
        EnrollError::Status(error) => error.into(),
        EnrollError::Store(error) => error.into(),
        other => unmet(other),
    }
}
