//! Who may call the services of learning.
use std::collections::BTreeMap;

use lms::{
    content::{CourseClone, Rating},
    delivery::{ClassChoice, JoinClass, LeaveClass},
    learning::*,
    store::PageSize,
};

use crate::{
    table::{Service, check},
    world::World,
};

fn enroll(w: &World) -> EnrollLearner {
    EnrollLearner::new(w.courses().published.id, w.other.id(), GrantSource::Manual)
}

fn open(w: &World) -> AccessRequest {
    AccessRequest::new(w.learner.id(), w.courses().lesson.id)
}

fn join(w: &World) -> JoinClass {
    JoinClass { class: ClassChoice::Id(w.things().class.id), student_id: w.other.id() }
}

fn leave(w: &World) -> LeaveClass {
    LeaveClass { class_id: w.things().class.id, student_id: w.learner.id(), is_removal: true }
}

/// A copy of the published course: here the course itself, of which no node was copied yet.
fn copy(w: &World) -> CourseClone {
    CourseClone { course: w.courses().published.clone(), nodes: BTreeMap::new() }
}

fn stars() -> Rating {
    Rating::new(5).unwrap()
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = enrollments();
    rows.extend(study());
    rows
}

fn enrollments() -> Vec<Service> {
    services! { |w, cx|
        enroll_learner[enroll(w)] by Admin, not ALL, Missing;
        change_enrollment[ChangeEnrollment { enrollment_id: w.things().enrollment.id, event: EnrollmentEvent::Suspend }]
            by Admin, not ALL, Missing;
        renew_enrollment[RenewEnrollment { enrollment_id: w.things().enrollment.id, expires_at: None }] by Admin, not ALL, Missing;
        expire_enrollments[ExpireEnrollments { due: PageSize::MAX.into() }] by Admin, not ALL, Own;
        promote_waiting[PromoteWaiting { course_id: w.courses().published.id }] by Admin, not ALL, Missing;
        join_class_and_enroll[JoinClassAndEnroll { join: join(w) }] by Teacher, not ALL, Missing;
        leave_class_and_drop[LeaveClassAndDrop { leave: leave(w) }] by Teacher, not ALL, Missing;
        promote_and_enroll[PromoteAndEnroll { class_id: w.things().class.id }] by Teacher, not ALL, Missing;
        assign_content[AssignContent { class_id: w.things().class.id, node_id: Some(w.courses().lesson.id), due_at: None, instructions: None }]
            by Teacher, not ALL, Missing;
        reschedule_assignment[RescheduleAssignment { assignment_id: w.things().assignment.id, due_at: None, instructions: None }]
            by Teacher, not ALL, Missing;
        change_assignment[ChangeAssignment { assignment_id: w.things().assignment.id, event: AssignmentEvent::Withdraw }]
            by Teacher, not ALL, Missing;
        list_assigned_content[ListAssignedContent { learner_id: w.learner.id() }] by Guardian, not ALL, Own;
        review_course[ReviewCourse { course_id: w.courses().published.id, rating: stars(), comment: None }]
            by Learner, not OUTSIDERS, Missing;
    }
}

fn study() -> Vec<Service> {
    services! { |w, cx|
        set_node_rules[SetNodeRules { node_id: w.courses().second.id, release: Some(ReleaseRule::Sequence), completion: None }]
            by Teacher, not ALL, Missing;
        set_reopening[SetReopening { node_id: w.courses().second.id, reopen_on_change: true }] by Teacher, not ALL, Missing;
        reopen_changed_node[ReopenChangedNode { node_id: w.courses().lesson.id, changed_at: cx.now(), limit: PageSize::MAX }]
            by Admin, not ALL, Missing;
        recount_progress[RecountProgress { course_id: w.courses().published.id, size: PageSize::MAX, after: None }]
            by Admin, not ALL, Missing;
        clone_rules[CloneRules { copy: copy(w) }] by Teacher, not ALL, Missing;
        count_learners[CountLearners { course_id: w.courses().published.id }] by Teacher, not ALL, Missing;
        check_access[CheckAccess { request: open(w) }] by Learner, not ALL, Missing;
        open_node[OpenNode { request: open(w), time_zone: None }] by Learner, not ALL, Missing;
        resume_course[ResumeCourse { learner_id: w.learner.id(), course_id: w.courses().published.id }] by Learner, not ALL, Missing;
        request_download[RequestDownload { request: open(w), file_id: w.things().file.id }] by Learner, not ALL, Missing;
        read_lesson_file[ReadLessonFile { request: open(w), file_id: w.things().file.id }] by Learner, not ALL, Missing;
        record_study[RecordStudy { learner_id: w.learner.id(), node_id: w.courses().lesson.id, study: Study::Claim }]
            by Learner, not ALL, Missing;
        confirm_node[ConfirmNode { learner_id: w.learner.id(), node_id: w.courses().lesson.id }] by Admin, not ALL, Missing;
        record_score[RecordScore { learner_id: w.learner.id(), node_id: w.courses().lesson.id, score: lms::kernel::Percent::HUNDRED }] by Admin, not ALL, Missing;
        view_class_dashboard[ViewClassDashboard { class_id: w.things().class.id }] by Teacher, not ALL, Missing;
        view_learner_stats[ViewLearnerStats { learner_id: w.learner.id() }] by Learner, not ALL, Own;
    }
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check(rows()));
}
