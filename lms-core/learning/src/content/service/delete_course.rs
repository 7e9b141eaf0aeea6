//! Deleting a course, and bringing it back.
use crate::content::{Course, CourseDeleted, CourseError};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on, get_authorized};
use lms_store::{Query, StoreError, Transaction};

/// Deletes a course so that it can be brought back. What belongs to it stays and is hidden with
/// it.
///
/// # Errors
/// [`CourseError`].
pub async fn delete_course(tx: &mut Transaction, course: Id<Course>) -> Result<(), CourseError> {
    let mut course = get_authorized(tx, Permission::COURSES_DELETE, course).await?;
    tx.delete(&mut course).await?;
    tx.emit(&CourseDeleted { course_id: course.id, is_restored: false });
    Ok(())
}

/// Brings a deleted course back as it was.
///
/// # Errors
/// [`CourseError::SlugTaken`] if another course has its slug by now.
pub async fn undelete_course(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    let found = tx.first(Query::filter(Course::ID.eq(course)).only_deleted()).await?;
    let missing = StoreError::NotFound { table: "courses", id: course.uuid() };
    let Some(mut course) = found else {
        authorize_on(tx, Permission::COURSES_DELETE, &TheTenant).await?;
        return Err(missing.into());
    };
    authorize_on(tx, Permission::COURSES_DELETE, &course).await?;
    tx.restore(&mut course).await?;
    tx.emit(&CourseDeleted { course_id: course.id, is_restored: true });
    Ok(course)
}
