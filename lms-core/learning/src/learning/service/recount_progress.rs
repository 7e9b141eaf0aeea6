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

/// Recomputes progress in a course for one page of its learners. Run it after nodes were added,
/// removed, hidden, shown or reweighted. Learners who have done everything that is left complete
/// the course. Answers who they are, and the cursor of the next page.
///
/// # Locks
/// Each enrollment's row is locked while it is counted.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.recount_progress")]
pub struct RecountProgress {
    /// The course whose nodes changed.
    pub course_id: Id<Course>,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
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
