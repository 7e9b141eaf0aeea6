//! A course's way to its learners, and back.
use crate::{
    content::{Course, CourseError, CourseStatusChanged, PublicationEvent, PublicationStatus},
    kernel::{Context, Id},
    store::Transaction,
};

/// Publishes a draft that needs no review.
///
/// # Errors
/// [`CourseError::Publication`] unless it is a draft.
pub async fn publish_course(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    change_status(cx, tx, course, PublicationEvent::Publish).await
}

/// Asks for a review of a draft.
///
/// # Errors
/// [`CourseError::Publication`] unless it is a draft.
pub async fn submit_course(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    change_status(cx, tx, course, PublicationEvent::Submit).await
}

/// Publishes a course under review.
///
/// # Errors
/// [`CourseError::Publication`] unless it is under review.
pub async fn approve_course(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    change_status(cx, tx, course, PublicationEvent::Approve).await
}

/// Gives a course under review back to its authors.
///
/// # Errors
/// [`CourseError::Publication`] unless it is under review.
pub async fn reject_course(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    change_status(cx, tx, course, PublicationEvent::Reject).await
}

/// Withdraws a published course.
///
/// # Errors
/// [`CourseError::Publication`] unless it is published.
pub async fn archive_course(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    change_status(cx, tx, course, PublicationEvent::Archive).await
}

/// Takes an archived course up again, as a draft.
///
/// # Errors
/// [`CourseError::Publication`] unless it is archived.
pub async fn restore_course(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Course, CourseError> {
    change_status(cx, tx, course, PublicationEvent::Restore).await
}

async fn change_status(
    cx: &Context,
    tx: &mut Transaction,
    course: Id<Course>,
    event: PublicationEvent,
) -> Result<Course, CourseError> {
    let mut course = tx.require(course).await?;
    let from = course.status;
    course.status = from.apply(event)?;
    if course.status == PublicationStatus::Published {
        course.published_at = Some(cx.now());
    }
    tx.update(&mut course).await?;
    tx.emit(&CourseStatusChanged { course_id: course.id, from, to: course.status });
    Ok(course)
}
