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
        enroll_learner(enroll(w)) by Admin, not ALL, Missing;
        change_enrollment(w.things().enrollment.id, EnrollmentEvent::Suspend)
            by Admin, not ALL, Missing;
        renew_enrollment(w.things().enrollment.id, None) by Admin, not ALL, Missing;
        expire_enrollments() by Admin, not ALL, Own;
        promote_waiting(w.courses().published.id) by Admin, not ALL, Missing;
        join_class_and_enroll(join(w)) by Teacher, not ALL, Missing;
        leave_class_and_drop(leave(w)) by Teacher, not ALL, Missing;
        promote_and_enroll(w.things().class.id) by Teacher, not ALL, Missing;
        assign_content((w.things().class.id, Some(w.courses().lesson.id)), (None, None))
            by Teacher, not ALL, Missing;
        change_assignment(w.things().assignment.id, AssignmentEvent::Withdraw)
            by Teacher, not ALL, Missing;
        assignments_of(w.learner.id()) by Guardian, not ALL, Own;
        review_course(w.courses().published.id, (stars(), None))
            by Learner, not OUTSIDERS, Missing;
    }
}

fn study() -> Vec<Service> {
    services! { |w, cx|
        set_node_rules(w.courses().second.id, (Some(ReleaseRule::Sequence), None))
            by Teacher, not ALL, Missing;
        set_reopening(w.courses().second.id, true) by Teacher, not ALL, Missing;
        reopen_changed_node(w.courses().lesson.id, (cx.now(), PageSize::MAX))
            by Admin, not ALL, Missing;
        recount_progress(w.courses().published.id, (PageSize::MAX, None))
            by Admin, not ALL, Missing;
        clone_rules(&copy(w)) by Teacher, not ALL, Missing;
        check_access(&open(w)) by Learner, not ALL, Missing;
        open_node(&open(w), None) by Learner, not ALL, Missing;
        resume_course(w.learner.id(), w.courses().published.id) by Learner, not ALL, Missing;
        request_download(&open(w), w.things().file.id) by Learner, not ALL, Missing;
        read_lesson_file(&w.files, (&open(w), w.things().file.id)) by Learner, not ALL, Missing;
        record_study((w.learner.id(), w.courses().lesson.id), Study::Claim)
            by Learner, not ALL, Missing;
        confirm_node(w.learner.id(), w.courses().lesson.id) by Admin, not ALL, Missing;
        record_score(
            (w.learner.id(), w.courses().lesson.id),
            lms::kernel::Percent::HUNDRED,
        ) by Admin, not ALL, Missing;
        view_class_dashboard(w.things().class.id) by Teacher, not ALL, Missing;
        learner_stats(w.learner.id()) by Learner, not ALL, Own;
    }
}

#[tokio::test]
async fn who_may_is_let_and_who_may_not_is_refused() {
    check(rows()).await;
}
