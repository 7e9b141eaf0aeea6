//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::content::{ContentNode, Course, PublicationStatus, Review};
use lms_kernel::{EntityRef, Id};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A course was created, as a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseCreated {
    /// The course.
    pub course_id: Id<Course>,
    /// Who is responsible for it.
    pub owner_id: Id<Membership>,
}

impl DomainEvent for CourseCreated {
    const KIND: &'static str = "content.course_created";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Course::ENTITY, self.course_id)
    }
}

/// A course became visible to learners, or stopped to be, or moved on its way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseStatusChanged {
    /// The course.
    pub course_id: Id<Course>,
    /// Its earlier status.
    pub from: PublicationStatus,
    /// Its status.
    pub to: PublicationStatus,
}

impl DomainEvent for CourseStatusChanged {
    const KIND: &'static str = "content.course_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Course::ENTITY, self.course_id)
    }
}

/// The content of a node was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeContentChanged {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
}

impl DomainEvent for NodeContentChanged {
    const KIND: &'static str = "content.node_content_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A course was copied with all its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseCloned {
    /// The copy.
    pub course_id: Id<Course>,
    /// What it was copied from.
    pub source_id: Id<Course>,
}

impl DomainEvent for CourseCloned {
    const KIND: &'static str = "content.course_cloned";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Course::ENTITY, self.course_id)
    }
}

/// A course was deleted, or brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseDeleted {
    /// The course.
    pub course_id: Id<Course>,
    /// Whether it was brought back.
    pub is_restored: bool,
}

impl DomainEvent for CourseDeleted {
    const KIND: &'static str = "content.course_deleted";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Course::ENTITY, self.course_id)
    }
}

/// A node was added to a course, as a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeAdded {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
}

impl DomainEvent for NodeAdded {
    const KIND: &'static str = "content.node_added";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A node got another place in its course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl DomainEvent for NodeMoved {
    const KIND: &'static str = "content.node_moved";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A node was removed with everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRemoved {
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
    /// How many nodes went, itself included.
    pub count: u32,
}

impl DomainEvent for NodeRemoved {
    const KIND: &'static str = "content.node_removed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A node became visible to learners, or stopped to be, or moved on its way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl DomainEvent for NodeStatusChanged {
    const KIND: &'static str = "content.node_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(ContentNode::ENTITY, self.node_id)
    }
}

/// A learner reviewed a course, or changed a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPosted {
    /// The review.
    pub review_id: Id<Review>,
    /// The course.
    pub course_id: Id<Course>,
    /// The stars.
    pub rating: u8,
}

impl DomainEvent for ReviewPosted {
    const KIND: &'static str = "content.review_posted";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Review::ENTITY, self.review_id)
    }
}
