//! Where an assessment is, for those who ask for permission.
use lms_kernel::Id;
use lms_learning::content::Course;
use lms_people::authorization::{Place, Places};
use lms_store::{StoreError, Transaction};

/// The course and what its owner holds, or the tenant for a test without a course.
pub(crate) async fn course_places(
    tx: &mut Transaction,
    course: Option<Id<Course>>,
) -> Result<Places, StoreError> {
    let Some(id) = course else {
        return Ok(Place::Tenant.into());
    };
    let course = tx.get(id).await?;
    Ok(course.map_or_else(|| Place::course(id).into(), |it| it.places()))
}
