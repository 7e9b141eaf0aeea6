//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{ClassGroup, MemberStatus},
    identity::Membership,
    kernel::{EntityRef, Id},
    outbox::DomainEvent,
};

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
