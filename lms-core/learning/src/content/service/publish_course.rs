//! Publishing a course, and withdrawing it.
use crate::content::{
    AuthorRole, Course, CourseError, CourseStatusChanged, PublicationEvent, PublicationStatus,
    refresh_course_stats, reindex_course, service::parts::may_review_as_named,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, authorize_on, require_for},
    tenancy::TenantSettings,
};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Publishes a draft course, where the tenant requires no review.
///
/// # Errors
/// [`CourseError::NeedsReview`]; [`CourseError::Publication`] unless it is a draft.
#[operation("content.publish_course")]
pub struct PublishCourse {
    /// The draft to publish.
    pub course_id: Id<Course>,
}

impl Operation for PublishCourse {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
        let course = lead(tx, course).await?;
        let settings = tx.get(TenantSettings::id_of(tx.cx())).await?;
        if settings.is_some_and(|it| it.courses_need_review) {
            return Err(CourseError::NeedsReview);
        }
        change_status(tx, course, PublicationEvent::Publish).await
    }
}

/// Submits a draft course for review.
///
/// # Errors
/// [`CourseError::Publication`] unless it is a draft.
#[operation("content.submit_course")]
pub struct SubmitCourse {
    /// The draft to submit.
    pub course_id: Id<Course>,
}

impl Operation for SubmitCourse {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
        let course = lead(tx, course).await?;
        change_status(tx, course, PublicationEvent::Submit).await
    }
}

/// Approves and publishes a course under review.
///
/// # Errors
/// [`CourseError::Publication`] unless it is under review.
#[operation("content.approve_course")]
pub struct ApproveCourse {
    /// The course under review.
    pub course_id: Id<Course>,
}

impl Operation for ApproveCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_REVIEW]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
        let course = judge(tx, course).await?;
        change_status(tx, course, PublicationEvent::Approve).await
    }
}

/// Rejects a course under review: it becomes a draft again.
///
/// # Errors
/// [`CourseError::Publication`] unless it is under review.
#[operation("content.reject_course")]
pub struct RejectCourse {
    /// The course under review.
    pub course_id: Id<Course>,
}

impl Operation for RejectCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_REVIEW]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
        let course = judge(tx, course).await?;
        change_status(tx, course, PublicationEvent::Reject).await
    }
}

/// Archives a published course.
///
/// # Errors
/// [`CourseError::Publication`] unless it is published.
#[operation("content.archive_course")]
pub struct ArchiveCourse {
    /// The course to archive.
    pub course_id: Id<Course>,
}

impl Operation for ArchiveCourse {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
        let course = lead(tx, course).await?;
        change_status(tx, course, PublicationEvent::Archive).await
    }
}

/// Restores an archived course as a draft.
///
/// # Errors
/// [`CourseError::Publication`] unless it is archived.
#[operation("content.restore_course")]
pub struct RestoreCourse {
    /// The archived course.
    pub course_id: Id<Course>,
}

impl Operation for RestoreCourse {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course } = self;
        let course = lead(tx, course).await?;
        change_status(tx, course, PublicationEvent::Restore).await
    }
}

/// The course, for those who may publish it.
async fn lead(tx: &mut Transaction, course: Id<Course>) -> Result<Course, CourseError> {
    let course = require_for(tx, Permission::COURSES_PUBLISH, course).await?;
    let shared = course.shared(AuthorRole::may_edit);
    authorize_on(tx, Permission::COURSES_PUBLISH, &shared).await?;
    Ok(course)
}

/// The course, for those who may decide on it: by their role, or because they were named as its
/// reviewer and may see drafts.
async fn judge(tx: &mut Transaction, course: Id<Course>) -> Result<Course, CourseError> {
    let course = require_for(tx, Permission::COURSES_REVIEW, course).await?;
    if may_review_as_named(tx, &course, &[]).await? {
        return Ok(course);
    }
    authorize_on(tx, Permission::COURSES_REVIEW, &course).await?;
    Ok(course)
}

async fn change_status(
    tx: &mut Transaction,
    mut course: Course,
    event: PublicationEvent,
) -> Result<Course, CourseError> {
    let from = course.status;
    course.status = from.apply(event)?;
    if course.status == PublicationStatus::Published {
        course.published_at = Some(tx.now());
    }
    tx.update(&mut course).await?;
    if course.status == PublicationStatus::Published {
        reindex_course(tx, &course).await?;
        refresh_course_stats(tx, course.id).await?;
    }
    tx.emit(&CourseStatusChanged { course_id: course.id, from, to: course.status });
    Ok(course)
}
