//! The operations of learning, one file per use case.
mod assign_content;
mod change_enrollment;
mod class_enrollment;
mod clone_rules;
mod count_learners;
mod enroll_learner;
mod guard_rules;
mod leave_school;
mod list_assignments;
mod list_classes;
mod list_enrollments;
mod list_sessions;
mod open_node;
mod program_order;
mod recount_progress;
mod reopen_node;
mod request_download;
mod resume_course;
mod review_course;
mod rights;
mod set_rules;
mod study;
mod view_dashboard;
mod view_reports;

pub use assign_content::{AssignContent, AssignError, ChangeAssignment, RescheduleAssignment};
pub use change_enrollment::{ChangeEnrollment, ExpireEnrollments, PromoteWaiting, RenewEnrollment};
pub use class_enrollment::{
    ClassEnrollmentError, JoinClassAndEnroll, LeaveClassAndDrop, PromoteAndEnroll,
};
pub use clone_rules::CloneRules;
pub use count_learners::CountLearners;
pub use enroll_learner::{EnrollError, EnrollLearner};
pub use leave_school::ChangeMembershipStatus;
#[doc(hidden)]
pub use leave_school::{GiveUpError, give_up_places};
pub use list_assignments::{AssignedContent, ListAssignedContent};
pub use list_classes::{ClassFilter, ClassView, ListClasses};
pub use list_enrollments::{EnrollmentFilter, EnrollmentNextStep, EnrollmentView, ListEnrollments};
pub use list_sessions::{ListSessions, SessionFilter, SessionView};
pub use open_node::AccessRequest;
#[doc(hidden)]
pub use open_node::CourseSales;
pub use open_node::{CheckAccessBy, OpenNodeBy};
pub use recount_progress::RecountProgress;
pub use reopen_node::{ReopenChangedNode, SetReopening};
pub use request_download::{ReadShownFile, StartDownload};
pub use resume_course::ResumeCourse;
pub use review_course::ReviewCourse;
#[doc(hidden)]
pub use rights::sync_rights;
pub use set_rules::{NodeRulesError, SetNodeRules};
pub use study::{ConfirmNode, RecordScore, RecordStudy, Study, StudyError, ViewLearnerStats};
#[doc(hidden)]
pub use study::{Reached, note_reached};
pub use view_dashboard::{DashboardError, ViewClassDashboard};
pub use view_reports::{ViewStudentProgress, ViewTutorLoad};
