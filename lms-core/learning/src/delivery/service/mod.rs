//! What can be done with programs, classes and sessions: one file per use case.
mod attend_session;
mod bookings;
mod change_class;
mod change_session;
mod create_class;
mod join_class;
mod keep_room;
mod leave_class;
mod mark_attendance;
mod open_meeting;
mod plan_series;
mod plan_session;
mod program_courses;
mod programs;
mod set_bands;
mod unit_course;
mod unit_students;

pub use attend_session::{AttendError, add_participants, enter_session, exit_session};
pub use change_class::{ClassChange, ClassError, change_class_status, edit_class, renew_join_code};
pub use change_session::{ChangeSession, change_session_status, reschedule_session, set_recording};
pub use create_class::{CreateClass, CreateClassError, create_class};
#[doc(hidden)]
pub use join_class::admit;
pub use join_class::{ClassChoice, JoinClass, JoinClassError, join_class, seats_left};
pub use keep_room::{RoomError, create_room, delete_room};
pub use leave_class::{LeaveClass, LeaveClassError, leave_class, promote_waitlisted};
pub use mark_attendance::mark_attendance;
pub use open_meeting::{MeetingPort, MeetingPortError, MeetingRequest, open_meeting};
pub use plan_series::{PlanSeries, PlannedSeries, extend_series, plan_series, schedule_class};
pub use plan_session::{ClashPolicy, PlanSession, SessionError, find_clashes, plan_session};
pub use program_courses::{add_program_course, move_program_course, remove_program_course};
pub use programs::{CreateProgram, ProgramError, create_program, delete_program, move_program};
pub use set_bands::{BandError, set_placement_bands};
pub use unit_course::{UnitCourseError, activate_unit_course, deactivate_unit_course};
pub use unit_students::{UnitStudentError, add_unit_student, remove_unit_student};
