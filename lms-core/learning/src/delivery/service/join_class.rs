//! Joining a class.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, Part, operation};
use serde::{Deserialize, Serialize};

use super::leave_class::promote_locked;
use crate::delivery::{
    ClassGroup, ClassJoined, ClassMember, ClassStatus, JoinCode, MemberStatus, Seating,
    seat_for_newcomer,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, get_authorized},
    identity::{Absence, Membership, RequirePresent},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{Direction, Query, StoreError, Transaction};

/// Enrolls a learner in a class, or adds them to the waitlist of a full class that has one.
/// Learners join by the class's code; staff who manage its members add them by its id. Free seats
/// go to waitlisted learners before they go to a newcomer.
///
/// # Locks
/// The class's row is locked before its members are counted, so two newcomers never get the same
/// seat, on any backend.
///
/// # Errors
/// [`JoinClassError`].
#[operation("delivery.join_class")]
pub struct JoinClass {
    /// The class, by its id or by its join code.
    pub class: ClassChoice,
    /// The learner's membership.
    pub student_id: Id<Membership>,
}

/// How a class is named by those who join it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassChoice {
    /// By its id, for staff who place a student.
    Id(Id<ClassGroup>),
    /// By the code that its students were given.
    Code(JoinCode),
}

/// Why a student did not get into a class.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum JoinClassError {
    /// No class has the code.
    #[error("no class has this join code; check it with your teacher")]
    #[fault(not_found, field = "join_code")]
    UnknownCode,
    /// The class rests or is over.
    #[error("the class is `{status}`; only an active class can be joined")]
    #[fault(conflict)]
    NotActive {
        /// The status of the class.
        status: ClassStatus,
    },
    /// The student is in the class or waits for it.
    #[error("the student is already `{status}` in the class")]
    #[fault(conflict, field = "student_id")]
    AlreadyPresent {
        /// The status of the student.
        status: MemberStatus,
    },
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// Every seat is taken, and so is every place on the waitlist.
    #[error("the class is full; {capacity} of {capacity} seats are taken")]
    #[fault(conflict)]
    Full {
        /// How many seats there are.
        capacity: u32,
    },
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

impl Operation for JoinClass {
    const ACCESS: Access =
        Access::Asks(&[Permission::CLASSES_MANAGE_MEMBERS, Permission::CLASSES_JOIN]);
    type Answer = ClassMember;
    type Error = JoinClassError;

    async fn run(self, tx: &mut Transaction) -> Result<ClassMember, JoinClassError> {
        let command = self;
        let class = named(tx, &command).await?;
        Ok(admit(tx, class, command.student_id).await?.0)
    }
}

/// The class that a student wants to join or is put into, after asking for permission.
pub(crate) async fn named(
    tx: &mut Transaction,
    command: &JoinClass,
) -> Result<Id<ClassGroup>, JoinClassError> {
    require_feature(tx, Feature::Classes).await?;
    match &command.class {
        ClassChoice::Id(id) => {
            get_authorized(tx, Permission::CLASSES_MANAGE_MEMBERS, *id).await?;
            Ok(*id)
        }
        ClassChoice::Code(code) => {
            let own = Subject::of(command.student_id);
            authorize_on(tx, Permission::CLASSES_JOIN, &own).await?;
            let class = tx.first(ClassGroup::by_join_code(code.clone())).await?;
            Ok(class.ok_or(JoinClassError::UnknownCode)?.id)
        }
    }
}

/// Puts a student on a seat or on the waitlist, and answers which waitlisted students got a seat
/// before.
#[derive(Clone, Copy, Debug)]
pub struct AdmitStudent {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
}

impl Part for AdmitStudent {
    const NAME: &'static str = "delivery.admit_student";
    const EFFECT: Effect = Effect::Writes;
    type Answer = (ClassMember, Vec<ClassMember>);
    type Error = JoinClassError;

    async fn run(self, tx: &mut Transaction) -> Result<Self::Answer, JoinClassError> {
        admit(tx, self.class_id, self.student_id).await
    }
}

pub(crate) async fn admit(
    tx: &mut Transaction,
    class: Id<ClassGroup>,
    student: Id<Membership>,
) -> Result<(ClassMember, Vec<ClassMember>), JoinClassError> {
    let class = tx.lock(class).await?;
    if class.status != ClassStatus::Active {
        return Err(JoinClassError::NotActive { status: class.status });
    }
    // A class of a course that was deleted takes no one, whoever learns in the course already.
    tx.require(class.course_id).await?;
    tx.part(RequirePresent { member_id: student }).await??;
    if let Some(member) = tx.first(ClassMember::present(class.id, student)).await? {
        return Err(JoinClassError::AlreadyPresent { status: member.status });
    }
    let promoted = promote_locked(tx, &class).await?;
    let status = match seat_for_newcomer(&seating(tx, &class).await?) {
        Some(status) => status,
        None => return Err(JoinClassError::Full { capacity: class.capacity.unwrap_or(0) }),
    };
    let ticket = next_ticket(tx, class.id).await?;
    let member = ClassMember::new(tx.cx(), class.id, student, status, ticket);
    tx.insert(&member).await?;
    tx.emit(&ClassJoined { class_id: class.id, student_id: member.student_id, status });
    Ok((member, promoted))
}

pub(super) async fn seating(
    tx: &mut Transaction,
    class: &ClassGroup,
) -> Result<Seating, StoreError> {
    let taken = tx.count(ClassMember::of(class.id, MemberStatus::Active)).await?;
    let waiting = tx.count(ClassMember::of(class.id, MemberStatus::Waitlisted)).await?;
    Ok(Seating {
        capacity: class.capacity,
        waitlist_capacity: class.waitlist_capacity,
        taken,
        waiting,
    })
}

async fn next_ticket(tx: &mut Transaction, class: Id<ClassGroup>) -> Result<i64, StoreError> {
    let latest = Query::filter(ClassMember::CLASS_ID.eq(class))
        .order_by(ClassMember::TICKET, Direction::Desc)
        .with_deleted();
    Ok(tx.first(latest).await?.map_or(1, |it| it.ticket.saturating_add(1)))
}
