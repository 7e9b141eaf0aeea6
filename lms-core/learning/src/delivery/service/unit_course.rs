//! The courses that a unit may teach.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    content::Course,
    delivery::{OrgUnitCourse, UnitAccess},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, require_for},
    tenancy::OrgUnit,
};
use lms_store::{StoreError, Transaction};

/// Why a unit was not given a course, or not kept from it.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UnitCourseError {
    /// The unit never taught the course.
    #[error("the unit does not teach the course")]
    #[fault(not_found, field = "course_id")]
    NotTaught,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Activates a course in a unit, so that the unit may create classes of it. A course with a price
/// is activated by those who may do so for the course.
///
/// # Errors
/// [`UnitCourseError`].
#[operation("delivery.activate_unit_course")]
pub struct ActivateUnitCourse {
    /// The unit that will teach the course.
    pub unit_id: Id<OrgUnit>,
    /// The course to activate.
    pub course_id: Id<Course>,
}

impl Operation for ActivateUnitCourse {
    const ACCESS: Access = Access::Asks(&[Permission::UNIT_COURSES_MANAGE]);
    type Answer = OrgUnitCourse;
    type Error = UnitCourseError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnitCourse, UnitCourseError> {
        let Self { unit_id: unit, course_id: course } = self;
        authorize_on(tx, Permission::UNIT_COURSES_MANAGE, &Subject::default().in_unit(Some(unit)))
            .await?;
        let course = require_for(tx, Permission::UNIT_COURSES_MANAGE, course).await?;
        if !course.pricing.is_free() {
            // Classes of the unit give seats in the course: what is sold is not taken by a unit.
            authorize_on(tx, Permission::UNIT_COURSES_MANAGE, &course).await?;
        }
        let course = course.id;
        let Some(mut access) = tx.first(OrgUnitCourse::at(unit, course)).await? else {
            let access = OrgUnitCourse::new(tx.cx(), unit, course);
            tx.insert(&access).await?;
            return Ok(access);
        };
        if access.status != UnitAccess::Active {
            access.status = UnitAccess::Active;
            access.activated_at = tx.now();
            tx.update(&mut access).await?;
        }
        Ok(access)
    }
}

/// Deactivates a course in a unit: no new classes of it can be created there. Existing classes
/// stay.
///
/// # Errors
/// [`UnitCourseError::NotTaught`].
#[operation("delivery.deactivate_unit_course")]
pub struct DeactivateUnitCourse {
    /// The unit that stops teaching the course.
    pub unit_id: Id<OrgUnit>,
    /// The course to deactivate.
    pub course_id: Id<Course>,
}

impl Operation for DeactivateUnitCourse {
    const ACCESS: Access = Access::Asks(&[Permission::UNIT_COURSES_MANAGE]);
    type Answer = OrgUnitCourse;
    type Error = UnitCourseError;

    async fn run(self, tx: &mut Transaction) -> Result<OrgUnitCourse, UnitCourseError> {
        let Self { unit_id: unit, course_id: course } = self;
        authorize_on(tx, Permission::UNIT_COURSES_MANAGE, &Subject::default().in_unit(Some(unit)))
            .await?;
        let access = tx.first(OrgUnitCourse::at(unit, course)).await?;
        let mut access = access.ok_or(UnitCourseError::NotTaught)?;
        access.status = UnitAccess::Inactive;
        tx.update(&mut access).await?;
        Ok(access)
    }
}
