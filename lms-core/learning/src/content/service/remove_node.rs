//! Removing a node.
use super::refresh_course::refresh_published;
use crate::content::{
    AuthorRole, ContentNode, NodeError, NodeRemoved, renumber,
    service::parts::{line_of, load_tree},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::Transaction;
use lms_store::operation::operation;

/// Deletes a node with everything below it. Learners' progress in it is retained.
///
/// # Locks
/// The course's row is locked before the tree is read, as by
/// [`MoveNode`](crate::content::MoveNode).
///
/// # Errors
/// [`NodeError`].
#[operation("content.remove_node")]
pub struct RemoveNode {
    /// The node to delete.
    pub node_id: Id<ContentNode>,
}

/// Removes a node, after asking for permission. The operation looks at the rules of the course as well.
pub(crate) async fn remove_node(
    tx: &mut Transaction,
    command: RemoveNode,
) -> Result<(), NodeError> {
    let RemoveNode { node_id: node } = command;
    let course_id = require_for(tx, Permission::COURSES_MANAGE, node).await?.course_id;
    let course = tx.lock(course_id).await?;
    let line = line_of(tx, &course, Some(node)).await?;
    let shared = course.shared(AuthorRole::may_edit).at(&line);
    authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
    let node = tx.require(node).await?;
    let tree = load_tree(tx, course.id).await?;
    let below: Vec<ContentNode> = tree.descendants(node.id).cloned().collect();
    let count = u32::try_from(below.len()).unwrap_or(u32::MAX).saturating_add(1);
    for mut gone in below.into_iter().chain([node.clone()]) {
        tx.delete(&mut gone).await?;
    }
    let mut siblings = tx.all(ContentNode::in_scope(node.scope_id)).await?;
    tx.update_all(&mut renumber(&mut siblings)).await?;
    refresh_published(tx, &course).await?;
    tx.emit(&NodeRemoved { node_id: node.id, course_id: course.id, count });
    Ok(())
}
