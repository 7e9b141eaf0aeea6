//! The students of a unit.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::delivery::OrgUnitMember;
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, require_for},
    identity::{Absence, Membership, RequirePresent},
    tenancy::OrgUnit,
};
use lms_store::{StoreError, Transaction};

/// Why a student could not be added to a unit, or taken out.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UnitStudentError {
    /// The student does not belong to the unit.
    #[error("the student does not belong to the unit")]
    #[fault(not_found, field = "student_id")]
    NotThere,
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

/// Adds a learner to a unit, whichever courses they take. Adding again changes nothing.
///
/// # Permission
/// `members.manage` in the unit and, where the student has a home in another one, there too.
///
/// # Errors
/// [`UnitStudentError`].
#[operation("delivery.add_unit_student")]
pub struct AddUnitStudent {
    /// The unit they join.
    pub unit_id: Id<OrgUnit>,
    /// The learner's membership.
    pub student_id: Id<Membership>,
}

impl Operation for AddUnitStudent {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE]);
    type Answer = OrgUnitMember;
    type Error = UnitStudentError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnitMember, UnitStudentError> {
        let Self { unit_id: unit, student_id: student } = self;
        authorize_on(tx, Permission::MEMBERS_MANAGE, &Subject::default().in_unit(Some(unit)))
            .await?;
        let member = require_for(tx, Permission::MEMBERS_MANAGE, student).await?;
        if member.org_unit_id.is_some() {
            // A student of another branch is not taken from there.
            authorize_on(tx, Permission::MEMBERS_MANAGE, &member).await?;
        }
        if let Some(member) = tx.first(OrgUnitMember::one(unit, student)).await? {
            return Ok(member);
        }
        tx.part(RequirePresent { member_id: student }).await??;
        let member = OrgUnitMember::new(tx.cx(), unit, student);
        tx.insert(&member).await?;
        Ok(member)
    }
}

/// Removes a learner from a unit.
///
/// # Errors
/// [`UnitStudentError::NotThere`].
#[operation("delivery.remove_unit_student")]
pub struct RemoveUnitStudent {
    /// The unit they leave.
    pub unit_id: Id<OrgUnit>,
    /// The learner's membership.
    pub student_id: Id<Membership>,
}

impl Operation for RemoveUnitStudent {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE]);
    type Answer = ();
    type Error = UnitStudentError;

    async fn run(self, tx: &mut Transaction) -> Result<(), UnitStudentError> {
        let Self { unit_id: unit, student_id: student } = self;
        authorize_on(tx, Permission::MEMBERS_MANAGE, &Subject::default().in_unit(Some(unit)))
            .await?;
        let member = tx.first(OrgUnitMember::one(unit, student)).await?;
        Ok(tx.delete(&mut member.ok_or(UnitStudentError::NotThere)?).await?)
    }
}
