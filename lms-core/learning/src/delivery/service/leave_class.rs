//! Leaving a class, and promoting the next on the waitlist.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use super::join_class::seating;
use crate::delivery::{
    ClassGroup, ClassLeft, ClassMember, ClassStatus, MemberEvent, MemberPromoted, MemberStatus,
    seats_to_fill,
};
use lms_kernel::{Id, Rejected};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, get_authorized},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{PageSize, StoreError, Transaction};

/// Removes a learner from a class or its waitlist, promotes the first learner who waits to the free
/// seat, and answers who that was. No one is promoted where the tenant has switched classes off.
///
/// # Locks
/// The class's row is locked first, as by [`JoinClass`](crate::delivery::JoinClass).
///
/// # Errors
/// [`LeaveClassError`].
#[operation("delivery.leave_class")]
pub struct LeaveClass {
    /// The class to leave.
    pub class_id: Id<ClassGroup>,
    /// The learner's membership.
    pub student_id: Id<Membership>,
    /// Whether staff remove the learner; `false` when learners leave on their own.
    pub is_removal: bool,
}

/// Why a student could not leave a class.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum LeaveClassError {
    /// The student is neither in the class nor waiting for it.
    #[error("the student is not in the class")]
    #[fault(not_found, field = "student_id")]
    NotPresent,
    /// The member cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no classes.
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

impl Operation for LeaveClass {
    const ACCESS: Access =
        Access::Asks(&[Permission::CLASSES_MANAGE_MEMBERS, Permission::CLASSES_JOIN]);
    type Answer = Vec<ClassMember>;
    type Error = LeaveClassError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<ClassMember>, LeaveClassError> {
        let command = self;
        if command.is_removal {
            get_authorized(tx, Permission::CLASSES_MANAGE_MEMBERS, command.class_id).await?;
        } else {
            authorize_on(tx, Permission::CLASSES_JOIN, &Subject::of(command.student_id)).await?;
        }
        let event = if command.is_removal { MemberEvent::Remove } else { MemberEvent::Leave };
        take_out(tx, (command.class_id, command.student_id), event).await
    }
}

/// Takes a student out of a class, which may be deleted, and tells who got the seat. The caller
/// has asked for permission.
pub(crate) async fn take_out(
    tx: &mut Transaction,
    (class, student): (Id<ClassGroup>, Id<Membership>),
    event: MemberEvent,
) -> Result<Vec<ClassMember>, LeaveClassError> {
    let locked = tx.lock_if_present(class).await?;
    let member = tx.first(ClassMember::present(class, student)).await?;
    let mut member = member.ok_or(LeaveClassError::NotPresent)?;
    member.status = member.status.apply(event)?;
    member.left_at = Some(tx.now().max(member.joined_at));
    tx.update(&mut member).await?;
    let (student_id, status) = (member.student_id, member.status);
    tx.emit(&ClassLeft { class_id: class, student_id, status });
    let Some(class) = locked else { return Ok(Vec::new()) };
    match require_feature(tx, Feature::Classes).await {
        Ok(()) => Ok(promote_locked(tx, &class).await?),
        Err(FeatureError::FeatureDisabled { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Promotes waitlisted learners to free seats of a class in the order they joined, and answers who
/// was promoted. Run it after the capacity was raised or the class was reactivated.
///
/// # Locks
/// The class's row is locked first.
///
/// # Errors
/// [`LeaveClassError`].
#[operation("delivery.promote_waitlisted")]
pub struct PromoteWaitlisted {
    /// The class with free seats.
    pub class_id: Id<ClassGroup>,
}

impl Operation for PromoteWaitlisted {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE_MEMBERS]);
    type Answer = Vec<ClassMember>;
    type Error = LeaveClassError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<ClassMember>, LeaveClassError> {
        let Self { class_id: class } = self;
        require_feature(tx, Feature::Classes).await?;
        let class = get_authorized(tx, Permission::CLASSES_MANAGE_MEMBERS, class).await?;
        let class = tx.lock(class.id).await?;
        Ok(promote_locked(tx, &class).await?)
    }
}

/// Gives the free seats of a locked class to those who wait, the longest first.
pub(crate) async fn promote_locked(
    tx: &mut Transaction,
    class: &ClassGroup,
) -> Result<Vec<ClassMember>, StoreError> {
    let mut promoted = Vec::new();
    if class.status != ClassStatus::Active {
        return Ok(promoted);
    }
    loop {
        let free = seats_to_fill(&seating(tx, class).await?);
        if free == 0 {
            return Ok(promoted);
        }
        let limit = PageSize::new(u32::try_from(free).unwrap_or(u32::MAX));
        let waiting = ClassMember::of(class.id, MemberStatus::Waitlisted).limit(limit);
        let mut next = tx.page(waiting).await?.items;
        for member in &mut next {
            // Nothing else than a seat happens to who waits.
            member.status = member.status.apply(MemberEvent::Promote).unwrap_or(member.status);
            member.seated_at = Some(tx.now().max(member.joined_at));
        }
        tx.update_all(&mut next).await?;
        for member in &next {
            tx.emit(&MemberPromoted { class_id: class.id, student_id: member.student_id });
        }
        promoted.extend(next);
    }
}
