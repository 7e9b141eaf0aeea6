//! Writing a test and opening it to learners.
mod check_assessment;
mod check_question;
mod create_assessment;
mod edit_assessment;
mod events;
mod list_assessments;
mod new_question;
mod publish_assessment;

pub use check_assessment::{AssessmentProblem, check_assessment};
pub use check_question::{QuestionProblem, check_question};
pub use create_assessment::{AuthoringError, CreateAssessment, NewAssessment, NewSection};
pub use edit_assessment::{AssessmentChange, EditAssessment, NewSlot};
pub use events::{AssessmentCreated, AssessmentStatusChanged};
pub use list_assessments::{AssessmentFilter, AssessmentView, ListAssessments};
pub use new_question::NewQuestion;
pub use publish_assessment::{ArchiveAssessment, PublishAssessment, WithdrawAssessment};
