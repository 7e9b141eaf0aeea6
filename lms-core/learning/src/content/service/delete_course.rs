//! Deleting and restoring a course.
use crate::content::{Course, CourseDeleted, CourseError};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on, get_authorized};
use lms_store::operation::{Access, Operation, operation};
use lms_store::{Query, StoreError, Transaction};

/// Deletes a course; it can be restored. Its content stays and is hidden with it.
///
/// # Errors
/// [`CourseError`].
#[operation("content.delete_course")]
pub struct DeleteCourse {
    /// The course to delete.
    pub course_id: Id<Course>,
}

impl Operation for DeleteCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_DELETE]);
    type Answer = ();
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<(), CourseError> {
        let Self { course_id: course } = self;
        let mut course = get_authorized(tx, Permission::COURSES_DELETE, course).await?;
        tx.delete(&mut course).await?;
        tx.emit(&CourseDeleted { course_id: course.id, is_restored: false });
        Ok(())
    }
}

/// Restores a deleted course as it was.
///
/// # Errors
/// [`CourseError::SlugTaken`] if another course has its slug by now.
#[operation("content.undelete_course")]
pub struct UndeleteCourse {
    /// The course to restore.
    pub course_id: Id<Course>,
}

impl Operation for UndeleteCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_DELETE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
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
}
