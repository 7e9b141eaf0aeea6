//! Editing a node.
use lms_store::operation::{self, Operation, operation};
use serde::{Deserialize, Serialize};

use super::{add_node::check_texts, refresh_course::refresh_published};
use crate::content::{
    AuthorRole, Block, ContentNode, NodeAccess, NodeContentChanged, NodeError, Prose,
    service::parts::line_of,
};
use lms_kernel::{Id, Link, Slug, Title};
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::Transaction;

/// One change to a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NodeChange {
    /// Its name.
    Title(Title),
    /// Its name in web addresses.
    Slug(Slug),
    /// What it is about.
    Description(Option<Prose>),
    /// The level it is on, in the tenant's own words.
    Level(Option<String>),
    /// Its picture.
    Image(Option<Link>),
    /// How long it takes, as its authors think.
    Duration {
        /// In minutes.
        minutes: Option<u32>,
    },
    /// What one can do after it.
    LearningObjective(Option<Prose>),
    /// Who may open it, as far as paying goes.
    Access(NodeAccess),
    /// What it shows.
    Body(Vec<Block>),
    /// The kind of an activity, in the tenant's own words.
    ActivityKind(Option<String>),
    /// Whether what it shows may be taken away.
    Downloadable(bool),
    /// How much it counts when progress is rolled up.
    Weight(u32),
}

/// Changes a node of a course.
///
/// # Errors
/// [`NodeError`].
#[operation("content.edit_node")]
pub struct EditNode {
    /// The node to change.
    pub node_id: Id<ContentNode>,
    /// The changes, applied in order, all or none.
    pub changes: Vec<NodeChange>,
}

impl Operation for EditNode {
    const ACCESS: operation::Access = operation::Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ContentNode;
    type Error = NodeError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentNode, NodeError> {
        let Self { node_id: node, changes } = self;
        let mut node = require_for(tx, Permission::COURSES_MANAGE, node).await?;
        let course = tx.require(node.course_id).await?;
        let line = line_of(tx, &course, Some(node.id)).await?;
        let shared = course.shared(AuthorRole::may_edit).at(&line);
        authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
        let shown = node.body.clone();
        for change in changes {
            match change {
                NodeChange::Title(it) => node.title = it,
                NodeChange::Slug(it) => node.slug = it,
                NodeChange::Description(it) => node.description = it,
                NodeChange::Level(it) => node.level = it,
                NodeChange::Image(it) => node.image_url = it,
                NodeChange::Duration { minutes } => node.duration_minutes = minutes,
                NodeChange::LearningObjective(it) => node.learning_objective = it,
                NodeChange::Access(it) => node.access = it,
                NodeChange::Body(it) => node.body = it,
                NodeChange::ActivityKind(it) => node.activity_kind = it,
                NodeChange::Downloadable(it) => node.downloadable = it,
                NodeChange::Weight(it) => node.weight = it,
            }
        }
        let texts = [("activity_kind", &node.activity_kind), ("level", &node.level)];
        check_texts(&node.body, &texts)?;
        tx.update(&mut node).await?;
        refresh_published(tx, &course).await?;
        if node.body != shown {
            tx.emit(&NodeContentChanged { node_id: node.id, course_id: course.id });
        }
        Ok(node)
    }
}
