//! Which courses a unit may teach.
use crate::{
    content::Course,
    content::people::UnitId,
    delivery::{OrgUnitCourse, UnitAccess},
    kernel::{Context, Id},
    store::{StoreError, Transaction},
};

/// Lets a unit teach a course, from now on.
///
/// # Errors
/// [`StoreError`].
pub async fn activate_unit_course(
    cx: &Context,
    tx: &mut Transaction,
    unit: UnitId,
    course: Id<Course>,
) -> Result<OrgUnitCourse, StoreError> {
    let Some(mut access) = tx.first(OrgUnitCourse::at(unit, course)).await? else {
        let access = OrgUnitCourse::new(cx, unit, course);
        tx.insert(&access).await?;
        return Ok(access);
    };
    if access.status != UnitAccess::Active {
        access.status = UnitAccess::Active;
        access.activated_at = cx.now();
        tx.update(&mut access).await?;
    }
    Ok(access)
}

/// Keeps a unit from creating more classes of a course; those that are there stay.
///
/// # Errors
/// [`StoreError`]: the unit may never have taught the course.
pub async fn deactivate_unit_course(
    _cx: &Context,
    tx: &mut Transaction,
    unit: UnitId,
    course: Id<Course>,
) -> Result<OrgUnitCourse, StoreError> {
    let access = tx.first(OrgUnitCourse::at(unit, course)).await?;
    let missing = StoreError::NotFound { table: "org_unit_courses", id: course.uuid() };
    let mut access = access.ok_or(missing)?;
    access.status = UnitAccess::Inactive;
    tx.update(&mut access).await?;
    Ok(access)
}
