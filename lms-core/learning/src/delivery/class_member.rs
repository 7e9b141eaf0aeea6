//! Members of a class: active, waitlisted or left.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::delivery::ClassGroup;
use lms_kernel::{Context, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Filter, Query, Record, Stamp};

/// The status of a learner in a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum MemberStatus {
    /// In it, on a seat.
    Active,
    /// Waiting for a seat.
    Waitlisted,
    /// No longer in it, of their own will.
    Left,
    /// No longer in it, by someone else's.
    Removed,
}

/// An event in the lifecycle of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum MemberEvent {
    /// A seat is free, and it is their turn.
    Promote,
    /// They leave.
    Leave,
    /// They are taken out.
    Remove,
}

lms_kernel::machine! {
    "class member": MemberStatus x MemberEvent {
                    [Promote  Leave  Remove ]
        Active:     [-        Left   Removed]
        Waitlisted: [Active   Left   Removed]
        Left:       [-        -      -      ]
        Removed:    [-        -      -      ]
    }
}

impl MemberStatus {
    /// Whether a person with this status is in the class or waits for it.
    pub const fn is_present(self) -> bool {
        match self {
            Self::Active | Self::Waitlisted => true,
            Self::Left | Self::Removed => false,
        }
    }
}

/// That a student is in a class, waits for it, or was in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "class_members",
    unique(class_id, student_id; status = "active" | "waitlisted"),
    unique(class_id, ticket),
    index(class_id, status; covers(student_id, deleted_at)),
    index(student_id, status)
)]
pub struct ClassMember {
    /// The member's id.
    pub id: Id<ClassMember>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// The student.
    pub student_id: Id<Membership>,
    /// The status of the student.
    pub status: MemberStatus,
    /// When the student asked to join.
    pub joined_at: Timestamp,
    /// Since when the student has a seat, or had one; never for who only waited.
    pub seated_at: Option<Timestamp>,
    /// When the student left or was taken out.
    pub left_at: Option<Timestamp>,
    /// The order in which students asked to join, from 1: those who wait are served by it.
    pub ticket: i64,
}

impl ClassMember {
    /// A membership of `student` from now, with that status.
    pub fn new(
        cx: &Context,
        class: Id<ClassGroup>,
        student: Id<Membership>,
        status: MemberStatus,
        ticket: i64,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            class_id: class,
            student_id: student,
            status,
            joined_at: cx.now(),
            seated_at: (status == MemberStatus::Active).then(|| cx.now()),
            left_at: None,
            ticket,
        }
    }

    /// The members of a class with that status, in the order in which they joined.
    pub fn of(class: Id<ClassGroup>, status: MemberStatus) -> Query<Self> {
        Query::filter(Self::CLASS_ID.eq(class).and(Self::STATUS.eq(status)))
            .order_by(Self::TICKET, Direction::Asc)
    }

    /// The membership of a student who is in the class or waits for it.
    pub fn present(class: Id<ClassGroup>, student: Id<Membership>) -> Query<Self> {
        let present = Self::STATUS.is_in([MemberStatus::Active, MemberStatus::Waitlisted]);
        let student = Self::STUDENT_ID.eq(student);
        Query::filter(Self::CLASS_ID.eq(class).and(student).and(present))
    }

    /// Those who have a seat in one of these classes.
    pub fn seated_in(classes: impl IntoIterator<Item = Id<ClassGroup>>) -> Filter<Self> {
        Self::CLASS_ID.is_in(classes).and(Self::STATUS.eq(MemberStatus::Active))
    }

    /// Whether the student had a seat at that time.
    pub fn was_seated_at(&self, at: Timestamp) -> bool {
        self.seated_at.is_some_and(|since| since <= at) && self.left_at.is_none_or(|end| at < end)
    }

    /// Whether the student did not leave before that time.
    pub fn stayed_until(&self, at: Timestamp) -> bool {
        self.left_at.is_none_or(|end| at <= end)
    }

    /// Everyone who has or had a seat in a class, in the order in which they came.
    pub fn ever_seated(class: Id<ClassGroup>) -> Query<Self> {
        Query::filter(Self::CLASS_ID.eq(class).and(Self::SEATED_AT.is_not_null()))
            .order_by(Self::TICKET, Direction::Asc)
    }

    /// Every class that a student is in, waits for or was in.
    pub fn of_student(student: Id<Membership>) -> Query<Self> {
        Query::filter(Self::STUDENT_ID.eq(student))
    }

    /// The classes that a student is in.
    pub fn active_of(student: Id<Membership>) -> Query<Self> {
        Query::filter(Self::STUDENT_ID.eq(student).and(Self::STATUS.eq(MemberStatus::Active)))
    }
}
