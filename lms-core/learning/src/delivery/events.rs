//! Events of classes and sessions.
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{AttendanceStatus, ClassGroup, ClassStatus, MemberStatus, Session, SessionStatus},
};
use lms_kernel::{Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A class was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.class_created", subject = ClassGroup::ENTITY, id = class_id)]
pub struct ClassCreated {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The course that it takes.
    pub course_id: Id<Course>,
}

/// A student joined a class or its waitlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.class_joined", subject = ClassGroup::ENTITY, id = class_id)]
pub struct ClassJoined {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
    /// Whether on a seat or waiting for one.
    pub status: MemberStatus,
}

/// A student left a class or its waitlist, or was taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.class_left", subject = ClassGroup::ENTITY, id = class_id)]
pub struct ClassLeft {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
    /// Left, or removed.
    pub status: MemberStatus,
}

/// A student who waited got a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.member_promoted", subject = ClassGroup::ENTITY, id = class_id)]
pub struct MemberPromoted {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
}

/// A session was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.session_planned", subject = Session::ENTITY, id = session_id)]
pub struct SessionPlanned {
    /// The session.
    pub session_id: Id<Session>,
    /// The class that meets.
    pub class_id: Option<Id<ClassGroup>>,
    /// When it starts.
    pub starts_at: Timestamp,
}

/// A session got another time, room or host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.session_moved", subject = Session::ENTITY, id = session_id)]
pub struct SessionMoved {
    /// The session.
    pub session_id: Id<Session>,
    /// When it was to start.
    pub from: Timestamp,
    /// When it starts now.
    pub to: Timestamp,
}

/// A session started, ended or was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.session_status_changed", subject = Session::ENTITY, id = session_id)]
pub struct SessionStatusChanged {
    /// The session.
    pub session_id: Id<Session>,
    /// The class that meets.
    pub class_id: Option<Id<ClassGroup>>,
    /// Its earlier status.
    pub from: SessionStatus,
    /// Its status.
    pub to: SessionStatus,
}

/// It was said, or worked out, whether someone was at a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.attendance_marked", subject = Session::ENTITY, id = session_id)]
pub struct AttendanceMarked {
    /// The session.
    pub session_id: Id<Session>,
    /// The person.
    pub participant_id: Id<Membership>,
    /// Whether they were there.
    pub status: AttendanceStatus,
}

/// A class was deactivated, taken up again or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("delivery.class_status_changed", subject = ClassGroup::ENTITY, id = class_id)]
pub struct ClassStatusChanged {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// Its earlier status.
    pub from: ClassStatus,
    /// Its status.
    pub to: ClassStatus,
}
