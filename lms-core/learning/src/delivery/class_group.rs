//! Classes: groups of students who take a course together.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    content::{Course, Prose},
    delivery::{ClassMode, ClassSchedule, JoinCode, Meeting, Program},
};
use lms_kernel::{Context, EntityKind, EntityRef, Id, Slug, Title};
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{Direction, Query, Record, Stamp};

/// Whether a class takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum ClassStatus {
    /// It does, and students may join.
    Active,
    /// It rests: its members stay, and no one may join.
    Inactive,
    /// It is over.
    Ended,
}

/// An event in the lifecycle of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum ClassEvent {
    /// It rests.
    Deactivate,
    /// It takes place again.
    Reactivate,
    /// It is over.
    End,
}

lms_kernel::machine! {
    "class": ClassStatus x ClassEvent {
                  [Deactivate  Reactivate  End  ]
        Active:   [Inactive    -           Ended]
        Inactive: [-           Active      Ended]
        Ended:    [-           -           -    ]
    }
}

/// A class: a group of learners who take a course together.
///
/// # Lifecycle
///
/// ```
/// use lms_learning::delivery::{ClassEvent, ClassStatus};
///
/// let resting = ClassStatus::Active.apply(ClassEvent::Deactivate)?;
/// assert_eq!(resting.apply(ClassEvent::Reactivate)?, ClassStatus::Active);
/// let ended = resting.apply(ClassEvent::End)?;
/// assert!(ended.apply(ClassEvent::Reactivate).is_err(), "an ended class stays ended");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Seats are counted under a lock on its row, so that the last one is given once.
/// - A learner in a class is enrolled in its course by
///   [`JoinClassAndEnroll`](crate::learning::JoinClassAndEnroll), not by joining alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "class_groups",
    unique(join_code),
    index(course_id),
    index(program_id),
    index(org_unit_id),
    index(teacher_id),
    index(placement_group)
)]
pub struct ClassGroup {
    /// The class's id.
    pub id: Id<ClassGroup>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The program it is part of.
    pub program_id: Option<Id<Program>>,
    /// The course that it takes.
    pub course_id: Id<Course>,
    /// The unit it belongs to, such as a branch; none where units do not matter.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Who teaches it.
    pub teacher_id: Option<Id<Membership>>,
    /// Its name.
    pub name: Title,
    /// What it is about.
    pub description: Option<Prose>,
    /// Its level in the tenant's own words, such as `Beginner`.
    pub level: Option<String>,
    /// How many students it takes; without a limit when there is none.
    pub capacity: Option<u32>,
    /// How many may wait for a seat when it is full; no one when there is no number.
    pub waitlist_capacity: Option<u32>,
    /// The classes among which a placement test chooses share this key.
    pub placement_group: Option<Slug>,
    /// When it meets.
    #[record(json)]
    pub schedule: Option<ClassSchedule>,
    /// How it meets.
    pub mode: ClassMode,
    /// The room or address where it meets.
    pub location: Option<String>,
    /// Where it meets on the network.
    #[record(json)]
    pub meeting: Option<Meeting>,
    /// The code by which students join, unique in the tenant.
    pub join_code: Option<JoinCode>,
    /// Whether it takes place.
    pub status: ClassStatus,
}

impl ClassGroup {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("class_group");

    /// A class without a limit that meets nowhere yet.
    pub fn new(cx: &Context, course: Id<Course>, name: Title, mode: ClassMode) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            program_id: None,
            course_id: course,
            org_unit_id: None,
            teacher_id: None,
            name,
            description: None,
            level: None,
            capacity: None,
            waitlist_capacity: None,
            placement_group: None,
            schedule: None,
            mode,
            location: None,
            meeting: None,
            join_code: None,
            status: ClassStatus::Active,
        }
    }

    /// A reference to the class.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// The classes that take a course, by name.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course)).order_by(Self::NAME, Direction::Asc)
    }

    /// The classes at a unit, by name.
    pub fn at(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.is(unit)).order_by(Self::NAME, Direction::Asc)
    }

    /// The classes that a person teaches, by name.
    pub fn taught_by(teacher: Id<Membership>) -> Query<Self> {
        Query::filter(Self::TEACHER_ID.is(teacher)).order_by(Self::NAME, Direction::Asc)
    }

    /// The active classes among which a placement test chooses, by id and so by age.
    pub fn placed_by(group: Slug) -> Query<Self> {
        let active = Self::STATUS.eq(ClassStatus::Active);
        Query::filter(Self::PLACEMENT_GROUP.is(group).and(active))
    }

    /// The class with that join code.
    pub fn by_join_code(code: JoinCode) -> Query<Self> {
        Query::filter(Self::JOIN_CODE.is(code))
    }
}
