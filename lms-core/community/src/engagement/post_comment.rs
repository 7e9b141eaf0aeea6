//! Posting and editing a comment.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::engagement::{Comment, CommentPosted, CommentStatus};
use lms_kernel::{EntityRef, Id, Rejected};
use lms_learning::{
    content::{ContentNode, Course, Prose},
    delivery::ClassGroup,
    learning::{Enrollment, EnrollmentStatus, LedCourse},
};
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Subject, acting_member, authorize_on, is_permitted_on,
    },
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why a comment or a reaction was refused.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CommentError {
    /// Only those who learn in the course, work on it or teach a class of it comment on it.
    #[error("only learners and teachers of the course can comment; enroll first")]
    #[fault(forbidden, field = "parent_id")]
    NotALearner,
    /// The comment is not there to be answered, changed or reacted to.
    #[error("the comment is `{status}`; choose one that is visible")]
    #[fault(conflict, field = "status")]
    NotVisible {
        /// Its status.
        status: CommentStatus,
    },
    /// Words are changed by the person who said them.
    #[error("only its author can change a comment; ask them, or hide it")]
    #[fault(forbidden)]
    NotTheAuthor,
    /// Its status does not allow it.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no comments.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// The target of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommentOn {
    /// A course as a whole.
    Course(Id<Course>),
    /// A module, unit, lesson or activity.
    Node(Id<ContentNode>),
    /// Another comment, which it answers.
    Comment(Id<Comment>),
}

/// Posts a comment as the acting member. Learners comment on courses that they take, authors also
/// on courses that they may edit.
///
/// # Errors
/// [`CommentError`].
#[operation("engagement.post_comment")]
pub struct PostComment {
    /// The course, node or comment to comment on.
    pub on: CommentOn,
    /// The text of the comment, at most 65,536 characters.
    pub content: Prose,
}

/// What a comment that is to be posted turns out to be about.
struct Thread {
    about: EntityRef,
    course: Id<Course>,
    answers: Option<Id<Comment>>,
}

impl Operation for PostComment {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_POST]);
    type Answer = Comment;
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<Comment, CommentError> {
        let command = self;
        require_feature(tx, Feature::Comments).await?;
        let author = acting_member(tx, Permission::COMMENTS_POST).await?;
        authorize_on(tx, Permission::COMMENTS_POST, &Subject::of(author.id)).await?;
        let thread = thread_of(tx, command.on).await?;
        takes_part(tx, author.id, thread.course).await?;
        let mut comment = Comment::new(tx.cx(), author.id, thread.about, command.content);
        comment.parent_comment_id = thread.answers;
        tx.insert(&comment).await?;
        let (comment_id, author_id) = (comment.id, author.id);
        tx.emit(&CommentPosted { comment_id, author_id, answers: thread.answers });
        Ok(comment)
    }
}

/// Edits a comment of the acting member, which is shown as edited from then on.
///
/// # Errors
/// [`CommentError::NotTheAuthor`].
#[operation("engagement.edit_comment")]
pub struct EditComment {
    /// The comment to edit.
    pub comment_id: Id<Comment>,
    /// The new text, at most 65,536 characters.
    pub content: Prose,
}

impl Operation for EditComment {
    const ACCESS: Access = Access::Asks(&[Permission::COMMENTS_POST]);
    type Answer = Comment;
    type Error = CommentError;

    async fn run(self, tx: &mut Transaction) -> Result<Comment, CommentError> {
        let Self { comment_id: comment, content } = self;
        require_feature(tx, Feature::Comments).await?;
        let (author, mut comment) = author_and_comment(tx, comment).await?;
        if comment.author_id != author {
            return Err(CommentError::NotTheAuthor);
        }
        let course = comment.course(tx).await?;
        takes_part(tx, author, course).await?;
        comment.content = Some(content);
        comment.is_edited = true;
        tx.update(&mut comment).await?;
        Ok(comment)
    }
}

/// The person who acts, who may comment, and a comment that is visible.
pub(super) async fn author_and_comment(
    tx: &mut Transaction,
    comment: Id<Comment>,
) -> Result<(Id<Membership>, Comment), CommentError> {
    let author = acting_member(tx, Permission::COMMENTS_POST).await?.id;
    authorize_on(tx, Permission::COMMENTS_POST, &Subject::of(author)).await?;
    let comment = visible(tx, comment).await?;
    Ok((author, comment))
}

/// Refuses a person who neither learns in the course, now or to its end, nor may change it, nor
/// moderates comments in a class of it.
pub(super) async fn takes_part(
    tx: &mut Transaction,
    person: Id<Membership>,
    course: Id<Course>,
) -> Result<(), CommentError> {
    let enrollment = tx.first(Enrollment::live(person, course)).await?;
    let learns = enrollment.is_some_and(|it| {
        matches!(it.status, EnrollmentStatus::Active | EnrollmentStatus::Completed)
            && !it.is_over(tx.now())
    });
    if learns || moderates_a_class(tx, course).await? {
        return Ok(());
    }
    match authorize_on(tx, Permission::COURSES_MANAGE, &LedCourse(course)).await {
        Ok(_) => Ok(()),
        Err(AuthorizationError::Store(error)) => Err(error.into()),
        Err(_) => Err(CommentError::NotALearner),
    }
}

/// Whether the actor may moderate comments in a class of the course. A class teacher answers the
/// questions of their learners.
async fn moderates_a_class(tx: &mut Transaction, course: Id<Course>) -> Result<bool, StoreError> {
    for class in tx.all(ClassGroup::of_course(course)).await? {
        if is_permitted_on(tx, Permission::COMMENTS_MODERATE, &class).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn visible(tx: &mut Transaction, comment: Id<Comment>) -> Result<Comment, CommentError> {
    let comment = tx.require(comment).await?;
    match comment.status {
        CommentStatus::Visible => Ok(comment),
        status @ (CommentStatus::Hidden | CommentStatus::Removed) => {
            Err(CommentError::NotVisible { status })
        }
    }
}

async fn thread_of(tx: &mut Transaction, on: CommentOn) -> Result<Thread, CommentError> {
    match on {
        CommentOn::Course(course) => {
            let course = tx.require(course).await?.id;
            let about = EntityRef::to(Course::ENTITY, course);
            Ok(Thread { about, course, answers: None })
        }
        CommentOn::Node(node) => {
            let node = tx.require(node).await?;
            let about = EntityRef::to(ContentNode::ENTITY, node.id);
            Ok(Thread { about, course: node.course_id, answers: None })
        }
        CommentOn::Comment(comment) => {
            let comment = visible(tx, comment).await?;
            let course = comment.course(tx).await?;
            Ok(Thread { about: comment.about(), course, answers: Some(comment.id) })
        }
    }
}
