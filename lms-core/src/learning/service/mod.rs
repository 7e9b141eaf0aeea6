//! What learners do, and what is done for them: one file per use case.
mod assign_content;
mod change_enrollment;
mod class_enrollment;
mod enroll_learner;
mod request_download;
mod review_course;
mod set_rules;
mod study;

pub use assign_content::{AssignError, assign_content, change_assignment};
pub use change_enrollment::{change_enrollment, expire_enrollments, renew_enrollment};
pub use class_enrollment::{ClassEnrollmentError, join_class_and_enroll, leave_class_and_drop};
pub use enroll_learner::{EnrollError, EnrollLearner, enroll_learner};
pub use request_download::request_download;
pub use review_course::review_course;
pub use set_rules::{NodeRulesError, set_node_rules};
pub use study::{
    AccessRequest, Study, StudyError, check_access, confirm_node, learner_stats, open_node,
    record_score, record_study,
};
