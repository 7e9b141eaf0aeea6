//! Comments on a course or a part of it.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engagement::CommentStatus;
use lms_kernel::{Context, EntityKind, EntityRef, Id};
use lms_learning::content::{ContentNode, Course, Prose};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp, StoreError, Transaction};

/// What someone says about a course or a part of it, or answers to another comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "comments",
    index(parent_kind, parent_id),
    index(parent_comment_id),
    index(author_id)
)]
pub struct Comment {
    /// The comment's id.
    pub id: Id<Comment>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who says it.
    pub author_id: Id<Membership>,
    /// What kind of thing it is about.
    pub parent_kind: EntityKind,
    /// Which one. An answer is about the same thing as what it answers.
    pub parent_id: Uuid,
    /// The comment that it answers; none for one that begins a thread.
    pub parent_comment_id: Option<Id<Comment>>,
    /// The words; none once they were removed.
    #[record(personal)]
    pub content: Option<Prose>,
    /// Whether its author changed it after posting it.
    pub is_edited: bool,
    /// Whether it is shown.
    pub status: CommentStatus,
}

impl Comment {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("comment");

    /// A comment that everyone sees and that begins a thread.
    pub fn new(cx: &Context, author: Id<Membership>, about: EntityRef, content: Prose) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            author_id: author,
            parent_kind: about.kind,
            parent_id: about.id,
            parent_comment_id: None,
            content: Some(content),
            is_edited: false,
            status: CommentStatus::Visible,
        }
    }

    /// What it is about.
    pub fn about(&self) -> EntityRef {
        EntityRef::new(self.parent_kind.clone(), self.parent_id)
    }

    /// The course in which it was said.
    pub(crate) async fn course(&self, tx: &mut Transaction) -> Result<Id<Course>, StoreError> {
        if self.parent_kind != ContentNode::ENTITY {
            return Ok(Id::from_uuid(self.parent_id));
        }
        let node = Id::<ContentNode>::from_uuid(self.parent_id);
        Ok(tx.require(node).await?.course_id)
    }

    /// The threads about something, the oldest first, tombstones included. Hidden ones are left
    /// out.
    pub fn threads_about(about: &EntityRef) -> Query<Self> {
        Query::filter(
            Self::PARENT_KIND
                .eq(about.kind.clone())
                .and(Self::PARENT_ID.eq(about.id))
                .and(Self::PARENT_COMMENT_ID.is_null())
                .and(Self::STATUS.ne(CommentStatus::Hidden)),
        )
    }

    /// The answers to a comment, the oldest first, tombstones included. Hidden ones are left out.
    pub fn answers_to(comment: Id<Comment>) -> Query<Self> {
        Query::filter(
            Self::PARENT_COMMENT_ID.is(comment).and(Self::STATUS.ne(CommentStatus::Hidden)),
        )
    }

    /// What someone said that was not removed.
    pub fn by(author: Id<Membership>) -> Query<Self> {
        Query::filter(Self::AUTHOR_ID.eq(author).and(Self::STATUS.ne(CommentStatus::Removed)))
    }
}
