//! The comments on a course, on a part of it, and the answers to a comment.
use serde::{Deserialize, Serialize};

use crate::engagement::{Comment, CommentError, CommentOn, CommentStatus};
use lms_kernel::{EntityRef, Id, Timestamp};
use lms_learning::{
    content::{ContentNode, Course, Prose},
    learning::LedCourse,
};
use lms_people::{
    authorization::{Permission, authorize_on, require_for},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// A comment, as a thread shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommentView {
    /// The comment's id.
    pub id: Id<Comment>,
    /// Who wrote it.
    pub author: Named<Membership>,
    /// The words; none once they were removed.
    pub content: Option<Prose>,
    /// Whether its author changed it.
    pub is_edited: bool,
    /// Whether it is visible, or only its place is left.
    pub status: CommentStatus,
    /// When it was posted.
    pub posted_at: Timestamp,
}

/// Lists the comments on a course or a node, or the answers to a comment, the oldest first. What a
/// moderator hides is left out, with its answers.
///
/// # Permission
/// `comments.view` on the course.
///
/// # Errors
/// [`CommentError::NotVisible`] for the answers to a comment that is hidden.
#[operation("engagement.list_comments")]
pub struct ListComments {
    /// The course, node or comment that they are about.
    pub on: CommentOn,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListComments {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<CommentView>;
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<CommentView>, CommentError> {
        let Self { on, size, after } = self;
        let query = thread(tx, on).await?.order_by(Comment::ID, Direction::Asc);
        let Page { items, next } = tx.page(query.page(size, after)).await?;
        let authors = items.iter().map(|it| it.author_id);
        let authors = Names::read(tx, authors, Membership::name).await?;
        let views = items.into_iter().map(|it| CommentView {
            id: it.id,
            author: authors.of(it.author_id),
            content: it.content,
            is_edited: it.is_edited,
            status: it.status,
            posted_at: it.stamp.created_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}

/// The comments about something, after asking on its course.
async fn thread(tx: &mut Transaction, on: CommentOn) -> Result<Query<Comment>, CommentError> {
    let permission = Permission::COMMENTS_VIEW;
    let (course, comments) = match on {
        CommentOn::Course(course) => {
            (course, Comment::threads_about(&EntityRef::new(Course::ENTITY, course.uuid())))
        }
        CommentOn::Node(node) => {
            let node = require_for(tx, permission.clone(), node).await?;
            let about = EntityRef::new(ContentNode::ENTITY, node.id.uuid());
            (node.course_id, Comment::threads_about(&about))
        }
        CommentOn::Comment(comment) => {
            let comment = require_for(tx, permission.clone(), comment).await?;
            let course = comment.course(tx).await?;
            authorize_on(tx, permission, &LedCourse(course)).await?;
            if comment.status == CommentStatus::Hidden {
                return Err(CommentError::NotVisible { status: comment.status });
            }
            return Ok(Comment::answers_to(comment.id));
        }
    };
    authorize_on(tx, permission, &LedCourse(course)).await?;
    Ok(comments)
}
