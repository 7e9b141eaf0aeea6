//! The order of the courses of a program.
use std::collections::BTreeSet;

use super::open_node::{CourseSales, known_enrollment};
use crate::{
    content::{Course, PublicationStatus},
    delivery::{Program, ProgramCourse},
    learning::{Enrollment, NodeProgress},
};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::{Query, StoreError, Transaction};

/// The courses that a learner completes before this one: in each program in order that has it, the
/// earlier courses that the learner may learn and has not completed. A course that the learner has
/// begun waits for none, and neither does anyone for a course that is deleted or not published.
pub(super) async fn courses_before(
    tx: &mut Transaction,
    learner: Id<Membership>,
    (course, enrollment): (Id<Course>, Option<&Enrollment>),
    sales: &impl CourseSales,
) -> Result<BTreeSet<Id<Course>>, StoreError> {
    let mut before = BTreeSet::new();
    let places = tx.all(Query::filter(ProgramCourse::COURSE_ID.eq(course))).await?;
    let programs: Vec<_> = places.iter().map(|it| it.program_id).collect();
    let programs: Vec<Program> = tx.get_many(&programs).await?;
    let in_order: BTreeSet<_> = programs.iter().filter(|it| it.in_order).map(|it| it.id).collect();
    if in_order.is_empty() {
        return Ok(before);
    }
    if let Some(enrollment) = enrollment
        && tx.exists(NodeProgress::of(enrollment.id)).await?
    {
        return Ok(before);
    }
    for place in places.iter().filter(|it| in_order.contains(&it.program_id)) {
        let earlier = tx.all(ProgramCourse::of(place.program_id)).await?;
        for earlier in earlier.iter().filter(|it| it.position < place.position) {
            if is_to_complete(tx, learner, earlier.course_id, sales).await? {
                before.insert(earlier.course_id);
            }
        }
    }
    Ok(before)
}

/// Whether a learner may learn a course, and has not completed it.
async fn is_to_complete(
    tx: &mut Transaction,
    learner: Id<Membership>,
    course: Id<Course>,
    sales: &impl CourseSales,
) -> Result<bool, StoreError> {
    let Some(course) = tx.get(course).await? else { return Ok(false) };
    if course.status != PublicationStatus::Published {
        return Ok(false);
    }
    let completed = Enrollment::of(learner, course.id).and(Enrollment::COMPLETED_AT.is_not_null());
    if tx.exists(completed).await? {
        return Ok(false);
    }
    let enrollment = known_enrollment(tx, learner, course.id).await?;
    let learns = |it: &Enrollment| it.status.is_live() && !it.is_over(tx.now());
    if enrollment.as_ref().is_some_and(learns) {
        return Ok(true);
    }
    Ok(!sales.rights(tx, learner, (&course, enrollment.as_ref())).await?.is_empty())
}
