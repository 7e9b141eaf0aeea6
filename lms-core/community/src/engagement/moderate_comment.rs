//! Hiding, showing and removing comments.
use crate::engagement::{Comment, CommentError, CommentEvent, CommentStatus, CommentStatusChanged};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, get_authorized},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Moderates a comment: hides, shows or removes it, as a moderator of its course. Comments can
/// still be hidden and removed where the tenant has switched them off.
///
/// # Errors
/// [`CommentError`].
#[operation("engagement.moderate_comment")]
pub struct ModerateComment {
    /// The comment to moderate.
    pub comment_id: Id<Comment>,
    /// The transition to apply.
    pub event: CommentEvent,
}

impl Operation for ModerateComment {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_MODERATE]);
    type Answer = Comment;
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<Comment, CommentError> {
        let Self { comment_id: comment, event } = self;
        if event == CommentEvent::Show {
            require_feature(tx, Feature::Comments).await?;
        }
        let comment = get_authorized(tx, Permission::COMMENTS_MODERATE, comment).await?;
        change(tx, comment, event).await
    }
}

/// Removes a comment of the acting member. A placeholder stays, so that replies keep their thread.
///
/// # Errors
/// [`CommentError::NotTheAuthor`].
#[operation("engagement.remove_comment")]
pub struct RemoveComment {
    /// The comment to remove.
    pub comment_id: Id<Comment>,
}

impl Operation for RemoveComment {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_POST]);
    type Answer = Comment;
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<Comment, CommentError> {
        let Self { comment_id: comment } = self;
        let (author, comment) = super::post_comment::author_and_comment(tx, comment).await?;
        if comment.author_id != author {
            return Err(CommentError::NotTheAuthor);
        }
        change(tx, comment, CommentEvent::Remove).await
    }
}

async fn change(
    tx: &mut Transaction,
    mut comment: Comment,
    event: CommentEvent,
) -> Result<Comment, CommentError> {
    comment.status = comment.status.apply(event)?;
    if comment.status == CommentStatus::Removed {
        comment.content = None;
    }
    tx.update(&mut comment).await?;
    tx.emit(&CommentStatusChanged { comment_id: comment.id, status: comment.status });
    Ok(comment)
}
