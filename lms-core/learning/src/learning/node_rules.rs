//! The release and completion rules of a node.
use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    learning::{CompletionRule, ReleaseRule},
};
use lms_kernel::{Context, Id};
use lms_store::{Query, Record, Stamp};

/// The rules of a node. A node without any opens with what it is under, and is done when its
/// children are or, without children, when its learner says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "node_rules", unique(node_id), index(course_id))]
pub struct NodeRules {
    /// The record's id.
    pub id: Id<NodeRules>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The node.
    pub node_id: Id<ContentNode>,
    /// Its course.
    pub course_id: Id<Course>,
    /// When it opens; with what it is under when there is no rule.
    #[record(json)]
    pub release: Option<ReleaseRule>,
    /// When it is done.
    #[record(json)]
    pub completion: Option<CompletionRule>,
    /// Whether those who are done with it are to do it again when its content changes.
    pub reopen_on_change: bool,
}

impl NodeRules {
    /// Rules that say nothing yet.
    pub fn new(cx: &Context, node: &ContentNode) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            node_id: node.id,
            course_id: node.course_id,
            release: None,
            completion: None,
            reopen_on_change: false,
        }
    }

    /// The rules of a node.
    pub fn of_node(node: Id<ContentNode>) -> Query<Self> {
        Query::filter(Self::NODE_ID.eq(node))
    }

    /// The rules of a course's nodes.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course))
    }
}
