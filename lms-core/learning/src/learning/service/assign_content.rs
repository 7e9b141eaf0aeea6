//! Assigning content to a class.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    content::{ContentNode, Prose},
    delivery::ClassGroup,
    learning::{AssignedKind, AssignmentEvent, ContentAssigned, ContentAssignment},
};
use lms_kernel::{Id, Rejected, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, acting_member, get_authorized},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why content could not be set for a class, or withdrawn.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AssignError {
    /// The node is not part of the course that the class takes.
    #[error("the content is part of another course; choose content of the class's course")]
    #[fault(invalid, field = "node_id")]
    OtherCourse,
    /// The assignment cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no classes.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Assigns a node, or the whole course of a class, to the class.
///
/// # Errors
/// [`AssignError`].
#[operation("learning.assign_content")]
pub struct AssignContent {
    /// The class that receives the assignment.
    pub class_id: Id<ClassGroup>,
    /// The node to learn; `None` assigns the whole course.
    pub node_id: Option<Id<ContentNode>>,
    /// The due date; `None` for no due date.
    pub due_at: Option<Timestamp>,
    /// The instructions shown to learners.
    pub instructions: Option<Prose>,
}

impl Operation for AssignContent {
    const ACCESS: Access = Access::Asks(&[Permission::ASSIGNMENTS_SET]);
    type Answer = ContentAssignment;
    type Error = AssignError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentAssignment, AssignError> {
        let Self { class_id: class, node_id: node, due_at, instructions } = self;
        require_feature(tx, Feature::Classes).await?;
        let class = get_authorized(tx, Permission::ASSIGNMENTS_SET, class).await?;
        let assigned_by = acting_member(tx, Permission::ASSIGNMENTS_SET).await?.id;
        let whole = ContentAssignment::of_course(tx.cx(), class.id, assigned_by, class.course_id);
        let (target_kind, target_id) = match node {
            None => (whole.target_kind, whole.target_id),
            Some(node) => {
                let node = tx.require(node).await?;
                if node.course_id != class.course_id {
                    return Err(AssignError::OtherCourse);
                }
                (AssignedKind::ContentNode, node.id.uuid())
            }
        };
        let assignment =
            ContentAssignment { target_kind, target_id, due_at, instructions, ..whole };
        tx.insert(&assignment).await?;
        tx.emit(&ContentAssigned { assignment_id: assignment.id, class_id: class.id, due_at });
        Ok(assignment)
    }
}

/// Withdraws an assignment, or reinstates it.
///
/// # Errors
/// [`AssignError::Status`] where the table has no such step.
#[operation("learning.change_assignment")]
pub struct ChangeAssignment {
    /// The assignment to change.
    pub assignment_id: Id<ContentAssignment>,
    /// The transition to apply.
    pub event: AssignmentEvent,
}

impl Operation for ChangeAssignment {
    const ACCESS: Access = Access::Asks(&[Permission::ASSIGNMENTS_SET]);
    type Answer = ContentAssignment;
    type Error = AssignError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentAssignment, AssignError> {
        let Self { assignment_id: assignment, event } = self;
        if event == AssignmentEvent::Reinstate {
            require_feature(tx, Feature::Classes).await?;
        }
        let mut assignment = get_authorized(tx, Permission::ASSIGNMENTS_SET, assignment).await?;
        assignment.status = assignment.status.apply(event)?;
        tx.update(&mut assignment).await?;
        Ok(assignment)
    }
}

/// Changes until when assigned content is to be done, and what to mind. Who was on time by the date
/// before, or is now, is so by the new date at once.
///
/// # Permission
/// `assignments.set` in the class.
///
/// # Errors
/// [`AssignError`].
#[operation("learning.reschedule_assignment")]
#[derive(PartialEq, Eq)]
pub struct RescheduleAssignment {
    /// The assignment to change.
    pub assignment_id: Id<ContentAssignment>,
    /// The new due date; `None` for no due date.
    pub due_at: Option<Timestamp>,
    /// The instructions shown to learners; `None` for no instructions.
    pub instructions: Option<Prose>,
}

impl Operation for RescheduleAssignment {
    const ACCESS: Access = Access::Asks(&[Permission::ASSIGNMENTS_SET]);
    type Answer = ContentAssignment;
    type Error = AssignError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentAssignment, AssignError> {
        let Self { assignment_id, due_at, instructions } = self;
        let mut assignment = get_authorized(tx, Permission::ASSIGNMENTS_SET, assignment_id).await?;
        (assignment.due_at, assignment.instructions) = (due_at, instructions);
        tx.update(&mut assignment).await?;
        Ok(assignment)
    }
}
