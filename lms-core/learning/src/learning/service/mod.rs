//! What learners do, and what is done for them: one file per use case.
mod assign_content;
mod change_enrollment;
mod class_enrollment;
mod clone_rules;
mod count_learners;
mod enroll_learner;
mod list_assignments;
mod open_node;
mod recount_progress;
mod reopen_node;
mod request_download;
mod resume_course;
mod review_course;
mod set_rules;
mod study;
mod view_dashboard;

pub use assign_content::{AssignError, assign_content, change_assignment};
#[doc(hidden)]
pub use change_enrollment::move_enrollment;
pub use change_enrollment::{
    change_enrollment, expire_enrollments, promote_waiting, renew_enrollment,
};
pub use class_enrollment::{
    ClassEnrollmentError, join_class_and_enroll, leave_class_and_drop, promote_and_enroll,
};
pub use clone_rules::clone_rules;
pub use count_learners::count_learners;
#[doc(hidden)]
pub use enroll_learner::grant_enrollment;
pub use enroll_learner::{EnrollError, EnrollLearner, enroll_learner};
pub use list_assignments::{AssignedContent, assignments_of};
pub use open_node::{AccessRequest, check_access, open_node};
pub use recount_progress::recount_progress;
pub use reopen_node::{reopen_changed_node, set_reopening};
pub use request_download::{read_lesson_file, request_download};
pub use resume_course::resume_course;
pub use review_course::review_course;
pub use set_rules::{NodeRulesError, set_node_rules};
pub use study::{Study, StudyError, confirm_node, learner_stats, record_score, record_study};
pub use view_dashboard::{DashboardError, view_class_dashboard};
