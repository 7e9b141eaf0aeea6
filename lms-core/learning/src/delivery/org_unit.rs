//! The courses and students of a unit.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::content::Course;
use lms_kernel::{Context, Id, Timestamp};
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{Query, Record, Stamp};

/// Whether a unit may teach a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum UnitAccess {
    /// It may.
    Active,
    /// It may not for now; its classes stay.
    Inactive,
}

/// The activation of a course in a unit: without an active one, no class of the course is created
/// there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "org_unit_courses", unique(org_unit_id, course_id), index(course_id))]
pub struct OrgUnitCourse {
    /// The record's id.
    pub id: Id<OrgUnitCourse>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The unit.
    pub org_unit_id: Id<OrgUnit>,
    /// The course.
    pub course_id: Id<Course>,
    /// Whether it may be taught there now.
    pub status: UnitAccess,
    /// Since when, or when it was last.
    pub activated_at: Timestamp,
}

impl OrgUnitCourse {
    /// That `unit` may teach `course` from now on.
    pub fn new(cx: &Context, unit: Id<OrgUnit>, course: Id<Course>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            org_unit_id: unit,
            course_id: course,
            status: UnitAccess::Active,
            activated_at: cx.now(),
        }
    }

    /// What is known about a course at a unit.
    pub fn at(unit: Id<OrgUnit>, course: Id<Course>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.eq(unit).and(Self::COURSE_ID.eq(course)))
    }

    /// The courses that a unit may teach now.
    pub fn active_at(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.eq(unit).and(Self::STATUS.eq(UnitAccess::Active)))
    }
}

/// A learner's place in a unit, whichever courses they take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "org_unit_members", unique(org_unit_id, student_id), index(student_id))]
pub struct OrgUnitMember {
    /// The record's id.
    pub id: Id<OrgUnitMember>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The unit.
    pub org_unit_id: Id<OrgUnit>,
    /// The student.
    pub student_id: Id<Membership>,
    /// Since when.
    pub enrolled_at: Timestamp,
}

impl OrgUnitMember {
    /// That `student` belongs to `unit` from now on.
    pub fn new(cx: &Context, unit: Id<OrgUnit>, student: Id<Membership>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            org_unit_id: unit,
            student_id: student,
            enrolled_at: cx.now(),
        }
    }

    /// The students of a unit.
    pub fn of(unit: Id<OrgUnit>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.eq(unit))
    }

    /// Whether a student belongs to a unit.
    pub fn one(unit: Id<OrgUnit>, student: Id<Membership>) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.eq(unit).and(Self::STUDENT_ID.eq(student)))
    }
}
