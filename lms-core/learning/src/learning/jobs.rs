//! Scheduled work of learning: expired access, free seats, changed content.
use chrono::TimeDelta;

use super::RecountProgress;
use super::{Enrollment, EnrollmentStatus, ExpireEnrollments, PromoteAndEnroll, PromoteWaiting};
use crate::{
    content::{ContentNode, Course},
    delivery::{ClassGroup, ClassMember, ClassStatus, MemberStatus},
};
use lms_kernel::{Id, Timestamp};
use lms_store::{
    Col, Filter, Query,
    job::{Every, JobFailure, JobRun, JobType},
    operation::Described as _,
};

/// The jobs of this context.
pub(super) fn jobs() -> Vec<JobType> {
    vec![
        JobType::of::<ExpireEnrollments>(Every::Hour, |job| {
            Box::pin(job.due_rows(Enrollment::overdue, |due| ExpireEnrollments { due }))
        }),
        JobType::new(
            "learning.fill_seats",
            "Gives free seats of courses and classes to those who have waited longest.",
            Every::Hour,
            |job| Box::pin(fill_seats(job)),
        )
        .running(const { &[PromoteWaiting::NAME, PromoteAndEnroll::NAME] }),
        JobType::new(
            RecountProgress::NAME,
            "Counts progress anew in courses whose content changed within the last two days.",
            Every::Night,
            |job| Box::pin(recount(job)),
        )
        .running(const { &[RecountProgress::NAME] }),
    ]
}

async fn fill_seats(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let waiting = Enrollment::STATUS.eq(EnrollmentStatus::Waitlisted);
    let waiting = waiting.and(Enrollment::COURSE_ID.in_records(Course::ID, Filter::all([])));
    let courses = job.distinct(Query::filter(waiting), Enrollment::COURSE_ID).await?;
    let of_course = |it| PromoteWaiting { course_id: Id::from_uuid(it) };
    job.each(courses, of_course, |seats| count(*seats)).await?;

    let waiting = ClassMember::STATUS.eq(MemberStatus::Waitlisted);
    let active = ClassGroup::STATUS.eq(ClassStatus::Active);
    let waiting = waiting.and(ClassMember::CLASS_ID.in_records(ClassGroup::ID, active));
    let classes = job.distinct(Query::filter(waiting), ClassMember::CLASS_ID).await?;
    let of_class = |it| PromoteAndEnroll { class_id: Id::from_uuid(it) };
    job.each(classes, of_class, |members| count(members.len())).await
}

async fn recount(job: &mut JobRun<'_>) -> Result<(), JobFailure> {
    let since = job.cx().now().saturating_sub(TimeDelta::days(2));
    let changed = Col::<ContentNode, Timestamp>::new("updated_at").ge(since);
    let changed = changed.and(ContentNode::COURSE_ID.in_records(Course::ID, Filter::all([])));
    let changed = Query::filter(changed).with_deleted();
    for course in job.distinct(changed, ContentNode::COURSE_ID).await? {
        let course_id = Id::from_uuid(course);
        let page = |size, after| RecountProgress { course_id, size, after };
        let learners = Enrollment::active_in(course_id);
        job.pages(learners, page, |it| (count(it.items.len()), it.next.clone())).await?;
    }
    Ok(())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
