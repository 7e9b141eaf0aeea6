//! Reacting to a comment.
use super::post_comment::{author_and_comment, takes_part};
use crate::engagement::{Comment, CommentError, Reaction, ReactionKind};
use lms_kernel::Id;
use lms_kernel::Permission;
use lms_people::tenancy::{Feature, require_feature};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Adds a reaction of the acting member to a comment. Reacting again changes nothing.
///
/// # Locks
/// The membership is locked, so that this holds for concurrent requests too.
///
/// # Errors
/// [`CommentError::NotVisible`] if the comment is hidden or removed; [`CommentError::NotALearner`]
/// for a person who does not learn in the course.
#[operation("engagement.react")]
pub struct React {
    /// The comment to react to.
    pub comment_id: Id<Comment>,
    /// The kind of reaction.
    pub kind: ReactionKind,
}

impl Operation for React {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_POST]);
    type Answer = Reaction;
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<Reaction, CommentError> {
        let Self { comment_id: comment, kind } = self;
        require_feature(tx, Feature::Comments).await?;
        let (member, comment) = author_and_comment(tx, comment).await?;
        let course = comment.course(tx).await?;
        takes_part(tx, member, course).await?;
        tx.lock(member).await?;
        if let Some(reaction) = tx.first(Reaction::by(comment.id, member, kind)).await? {
            return Ok(reaction);
        }
        let reaction = Reaction::new(tx.cx(), comment.id, member, kind);
        tx.insert(&reaction).await?;
        Ok(reaction)
    }
}

/// Withdraws a reaction of the acting member. Changes nothing where there is none.
///
/// # Errors
/// [`CommentError`].
#[operation("engagement.withdraw_reaction")]
pub struct WithdrawReaction {
    /// The comment reacted to.
    pub comment_id: Id<Comment>,
    /// The kind of reaction.
    pub kind: ReactionKind,
}

impl Operation for WithdrawReaction {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_POST]);
    type Answer = ();
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<(), CommentError> {
        let Self { comment_id: comment, kind } = self;
        let (member, comment) = author_and_comment(tx, comment).await?;
        if let Some(reaction) = tx.first(Reaction::by(comment.id, member, kind)).await? {
            tx.purge(&reaction).await?;
        }
        Ok(())
    }
}
