//! Publishing a node, and withdrawing it.
use crate::content::{
    AuthorRole, ContentNode, NodeError, NodeStatusChanged, PublicationEvent, PublicationStatus,
    refresh_course_stats, reindex_course,
    service::parts::{line_of, may_review_as_named},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::Transaction;
use lms_store::operation::operation;

/// Changes the publication status of a node. Learners see a node when it and every node above it
/// are published.
///
/// Approving and rejecting is for those who review; the rest for those who publish.
///
/// # Errors
/// [`NodeError::Publication`] where the table has no such step.
#[operation("content.change_node_status")]
pub struct ChangeNodeStatus {
    /// The node to change.
    pub node_id: Id<ContentNode>,
    /// The transition to apply.
    pub event: PublicationEvent,
}

/// Changes the status of a node, after asking for permission. The operation looks at the rules of the
/// course as well.
pub(crate) async fn change_node_status(
    tx: &mut Transaction,
    command: ChangeNodeStatus,
) -> Result<ContentNode, NodeError> {
    let ChangeNodeStatus { node_id: node, event } = command;
    let mut node = require_for(tx, Permission::COURSES_PUBLISH, node).await?;
    let course = tx.require(node.course_id).await?;
    let line = line_of(tx, &course, Some(node.id)).await?;
    match event {
        PublicationEvent::Approve | PublicationEvent::Reject => {
            if !may_review_as_named(tx, &course, &line).await? {
                authorize_on(tx, Permission::COURSES_REVIEW, &course).await?;
            }
        }
        PublicationEvent::Submit
        | PublicationEvent::Publish
        | PublicationEvent::Archive
        | PublicationEvent::Restore => {
            let shared = course.shared(AuthorRole::may_edit).at(&line);
            authorize_on(tx, Permission::COURSES_PUBLISH, &shared).await?;
        }
    }
    let from = node.status;
    node.status = from.apply(event)?;
    tx.update(&mut node).await?;
    refresh_course_stats(tx, course.id).await?;
    if course.status == PublicationStatus::Published {
        reindex_course(tx, &course).await?;
    }
    let (node_id, course_id, to) = (node.id, course.id, node.status);
    tx.emit(&NodeStatusChanged { node_id, course_id, from, to });
    Ok(node)
}
