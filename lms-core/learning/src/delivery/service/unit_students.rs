//! Which students belong to a unit.
use lms_derive::DomainError;

use crate::delivery::OrgUnitMember;
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::Membership,
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
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Says that a student belongs to a unit, whichever courses they take. Who belongs already stays.
///
/// # Errors
/// [`UnitStudentError`].
pub async fn add_unit_student(
    tx: &mut Transaction,
    unit: Id<OrgUnit>,
    student: Id<Membership>,
) -> Result<OrgUnitMember, UnitStudentError> {
    authorize_on(tx, Permission::MEMBERS_MANAGE, &Subject::default().in_unit(Some(unit))).await?;
    authorize_on(tx, Permission::MEMBERS_MANAGE, &Subject::of(student)).await?;
    if let Some(member) = tx.first(OrgUnitMember::one(unit, student)).await? {
        return Ok(member);
    }
    let member = OrgUnitMember::new(tx.cx(), unit, student);
    tx.insert(&member).await?;
    Ok(member)
}

/// Says that a student no longer belongs to a unit.
///
/// # Errors
/// [`UnitStudentError::NotThere`].
pub async fn remove_unit_student(
    tx: &mut Transaction,
    unit: Id<OrgUnit>,
    student: Id<Membership>,
) -> Result<(), UnitStudentError> {
    authorize_on(tx, Permission::MEMBERS_MANAGE, &Subject::default().in_unit(Some(unit))).await?;
    let member = tx.first(OrgUnitMember::one(unit, student)).await?;
    Ok(tx.delete(&mut member.ok_or(UnitStudentError::NotThere)?).await?)
}
