//! Restoring a removed node.
use std::collections::BTreeSet;

use super::{add_node::check_place, refresh_course::refresh_published};
use crate::content::{
    AuthorRole, ContentNode, CourseTree, NodeAdded, NodeError,
    service::parts::{line_of, load_tree},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::operation::operation;
use lms_store::{Query, StoreError, Transaction};

/// Restores a node that was removed and not purged yet, as the last one at its place, with everything
/// below it that was removed in the same step. Learners have the progress in it that they had.
///
/// # Locks
/// The course's row is locked before the tree is read, as by
/// [`RemoveNode`](crate::content::RemoveNode).
///
/// # Errors
/// [`NodeError`]: `not_found` where the course or the node above it is removed too,
/// [`NodeError::SlugTaken`] where a sibling has its slug by now, [`NodeError::WaitForEachOther`] where
/// its rules and newer ones can never be met together.
#[operation("content.restore_node")]
#[derive(Copy, PartialEq, Eq)]
pub struct RestoreNode {
    /// The node to restore.
    pub node_id: Id<ContentNode>,
}

/// Restores a node, after asking for permission. The operation looks at the rules of the course as
/// well.
pub(crate) async fn restore_node(
    tx: &mut Transaction,
    command: RestoreNode,
) -> Result<ContentNode, NodeError> {
    let removed = Query::filter(ContentNode::ID.eq(command.node_id)).only_deleted();
    let known = tx.first(removed.clone()).await?;
    let course = match &known {
        Some(node) => tx.get(node.course_id).await?,
        None => None,
    };
    // Missing and not one's own look the same.
    let (Some(node), Some(course)) = (known, course) else {
        authorize_on(tx, Permission::COURSES_MANAGE, &TheTenant).await?;
        return Err(missing(command.node_id));
    };
    let line = line_of(tx, &course, node.parent_id).await?;
    let shared = course.shared(AuthorRole::may_edit).at(&line);
    authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
    let course = tx.lock(course.id).await?;
    let mut node = tx.first(removed).await?.ok_or_else(|| missing(node.id))?;
    check_place(tx, &course, node.parent_id, node.kind).await?;
    let siblings = tx.all(ContentNode::in_scope(node.scope_id)).await?;
    if siblings.iter().any(|it| it.slug == node.slug) {
        return Err(NodeError::SlugTaken);
    }
    let mut below = removed_with(tx, &node).await?;
    let present = load_tree(tx, course.id).await?.iter().count();
    if present.saturating_add(below.len()) >= CourseTree::MAX_NODES {
        return Err(NodeError::TooManyNodes { most: CourseTree::MAX_NODES });
    }
    node.position = u32::try_from(siblings.len()).unwrap_or(u32::MAX);
    for back in [&mut node].into_iter().chain(&mut below) {
        tx.restore(back).await?;
        tx.emit(&NodeAdded { node_id: back.id, course_id: course.id });
    }
    refresh_published(tx, &course).await?;
    Ok(node)
}

fn missing(node: Id<ContentNode>) -> NodeError {
    StoreError::NotFound { table: "content_nodes", id: node.uuid() }.into()
}

/// The nodes below a node that went in the step that removed it.
async fn removed_with(
    tx: &mut Transaction,
    node: &ContentNode,
) -> Result<Vec<ContentNode>, StoreError> {
    let of_course = Query::filter(ContentNode::COURSE_ID.eq(node.course_id)).only_deleted();
    let mut removed = tx.all(of_course).await?;
    removed.retain(|it| it.stamp.deleted_at == node.stamp.deleted_at && it.id != node.id);
    let (mut above, mut below) = (BTreeSet::from([node.id]), Vec::new());
    loop {
        let is_below = |it: &ContentNode| it.parent_id.is_some_and(|it| above.contains(&it));
        let (next, rest): (Vec<_>, Vec<_>) = removed.into_iter().partition(is_below);
        if next.is_empty() {
            return Ok(below);
        }
        above = next.iter().map(|it| it.id).collect();
        below.extend(next);
        removed = rest;
    }
}
