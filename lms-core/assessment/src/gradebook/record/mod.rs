//! The records of the gradebook.
mod category;
mod course_grade;
mod grade;
mod gradebook;
mod item;

pub use category::GradeCategory;
pub use course_grade::{CourseGrade, CourseGradeChanged};
pub use grade::{Grade, GradeRecorded, GradeStatus, ReplacedGrade};
pub use gradebook::Gradebook;
pub use item::GradeItem;

use lms_store::RecordType;

pub(super) fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Gradebook>(),
        RecordType::of::<GradeCategory>(),
        RecordType::of::<GradeItem>(),
        RecordType::of::<Grade>(),
        RecordType::of::<CourseGrade>(),
    ]
}
