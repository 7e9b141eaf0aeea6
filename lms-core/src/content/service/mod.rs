//! What can be done with content: one file per use case.
mod create_course;
mod publish_course;

pub use create_course::{CourseError, CreateCourse, create_course};
pub use publish_course::{
    approve_course, archive_course, publish_course, reject_course, restore_course, submit_course,
};
