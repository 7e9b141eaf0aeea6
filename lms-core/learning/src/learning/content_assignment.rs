//! Content assigned to a class with a due date.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    content::{ContentNode, Course, Prose},
    delivery::ClassGroup,
    learning::{Enrollment, NodeProgress, ProgressStatus},
};
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Col, Direction, Query, Record, Stamp};

/// The kind of assigned content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum AssignedKind {
    /// A whole course.
    Course,
    /// A part of a course.
    #[text("content_node", "module", "unit", "lesson", "activity")]
    ContentNode,
}

/// The status of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum AssignmentStatus {
    /// It is to be done.
    Active,
    /// It was withdrawn.
    #[text("withdrawn", "inactive")]
    Withdrawn,
}

/// An event in the lifecycle of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum AssignmentEvent {
    /// It is withdrawn.
    Withdraw,
    /// It is set again.
    Reinstate,
}

lms_kernel::machine! {
    "content assignment": AssignmentStatus x AssignmentEvent {
                   [Withdraw   Reinstate]
        Active:    [Withdrawn  -        ]
        Withdrawn: [-          Active   ]
    }
}

/// Content that a class is to learn, until when, and what to mind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "content_assignments", index(class_id, status), index(course_id))]
pub struct ContentAssignment {
    /// The assignment's id.
    pub id: Id<ContentAssignment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The class.
    pub class_id: Id<ClassGroup>,
    /// Who set it.
    pub assigned_by: Id<Membership>,
    /// The course that the content is part of.
    pub course_id: Id<Course>,
    /// The kind of content.
    pub target_kind: AssignedKind,
    /// The course or the node.
    pub target_id: Uuid,
    /// Until when it is to be done; whenever when there is no time.
    pub due_at: Option<Timestamp>,
    /// What to mind.
    pub instructions: Option<Prose>,
    /// Its status.
    pub status: AssignmentStatus,
}

impl ContentAssignment {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("content_assignment");

    /// That a class is to learn a whole course.
    pub fn of_course(
        cx: &Context,
        class: Id<ClassGroup>,
        assigned_by: Id<Membership>,
        course: Id<Course>,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            class_id: class,
            assigned_by,
            course_id: course,
            target_kind: AssignedKind::Course,
            target_id: course.uuid(),
            due_at: None,
            instructions: None,
            status: AssignmentStatus::Active,
        }
    }

    /// The node, where it is not a whole course.
    pub fn node_id(&self) -> Option<Id<ContentNode>> {
        match self.target_kind {
            AssignedKind::Course => None,
            AssignedKind::ContentNode => Some(Id::from_uuid(self.target_id)),
        }
    }

    /// What a class is to learn now, the oldest first.
    pub fn active_of(class: Id<ClassGroup>) -> Query<Self> {
        Self::active_of_any([class])
    }

    /// What some classes are to learn now, the oldest first.
    pub fn active_of_any(classes: impl IntoIterator<Item = Id<ClassGroup>>) -> Query<Self> {
        let active = Self::STATUS.eq(AssignmentStatus::Active);
        Query::filter(Self::CLASS_ID.is_in(classes).and(active))
            .order_by(Col::<Self, Timestamp>::new("created_at"), Direction::Asc)
    }
}

/// A learner's status with an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum AssignmentStanding {
    /// It is to be done.
    Open,
    /// Its time is over, and it is not done.
    Overdue,
    /// It was done in time.
    Done,
    /// It was done after its time.
    DoneLate,
}

/// A learner's status with an assignment that is due at `due_at` and was done at `done_at`. Work
/// done at the very instant is on time.
pub fn assignment_standing(
    (now, due_at): (Timestamp, Option<Timestamp>),
    done_at: Option<Timestamp>,
) -> AssignmentStanding {
    match (done_at, due_at) {
        (Some(done), Some(due)) if done > due => AssignmentStanding::DoneLate,
        (Some(_), _) => AssignmentStanding::Done,
        (None, Some(due)) if now > due => AssignmentStanding::Overdue,
        (None, _) => AssignmentStanding::Open,
    }
}

/// When a learner was done with what is assigned.
pub fn assignment_done_at(
    assignment: &ContentAssignment,
    enrollment: Option<&Enrollment>,
    progress: Option<&NodeProgress>,
) -> Option<Timestamp> {
    match assignment.target_kind {
        AssignedKind::Course => enrollment?.completed_at,
        AssignedKind::ContentNode => {
            progress.filter(|it| it.status == ProgressStatus::Completed)?.completed_at
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_counts_to_the_instant() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let (due, after) = (at("2024-03-01T12:00:00Z"), at("2024-03-01T12:00:00.000001Z"));
        let now = after.unwrap();
        for (done, due, expected) in [
            (due, due, AssignmentStanding::Done),
            (after, due, AssignmentStanding::DoneLate),
            (None, due, AssignmentStanding::Overdue),
            (None, after, AssignmentStanding::Open),
            (None, None, AssignmentStanding::Open),
            (after, None, AssignmentStanding::Done),
        ] {
            assert_eq!(assignment_standing((now, due), done), expected);
        }
    }
}
