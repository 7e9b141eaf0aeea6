//! Moving a node within its course.
use lms_store::operation::operation;

use super::{add_node::check_place, refresh_course::refresh_published};
use crate::content::{
    AuthorRole, ContentNode, NodeError, NodeMoved, insert_item, renumber,
    service::parts::{line_of, load_tree},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::Transaction;

/// Moves a node with everything below it to another place in its course.
///
/// # Locks
/// The course's row is locked before the tree is read, so that concurrent moves leave places
/// without gaps and repetitions, and never a node under itself.
///
/// # Errors
/// [`NodeError`].
#[operation("content.move_node")]
#[derive(Copy)]
pub struct MoveNode {
    /// The node to move.
    pub node_id: Id<ContentNode>,
    /// The new parent; `None` moves it to the top level.
    pub parent_id: Option<Id<ContentNode>>,
    /// The position there, counted from 0; beyond the end means at the end.
    pub position: u32,
}

/// Moves a node, after asking for permission. The operation looks at the rules of the course as well.
pub(crate) async fn move_node(
    tx: &mut Transaction,
    command: MoveNode,
) -> Result<ContentNode, NodeError> {
    let manage = Permission::COURSES_MANAGE;
    let course_id = require_for(tx, manage, command.node_id).await?.course_id;
    let course = tx.lock(course_id).await?;
    // Both ends, one after the other: a part in where it goes is no right to take it away.
    let leaves = tx.require(command.node_id).await?.parent_id;
    let from = line_of(tx, &course, Some(command.node_id)).await?;
    let shared = course.shared(AuthorRole::may_edit).at(&from);
    authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
    if command.parent_id != leaves {
        let to = line_of(tx, &course, command.parent_id).await?;
        let shared = course.shared(AuthorRole::may_edit).at(&to);
        authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
    }
    // Read again under the lock: it may have moved meanwhile.
    let node = tx.require(command.node_id).await?;
    check_place(tx, &course, command.parent_id, node.kind).await?;
    if let Some(parent) = command.parent_id {
        let tree = load_tree(tx, course.id).await?;
        if parent == node.id || tree.is_under(parent, node.id) {
            return Err(NodeError::UnderItself);
        }
    }
    let (from, node) = (node.scope_id, node.under(command.parent_id));
    let mut left = tx.all(ContentNode::in_scope(from)).await?;
    left.retain(|it| it.id != node.id);
    let mut changed = Vec::new();
    let mut entered = if from == node.scope_id {
        left
    } else {
        changed.extend(renumber(&mut left));
        tx.all(ContentNode::in_scope(node.scope_id)).await?
    };
    if entered.iter().any(|it| it.slug == node.slug) {
        return Err(NodeError::SlugTaken);
    }
    let mut placed = node;
    insert_item(&mut entered, command.position as usize, placed.clone());
    changed.extend(renumber(&mut entered).into_iter().filter(|it| it.id != placed.id));
    if let Some(now) = entered.iter().find(|it| it.id == placed.id) {
        placed.position = now.position;
    }
    changed.push(placed);
    tx.update_all(&mut changed).await?;
    let placed = tx.require(command.node_id).await?;
    refresh_published(tx, &course).await?;
    tx.emit(&NodeMoved {
        node_id: placed.id,
        course_id: course.id,
        parent_id: placed.parent_id,
        position: placed.position,
    });
    Ok(placed)
}
