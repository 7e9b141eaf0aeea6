//! How it is taught: programs, classes, their members, sessions, attendance.
//!
//! A **program** orders courses and nests. A **class** takes one course, perhaps at a unit that
//! may teach it, with a **schedule** in the local time of the place; students join it by code or
//! are placed by a test's **bands**, take a seat or wait for one. A **unit** teaches the courses
//! that are active there.
mod class_group;
mod class_member;
mod class_mode;
mod events;
mod join_code;
mod org_unit;
mod placement;
mod program;
mod recurrence;
mod schedule;
mod seating;
mod service;

pub use class_group::{ClassEvent, ClassGroup, ClassStatus, ClassStatusError};
pub use class_member::{ClassMember, MemberEvent, MemberStatus, MemberStatusError};
pub use class_mode::{ClassMode, ClassModeError, Meeting, MeetingProvider};
pub use events::{ClassCreated, ClassJoined, ClassLeft, MemberPromoted};
pub use join_code::JoinCode;
pub use org_unit::{OrgUnitCourse, OrgUnitMember, UnitAccess};
pub use placement::PlacementBand;
pub use program::{Program, ProgramCourse};
pub use recurrence::{
    ByDay, Frequency, Occurrence, Recurrence, RecurrenceEnd, RecurrenceError, RecurrenceLimit,
    local_instant,
};
pub use schedule::{ClassSchedule, ScheduleError};
pub use seating::{Seating, seat_for_newcomer, seats_to_fill};
pub use service::*;

use crate::store::RecordType;

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
    ]
}
