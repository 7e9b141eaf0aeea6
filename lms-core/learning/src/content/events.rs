//! Events of content.
use serde::{Deserialize, Serialize};

use crate::content::{ContentNode, Course, PublicationStatus, Review};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A course was created, as a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.course_created", subject = Course::ENTITY, id = course_id)]
pub struct CourseCreated {
    /// The course.
    pub course_id: Id<Course>,
    /// Who is responsible for it.
    pub owner_id: Id<Membership>,
}

/// A course became visible to learners, or stopped to be, or moved on its way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.course_status_changed", subject = Course::ENTITY, id = course_id)]
pub struct CourseStatusChanged {
    /// The course.
    pub course_id: Id<Course>,
    /// Its earlier status.
    pub from: PublicationStatus,
    /// Its status.
    pub to: PublicationStatus,
}

/// The content of a node was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.node_content_changed", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeContentChanged {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
}

/// A course was copied with all its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.course_cloned", subject = Course::ENTITY, id = course_id)]
pub struct CourseCloned {
    /// The copy.
    pub course_id: Id<Course>,
    /// What it was copied from.
    pub source_id: Id<Course>,
}

/// A course was deleted, or brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.course_deleted", subject = Course::ENTITY, id = course_id)]
pub struct CourseDeleted {
    /// The course.
    pub course_id: Id<Course>,
    /// Whether it was brought back.
    pub is_restored: bool,
}

/// A node was added to a course, as a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.node_added", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeAdded {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
}

/// A node got another place in its course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.node_moved", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeMoved {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
    /// What it is under now.
    pub parent_id: Option<Id<ContentNode>>,
    /// Its place there.
    pub position: u32,
}

/// A node was removed with everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.node_removed", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeRemoved {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
    /// How many nodes went, itself included.
    pub count: u32,
}

/// A node became visible to learners, or stopped to be, or moved on its way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.node_status_changed", subject = ContentNode::ENTITY, id = node_id)]
pub struct NodeStatusChanged {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
    /// Its earlier status.
    pub from: PublicationStatus,
    /// Its status.
    pub to: PublicationStatus,
}

/// A learner reviewed a course, or changed a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("content.review_posted", subject = Review::ENTITY, id = review_id)]
pub struct ReviewPosted {
    /// The review.
    pub review_id: Id<Review>,
    /// The course.
    pub course_id: Id<Course>,
    /// The stars.
    pub rating: u8,
}
