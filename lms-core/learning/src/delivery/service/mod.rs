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

pub use attend_session::{AddParticipants, AttendError, EnterSession, ExitSession};
pub use change_class::{ChangeClassStatus, ClassChange, ClassError, EditClass, RenewJoinCode};
pub use change_session::{ChangeSession, ChangeSessionStatus, RescheduleSession, SetRecording};
pub use create_class::{CreateClass, CreateClassError};
#[doc(hidden)]
pub use join_class::admit;
pub(crate) use join_class::named;
pub use join_class::{ClassChoice, JoinClass, JoinClassError, seats_left};
pub use keep_room::{CreateRoom, DeleteRoom, RoomError};
pub(crate) use leave_class::take_out;
pub use leave_class::{LeaveClass, LeaveClassError, PromoteWaitlisted};
pub use mark_attendance::MarkAttendance;
pub use open_meeting::{MeetingPort, MeetingPortError, MeetingRequest, open_meeting};
pub use plan_series::{ExtendSeries, PlanSeries, PlannedSeries, ScheduleClass};
pub use plan_session::{ClashPolicy, FindClashes, PlanSession, SessionError};
pub use program_courses::{AddProgramCourse, MoveProgramCourse, RemoveProgramCourse};
pub use programs::{CreateProgram, DeleteProgram, MoveProgram, ProgramError};
pub use set_bands::{BandError, SetPlacementBands};
pub use unit_course::{ActivateUnitCourse, DeactivateUnitCourse, UnitCourseError};
pub use unit_students::{AddUnitStudent, RemoveUnitStudent, UnitStudentError};
