//! Comments and reactions.
//!
//! A **comment** is about a course or a part of it, or answers another comment, to any depth. A
//! removed comment leaves a **tombstone**, so that the answers below it keep their place. A
//! **reaction** says that someone likes a comment or found it helpful, once for each sort. From
//! source schema 003 (`comments`, `comment_reactions`).

mod award_on_event;
mod comment;
mod comment_status;
mod events;
mod list_comments;
mod moderate_comment;
mod post_comment;
mod react;
mod reaction;

pub use award_on_event::{AwardOnEvent, ViewAchievements};
pub use comment::Comment;
pub use comment_status::{CommentEvent, CommentStatus};
pub use events::{CommentPosted, CommentStatusChanged};
pub use list_comments::{CommentView, ListComments};
pub use moderate_comment::{ModerateComment, RemoveComment};
pub use post_comment::{CommentError, CommentOn, EditComment, PostComment};
pub use react::{React, WithdrawReaction};
pub use reaction::{Reaction, ReactionKind};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Comment>(), RecordType::of::<Reaction>()]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![EventType::of::<CommentPosted>(), EventType::of::<CommentStatusChanged>()]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<AwardOnEvent>(),
        OperationType::of::<EditComment>(),
        OperationType::of::<ListComments>(),
        OperationType::of::<ModerateComment>(),
        OperationType::of::<PostComment>(),
        OperationType::of::<React>(),
        OperationType::of::<RemoveComment>(),
        OperationType::of::<ViewAchievements>(),
        OperationType::of::<WithdrawReaction>(),
    ]
}
