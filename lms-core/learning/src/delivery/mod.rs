//! Programs, classes, their members, sessions and attendance.
//!
//! A **program** orders courses and nests. A **class** takes one course, perhaps at a unit that may
//! teach it, with a **schedule** in the local time of the place; students join it by code or are
//! placed by a test's **bands**, take a seat or wait for one. A **unit** teaches the courses that
//! are active there. **Sessions** take place at a time, in a **room** or on the network, one by one
//! or in a **series** that repeats; no one and no room is to be at two at once, or else they
//! **clash**. **Attendance** says who was there.
mod clash;
mod class_group;
mod class_member;
mod class_mode;
mod events;
mod join_code;
mod listed;
mod org_unit;
mod participant;
mod placement;
mod program;
mod recurrence;
mod room;
mod schedule;
mod seating;
mod service;
mod session;
mod session_state;
mod subjects;
mod tutor_load;

pub use clash::{Booking, Clash, clashes, is_available};
pub use class_group::{ClassEvent, ClassGroup, ClassStatus};
pub use class_member::{ClassMember, MemberEvent, MemberStatus};
pub use class_mode::{ClassMode, ClassModeError, Meeting, MeetingProvider};
pub use events::{
    AttendanceMarked, ClassCreated, ClassJoined, ClassLeft, ClassStatusChanged, MemberPromoted,
    SessionMoved, SessionPlanned, SessionStatusChanged,
};
pub use join_code::JoinCode;
pub use org_unit::{OrgUnitCourse, OrgUnitMember, UnitAccess};
pub use participant::{AttendancePolicy, AttendanceStatus, ParticipantRole, SessionParticipant};
pub use placement::PlacementBand;
pub use program::{Program, ProgramCourse};
pub use recurrence::{
    ByDay, Frequency, Occurrence, Recurrence, RecurrenceEnd, RecurrenceError, RecurrenceLimit,
    local_instant,
};
pub use room::Room;
pub use schedule::{ClassSchedule, ScheduleError};
pub use seating::{Seating, seat_for_newcomer, seats_to_fill};
pub use service::*;
pub use session::{SeriesTiming, Session, SessionSeries};
pub use session_state::{SessionEvent, SessionStatus};
pub(crate) use subjects::subject_of_class;
pub use tutor_load::{TutorLoad, TutorLoadLine};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Program>(),
        RecordType::of::<ProgramCourse>(),
        RecordType::of::<ClassGroup>(),
        RecordType::of::<PlacementBand>(),
        RecordType::of::<ClassMember>(),
        RecordType::of::<OrgUnitCourse>(),
        RecordType::of::<OrgUnitMember>(),
        RecordType::of::<Room>(),
        RecordType::of::<SessionSeries>(),
        RecordType::of::<Session>(),
        RecordType::of::<SessionParticipant>(),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<AttendanceMarked>(),
        EventType::of::<ClassCreated>(),
        EventType::of::<ClassJoined>(),
        EventType::of::<ClassLeft>(),
        EventType::of::<ClassStatusChanged>(),
        EventType::of::<MemberPromoted>(),
        EventType::of::<SessionMoved>(),
        EventType::of::<SessionPlanned>(),
        EventType::of::<SessionStatusChanged>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<ActivateUnitCourse>(),
        OperationType::of::<AddParticipants>(),
        OperationType::of::<AddProgramCourse>(),
        OperationType::of::<AddUnitStudent>(),
        OperationType::of::<ChangeClassStatus>(),
        OperationType::of::<ChangeSessionStatus>(),
        OperationType::of::<CreateClass>(),
        OperationType::of::<CreateProgram>(),
        OperationType::of::<CreateRoom>(),
        OperationType::of::<DeactivateUnitCourse>(),
        OperationType::of::<DeleteProgram>(),
        OperationType::of::<DeleteRoom>(),
        OperationType::of::<EditClass>(),
        OperationType::of::<EditProgram>(),
        OperationType::of::<EnterSession>(),
        OperationType::of::<ExitSession>(),
        OperationType::of::<ExtendSeries>(),
        OperationType::of::<FindClashes>(),
        OperationType::of::<JoinClass>(),
        OperationType::of::<LeaveClass>(),
        OperationType::of::<ListAttendance>(),
        OperationType::of::<ListFiles>(),
        OperationType::of::<ListPrograms>(),
        OperationType::of::<MarkAttendance>(),
        OperationType::of::<MoveProgram>(),
        OperationType::of::<MoveProgramCourse>(),
        OperationType::of::<OpenMeeting>(),
        OperationType::of::<PlanSeries>(),
        OperationType::of::<PlanSession>(),
        OperationType::of::<PromoteWaitlisted>(),
        OperationType::of::<RemoveProgramCourse>(),
        OperationType::of::<RemoveUnitStudent>(),
        OperationType::of::<RenewJoinCode>(),
        OperationType::of::<RescheduleSession>(),
        OperationType::of::<ScheduleClass>(),
        OperationType::of::<SetPlacementBands>(),
        OperationType::of::<SetRecording>(),
    ]
}
