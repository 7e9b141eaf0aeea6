//! Events of comments and reactions.
use serde::{Deserialize, Serialize};

use crate::engagement::{Comment, CommentStatus};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A comment was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("engagement.comment_posted", subject = Comment::ENTITY, id = comment_id)]
pub struct CommentPosted {
    /// The comment.
    pub comment_id: Id<Comment>,
    /// Who said it.
    pub author_id: Id<Membership>,
    /// The comment that it answers.
    pub answers: Option<Id<Comment>>,
}

/// A comment was hidden, shown again or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("engagement.comment_status_changed", subject = Comment::ENTITY, id = comment_id)]
pub struct CommentStatusChanged {
    /// The comment.
    pub comment_id: Id<Comment>,
    /// Its status.
    pub status: CommentStatus,
}
