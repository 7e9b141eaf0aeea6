//! Programs: courses that belong together, in order.
use serde::{Deserialize, Serialize};

use crate::content::{Course, Prose};
use lms_kernel::{Context, EntityKind, Id, Title};
use lms_store::{Direction, LogStamp, Query, Record, Stamp};

/// Courses that belong together, in order. Programs nest without cycles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "programs", index(parent_id))]
pub struct Program {
    /// The program's id.
    pub id: Id<Program>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub name: Title,
    /// What it is about.
    pub description: Option<Prose>,
    /// The program it is part of; none for a top one.
    pub parent_id: Option<Id<Program>>,
    /// Whether its courses are taken one after the other: each opens when the earlier ones that the
    /// learner may learn are completed.
    pub in_order: bool,
}

impl Program {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("program");

    /// A top program whose courses are taken in any order.
    pub fn new(cx: &Context, name: Title) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            name,
            description: None,
            parent_id: None,
            in_order: false,
        }
    }

    /// The programs directly under `parent`, by name.
    pub fn children_of(parent: Id<Program>) -> Query<Self> {
        Query::filter(Self::PARENT_ID.is(parent)).order_by(Self::NAME, Direction::Asc)
    }
}

/// A course of a program, with its position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "program_courses", unique(program_id, course_id), index(course_id))]
pub struct ProgramCourse {
    /// The link's id.
    pub id: Id<ProgramCourse>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The program.
    pub program_id: Id<Program>,
    /// The course.
    pub course_id: Id<Course>,
    /// Its place among the program's courses, from 0 without gaps.
    pub position: u32,
}

impl ProgramCourse {
    /// That `program` has `course` at `position`.
    pub fn new(cx: &Context, program: Id<Program>, course: Id<Course>, position: u32) -> Self {
        let stamp = LogStamp::new(cx);
        Self { id: cx.id(), stamp, program_id: program, course_id: course, position }
    }

    /// The courses of a program, in order.
    pub fn of(program: Id<Program>) -> Query<Self> {
        Query::filter(Self::PROGRAM_ID.eq(program)).order_by(Self::POSITION, Direction::Asc)
    }
}

crate::content::dense_order::positioned!(ProgramCourse);
