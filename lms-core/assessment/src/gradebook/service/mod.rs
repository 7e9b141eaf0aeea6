//! Setting up a gradebook, recording grades, and computing course grades.
mod collect_grades;
mod compute_course_grade;
mod define;
mod error;
mod list_course_grades;
mod override_course_grade;
mod record_grade;
mod view;
mod withheld;

pub use collect_grades::CollectGrades;
pub(crate) use compute_course_grade::gradebook_plan;
pub use compute_course_grade::{ComputeCourseGrade, ComputeCourseGrades};
pub use define::{DefineCategory, DefineGradebook, DefineItem};
pub use error::GradebookError;
pub use list_course_grades::{
    CourseGradeFilter, GradebookCell, GradebookColumn, GradebookLine, GradebookPage,
    ListCourseGrades,
};
pub use override_course_grade::OverrideCourseGrade;
pub use record_grade::RecordGrade;
pub use view::{ViewCourseGrade, ViewOwnGrade};
pub use withheld::ItemsNotShown;
