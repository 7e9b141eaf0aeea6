//! Setting up a gradebook, recording grades, computing and showing what they make.
mod collect_grades;
mod compute_course_grade;
mod define;
mod error;
mod override_course_grade;
mod record_grade;
mod view;
mod withheld;

pub use collect_grades::collect_grades;
pub use compute_course_grade::{compute_course_grade, compute_course_grades, gradebook_plan};
pub use define::{
    DefineCategory, DefineGradebook, DefineItem, define_category, define_gradebook, define_item,
};
pub use error::GradebookError;
pub use override_course_grade::{OverrideCourseGrade, override_course_grade};
pub use record_grade::{RecordGrade, record_grade};
pub use view::{view_course_grade, view_own_grade};
#[doc(hidden)]
pub use withheld::items_not_shown;
