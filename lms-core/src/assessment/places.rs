//! Where an assessment is, for those who ask for permission.
use crate::{
    authorization::{Place, Places},
    content::Course,
    kernel::Id,
    store::{StoreError, Transaction},
};

/// The course and what its owner holds, or the tenant for a test without a course.
pub(in crate::assessment) async fn course_places(
    tx: &mut Transaction,
    course: Option<Id<Course>>,
) -> Result<Places, StoreError> {
    let Some(id) = course else {
        return Ok(Place::Tenant.into());
    };
    let course = tx.get(id).await?;
    Ok(course.map_or_else(|| Place::course(id).into(), |it| it.places()))
}
