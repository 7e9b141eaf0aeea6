//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{AttendanceStatus, ClassGroup, ClassStatus, MemberStatus, Session, SessionStatus},
};
use lms_kernel::{EntityRef, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A class was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCreated {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The course that it takes.
    pub course_id: Id<Course>,
}

impl DomainEvent for ClassCreated {
    const KIND: &'static str = "delivery.class_created";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ClassGroup::ENTITY, self.class_id)
    }
}

/// A student joined a class or its waitlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassJoined {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
    /// Whether on a seat or waiting for one.
    pub status: MemberStatus,
}

impl DomainEvent for ClassJoined {
    const KIND: &'static str = "delivery.class_joined";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ClassGroup::ENTITY, self.class_id)
    }
}

/// A student left a class or its waitlist, or was taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassLeft {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
    /// Left, or removed.
    pub status: MemberStatus,
}

impl DomainEvent for ClassLeft {
    const KIND: &'static str = "delivery.class_left";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ClassGroup::ENTITY, self.class_id)
    }
}

/// A student who waited got a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPromoted {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
}

impl DomainEvent for MemberPromoted {
    const KIND: &'static str = "delivery.member_promoted";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ClassGroup::ENTITY, self.class_id)
    }
}

/// A session was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPlanned {
    /// The session.
    pub session_id: Id<Session>,
    /// The class that meets.
    pub class_id: Option<Id<ClassGroup>>,
    /// When it starts.
    pub starts_at: Timestamp,
}

impl DomainEvent for SessionPlanned {
    const KIND: &'static str = "delivery.session_planned";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Session::ENTITY, self.session_id)
    }
}

/// A session got another time, room or host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionMoved {
    /// The session.
    pub session_id: Id<Session>,
    /// When it was to start.
    pub from: Timestamp,
    /// When it starts now.
    pub to: Timestamp,
}

impl DomainEvent for SessionMoved {
    const KIND: &'static str = "delivery.session_moved";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Session::ENTITY, self.session_id)
    }
}

/// A session started, ended or was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl DomainEvent for SessionStatusChanged {
    const KIND: &'static str = "delivery.session_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Session::ENTITY, self.session_id)
    }
}

/// It was said, or worked out, whether someone was at a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendanceMarked {
    /// The session.
    pub session_id: Id<Session>,
    /// The person.
    pub participant_id: Id<Membership>,
    /// Whether they were there.
    pub status: AttendanceStatus,
}

impl DomainEvent for AttendanceMarked {
    const KIND: &'static str = "delivery.attendance_marked";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Session::ENTITY, self.session_id)
    }
}

/// A class was deactivated, taken up again or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassStatusChanged {
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// Its earlier status.
    pub from: ClassStatus,
    /// Its status.
    pub to: ClassStatus,
}

impl DomainEvent for ClassStatusChanged {
    const KIND: &'static str = "delivery.class_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ClassGroup::ENTITY, self.class_id)
    }
}
