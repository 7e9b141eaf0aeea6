//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::engagement::{Comment, CommentStatus};
use lms_kernel::{EntityRef, Id};
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A comment was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentPosted {
    /// The comment.
    pub comment_id: Id<Comment>,
    /// Who said it.
    pub author_id: Id<Membership>,
    /// The comment that it answers.
    pub answers: Option<Id<Comment>>,
}

impl DomainEvent for CommentPosted {
    const KIND: &'static str = "engagement.comment_posted";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Comment::ENTITY, self.comment_id)
    }
}

/// A comment was hidden, shown again or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentStatusChanged {
    /// The comment.
    pub comment_id: Id<Comment>,
    /// Its status.
    pub status: CommentStatus,
}

impl DomainEvent for CommentStatusChanged {
    const KIND: &'static str = "engagement.comment_status_changed";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Comment::ENTITY, self.comment_id)
    }
}
