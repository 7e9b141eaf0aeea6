//! What can be done with programs, classes and sessions: one file per use case.
mod create_class;
mod join_class;
mod leave_class;
mod unit_course;

pub use create_class::{CreateClass, CreateClassError, create_class};
pub(crate) use join_class::admit;
pub use join_class::{ClassChoice, JoinClass, JoinClassError, join_class, seats_left};
pub use leave_class::{LeaveClass, LeaveClassError, leave_class, promote_waitlisted};
pub use unit_course::{UnitCourseError, activate_unit_course, deactivate_unit_course};
