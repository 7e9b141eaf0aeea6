//! Counting progress anew after the content of a course changed.
use super::study::{StudyError, roll_up, stats_of};
use crate::{
    content::{Course, load_tree},
    learning::{Enrollment, EnrollmentStatus, NodeProgress, ProgressByNode},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, get_authorized};
use lms_store::operation::{Access, Operation, operation};
use lms_store::{Cursor, Page, PageSize, Transaction};

/// Rolls up the progress of those who learn in a course anew, a page of them: for a host to call
/// when nodes were added, removed, hidden, shown or given another weight, which changes how much
/// of the course is done. Whoever had done all but what was removed completes the course by it.
/// Tells who they were, and where the next page starts.
///
/// Each enrolment's row is locked while it is counted.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.recount_progress")]
pub struct RecountProgress {
    /// The course.
    pub course_id: Id<Course>,
    /// How many at the most.
    pub size: PageSize,
    /// Where to go on, from the page before.
    pub after: Option<Cursor>,
}

impl Operation for RecountProgress {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_MANAGE]);
    type Answer = Page<Enrollment>;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<Enrollment>, StudyError> {
        let Self { course_id: course, size, after } = self;
        let course = get_authorized(tx, Permission::PROGRESS_MANAGE, course).await?;
        let tree = load_tree(tx, course.id).await?;
        let mut page = tx.page(Enrollment::active_in(course.id).page(size, after)).await?;
        for enrollment in &mut page.items {
            *enrollment = tx.lock(enrollment.id).await?;
            if enrollment.status != EnrollmentStatus::Active {
                continue;
            }
            let all = tx.all(NodeProgress::of(enrollment.id)).await?;
            let progress: ProgressByNode = all.into_iter().map(|it| (it.node_id, it)).collect();
            if roll_up(tx, (&tree, &progress), enrollment).await? {
                let mut stats = stats_of(tx, enrollment.learner_id, None).await?;
                stats.courses_completed = stats.courses_completed.saturating_add(1);
                tx.update(&mut stats).await?;
            }
        }
        Ok(page)
    }
}
